"""The registration of a model's version in a group."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import is_expression_json
from ....language.field import Field
from ....language.step_types import SAGEMAKER
from ...arns import is_elsewhere, model_package_group_arns, version_arns
from ...needs import Needs, RoleNeeds
from ...permissions import UNSAID, Permission
from ..jobs.transform import transform_job
from . import model_container

_REGISTER = ("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")
_MAKE_GROUP = ("sagemaker:AddTags", "sagemaker:CreateModelPackageGroup")
_LOOK_AT_IMAGE = ("ecr:BatchGetImage", "ecr:DescribeImages")
_KEY = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
_ROLE = ("ValidationSpecification", "ValidationRole")
_PROFILES = ("ValidationSpecification", "ValidationProfiles[]")


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: the group, and as the one who registers, what the version is made of."""
    yield from need.pass_role(need.arguments.at(*_ROLE), SAGEMAKER)
    yield from _group(need)
    for container in containers(need):
        yield from model_container.data(need, container)
        yield from need.image(container.at("Image"), _LOOK_AT_IMAGE)
        yield from need.algorithm(container.at("AlgorithmName"), _LOOK_AT_IMAGE)
        for content in model_container.hub_contents(container):
            yield need.note(("sagemaker:DescribeHubContent",), "role that looks at the hub content", UNSAID, content)
    source = need.arguments.at("SourceUri")
    if is_expression_json(source.value) or (source.name or "").startswith("arn:"):
        actions = ("sagemaker:DescribeModel", "sagemaker:DescribeModelPackage")
        yield need.note(actions, "role that looks at the source", UNSAID, source)
    key, through = need.arguments.at("SecurityConfig", "KmsKeyId"), need.environment.via("sagemaker")
    yield from need.key(key, actions=_KEY, only=through)


def _group(need: Needs) -> Iterator[Permission]:
    group = need.arguments.at("ModelPackageGroupName")
    yield from need.undecided(group, (*_REGISTER, *_MAKE_GROUP[1:]), "model package group")
    arns = model_package_group_arns(group.value, need.environment)
    if not arns:
        return
    yield Permission(_REGISTER, version_arns(arns), because=need.because(group))
    if not is_elsewhere(arns[0], need.environment):
        # the service calls CreateModelPackageGroup every time and tolerates only that the group exists
        yield Permission(_MAKE_GROUP, arns, because=need.because(group))


def containers(need: Needs) -> Iterator[Field]:
    """The containers and algorithms that a version is made of."""
    for path in (
        ("InferenceSpecification", "Containers[]"),
        ("AdditionalInferenceSpecifications[]", "Containers[]"),
        ("SourceAlgorithmSpecification", "SourceAlgorithms[]"),
    ):
        yield from (one for one in need.arguments.every(*path) if isinstance(one.value, dict))


def jobs(need: Needs) -> RoleNeeds:
    """What the role needs with which the service tries a version out: that of a model, and of its transform jobs."""
    for role in need.arguments.every(*_ROLE):
        for container in containers(need):
            yield from need.of(role.value, model_container.runs(need, container))
        for request in need.arguments.every(*_PROFILES, "TransformJobDefinition"):
            yield from need.of(role.value, transform_job(need, request))
