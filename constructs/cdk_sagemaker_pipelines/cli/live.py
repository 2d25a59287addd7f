"""An execution on the terminal: a table that updates in place, or a line per change without a terminal."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..language import Definition, PipelineError
from . import aws, board
from .errors import CommandError
from .terminal import Terminal

LOOK = {
    "Starting": ("◌", "cyan"),
    "Executing": ("●", "bold cyan"),
    "Stopping": ("●", "yellow"),
    "Stopped": ("■", "yellow"),
    "Failed": ("✗", "bold red"),
    "Succeeded": ("✓", "green"),
    "CompletedWithFailures": ("!", "yellow"),
    board.WAITING: ("·", "dim"),
    board.NOT_RUN: (" ", "dim"),
}

STATE_AND_TIME = 36
"""Columns that ``Succeeded (false)``, ``59 min 59 s`` and the space between columns take."""


@dataclass
class Snapshot:
    """What the service reported about an execution at one moment."""

    execution: Mapping[str, Any]
    """The answer of ``DescribePipelineExecution``."""
    rows: Sequence[board.Row]

    @property
    def status(self) -> str:
        """``PipelineExecutionStatus``."""
        return str(self.execution.get("PipelineExecutionStatus", "Executing"))

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in board.ENDED

    def seconds(self, now: datetime) -> float | None:
        """How long the execution has taken."""
        started = self.execution.get("CreationTime")
        ended = self.execution.get("LastModifiedTime") if self.over else now
        return max((ended - started).total_seconds(), 0.0) if started and ended else None


def watch(client: Any, arn: str, *, interval: float, console: Terminal) -> int:
    """Shows an execution until it ends; 0 when it succeeded, else 1 after printing its failure reasons."""
    with aws.errors():
        definition = _definition(client, arn)

        def look() -> Snapshot:
            return snapshot(client, arn, definition)

        last = _live(look, interval, console) if console.is_terminal else _plain(look, interval, console)
    failed = [row for row in last.rows if row.status == "Failed"]
    for row in failed:
        console.print(Text(f"{row.name} failed:", style="bold red"))
        for line in _indented(row.reason or "without a reason", console):
            console.print(Text(line), soft_wrap=True)
    reason = last.execution.get("FailureReason")
    if reason and not any(row.reason and row.reason in reason for row in failed):
        console.print(Text(str(reason), style="red"))
    return 0 if last.status == "Succeeded" else 1


def snapshot(client: Any, arn: str, definition: Definition | None) -> Snapshot:
    """Asks the service once."""
    execution = client.describe_pipeline_execution(PipelineExecutionArn=arn)
    paginator = client.get_paginator("list_pipeline_execution_steps")
    pages = paginator.paginate(PipelineExecutionArn=arn, SortOrder="Ascending")
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    over = execution["PipelineExecutionStatus"] in board.ENDED
    return Snapshot(execution, board.rows(definition, steps, over=over))


def _definition(client: Any, arn: str) -> Definition | None:
    """The definition that this execution runs; None if it cannot be read: steps yet to come are then not shown."""
    try:
        answer = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        return Definition.parse(answer["PipelineDefinition"])
    except PipelineError:
        return None
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in {"ResourceNotFound", "ValidationException"}:
            raise
        return None


def _live(look: Callable[[], Snapshot], interval: float, console: Terminal) -> Snapshot:
    now = look()
    # transient: the last frame may be cut to the terminal's height; the whole table is printed after it
    with Live(
        get_renderable=lambda: _table(now, console.width, console.height),
        console=console,
        refresh_per_second=8,
        transient=True,
    ):
        while not now.over:
            time.sleep(interval)
            now = look()
    console.print(_table(now, console.width, None))
    return now


def _plain(look: Callable[[], Snapshot], interval: float, console: Terminal) -> Snapshot:
    shown: dict[str, str] = {}
    while True:
        now = look()
        room = min(max((len(row.name) for row in now.rows), default=0), 64)
        for row in now.rows:
            if row.started and shown.get(row.name) != row.status:
                shown[row.name] = row.status
                time_taken = board.duration(row.seconds(_utc())) if row.ended else ""
                console.print(_line(row, room, time_taken), soft_wrap=True)
        if now.over:
            console.print(f"{now.status} in {board.duration(now.seconds(_utc()))}")
            return now
        time.sleep(interval)


def _line(row: board.Row, room: int, time_taken: str) -> Text:
    note = f" ({row.note})" if row.note else ""
    return Text(f"{_utc():%H:%M:%S}  {row.name:<{room}}  {row.status}{note}  {time_taken}".rstrip())


def _table(now: Snapshot, width: int, height: int | None) -> RenderableType:
    """The table; with a height, only as many rows as fit together with what surrounds them."""
    moment = _utc()
    shown, hidden = board.window(now.rows, max(height - 6, 3)) if height else (list(now.rows), 0)
    types = max((len(row.type) for row in now.rows), default=0)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("  Step", no_wrap=True, max_width=max(width - types - STATE_AND_TIME, 12))
    table.add_column("Type", no_wrap=True, min_width=types)
    table.add_column("State", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    for row in shown:
        glyph, style = LOOK.get(row.status, ("?", ""))
        dim = "dim" if row.status == board.NOT_RUN else ""
        note = f" ({row.note})" if row.note else ""
        table.add_row(
            Text.assemble((glyph, style), " ", "  " * row.depth, (row.name, dim)),
            Text(row.type, style="dim"),
            Text.assemble((row.status, style), (note, "dim")),
            board.duration(row.seconds(moment)),
        )
    glyph, style = LOOK.get(now.status, ("?", ""))
    taken = board.duration(now.seconds(moment))
    foot = Text.assemble((f"{glyph} {now.status}", style), f" in {taken}") if now.over else Text(taken, style="dim")
    more = [Text(f"… and {hidden} more steps", style="dim")] if hidden else []
    return Group(table, *more, Text(""), foot)


def _indented(text: str, console: Terminal) -> Iterator[str]:
    """The lines of a text, indented by two columns and wrapped at the terminal's width, if there is one."""
    for line in text.splitlines():
        if console.is_terminal:
            yield from textwrap.wrap(
                line, console.width, initial_indent="  ", subsequent_indent="  ", drop_whitespace=False
            )
        else:
            yield f"  {line}"


def _utc() -> datetime:
    return datetime.now(timezone.utc)


def latest(client: Any, pipeline: str) -> str:
    """The ARN of a pipeline's latest execution."""
    with aws.errors():
        answer = client.list_pipeline_executions(
            PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )
    found = answer["PipelineExecutionSummaries"]
    if not found:
        raise CommandError(f"pipeline '{pipeline}' has no execution; start one with: smpipe start {pipeline} --watch")
    return str(found[0]["PipelineExecutionArn"])
