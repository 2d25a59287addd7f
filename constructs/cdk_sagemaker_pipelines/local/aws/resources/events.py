"""EventBridge: rules and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .provider import Made, Provider, Request


class Rule(Provider):
    """AWS::Events::Rule."""

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
        self._tag(request, answer["RuleArn"])
        targets = request.properties.get("Targets", [])
        self._remove_targets(request, name, [target["Id"] for target in targets])
        if targets:
            request.client("events").put_targets(Rule=name, Targets=targets, **request.given("EventBusName"))
        return Made(name, {"Arn": answer["RuleArn"]})

    def _tag(self, request: Request, arn: str) -> None:
        events, tags = request.client("events"), request.tags()
        named = {tag["Key"] for tag in tags}
        old = [tag["Key"] for tag in events.list_tags_for_resource(ResourceARN=arn)["Tags"]]
        gone = [key for key in old if key not in named]
        if gone:
            events.untag_resource(ResourceARN=arn, TagKeys=gone)
        if tags:
            events.tag_resource(ResourceARN=arn, Tags=tags)

    def _remove_targets(self, request: Request, name: str, unless: list[str]) -> None:
        events, bus = request.client("events"), request.given("EventBusName")
        ids = [target["Id"] for target in events.list_targets_by_rule(Rule=name, **bus)["Targets"]]
        gone = [target for target in ids if target not in unless]
        if gone:
            events.remove_targets(Rule=name, Ids=gone, **bus)


class EventBusPolicy(Provider):
    """AWS::Events::EventBusPolicy: a statement of the policy of a bus. It is kept, and never asked."""

    create_only = frozenset({"EventBusName", "StatementId"})

    def create(self, request: Request) -> Made:
        self._put(request)
        bus = request.properties.get("EventBusName", "default")
        return Made(f"{bus}|{request.properties['StatementId']}")

    def update(self, request: Request) -> Made:
        self._put(request)
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        statement = request.physical_id.rpartition("|")[2]
        request.client("events").remove_permission(StatementId=statement, **request.given("EventBusName"))

    def _put(self, request: Request) -> None:
        events, named = request.client("events"), request.given("EventBusName")
        own = request.properties["StatementId"]
        bus = events.describe_event_bus(**({"Name": named["EventBusName"]} if named else {}))
        others = [each for each in json.loads(bus.get("Policy") or "{}").get("Statement", []) if each["Sid"] != own]
        policy = {"Version": "2012-10-17", "Statement": [*others, {**request.properties["Statement"], "Sid": own}]}
        events.put_permission(Policy=json.dumps(policy), **named)


class Schedule(Provider):
    """AWS::Scheduler::Schedule."""

    name_member = "Name"
    create_only = frozenset({"GroupName"})

    def create(self, request: Request) -> Made:
        name = request.name("Name")
        answer = request.client("scheduler").create_schedule(Name=name, **_without_name(request))
        return Made(name, {"Arn": answer["ScheduleArn"]})

    def update(self, request: Request) -> Made:
        answer = request.client("scheduler").update_schedule(Name=request.physical_id, **_without_name(request))
        return Made(request.physical_id, {"Arn": answer["ScheduleArn"]})

    def delete(self, request: Request) -> None:
        request.client("scheduler").delete_schedule(Name=request.physical_id, **request.given("GroupName"))


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


def _without_name(request: Request) -> dict[str, Any]:
    return {key: value for key, value in request.properties.items() if key != "Name"}


EVENTS_RESOURCES: Mapping[str, Provider] = {
    "AWS::Events::EventBusPolicy": EventBusPolicy(),
    "AWS::Events::Rule": Rule(),
    "AWS::Scheduler::Schedule": Schedule(),
    "AWS::Scheduler::ScheduleGroup": ScheduleGroup(),
}
