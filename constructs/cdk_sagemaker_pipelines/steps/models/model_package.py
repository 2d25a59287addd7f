"""A registered version of a model, however it is given."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_sagemaker as sagemaker

from ...language import Expression, PipelineError, StringLike
from ..base.field_checks import shown
from ..base.step import Step
from .latest_model_package import LatestModelPackageStep
from .model_package_group import refuse_other_region
from .register_model import RegisterModelStep

ModelPackageLike = RegisterModelStep | LatestModelPackageStep | sagemaker.CfnModelPackage | StringLike
"""A version: the step that registers or finds it, a construct, or its ARN."""


def package_arn(step: Step, package: Any) -> Any:
    """The ARN of a version; raises ``PipelineError`` for one of another pipeline or region."""
    if isinstance(package, (str, Expression)):
        return package
    if isinstance(package, (LatestModelPackageStep, RegisterModelStep)):
        if package.host is not step.host:
            raise PipelineError(f"model_package: '{package.name}' is a step of another pipeline")
        return package.model_package_arn
    if isinstance(package, sagemaker.CfnModelPackage):
        refuse_other_region(package, "model_package: the version", step.host.workplace)
        return package.attr_model_package_arn
    raise PipelineError(
        "model_package takes a RegisterModelStep, a LatestModelPackageStep, a CfnModelPackage or the ARN of a version, "
        f"not {shown(package)}"
    )
