"""RegisterModel steps: a new version in a model package group of the local SageMaker."""

from __future__ import annotations

import threading
from typing import Any

from ....language import StepView
from ...endings import StepFailed, StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke

# Steps that run at once must not create the group or a version number twice.
_registering = threading.Lock()


class RegisterModelRunner:
    """Creates the model package, and its group if there is none, as the service does."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        sagemaker = context.client_as(context.role_arn, "sagemaker")
        defaults = {"ModelApprovalStatus": "PendingManualApproval"}
        request = checked_request(sagemaker, "CreateModelPackage", {**defaults, **arguments})
        group = request.get("ModelPackageGroupName")
        if not group:
            raise StepFailed("ClientError: the step has no ModelPackageGroupName; name the group to register into")
        with _registering:
            if not str(group).startswith("arn:"):
                _make_group(context.services.client("sagemaker"), sagemaker, group)
            arn = invoke(sagemaker, "CreateModelPackage", request)["ModelPackageArn"]
        description = invoke(sagemaker, "DescribeModelPackage", {"ModelPackageName": arn})
        return StepResult(properties=description, metadata={"RegisterModel": {"Arn": arn}})


def _make_group(service: Any, sagemaker: Any, group: str) -> None:
    """``service``: who looks whether there is the group, for which the pipeline's role needs nothing."""
    try:
        service.describe_model_package_group(ModelPackageGroupName=group)
    except service.exceptions.ClientError:
        invoke(sagemaker, "CreateModelPackageGroup", {"ModelPackageGroupName": group})
