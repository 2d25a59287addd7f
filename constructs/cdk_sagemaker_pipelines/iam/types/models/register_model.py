"""The registration of a model's version in a group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView, is_expression_json
from ....language.step_types import SAGEMAKER
from ...arns import is_elsewhere, model_package_group_arns, version_arns
from ...environment import Environment
from ...following import every
from ...needs import Needs, RoleNeeds, member, pass_role
from ...permissions import UNSAID, Permission
from ..jobs.transform import transform_job
from . import model_container

_REGISTER = ("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")
_MAKE_GROUP = ("sagemaker:AddTags", "sagemaker:CreateModelPackageGroup")
_LOOK_AT_IMAGE = ("ecr:BatchGetImage", "ecr:DescribeImages")
_KEY = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
_ROLE = ("ValidationSpecification", "ValidationRole")


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs: the group, and as the one who registers, what the version is made of."""
    yield from pass_role(member(step.arguments, *_ROLE), SAGEMAKER, f"{step.name}: {'.'.join(_ROLE)}")
    need = Needs(definition, step, environment)
    yield from _group(need)
    for where, container in _containers(step.arguments):
        yield from model_container.data(need, container, where)
        yield from need.image(container.get("Image"), f"{where}.Image", _LOOK_AT_IMAGE)
        yield from need.algorithm(container.get("AlgorithmName"), f"{where}.AlgorithmName", _LOOK_AT_IMAGE)
        for path, _ in model_container.hub_contents(container, where):
            yield need.note(("sagemaker:DescribeHubContent",), "role that looks at the hub content", UNSAID, path)
    source = step.arguments.get("SourceUri")
    if is_expression_json(source) or (isinstance(source, str) and source.startswith("arn:")):
        actions = ("sagemaker:DescribeModel", "sagemaker:DescribeModelPackage")
        yield need.note(actions, "role that looks at the source", UNSAID, "SourceUri")
    key = member(step.arguments, "SecurityConfig", "KmsKeyId")
    yield from need.key(key, _KEY, "SecurityConfig.KmsKeyId", environment.via("sagemaker"))


def _group(need: Needs) -> Iterator[Permission]:
    group, where = need.step.arguments.get("ModelPackageGroupName"), "ModelPackageGroupName"
    yield from need.undecided(group, (*_REGISTER, *_MAKE_GROUP[1:]), "model package group", where)
    arns = model_package_group_arns(group, need.environment)
    if not arns:
        return
    yield Permission(_REGISTER, version_arns(arns), because=need.because(where))
    if not is_elsewhere(arns[0], need.environment):
        # the service calls CreateModelPackageGroup every time and tolerates only that the group exists
        yield Permission(_MAKE_GROUP, arns, because=need.because(where))


def _containers(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in (
        ("InferenceSpecification", "Containers[]"),
        ("AdditionalInferenceSpecifications[]", "Containers[]"),
        ("SourceAlgorithmSpecification", "SourceAlgorithms[]"),
    ):
        yield from ((where, one) for where, one in every(arguments, *path) if isinstance(one, Mapping))


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the role needs with which the service tries a version out: that of a model, and of its transform jobs."""
    role = member(step.arguments, *_ROLE)
    if role is None:
        return
    need = Needs(definition, step, environment)
    for where, container in _containers(step.arguments):
        yield from need.of(role, model_container.runs(need, container, where))
    profiles = ("ValidationSpecification", "ValidationProfiles[]", "TransformJobDefinition")
    for where, request in every(step.arguments, *profiles):
        yield from need.of(role, transform_job(need, request, f"{where}."))
