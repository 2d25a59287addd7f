"""InferenceComponent steps: a component that stands on an endpoint of the embedded SageMaker; nothing serves."""

from __future__ import annotations

from typing import Any

from ...language import Step
from ..runner import StepContext, StepResult
from .endpoint import NOT_SERVED
from .request import checked_request, exists, invoke


class InferenceComponentRunner:
    """Creates the component, or updates the one of its name."""

    def run(self, context: StepContext, step: Step, arguments: dict[str, Any]) -> StepResult:
        context.note(NOT_SERVED)
        sagemaker = context.services.client("sagemaker")
        named = {"InferenceComponentName": context.job_name, **arguments}
        request = checked_request(sagemaker, "CreateInferenceComponent", named)
        name = {"InferenceComponentName": request["InferenceComponentName"]}
        if exists(sagemaker, "DescribeInferenceComponent", name):
            changed = {key: request[key] for key in ("Specification", "RuntimeConfig") if key in request}
            arn = invoke(sagemaker, "UpdateInferenceComponent", {**name, **changed})
        else:
            arn = invoke(sagemaker, "CreateInferenceComponent", request)
        description = invoke(sagemaker, "DescribeInferenceComponent", name)
        return StepResult(description, {"InferenceComponent": {"Arn": arn["InferenceComponentArn"]}})
