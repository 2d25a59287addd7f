"""What an alarm sends to its topics and to the event bus.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from moto.cloudwatch.models import Alarm

from ..events.bus import Event
from .watched import Watched

_LONGEST_SUBJECT = 100


class State(NamedTuple):
    """The state of an alarm."""

    value: str
    reason: str
    reason_data: str | None
    since: datetime

    def told(self) -> dict[str, Any]:
        """As events say it."""
        data = {"reasonData": self.reason_data} if self.reason_data else {}
        return {"value": self.value, "reason": self.reason, **data, "timestamp": _text(self.since)}


def state_of(alarm: Alarm) -> State:
    """The state that an alarm has now."""
    return State(alarm.state_value, alarm.state_reason, alarm.state_reason_data, alarm.state_updated_timestamp)


def subject(alarm: Alarm) -> str:
    """The subject of the message."""
    return f'{alarm.state_value}: "{alarm.name}" in {_named(alarm.region_name)}'[:_LONGEST_SUBJECT]


def message(alarm: Alarm, metric: Watched | None, before: State, account: str) -> str:
    """The message, JSON. ``metric``: what it watches, if that is a metric."""
    now = state_of(alarm)
    trigger: dict[str, Any] = {
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm or alarm.evaluation_periods,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if metric is not None:
        trigger = {
            "MetricName": metric.name,
            "Namespace": metric.namespace,
            "StatisticType": "Statistic",
            "Statistic": metric.statistic.upper(),
            "Unit": metric.unit,
            "Dimensions": [{"value": value, "name": name} for name, value in sorted(metric.dimensions)],
            "Period": metric.period,
            **trigger,
        }
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": account,
            "AlarmConfigurationUpdatedTimestamp": _text(alarm.configuration_updated_timestamp),
            "NewStateValue": now.value,
            "NewStateReason": now.reason,
            "StateChangeTime": _text(now.since),
            "Region": _named(alarm.region_name),
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": before.value,
            "OKActions": alarm.ok_actions,
            "AlarmActions": alarm.alarm_actions,
            "InsufficientDataActions": alarm.insufficient_data_actions,
            "Trigger": trigger,
        }
    )


def event(alarm: Alarm, metric: Watched | None, before: State) -> Event:
    """The event of the change."""
    configuration: dict[str, Any] = {"description": alarm.description} if alarm.description else {}
    if metric is not None:
        named = {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)}
        stat = {"metric": named, "period": metric.period, "stat": metric.statistic}
        configuration["metrics"] = [{"id": "m1", "metricStat": stat, "returnData": True}]
    detail = {
        "alarmName": alarm.name,
        "state": state_of(alarm).told(),
        "previousState": before.told(),
        "configuration": configuration,
    }
    return Event("CloudWatch Alarm State Change", [alarm.alarm_arn], detail, "aws.cloudwatch")


@cache
def _named(region: str) -> str:
    """The region's name, such as ``Europe (Ireland)``."""
    for partition in botocore.session.Session().get_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def _text(moment: datetime) -> str:
    utc = moment if moment.tzinfo is None else moment.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}+0000"
