"""The registration of a model's version in a group."""

from __future__ import annotations

from collections.abc import Iterator

from ...language import Definition, Step
from ..needs import SAGEMAKER, Needs, member, model_package_group_arns, pass_role
from ..permissions import Permission
from ..places import Place

_REGISTER = ("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")


def pipeline(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs."""
    validation = member(step.arguments, "ValidationSpecification", "ValidationRole")
    yield from pass_role(validation, SAGEMAKER, f"{step.name}: ValidationSpecification.ValidationRole")
    need = Needs(definition, step, place)
    group, where = step.arguments.get("ModelPackageGroupName"), "ModelPackageGroupName"
    yield from need.undecided(group, (*_REGISTER, "sagemaker:CreateModelPackageGroup"), "model package group", where)
    because = need.because(where)
    arns = model_package_group_arns(group, place)
    if not arns:
        return
    versions = tuple(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in arns)
    yield Permission(_REGISTER, versions, because=because)
    # the service calls CreateModelPackageGroup every time and tolerates only that the group exists
    yield Permission(("sagemaker:AddTags", "sagemaker:CreateModelPackageGroup"), arns, because=because)
