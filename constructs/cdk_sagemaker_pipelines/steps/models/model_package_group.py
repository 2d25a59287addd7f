"""The group of a model's versions, which may be in another account."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_sagemaker as sagemaker

from ...assets import Workplace
from ...assets.owners import whereabouts
from ...language import Expression, PipelineError
from ..base.field_checks import literal, shown


def group_name(group: Any, workplace: Workplace) -> Any:
    """The name of a group, or the ARN of one in another account; raises for one in another region."""
    if isinstance(group, (str, Expression)):
        return group
    if not isinstance(group, sagemaker.CfnModelPackageGroup):
        raise PipelineError(f"model_package_group takes a CfnModelPackageGroup, a name or an ARN, not {shown(group)}")
    name, (account, region) = group.model_package_group_name, whereabouts(group)
    refuse_other_region(group, f"model_package_group: the group {name!r}", workplace)
    if not workplace.is_of_another_account(group):
        return name
    literal(name, "model_package_group: the name")
    return f"arn:{workplace.where.partition}:sagemaker:{region}:{account}:model-package-group/{name}"


def refuse_other_region(construct: Any, what: str, workplace: Workplace) -> None:
    """Raises ``PipelineError`` for a group or version in another region. ``what``: what it is, for the message."""
    if workplace.is_of_another_region(construct):
        raise PipelineError(
            f"{what} is in {whereabouts(construct)[1]}, but the pipeline runs in {workplace.where.region}: SageMaker "
            "only knows groups in its own region"
        )
