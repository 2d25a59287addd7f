"""Pipelines and executions as ``Search`` finds them.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from ..language import Definition, PipelineError
from .answers import pages
from .starting import version

MOST = 18
"""Filters that a request can have beside those of the pipeline and the state."""


@dataclass(frozen=True)
class Wanted:
    """Which executions of a pipeline are wanted."""

    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    parameters: Mapping[str, str] | None = None
    """Values that it ran with, be it by default."""


def find_pipelines(client: Any, text: str | None = None, tags: Sequence[str] = ()) -> Iterator[Mapping[str, Any]]:
    """The records of pipelines, latest change first. ``tags``: ``Key`` or ``Key=Value``."""
    filters = [] if text is None else [_filter("PipelineName", "Contains", text)]
    for tag in tags:
        key, equals, value = tag.partition("=")
        name = f"Tags.{key}"
        filters.append(_filter(name, "Equals", value) if equals else {"Name": name, "Operator": "Exists"})
    yield from _search(client, "Pipeline", filters, "LastModifiedTime")


def find_executions(client: Any, pipeline: str, wanted: Wanted = Wanted()) -> Iterator[Mapping[str, Any]]:
    """The records of a pipeline's executions, newest first. ``pipeline``: its ARN."""
    filters = [_filter("PipelineArn", "Equals", pipeline)]
    if wanted.state:
        filters.append(_filter("PipelineExecutionStatus", "Equals", wanted.state))
    if wanted.since:
        filters.append(_filter("CreationTime", "GreaterThanOrEqualTo", _time(wanted.since)))
    if wanted.until:
        filters.append(_filter("CreationTime", "LessThan", _time(wanted.until)))
    found = _search(client, "PipelineExecution", filters, "CreationTime")
    if not wanted.parameters:
        return found
    # the filter of a request would miss the values that executions have by default
    values = values_of(client, pipeline)
    return (record for record in found if wanted.parameters.items() <= values(record).items())


def latest(client: Any, pipeline: str) -> Mapping[str, Any] | None:
    """The record of a pipeline's latest execution; None if it has none. ``pipeline``: its ARN."""
    return next(islice(find_executions(client, pipeline), 1), None)


def values_of(client: Any, pipeline: str) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """What tells the values of the parameters of executions of a pipeline, from their records.

    Those that a record does not have are the defaults of the version that it ran, each version being read once.
    """
    known: dict[int | None, dict[str, str]] = {}

    def values(record: Mapping[str, Any]) -> dict[str, str]:
        number = record.get("PipelineVersionId")
        if number not in known:
            known[number] = _defaults(client, pipeline, number)
        given = {str(item["Name"]): str(item.get("Value", "")) for item in record.get("PipelineParameters", [])}
        return {**known[number], **given}

    return values


def differing(values: Sequence[Mapping[str, str]]) -> list[str]:
    """The parameters whose values are not the same in all rows, in the order in which they first occur."""
    names = dict.fromkeys(name for row in values for name in row)
    return [name for name in names if len({row.get(name) for row in values}) > 1]


def as_text(value: Any) -> str:
    """A default value as the service lists values: always a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _defaults(client: Any, pipeline: str, number: int | None) -> dict[str, str]:
    asked = version(None if number is None else str(number))
    try:
        answer = client.describe_pipeline(PipelineName=pipeline, **asked)
        declared = Definition.parse(answer["PipelineDefinition"]).parameters
    except (PipelineError, client.exceptions.ClientError):  # what was given is told in any case
        return {}
    return {name: as_text(parameter.default) for name, parameter in declared.items() if parameter.has_default}


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": operator, "Value": value}


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def _search(client: Any, resource: str, filters: Sequence[Any], sort: str) -> Iterator[Mapping[str, Any]]:
    if len(filters) > MOST:
        raise PipelineError(f"{len(filters)} conditions are given; a search takes at most {MOST}")
    expression: dict[str, Any] = {"SearchExpression": {"Filters": list(filters)}} if filters else {}
    found = pages(client, "search", "Results", Resource=resource, SortBy=sort, SortOrder="Descending", **expression)
    return (result[resource] for result in found if resource in result)
