"""Pipelines and executions as ``Search`` finds them.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from typing import Any, NamedTuple

from ..language import Definition, PipelineError, choices, did_you_mean
from ..language.definition import ParameterDeclaration
from ..local.engine.parameters import convert
from ..local.errors import ParameterError
from .answers import pages, says_nothing
from .starting import version

MOST = 18
"""Filters that a request can have besides those of the pipeline and the state."""

Declared = dict[int | None, Mapping[str, ParameterDeclaration]]
"""The parameters of versions by their numbers; None is the newest."""
PAGE, PAGE_CALLS = 100, 5
"""Executions that a search answers with, and searches for one page."""


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
    yield from _search(client, "Pipeline", [*filters, *tag_filters(tags)], "LastModifiedTime")


def tag_filters(tags: Sequence[str]) -> list[dict[str, str]]:
    """Conditions on tags, ``Key`` or ``Key=Value``. Raises ``PipelineError`` if there are too many."""
    if len(tags) > MOST:
        raise PipelineError(f"{len(tags)} tags are given; a search takes at most {MOST}")
    found = []
    for tag in tags:
        key, equals, value = tag.partition("=")
        name = f"Tags.{key}"
        found.append(_filter(name, "Equals", value) if equals else {"Name": name, "Operator": "Exists"})
    return found


def find_executions(client: Any, pipeline: str, wanted: Wanted = Wanted()) -> Iterator[Mapping[str, Any]]:
    """The records of a pipeline's executions, newest first. ``pipeline``: its ARN."""
    found = _search(client, "PipelineExecution", _filters(pipeline, wanted), "CreationTime")
    if not wanted.parameters:
        return found
    return _with_values(found, ParameterValues(client, pipeline), wanted.parameters)


class Page(NamedTuple):
    """A page of the executions of a pipeline."""

    records: Sequence[Mapping[str, Any]]
    looked: int
    """How many executions were looked at."""
    back_to: datetime | None
    """When the oldest of them started."""
    token: str | None
    """Where the next page begins; None if there is none."""


