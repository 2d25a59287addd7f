"""A pipeline with what the service keeps of it: tags, versions, what starts it, its last executions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from ..language.start_values import UNIVERSAL_TARGET
from . import search
from .answers import code, pages

SHOWN = 5
"""How many versions and executions are shown."""
PROPERTIES = ("PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")
"""What ``DescribePipeline`` and CloudFormation call alike, besides the definition."""
T = TypeVar("T")


class Trigger(NamedTuple):
    """What starts a pipeline."""

    kind: str
    """``rule`` of EventBridge, or ``schedule`` of EventBridge Scheduler."""
    name: str
    when: str
    """The schedule, or the pattern of the events."""
    state: str


@dataclass(frozen=True)
class Overview:
    """A pipeline."""

    described: Mapping[str, Any]
    """The answer of ``DescribePipeline``."""
    tags: Mapping[str, str]
    versions: Sequence[Mapping[str, Any]]
    """The newest."""
    triggers: Sequence[Trigger]
    executions: Sequence[Mapping[str, Any]]
    """The newest."""
    unknown: Mapping[str, str]
    """What could not be read, with the service's reason."""


def overview(sagemaker: Any, events: Any, scheduler: Any, described: Mapping[str, Any]) -> Overview:
    """All that can be read of a pipeline; what may not be read is listed as unknown."""
    arn, unknown = str(described["PipelineArn"]), dict[str, str]()

    def versions() -> Iterator[Any]:
        return pages(
            sagemaker, "list_pipeline_versions", "PipelineVersionSummaries", limit=SHOWN,
            PipelineName=described["PipelineName"], SortOrder="Descending",
        )  # fmt: skip

    return Overview(
        described,
        dict(_read(unknown, "tags", sagemaker, lambda: list(tags(sagemaker, arn).items()))),
        _read(unknown, "versions", sagemaker, lambda: list(versions())),
        [
            *_read(unknown, "rules", events, lambda: list(rules(events, arn))),
            *_read(unknown, "schedules", scheduler, lambda: list(schedules(scheduler, arn))),
        ],
        _read(unknown, "executions", sagemaker, lambda: list(islice(search.find_executions(sagemaker, arn), SHOWN))),
        unknown,
    )


def tags(sagemaker: Any, arn: str) -> dict[str, str]:
    """The tags of a pipeline."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in pages(sagemaker, "list_tags", "Tags", ResourceArn=arn)}


def options(described: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    """What the service says of a pipeline but its definition, in CloudFormation's words, and its account and region.

    ``tags``: None if they are not known. Those that AWS sets itself are left out.
    """
    _, _, _, region, account, *_ = str(described["PipelineArn"]).split(":")
    found = {name: described[name] for name in PROPERTIES if described.get(name)}
    if tags is not None:
        found["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]
    return {**found, "Account": account, "Region": region}


def _read(unknown: dict[str, str], what: str, client: Any, read: Callable[[], list[T]]) -> list[T]:
    try:
        return read()
    except client.exceptions.ClientError as error:
        unknown[what] = f"{error.operation_name}: {error.response['Error'].get('Message') or code(error)}"
        return []


def rules(events: Any, arn: str) -> Iterator[Trigger]:
    """The rules of EventBridge that start a pipeline."""
    for name in pages(events, "list_rule_names_by_target", "RuleNames", TargetArn=arn):
        rule = events.describe_rule(Name=name)
        yield Trigger(
            "rule", name, rule.get("ScheduleExpression") or rule.get("EventPattern", ""), rule.get("State", "")
        )


def schedules(scheduler: Any, arn: str, goes_on: Callable[[], bool] = lambda: True) -> Iterator[Trigger]:
    """The schedules of EventBridge Scheduler that start a pipeline: of the account's, until ``goes_on`` is false.

    That is asked before each schedule.
    """
    for summary in pages(scheduler, "list_schedules", "Schedules"):
        if not goes_on():
            return
        target = str((summary.get("Target") or {}).get("Arn", "")).lower()
        if target != arn.lower() and not target.endswith(UNIVERSAL_TARGET):
            continue
        schedule = scheduler.get_schedule(GroupName=summary.get("GroupName", "default"), Name=summary["Name"])
        if target.endswith(UNIVERSAL_TARGET) and not _names(schedule, arn):
            continue
        when, zone = schedule.get("ScheduleExpression", ""), schedule.get("ScheduleExpressionTimezone", "UTC")
        yield Trigger(
            "schedule", summary["Name"], when if zone == "UTC" else f"{when}, {zone}", schedule.get("State", "")
        )


def _names(schedule: Mapping[str, Any], arn: str) -> bool:
    """Whether the request of a universal target starts this pipeline."""
    try:
        request = json.loads((schedule.get("Target") or {}).get("Input") or "null")
    except ValueError:
        return False
    named = str(request.get("PipelineName", "")).lower() if isinstance(request, dict) else ""
    return named in (arn.lower(), arn.lower().rpartition("/")[2])


def as_json(told: Overview) -> dict[str, Any]:
    """What ``smpipe show PIPELINE --json`` prints; docs/executions.md lists the members."""
    left_out = ("ResponseMetadata", "PipelineDefinition")
    return {
        "pipeline": {key: value for key, value in told.described.items() if key not in left_out},
        "tags": dict(told.tags),
        "versions": list(told.versions),
        "startedBy": [trigger._asdict() for trigger in told.triggers],
        "executions": list(told.executions),
        "unknown": dict(told.unknown),
    }
