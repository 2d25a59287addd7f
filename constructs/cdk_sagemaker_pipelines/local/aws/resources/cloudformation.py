"""Nested stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .provider import Made, Provider, Request


class NestedStack(Provider):
    """AWS::CloudFormation::Stack."""

    def create(self, request: Request) -> Made:
        cloudformation, name = request.client("cloudformation"), request.name("StackName", 128)
        cloudformation.create_stack(StackName=name, Tags=request.tags(), **_nested(request))
        return self._made(request, name)

    def update(self, request: Request) -> Made:
        try:
            request.client("cloudformation").update_stack(StackName=request.physical_id, **_nested(request))
        except ClientError as error:
            if "No updates" not in str(error):
                raise
        return self._made(request, request.physical_id)

    def delete(self, request: Request) -> None:
        cloudformation = request.client("cloudformation")
        cloudformation.delete_stack(StackName=request.physical_id)
        stack = cloudformation.describe_stacks(StackName=request.physical_id)["Stacks"][0]
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise ValueError(stack.get("StackStatusReason", stack["StackStatus"]))

    def _made(self, request: Request, name: str) -> Made:
        cloudformation = request.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            reasons = [event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")]
            raise ValueError(f"Embedded stack {stack['StackId']} was not successfully deployed: {' '.join(reasons)}")
        outputs = {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in stack.get("Outputs", [])}
        return Made(stack["StackId"], outputs)


def _nested(request: Request) -> dict[str, Any]:
    given = request.properties.get("Parameters", {})
    parameters = [
        {"ParameterKey": key, "ParameterValue": ",".join(value) if isinstance(value, list) else str(value)}
        for key, value in given.items()
    ]
    return {"TemplateURL": request.properties["TemplateURL"], "Parameters": parameters}


CLOUDFORMATION_RESOURCES: Mapping[str, Provider] = {
    "AWS::CloudFormation::Stack": NestedStack(),
}
