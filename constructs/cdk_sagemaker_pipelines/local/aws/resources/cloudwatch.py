"""Alarms."""

from __future__ import annotations

from collections.abc import Mapping

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


CLOUDWATCH_RESOURCES: Mapping[str, Provider] = {
    "AWS::CloudWatch::Alarm": Alarm(),
}
