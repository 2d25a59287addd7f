"""Alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..alarms.watched import is_topic
from .provider import Made, Provider, Request


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
        given = dict(dict.items(request.properties))  # which reads none of them
        for key in given.keys() - _without_effect(given):
            request.properties.get(key)  # what is not read has no effect, which the event of the resource says
        told = {key: value for key, value in given.items() if key not in ("AlarmName", "Tags")}
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


def _without_effect(given: Mapping[str, Any]) -> set[str]:
    """The properties that the local AWS does not follow."""
    queries, unread = given.get("Metrics") or [], set()
    if len(queries) > 1 or any("Expression" in query for query in queries):
        unread |= {"Metrics"}
    unread |= {"ThresholdMetricId", "ExtendedStatistic", "EvaluateLowSampleCountPercentile"} & given.keys()
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        if any(not is_topic(str(action)) for action in given.get(name) or ()):
            unread |= {name}
    return unread


CLOUDWATCH_RESOURCES: Mapping[str, Provider] = {
    "AWS::CloudWatch::Alarm": Alarm(),
}
