"""The times at which a monitoring schedule runs, as SageMaker takes them: full hours, of every day."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk

from ..language import PipelineError
from ..steps.base.field_checks import of_type

_HOUR = re.compile(r"\*|(?:[01]?[0-9]|2[0-3])(?:/(?:[1-9]|1[0-9]|2[0-4]))?")
_RATE = re.compile(r"rate\(([0-9]+) (hour|day)s?\)")
_ALLOWED = "each hour, each day at a full hour of UTC, or every so many hours from such an hour on"


def expression(schedule: Any) -> str:
    """The expression of a schedule of CDK. Raises ``PipelineError`` for times at which SageMaker starts no monitoring.

    Source: [The cron expression for monitoring schedule](https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html).
    """
    kind = cdk.aws_events.Schedule
    of_type(schedule, kind, "schedule", "events.Schedule.cron(minute='0', hour='2')", optional=False)
    text = schedule.expression_string
    rate = _RATE.fullmatch(text)
    hour = _of_rate(int(rate[1]) * (24 if rate[2] == "day" else 1)) if rate else _of_cron(text)
    if hour is None:
        raise PipelineError(f"schedule is {text}; SageMaker starts monitoring only {_ALLOWED}")
    return f"cron(0 {hour} ? * * *)"


def _of_rate(hours: int) -> str | None:
    if hours == 1:
        return "*"
    return "0" if hours == 24 else f"0/{hours}" if hours < 24 else None


def _of_cron(text: str) -> str | None:
    fields = text.removeprefix("cron(").removesuffix(")").split()
    if len(fields) != 6 or fields[0] not in ("0", "00") or not _HOUR.fullmatch(fields[1]):
        return None
    return fields[1] if all(field in ("*", "?") for field in fields[2:]) else None
