"""Logs, alarms, schedules, parameters, images and nested stacks: what stands around a pipeline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .provider import Made, Provider, Request


class LogGroup(Provider):
    """AWS::Logs::LogGroup."""

    name_member = "LogGroupName"

    def create(self, request: Request) -> Made:
        name = request.name("LogGroupName", 512)
        tags = {tag["Key"]: tag["Value"] for tag in request.tags()}
        request.client("logs").create_log_group(
            logGroupName=name, **({"tags": tags} if tags else {}),
            **({"kmsKeyId": request.properties["KmsKeyId"]} if "KmsKeyId" in request.properties else {}),
        )  # fmt: skip
        return self._retained(request, name)

    def update(self, request: Request) -> Made:
        return self._retained(request, request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("logs").delete_log_group(logGroupName=request.physical_id)

    def _retained(self, request: Request, name: str) -> Made:
        days = request.properties.get("RetentionInDays")
        if days is not None:
            request.client("logs").put_retention_policy(logGroupName=name, retentionInDays=int(days))
        elif "RetentionInDays" in request.previous:
            request.client("logs").delete_retention_policy(logGroupName=name)
        return Made(name, {"Arn": request.arn("logs", f"log-group:{name}:*")})


class Alarm(Provider):
    """AWS::CloudWatch::Alarm."""

    name_member = "AlarmName"

    def create(self, request: Request) -> Made:
        return self._put(request, request.name("AlarmName", 255))

    def update(self, request: Request) -> Made:
        return self._put(request, request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("cloudwatch").delete_alarms(AlarmNames=[request.physical_id])

    def _put(self, request: Request, name: str) -> Made:
        told = {key: value for key, value in request.properties.items() if key not in ("AlarmName", "Tags")}
        for member, make in {
            "EvaluationPeriods": int,
            "DatapointsToAlarm": int,
            "Period": int,
            "Threshold": float,
        }.items():
            if member in told:
                told[member] = make(told[member])
        request.client("cloudwatch").put_metric_alarm(AlarmName=name, Tags=request.tags(), **told)
        return Made(name, {"Arn": request.arn("cloudwatch", f"alarm:{name}")})


class Rule(Provider):
    """AWS::Events::Rule. It stands and can be read; no pipeline is started by it."""

    name_member = "Name"
    create_only = frozenset({"EventBusName"})

    def create(self, request: Request) -> Made:
        return self._put(request, request.name("Name"))

    def update(self, request: Request) -> Made:
        return self._put(request, request.physical_id)

    def delete(self, request: Request) -> None:
        self._remove_targets(request, request.physical_id, [])
        request.client("events").delete_rule(Name=request.physical_id, **request.given("EventBusName"))

    def _put(self, request: Request, name: str) -> Made:
        told = request.given("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State")
        if "EventPattern" in request.properties:
            told["EventPattern"] = json.dumps(request.properties["EventPattern"])
        answer = request.client("events").put_rule(Name=name, **told)
        targets = request.properties.get("Targets", [])
        self._remove_targets(request, name, [target["Id"] for target in targets])
        if targets:
            request.client("events").put_targets(Rule=name, Targets=targets, **request.given("EventBusName"))
        return Made(name, {"Arn": answer["RuleArn"]})

    def _remove_targets(self, request: Request, name: str, unless: list[str]) -> None:
        events, bus = request.client("events"), request.given("EventBusName")
        ids = [target["Id"] for target in events.list_targets_by_rule(Rule=name, **bus)["Targets"]]
        gone = [target for target in ids if target not in unless]
        if gone:
            events.remove_targets(Rule=name, Ids=gone, **bus)


class Schedule(Provider):
    """AWS::Scheduler::Schedule. It stands and can be read; nothing is started by it."""

    name_member = "Name"
    create_only = frozenset({"GroupName"})

    def create(self, request: Request) -> Made:
        name = request.name("Name")
        answer = request.client("scheduler").create_schedule(Name=name, **_scheduled(request))
        return Made(name, {"Arn": answer["ScheduleArn"]})

    def update(self, request: Request) -> Made:
        answer = request.client("scheduler").update_schedule(Name=request.physical_id, **_scheduled(request))
        return Made(request.physical_id, {"Arn": answer["ScheduleArn"]})

    def delete(self, request: Request) -> None:
        request.client("scheduler").delete_schedule(Name=request.physical_id, **request.given("GroupName"))


def _scheduled(request: Request) -> dict[str, Any]:
    """What the API is asked for. moto does not say what the service says of a pipeline without parameters."""
    target = request.properties.get("Target", {})
    if ":pipeline/" in str(target.get("Arn")) and "SageMakerPipelineParameters" not in target:
        reason = "Parameters SageMakerPipelineParameters must be specified."
        raise ValueError(f"Parameters not valid due to the following reason: {reason}")
    return _without_name(request)


class ScheduleGroup(Provider):
    """AWS::Scheduler::ScheduleGroup."""

    name_member = "Name"

    def create(self, request: Request) -> Made:
        name = request.name("Name")
        answer = request.client("scheduler").create_schedule_group(Name=name, Tags=request.tags())
        return Made(name, {"Arn": answer["ScheduleGroupArn"], "State": "ACTIVE"})

    def update(self, request: Request) -> Made:
        scheduler, arn = request.client("scheduler"), request.arn("scheduler", f"schedule-group/{request.physical_id}")
        scheduler.tag_resource(ResourceArn=arn, Tags=request.tags())
        return Made(request.physical_id, {"Arn": arn, "State": "ACTIVE"})

    def delete(self, request: Request) -> None:
        request.client("scheduler").delete_schedule_group(Name=request.physical_id)


class Parameter(Provider):
    """AWS::SSM::Parameter."""

    name_member = "Name"

    def create(self, request: Request) -> Made:
        return self._put(request, request.name("Name", 1000), overwrite=False)

    def update(self, request: Request) -> Made:
        return self._put(request, request.physical_id, overwrite=True)

    def delete(self, request: Request) -> None:
        request.client("ssm").delete_parameter(Name=request.physical_id)

    def _put(self, request: Request, name: str, *, overwrite: bool) -> Made:
        value, kind = str(request.properties["Value"]), request.properties["Type"]
        request.client("ssm").put_parameter(
            Name=name, Value=value, Type=kind, Overwrite=overwrite,
            **request.given("Description", "AllowedPattern", "Tier"),
        )  # fmt: skip
        return Made(name, {"Type": kind, "Value": value})


class Repository(Provider):
    """AWS::ECR::Repository."""

    name_member = "RepositoryName"

    def create(self, request: Request) -> Made:
        name = request.name("RepositoryName", 256, lower=True)
        request.client("ecr").create_repository(repositoryName=name, tags=request.tags())
        return self._configured(request, name)

    def update(self, request: Request) -> Made:
        return self._configured(request, request.physical_id)

    def delete(self, request: Request) -> None:
        force = bool(request.properties.get("EmptyOnDelete", False))
        request.client("ecr").delete_repository(repositoryName=request.physical_id, force=force)

    def _configured(self, request: Request, name: str) -> Made:
        ecr, properties = request.client("ecr"), request.properties
        if "RepositoryPolicyText" in properties:
            ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(properties["RepositoryPolicyText"]))
        if "ImageTagMutability" in properties:
            ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=properties["ImageTagMutability"])
        if "LifecyclePolicyText" in properties.get("LifecyclePolicy", {}):
            text = properties["LifecyclePolicy"]["LifecyclePolicyText"]
            ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
        repository = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        return Made(name, {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]})


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


def _without_name(request: Request) -> dict[str, Any]:
    return {key: value for key, value in request.properties.items() if key != "Name"}


OPERATIONS_RESOURCES: Mapping[str, Provider] = {
    "AWS::CloudFormation::Stack": NestedStack(),
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::ECR::Repository": Repository(),
    "AWS::Events::Rule": Rule(),
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::SSM::Parameter": Parameter(),
    "AWS::Scheduler::Schedule": Schedule(),
    "AWS::Scheduler::ScheduleGroup": ScheduleGroup(),
}
