"""The registration of a model's version in a group."""

from __future__ import annotations

from collections.abc import Iterator

from ...language import Definition, Step
from ..needs import model_package_group_arns
from ..permissions import Permission
from ..places import Place


def pipeline(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs."""
    because = (f"{step.name}: ModelPackageGroupName",)
    arns = model_package_group_arns(step.arguments.get("ModelPackageGroupName"), place)
    if not arns:
        return
    versions = tuple(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in arns)
    register = ("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage")
    yield Permission(register, versions, because=because)
    # the service calls CreateModelPackageGroup every time and tolerates only that the group exists
    yield Permission(("sagemaker:AddTags", "sagemaker:CreateModelPackageGroup"), arns, because=because)
