"""A model: its artifacts, code, images and network, or the version of a group that it is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language import is_expression_json
from ....language.field import Field
from ...arns import arn_of, model_package_group_arns, version_arns
from ...needs import HOSTING_NETWORK, PULL, Needs, RoleNeeds
from ...permissions import ELSEWHERE, RUN_TIME, Permission
from ...producers import maker, step_of
from ...s3_needs import READ
from ..base import named
from . import model_container

_FROM_PACKAGE = ("sagemaker:CreateModel", "sagemaker:DescribeModelPackage")
_DATA = (*READ, "kms:Decrypt")
_LOGS = ("Endpoints/*", "InferenceComponents/*", "TransformJobs")
"""Where whoever serves the model writes its logs, here or elsewhere."""


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the model: what it is made from in a hub or in a group."""
    for container in _all(need):
        for content in model_container.hub_contents(container):
            yield from named.hub_model(need, content, "sagemaker:DeployHubModel")
    for package in _packages(need):
        arns = _package_arns(need, package)
        if arns:
            yield Permission(_FROM_PACKAGE, arns, because=need.because(package))
        else:
            yield need.note(_FROM_PACKAGE, "model package", RUN_TIME, package)


def jobs(need: Needs) -> RoleNeeds:
    """What the model's role needs."""
    role = need.role(need.arguments.at("ExecutionRoleArn")).value
    for container in _all(need):
        yield from need.of(role, model_container.runs(need, container))
    for package in _packages(need):
        if maker(need.definition, package.value, "RegisterModel") is None:
            yield from need.of(role, _of_a_package(need, package))
    yield from need.of(role, need.network(need.arguments.at("VpcConfig"), HOSTING_NETWORK))
    for group in _LOGS:
        yield from need.of(role, need.logs(group))


def _containers(need: Needs) -> Iterator[Field]:
    for path in ("PrimaryContainer", "Containers[]"):
        yield from need.arguments.every(path)


def _packages(need: Needs) -> Iterator[Field]:
    """The versions that the model is made from."""
    for container in _containers(need):
        yield from container.every("ModelPackageName")


def _all(need: Needs) -> Iterator[Field]:
    """The model's own containers, and those of a version that the definition registers, where the model names it."""
    for container in _containers(need):
        if isinstance(container.value, dict):
            yield container
        for package in container.every("ModelPackageName"):
            register = maker(need.definition, package.value, "RegisterModel")
            for inner in ("InferenceSpecification", "AdditionalInferenceSpecifications[]"):
                found = Field.of_arguments(register).every(inner, "Containers[]") if register is not None else ()
                yield from (replace(package, value=one.value) for one in found if isinstance(one.value, dict))


def _package_arns(need: Needs, package: Field) -> tuple[str, ...]:
    """The ARNs of a version that is registered or found here, or told by its ARN; by its name where it has no group."""
    register = maker(need.definition, package.value, "RegisterModel")
    found = step_of(need.definition, package.value)
    group = register.arguments.get("ModelPackageGroupName") if register is not None else None
    if found is not None and found.type == "Lambda":
        group = need.environment.model_packages.get(found.name)
    if group is not None:
        return version_arns(model_package_group_arns(group, need.environment))
    if not isinstance(package.value, str) or is_expression_json(package.value):
        return ()
    return (arn_of(package.value, "sagemaker", "model-package", need.environment),)


def _of_a_package(need: Needs, package: Field) -> Iterator[Permission]:
    """A version that was registered elsewhere: opening it is granted, what it is made of stands there.

    What the step says that it reads is taken to be the version's data.
    """
    for arn in _package_arns(need, package):
        yield Permission(("sagemaker:AccessModelPackage",), (arn,), because=need.because(package))
    data = () if any(access.reads for access in need.environment.accesses.get(need.step.name, ())) else _DATA
    yield need.note((*data, *PULL), "content of the model package", ELSEWHERE, package)
