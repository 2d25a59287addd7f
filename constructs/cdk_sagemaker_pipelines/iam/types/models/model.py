"""A model: its artifacts, code, images and network, or the version of a group that it is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView, is_expression_json
from ...arns import arn_of, model_package_group_arns, version_arns
from ...environment import Environment
from ...following import every, maker
from ...needs import HOSTING_NETWORK, PULL, READ, Needs, RoleNeeds, role_of
from ...permissions import ELSEWHERE, RUN_TIME, Permission
from ..base import named
from . import model_container

_FROM_PACKAGE = ("sagemaker:CreateModel",)
_LOGS = ("Endpoints/*", "InferenceComponents/*", "TransformJobs")
"""Where whoever serves the model writes its logs, here or elsewhere."""


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the model: what it is made from in a hub or in a group."""
    need = Needs(definition, step, environment)
    for where, container in _all(definition, step):
        for path, content in model_container.hub_contents(container, where):
            yield from named.hub_model(need, content, "sagemaker:DeployHubModel", path)
    for where, package in _packages(step):
        arns = _package_arns(definition, package, environment)
        if arns:
            yield Permission(_FROM_PACKAGE, arns, because=need.because(where))
        else:
            yield need.note(_FROM_PACKAGE, "model package", RUN_TIME, where)


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the model's role needs."""
    role = role_of(step.arguments, environment, "ExecutionRoleArn")
    need = Needs(definition, step, environment)
    for where, container in _all(definition, step):
        yield from need.of(role, model_container.runs(need, container, where))
    for where, package in _packages(step):
        if maker(definition, package, "RegisterModel") is None:
            yield from need.of(role, _of_a_package(need, package, where))
    yield from need.of(role, need.network(step.arguments.get("VpcConfig"), "VpcConfig", HOSTING_NETWORK))
    for group in _LOGS:
        yield from need.of(role, need.logs(group))


def _containers(step: StepView) -> Iterator[tuple[str, Any]]:
    for path in ("PrimaryContainer", "Containers[]"):
        yield from every(step.arguments, path)


def _packages(step: StepView) -> Iterator[tuple[str, Any]]:
    """The versions that the model is made from, with their paths."""
    for where, container in _containers(step):
        yield from every(container, "ModelPackageName", where=where)


def _all(definition: Definition, step: StepView) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The containers with their paths: the model's own, and those of a version that the definition registers."""
    for where, container in _containers(step):
        if isinstance(container, Mapping):
            yield where, container
        for path, package in every(container, "ModelPackageName", where=where):
            register = maker(definition, package, "RegisterModel")
            for inner in ("InferenceSpecification", "AdditionalInferenceSpecifications[]"):
                found = every(register.arguments, inner, "Containers[]") if register is not None else ()
                yield from ((path, one) for _, one in found if isinstance(one, Mapping))


def _package_arns(definition: Definition, package: Any, environment: Environment) -> tuple[str, ...]:
    """The ARNs of a version that is registered here, or is told by its ARN or the name of one without a group."""
    register = maker(definition, package, "RegisterModel")
    if register is not None:
        return version_arns(model_package_group_arns(register.arguments.get("ModelPackageGroupName"), environment))
    if not isinstance(package, str) or is_expression_json(package):
        return ()
    return (arn_of(package, "sagemaker", "model-package", environment),)


def _of_a_package(need: Needs, package: Any, where: str) -> Iterator[Permission]:
    """A version that was registered elsewhere: opening it is granted, what it is made of stands there."""
    for arn in _package_arns(need.definition, package, need.environment):
        yield Permission(("sagemaker:AccessModelPackage",), (arn,), because=need.because(where))
    yield need.note((*READ, *PULL, "kms:Decrypt"), "content of the model package", ELSEWHERE, where)
