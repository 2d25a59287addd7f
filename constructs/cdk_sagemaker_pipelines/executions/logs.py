"""The logs of steps in CloudWatch Logs: where they are, and their events."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from ..language import PipelineError
from ..language.step_types import STEP_TYPES, row_of
from . import jobs
from .answers import MISSING, code, pages

_OF_KIND = {row.resource: row.logs for row in STEP_TYPES.values() if row.resource and row.logs}
_TUNING = "hyper-parameter-tuning-job"
_SLACK = timedelta(seconds=5)
"""Clocks differ, and a function's first line may be a moment before what the step calls its start."""
MOST_STREAMS = 100
LONGEST = 4000
"""Characters of a line, which may be a megabyte, where it is shown next to other things."""


class Place(NamedTuple):
    """Where a log is. ``prefix``: how its streams begin. Of a stream that others share, only a time is the step's."""

    group: str
    prefix: str
    since: datetime | None = None
    until: datetime | None = None

    @property
    def where(self) -> str:
        """The group, and how its streams begin."""
        return f"{self.group} {self.prefix}*" if self.prefix else self.group


class LogClients(NamedTuple):
    """What is asked for logs."""

    logs: Any
    """Of CloudWatch Logs."""
    functions: Any
    """Of Lambda, which says where a function logs to."""


class Event(NamedTuple):
    """A line of a log."""

    time: int
    """Milliseconds since 1970."""
    stream: str
    message: str


def place_of(record: Mapping[str, Any], step_type: str, functions: Any) -> Place:
    """Where the log of a step is, from its record. Raises ``PipelineError`` for a step without a log of its own.

    ``functions``: a client of Lambda, which is asked where a function logs to.
    """
    arn = jobs.arn_of(record) or ""
    fields = arn.split(":", 5)
    name = str(record["StepName"])
    if len(fields) == 6 and fields[2] == "lambda":
        until = record.get("EndTime")
        since, until = record["StartTime"] - _SLACK, None if until is None else until + _SLACK
        return Place(_group(functions, arn), "", since, until)
    kind, _, job = fields[-1].partition("/")
    if kind in _OF_KIND:
        return Place(f"/aws/sagemaker/{_OF_KIND[kind]}", f"{job}/")
    if kind == _TUNING:  # its training jobs have its name, with a number and more behind it
        return Place("/aws/sagemaker/TrainingJobs", f"{job}-")
    metadata: Any = next(iter((record.get("Metadata") or {}).values()), {})
    if isinstance(metadata, Mapping) and metadata.get("LogFilePath"):
        raise PipelineError(f"the log of step {name!r} is in S3: {metadata['LogFilePath']}")
    if not arn and row_of(step_type).logs:
        raise PipelineError(f"step {name!r} has no job yet, or none was created")
    raise PipelineError(f"step {name!r} ({step_type or 'of an unknown type'}) has no log in CloudWatch Logs")


def _group(functions: Any, arn: str) -> str:
    """The log group of a function; the one by its name where nobody says another."""
    name = arn.split(":")[6]
    try:
        told = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ClientError:  # it is gone, or not to be read
        told = {}
    return str((told.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}")


def shortened(line: str) -> str:
    """The line, or the beginning of one that is longer than ``LONGEST``."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}... and {len(line) - LONGEST} more characters"


class Reader:
    """Reads a log, each event once, however often it is asked.

    ``last``: only so many that are there at first; ``most_pages``: only so many of a stream whenever it is asked again.
    """

    def __init__(self, client: Any, place: Place, last: int | None = None, most_pages: int | None = None) -> None:
        self._client = client
        self._place = place
        self._last = last
        self._most_pages = most_pages
        self.is_behind = False
        """Whether the log goes on after what was read, as far as that is known."""
        self._tokens: dict[str, str] = {}

    def news(self) -> Iterator[Event]:
        """The events since it was asked last, in the order of their times."""
        streams = _streams(self._client, self._place)
        self.is_behind = False
        last, self._last = self._last, None
        if last is None:
            return heapq.merge(*map(self._of_stream, streams), key=lambda event: event.time)
        return iter(sorted(self._ends(streams, last), key=lambda event: event.time)[-last:])

    def _ends(self, streams: list[str], last: int) -> Iterator[Event]:
        for stream in streams:
            events, token = _last(self._client, self._place, stream, last)
            self._tokens |= {stream: token} if token else {}
            yield from events

    def _of_stream(self, stream: str) -> Iterator[Event]:
        for number in count(1):
            token = self._tokens.get(stream)
            request = {"startFromHead": True} if token is None else {"nextToken": token}
            answer = self._client.get_log_events(
                logGroupName=self._place.group, logStreamName=stream, **request, **_window(self._place)
            )
            for event in answer["events"]:
                yield Event(event["timestamp"], stream, event["message"])
            self._tokens[stream] = answer["nextForwardToken"]
            if answer["nextForwardToken"] == token:  # a page without an event is not the end
                return
            if number == self._most_pages:
                self.is_behind = True
                return


def tail(client: Any, place: Place, lines: int) -> list[Event]:
    """The last events of a log; fewer where there are no more."""
    found: list[Event] = []
    for stream in _streams(client, place) if lines else ():
        found += _last(client, place, stream, lines)[0]
    return sorted(found, key=lambda event: event.time)[-lines:]


def _last(client: Any, place: Place, stream: str, lines: int) -> tuple[list[Event], str | None]:
    """The last events of a stream, and the token of what follows them.

    A page may have fewer events than were asked for, or none, though there are more.
    """
    found: list[Event] = []
    end: str | None = None
    token: str | None = None
    while len(found) < lines:
        request = {} if token is None else {"nextToken": token}
        answer = client.get_log_events(
            logGroupName=place.group, logStreamName=stream, startFromHead=False,
            limit=min(lines - len(found), 10000), **request, **_window(place),
        )  # fmt: skip
        found = [*(Event(each["timestamp"], stream, each["message"]) for each in answer["events"]), *found]
        end = end or answer.get("nextForwardToken")
        if answer.get("nextBackwardToken") in (None, token):
            break
        token = answer["nextBackwardToken"]
    return found, end


def _streams(client: Any, place: Place) -> list[str]:
    prefix = {"logStreamNamePrefix": place.prefix} if place.prefix else {"orderBy": "LastEventTime", "descending": True}
    try:
        listed = pages(client, "describe_log_streams", "logStreams", logGroupName=place.group, **prefix)
        names: list[str] = []
        for stream in listed:
            if len(names) == MOST_STREAMS:
                break
            names.append(str(stream["logStreamName"]))
        return names
    except client.exceptions.ClientError as error:
        if code(error) in MISSING:  # the first line of the first job creates the group
            return []
        raise


def _window(place: Place) -> dict[str, int]:
    times = {"startTime": place.since, "endTime": place.until}
    return {name: int(time.timestamp() * 1000) for name, time in times.items() if time is not None}
