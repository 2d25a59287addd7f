"""The pipelines of an account and region, page by page, with what is sought among them.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..language import PipelineError, choices, did_you_mean
from .answers import DENIED, code
from .search import tag_filters

SIZE = 100
"""How many records a call returns at most."""
ORDERS: Mapping[str, tuple[str, str]] = {
    "changed": ("LastModifiedTime", "Descending"),
    "run": ("LastRunTime", "Descending"),
    "created": ("CreationTime", "Descending"),
    "name": ("PipelineName", "Ascending"),
}
"""By what pipelines are sorted: the property and the order."""
_EXISTS = "tag:"


@dataclass(frozen=True)
class Sought:
    """What is sought."""

    words: Sequence[str] = ()
    """In the name or the description, all of them, be they in capitals or not."""
    tags: Sequence[str] = ()
    """``Key`` or ``Key=Value``, exactly."""
    state: str = ""
    """Of the latest execution."""

    @staticmethod
    def parse(text: str, state: str = "") -> Sought:
        """Words, and tags as ``Key=Value`` or ``tag:Key``; quotes keep together what has blanks."""
        try:
            parts = shlex.split(text)
        except ValueError:  # a quote without its end
            parts = text.split()
        tags = [part for part in parts if "=" in part.removeprefix(_EXISTS) or part.startswith(_EXISTS)]
        return Sought(
            [part.casefold() for part in parts if part not in tags], [tag.removeprefix(_EXISTS) for tag in tags], state
        )

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether the words are in a record."""
        members = ("PipelineName", "PipelineDisplayName", "PipelineDescription")
        text = "\n".join(str(record.get(member) or "") for member in members).casefold()
        return all(word in text for word in self.words)


class Place(NamedTuple):
    """A place in the list."""

    token: str = ""
    """Of the service's page; empty for the first."""
    skip: int = 0
    """How many records of that page come before it."""
    before: int = 0
    """How many records there are before it in all."""


@dataclass(frozen=True)
class Found:
    """Some pipelines."""

    records: Sequence[Mapping[str, Any]]
    """Records of ``Search``, with ``LastRunTime``, and ``Tags`` unless it may not be called."""
    next: Place | None
    """Where to look further; None at the end of the list."""
    looked: int
    """How many were looked at, with those before."""
    total: int | None
    """How many have the tags; None if the service does not say."""
    untagged: Any = None
    """The refusal of ``Search``, where the records are those of ``ListPipelines``."""


class _Answer(NamedTuple):
    records: Sequence[Mapping[str, Any]]
    token: str
    total: int | None


Ask = Callable[[str], _Answer]
"""Asks for the page with a token."""


def find(
    client: Any, sought: Sought, order: str, place: Place, *, latest: Callable[[str], str], go_on: Callable[[], bool],
) -> Found:  # fmt: skip
    """The next pipelines, at most ``SIZE``.

    ``latest``: the state of the latest execution of the pipeline with a name. ``go_on``: whether to look further, asked
    before each call but the first; so there may be few, or none, and a ``next``. Raises ``PipelineError`` for an
    unknown order.
    """
    if order not in ORDERS:
        hint = did_you_mean(order, ORDERS) or f"; but by {choices(ORDERS)}"
        raise PipelineError(f"pipelines cannot be sorted by {order!r}{hint}")
    try:
        return _found(_searched(client, sought, order), sought, place, latest, go_on)
    except client.exceptions.ClientError as error:
        if error.operation_name != "Search" or code(error) not in DENIED or sought.tags:
            raise
        return replace(_found(_listed(client, order), sought, place, latest, go_on), untagged=error)


def _found(ask: Ask, sought: Sought, place: Place, latest: Callable[[str], str], go_on: Callable[[], bool]) -> Found:
    kept: list[Mapping[str, Any]] = []
    state = sought.state
    token, skip, looked = place
    while True:
        answer = ask(token)
        for number, record in enumerate(answer.records[skip:], skip):
            fits = sought.fits(record)
            if len(kept) == SIZE or (fits and state and looked > place.before and not go_on()):
                return Found(kept, Place(token, number, looked), looked, answer.total)
            looked += 1
            if fits and (not state or latest(str(record["PipelineName"])) == state):
                kept.append(record)
        token, skip = answer.token, 0
        if not token or len(kept) == SIZE or not go_on():
            return Found(kept, Place(token, 0, looked) if token else None, looked, answer.total)


def _searched(client: Any, sought: Sought, order: str) -> Ask:
    by, direction = ORDERS[order]
    filters = tag_filters(sought.tags)
    expression: dict[str, Any] = {"SearchExpression": {"Filters": filters}} if filters else {}

    def ask(token: str) -> _Answer:
        more = {"NextToken": token} if token else {}
        answer = client.search(
            Resource="Pipeline", SortBy=by, SortOrder=direction, MaxResults=SIZE, **expression, **more
        )
        records = [result["Pipeline"] for result in answer.get("Results", []) if "Pipeline" in result]
        return _Answer(records, answer.get("NextToken", ""), (answer.get("TotalHits") or {}).get("Value"))

    return ask


def _listed(client: Any, order: str) -> Ask:
    """The same by a call that knows neither tags nor other orders than these."""
    by, direction = ("Name", "Ascending") if order == "name" else ("CreationTime", "Descending")

    def ask(token: str) -> _Answer:
        more = {"NextToken": token} if token else {}
        answer = client.list_pipelines(SortBy=by, SortOrder=direction, MaxResults=SIZE, **more)
        records = [{**each, "LastRunTime": each.get("LastExecutionTime")} for each in answer["PipelineSummaries"]]
        return _Answer(records, answer.get("NextToken", ""), None)

    return ask


def latest_runs(client: Any, pipeline: str, number: int) -> list[Mapping[str, Any]]:
    """The summaries of a pipeline's latest executions, newest first, by one call."""
    answer = client.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=number
    )
    return list(answer["PipelineExecutionSummaries"])
