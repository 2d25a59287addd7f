"""EndpointConfig steps: an entry in the local SageMaker."""

from __future__ import annotations

from typing import Any

from ....language import StepView
from ...endings import StepResult
from ...engine.runner import StepContext
from ..base.request import checked_request, invoke


class EndpointConfigRunner:
    """Creates the configuration under its own name or a generated one. A name that is taken fails the step."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        sagemaker = context.services.client("sagemaker")
        named = {"EndpointConfigName": context.job_name, **arguments}
        request = checked_request(sagemaker, "CreateEndpointConfig", named)
        arn = invoke(sagemaker, "CreateEndpointConfig", request)["EndpointConfigArn"]
        name = {"EndpointConfigName": request["EndpointConfigName"]}
        return StepResult(invoke(sagemaker, "DescribeEndpointConfig", name), {"EndpointConfig": {"Arn": arn}})
