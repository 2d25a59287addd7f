"""Model steps: an entry in the local SageMaker."""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...endings import StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke


class ModelRunner:
    """Creates the model under a name as the service would generate it."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        sagemaker = context.client_as(context.role_arn, "sagemaker")
        request = checked_request(sagemaker, "CreateModel", {**arguments, "ModelName": context.job_name})
        arn = invoke(sagemaker, "CreateModel", request)["ModelArn"]
        description = invoke(sagemaker, "DescribeModel", {"ModelName": context.job_name})
        return StepResult(properties=description, metadata={"Model": {"Arn": arn}})
