"""Nested stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .provider import LeftBehind, Made, Provider, Request

_DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class NestedStack(Provider):
    """AWS::CloudFormation::Stack. What it leaves when its creation fails is deleted by the rollback of its parent."""

    def create(self, request: Request) -> Made:
        cloudformation, name = request.client("cloudformation"), request.name("StackName", 128)
        id_ = cloudformation.create_stack(StackName=name, Tags=request.tags(), **_nested(request))["StackId"]
        try:
            return self._made(request, id_)
        except ValueError as error:
            raise LeftBehind(str(error), Made(id_)) from error

    def update(self, request: Request) -> Made:
        cloudformation, named = request.client("cloudformation"), {"StackName": request.physical_id}
        (stack,) = cloudformation.describe_stacks(**named)["Stacks"]
        if stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            cloudformation.continue_update_rollback(**named)
            self._made(request, request.physical_id)
        try:
            cloudformation.update_stack(**named, **_nested(request))
        except ClientError as error:
            if "No updates" not in str(error):
                raise
            return self._made(request, request.physical_id)
        return self._made(request, request.physical_id, rolled_back=False)

    def delete(self, request: Request) -> None:
        cloudformation = request.client("cloudformation")
        cloudformation.delete_stack(StackName=request.physical_id)
        stack = cloudformation.describe_stacks(StackName=request.physical_id)["Stacks"][0]
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise ValueError(stack.get("StackStatusReason", stack["StackStatus"]))

    def _made(self, request: Request, name: str, *, rolled_back: bool = True) -> Made:
        """The stack, if it is deployed; ``rolled_back``: also if its last update was rolled back."""
        cloudformation = request.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] not in _DEPLOYED[: 3 if rolled_back else 2]:
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
    return {
        "TemplateURL": request.properties["TemplateURL"],
        "Parameters": parameters,
        "DisableRollback": request.keeps_failed,
    }


CLOUDFORMATION_RESOURCES: Mapping[str, Provider] = {
    "AWS::CloudFormation::Stack": NestedStack(),
}