def page_of_executions(
    client: Any,
    pipeline: str,
    wanted: Wanted,
    values: ParameterValues,
    token: str | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> Page:
    """As ``find_executions``, from a token on, with at most ``PAGE_CALLS`` searches of ``PAGE`` executions each.

    It ends after the search with which it has ``PAGE`` that are wanted, or after which ``goes_on`` is false. Raises
    ``PipelineError`` like that, for a name that no version has which was looked at.
    """
    asked = _request("PipelineExecution", _filters(pipeline, wanted), "CreationTime")
    found: list[Mapping[str, Any]] = []
    looked, last = 0, None
    for _ in range(PAGE_CALLS):
        answer = client.search(**asked, MaxResults=PAGE, **({"NextToken": token} if token else {}))
        records = [each["PipelineExecution"] for each in answer["Results"] if "PipelineExecution" in each]
        found += [each for each in records if not wanted.parameters or values.has(each, wanted.parameters)]
        looked, last, token = looked + len(records), (records or [last])[-1], answer.get("NextToken")
        if not token or len(found) >= PAGE or not goes_on():
            break
    if wanted.parameters and not found:
        values.check(wanted.parameters)
    return Page(found, looked, last and last.get("CreationTime"), token)


def _filters(pipeline: str, wanted: Wanted) -> list[dict[str, str]]:
    filters = [_filter("PipelineArn", "Equals", pipeline)]
    if wanted.state:
        filters.append(_filter("PipelineExecutionStatus", "Equals", wanted.state))
    if wanted.since:
        filters.append(_filter("CreationTime", "GreaterThanOrEqualTo", _time(wanted.since)))
    if wanted.until:
        filters.append(_filter("CreationTime", "LessThan", _time(wanted.until)))
    return filters


def _with_values(
    found: Iterator[Mapping[str, Any]], values: ParameterValues, wanted: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """Those with the values. The filter of a request would miss the values that executions have by default.

    Raises ``PipelineError`` where none has, and a name is none of a parameter.
    """
    none = True
    for record in found:
        if values.has(record, wanted):
            none = False
            yield record
    if none:
        values.check(wanted)


def latest(client: Any, pipeline: str) -> Mapping[str, Any] | None:
    """The record of a pipeline's latest execution; None if it has none. ``pipeline``: its ARN."""
    return next(islice(find_executions(client, pipeline), 1), None)


class ParameterValues:
    """The values of the parameters of a pipeline's executions, from their records.

    Those that a record does not have are the defaults of the version that it ran, each version being read once.
    """

    def __init__(self, client: Any, pipeline: str, declared: Declared | None = None) -> None:
        """``declared``: what is known of versions already; what is read is added."""
        self._client, self._pipeline = client, pipeline
        self._declared: Declared = {} if declared is None else declared
        self._given: dict[str, None] = {}

    def of(self, record: Mapping[str, Any]) -> dict[str, str]:
        """By name, as the service lists values."""
        given = {str(item["Name"]): str(item.get("Value", "")) for item in record.get("PipelineParameters", [])}
        self._given |= dict.fromkeys(given)
        declared = self._declared_by(record.get("PipelineVersionId"))
        return {**{name: as_text(each.default) for name, each in declared.items() if each.has_default}, **given}

    def has(self, record: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
        """Whether it ran with these values; of a number, ``10`` is ``10.0``."""
        found, declared = self.of(record), self._declared_by(record.get("PipelineVersionId"))
        return all(
            name in found and _same(value, found[name], declared[name].type if name in declared else "String")
            for name, value in wanted.items()
        )

    def names(self) -> list[str]:
        """Of the parameters of the versions that were asked for, or else of the newest."""
        if not self._declared:
            self._declared_by(None)
        return list(dict.fromkeys(name for each in (*self._declared.values(), self._given) for name in each))

    def check(self, wanted: Mapping[str, str]) -> None:
        """Raises ``PipelineError`` for a name that is none of ``names``."""
        for name in wanted:
            known = self.names()
            if known and name not in known:
                close = did_you_mean(name, known) or f"; it declares {choices(known)}"
                raise PipelineError(f"the pipeline has no parameter {name!r}{close}")

    def _declared_by(self, number: int | None) -> Mapping[str, ParameterDeclaration]:
        if number not in self._declared:
            self._declared[number] = _declared(self._client, self._pipeline, number)
        return self._declared[number]


def _same(one: str, other: str, kind: str) -> bool:
    try:
        return bool(convert("", kind, one) == convert("", kind, other))
    except ParameterError:
        return one == other


def differing(values: Sequence[Mapping[str, str]]) -> list[str]:
    """The parameters whose values are not the same in all rows, in the order in which they first occur."""
    names = dict.fromkeys(name for row in values for name in row)
    return [name for name in names if len({row.get(name) for row in values}) > 1]


def as_text(value: Any) -> str:
    """A default value as the service lists values: always a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _declared(client: Any, pipeline: str, number: int | None) -> Mapping[str, ParameterDeclaration]:
    asked = version(None if number is None else str(number))
    try:
        answer = client.describe_pipeline(PipelineName=pipeline, **asked)
        return Definition.parse(answer["PipelineDefinition"]).parameters
    except PipelineError:
        return {}
    except client.exceptions.ClientError as error:
        if says_nothing(error):
            raise
        return {}  # what was given is told in any case


def _filter(name: str, operator: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": operator, "Value": value}


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def _search(client: Any, resource: str, filters: Sequence[Any], sort: str) -> Iterator[Mapping[str, Any]]:
    found = pages(client, "search", "Results", **_request(resource, filters, sort))
    return (result[resource] for result in found if resource in result)


def _request(resource: str, filters: Sequence[Any], sort: str) -> dict[str, Any]:
    if len(filters) > MOST:
        raise PipelineError(f"{len(filters)} conditions are given; a search takes at most {MOST}")
    expression: dict[str, Any] = {"SearchExpression": {"Filters": list(filters)}} if filters else {}
    return {"Resource": resource, "SortBy": sort, "SortOrder": "Descending", **expression}
