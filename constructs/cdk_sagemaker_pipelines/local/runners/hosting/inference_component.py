"""InferenceComponent steps: a component on an endpoint of the local SageMaker that does not serve."""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...endings import StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, exists, invoke
from .endpoint import NOT_SERVED


class InferenceComponentRunner:
    """Creates the component, or updates the one with its name."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        context.note(NOT_SERVED)
        sagemaker = context.services.step_client()
        named = {"InferenceComponentName": context.job_name, **arguments}
        request = checked_request(sagemaker, "CreateInferenceComponent", named)
        name = {"InferenceComponentName": request["InferenceComponentName"]}
        if exists(sagemaker, "DescribeInferenceComponent", name):
            given = ("Specification", "RuntimeConfig")
            changed: dict[str, Any] = {key: request[key] for key in given if key in request}
            arn = invoke(sagemaker, "UpdateInferenceComponent", {**name, **changed})
        else:
            arn = invoke(sagemaker, "CreateInferenceComponent", request)
        description = invoke(sagemaker, "DescribeInferenceComponent", name)
        return StepResult(description, {"InferenceComponent": {"Arn": arn["InferenceComponentArn"]}})
