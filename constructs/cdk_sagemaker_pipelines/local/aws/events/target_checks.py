"""What the services refuse of the targets of rules and of schedules; each function returns what is wrong, or None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from ...json_text import parsed
from .message import PathError, at, filled
from .retries import LIMITS
from .targets import CLIENTS, UNIVERSAL

_ARN_PARTS = 6
_ABROAD = ("apigateway", "events", "execute-api", "kinesis", "lambda", "sagemaker", "sns", "sqs")
"""Services whose resources of other accounts may be targets."""
_JSON_ONLY = ("lambda", "states", "events")
"""Services whose targets of schedules take no plain text."""


def wrong_place(arn: str, account: str, region: str) -> str | None:
    """What is wrong with where a target of a rule or a schedule is, which is in an account and region.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
    Other accounts' pipelines go through, as AWS RAM may share them.
    """
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS or UNIVERSAL in arn:
        return None
    service, there, owner = parts[2:5]
    if there != region and not _is_bus(arn):
        return f"the target {arn} is in {there}, not in {region}; only an event bus may be in another region."
    if owner not in (account, "") and service not in _ABROAD:
        return f"the target {arn} is in the account {owner}, and targets of {service} must be in the own one."
    return None


def _is_bus(arn: str) -> bool:
    return ":event-bus/" in arn


def wrong_rule_target(target: Mapping[str, Any]) -> str | None:
    """Concerns ``PutTargets``."""
    name = target.get("Id")
    if sum(target.get(member) is not None for member in ("Input", "InputPath", "InputTransformer")) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    if target.get("Input") is not None and not _is_json(target["Input"]):
        return f"JSON syntax error in input for target {name}."
    if wrong := _wrong_policy(target):
        return f"Invalid RetryPolicy for target {name} : {wrong}."
    how = target.get("InputTransformer") or {}
    paths = how.get("InputPathsMap") or {}
    for path in [*([target["InputPath"]] if target.get("InputPath") else []), *paths.values()]:
        try:
            at({}, path)
        except PathError as error:
            return f"Invalid InputPath for target {name} : {error}."
    if how:
        try:
            filled(how["InputTemplate"], {**dict.fromkeys(paths), **dict.fromkeys(_OF_RULE)})
        except ValueError as error:
            return f"Invalid InputTemplate for target {name} : {error}."
    return None


def wrong_schedule(told: Mapping[str, Any], now: datetime) -> str | None:
    """Concerns ``CreateSchedule`` and ``UpdateSchedule``."""
    target, window = told.get("Target") or {}, told.get("FlexibleTimeWindow") or {}
    flexible = window.get("Mode") == "FLEXIBLE"
    if flexible != (window.get("MaximumWindowInMinutes") is not None):
        return "MaximumWindowInMinutes must be specified if, and only if, FlexibleTimeWindow is FLEXIBLE."
    begin, end = (_moment(told.get(member)) for member in ("StartDate", "EndDate"))
    if end is not None and end < now:
        return "The EndDate you specify cannot be earlier than the current time."
    if end is not None and begin is not None and end <= begin:
        return "The EndDate you specify must be later than the StartDate."
    if wrong := _wrong_policy(target):
        return f"Parameters not valid due to the following reason: {wrong}."
    arn, text = str(target.get("Arn")), target.get("Input")
    if arn.endswith(".fifo") and ":sqs:" in arn and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        return "Parameters not valid due to the following reason: MessageGroupId must be specified for a FIFO queue."
    universal = UNIVERSAL in arn
    if text and (universal or arn.split(":")[2:3] in ([one] for one in _JSON_ONLY)) and not _is_json(_attributes(text)):
        return f"Invalid Input for target {arn}: it is not JSON."
    return _wrong_operation(arn.partition(UNIVERSAL)[2]) if universal else None


def _wrong_policy(target: Mapping[str, Any]) -> str | None:
    for member, value in (target.get("RetryPolicy") or {}).items():
        least, most = LIMITS.get(member, (0, 0))
        if not least <= int(value) <= most:
            return f"{member} is {value}; it may be {least} to {most}"
    return None


def _wrong_operation(named: str) -> str | None:
    service, _, operation = named.partition(":")
    try:
        model = get_service_model(CLIENTS.get(service, service))
    except UnknownServiceError:
        return f"Invalid RequestJson provided. Reason: there is no service {service[:100]!r}."
    if operation.lower() not in (name.lower() for name in model.operation_names):
        return f"Invalid RequestJson provided. Reason: {service} has no operation {operation[:100]!r}."
    return None


_OF_RULE = (
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event", "aws.events.event.json",
    "aws.events.event.ingestion-time",
)  # fmt: skip


def _attributes(text: str) -> str:
    for name in ("schedule-arn", "scheduled-time", "execution-id", "attempt-number"):
        text = text.replace(f"<aws.scheduler.{name}>", "1")
    return text


def _is_json(text: str) -> bool:
    try:
        parsed(text, finite=True)
    except ValueError:
        return False
    return True


def _moment(told: Any) -> datetime | None:
    return datetime.fromtimestamp(float(told), timezone.utc) if isinstance(told, (int, float)) else None
