"""The executions of a pipeline, page by page, with filters in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from ..executions.answers import who
from ..executions.rows import is_made_up, seconds_taken
from ..executions.search import PAGE_CALLS, Declared, ParameterValues, Wanted, differing, page_of_executions
from ..executions.times import parse_time
from ..language import PipelineError
from . import addresses
from .account import Account
from .limits import Allowance
from .states import EXECUTIONS
from .trouble import Trouble

CHOICES = (("", "any"), *((state, state) for state in EXECUTIONS))
"""Of the field with the state."""
HEADINGS = ("Compare", "Execution", "State", "Started", "Time")
SECONDS = 0.15
"""After which a page that looks for values of parameters does not search on; it then says how far it has looked."""
DECLARED = 300.0
"""Seconds for which the parameters of a version are remembered."""


class Line(NamedTuple):
    """An execution of the list."""

    id: str
    address: str
    status: str
    started: datetime | None
    seconds: float | None
    more: Sequence[str] = ()
    """The cells of the other columns."""


class Filters(NamedTuple):
    """What is asked for, as it is written in the address."""

    state: str
    since: str
    until: str
    parameters: Sequence[str]
    """``NAME=VALUE``."""

    @property
    def any(self) -> bool:
        """Whether anything is."""
        return any((self.state, self.since, self.until, *self.parameters))


class Listed(NamedTuple):
    """A page of the list."""

    filters: Filters
    lines: Sequence[Line]
    headings: Sequence[str]
    looked_here: int
    """How many executions were looked at for this page."""
    looked: int
    """How many executions were looked at for this page and those before."""
    back_to: datetime | None
    first: str | None
    """The address of the first page; None on it."""
    next: str | None
    trouble: Trouble | None = None
    """Why there are no lines."""
    states: Sequence[tuple[str, str]] = CHOICES


def listed(account: Account, described: Mapping[str, Any], asked: MultiDict[str, str]) -> Listed:
    """The page of the list that the address ``asked`` for."""
    pipeline, arn = str(described["PipelineName"]), str(described["PipelineArn"])
    filters = Filters(
        asked.get("state", ""),
        asked.get("since", "").strip(),
        asked.get("until", "").strip(),
        [text.strip() for text in asked.getlist("p") if text.strip()],
    )
    kept = {key: value for key, value in filters._asdict().items() if key != "parameters" and value}
    given: dict[str, object] = {**kept, **({"p": filters.parameters} if filters.parameters else {})}
    here = addresses.pipeline(pipeline)
    first = addresses.with_arguments(here, given) if asked.get("after") else None
    declared: Declared = account.shared(("declared", arn, described.get("CreationTime")), DECLARED, dict)
    declared.pop(None, None)  # the newest may be another by now
    values = ParameterValues(account.sagemaker, arn, declared)
    time = Allowance(PAGE_CALLS, SECONDS, account.clock)
    token, before, now = asked.get("after"), addresses.number(asked, "seen"), account.now()
    found = account.panel(
        lambda: page_of_executions(account.sagemaker, arn, _wanted(filters, now), values, token, time.take)
    )
    if isinstance(found, Trouble):
        return Listed(filters, [], [], 0, 0, None, first, None, found)
    columns = _columns(found.records, account.panel(lambda: [values.of(record) for record in found.records]))
    lines = [_line(record, pipeline, now) for record in found.records]
    looked = before + found.looked
    following = addresses.with_arguments(here, {**given, "after": found.token, "seen": looked})
    return Listed(
        filters,
        [line._replace(more=[cells[row] for cells in columns.values()]) for row, line in enumerate(lines)],
        [*HEADINGS, *columns],
        found.looked,
        looked,
        found.back_to,
        first,
        following if found.token else None,
    )


def _columns(records: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]] | Trouble) -> dict[str, list[str]]:
    """The cells of the columns that are not in every list, by heading; ``rows`` has the values of parameters."""
    values = [] if isinstance(rows, Trouble) else rows
    names = [str(record.get("PipelineExecutionDisplayName") or "") for record in records]
    found = {
        "Name": ["" if is_made_up(name) else name for name in names],
        **{name: [row.get(name, "") for row in values] for name in differing(values)},
        "Version": [str(record.get("PipelineVersionId") or "") for record in records],
        "Started by": [who(record.get("CreatedBy")) for record in records],
        "Reason": [str(record.get("FailureReason") or "") for record in records],
    }
    return {heading: cells for heading, cells in found.items() if any(cells)}


def _wanted(filters: Filters, now: datetime) -> Wanted:
    """Raises ``PipelineError`` for a filter that means nothing."""
    if filters.state and filters.state not in EXECUTIONS:
        raise PipelineError(f"{filters.state!r} is not a state; it is one of {', '.join(EXECUTIONS)}")
    parameters: dict[str, str] = {}
    for text in filters.parameters:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise PipelineError(f"{text!r} is not a value of a parameter; write it as NAME=VALUE, such as MaxMse=5")
        if name in parameters:
            raise PipelineError(f"{name!r} is given twice")
        parameters[name] = value.strip()
    return Wanted(
        filters.state or None,
        parse_time(filters.since, now) if filters.since else None,
        parse_time(filters.until, now) if filters.until else None,
        parameters,
    )


def _line(record: Mapping[str, Any], pipeline: str, now: datetime) -> Line:
    id = str(record["PipelineExecutionArn"]).rpartition("/")[2]
    return Line(
        id,
        addresses.execution(pipeline, id),
        str(record.get("PipelineExecutionStatus", "")),
        record.get("CreationTime"),
        seconds_taken(record, now),
    )
