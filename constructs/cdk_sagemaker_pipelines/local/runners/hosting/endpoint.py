"""Endpoint steps: an endpoint that is recorded in the local SageMaker, but does not serve."""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...endings import StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, exists, invoke

NOT_SERVED = "recorded: it exists and can be described, but nothing serves here"


class EndpointRunner:
    """Creates the endpoint, or updates the one with its name."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        context.note(NOT_SERVED)
        sagemaker = context.services.step_client()
        request = checked_request(sagemaker, "CreateEndpoint", {"EndpointName": context.job_name, **arguments})
        name = {"EndpointName": request["EndpointName"]}
        if exists(sagemaker, "DescribeEndpoint", name):
            arn = invoke(sagemaker, "UpdateEndpoint", {**name, "EndpointConfigName": request["EndpointConfigName"]})
        else:
            arn = invoke(sagemaker, "CreateEndpoint", request)
        description = invoke(sagemaker, "DescribeEndpoint", name)
        return StepResult(description, {"Endpoint": {"Arn": arn["EndpointArn"]}})
