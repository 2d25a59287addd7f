"""An execution on the terminal: a table that updates in place, or a line per change without a terminal."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..executions import rows
from ..executions.execution import Execution, definition, look
from ..language.errors import escaped_lines
from . import aws, clock
from .errors import CommandError
from .overviews import show_permissions
from .states import glyph
from .terminal import Terminal, terminal

SLOWEST = 30.0
"""Seconds between two polls where the service asks for fewer requests."""
GOES_ON = 10
"""Polls after which an execution that was resumed is taken for what it is described as."""
STATE_AND_TIME = 36
"""Columns that ``Succeeded (false)``, ``59 min 59 s`` and the space between columns take."""


def follow(client: Any, arn: str, *, interval: float, quiet: bool = False) -> int:
    """Watches an execution; whatever ends only the watching says how to come back. ``quiet``: shows nothing."""
    console = terminal()
    try:
        if quiet:
            return 0 if wait(client, arn, interval=interval).status == "Succeeded" else 1
        return watch(client, arn, interval=interval, console=console)
    except (KeyboardInterrupt, CommandError):
        sys.stderr.write(escaped_lines(f"the execution may continue; watch it again with: smpipe watch {arn}\n"))
        raise


def until_it_goes_on(client: Any, before: Execution, interval: float) -> None:
    """Waits until an execution that was resumed is no longer described as it was before, for some polls at most."""
    with aws.errors():
        for _ in range(GOES_ON):
            now = client.describe_pipeline_execution(PipelineExecutionArn=before.arn)
            if any(
                now.get(name) != before.described.get(name) for name in ("PipelineExecutionStatus", "LastModifiedTime")
            ):
                return
            time.sleep(interval)


def wait(client: Any, arn: str, *, interval: float) -> Execution:
    """The execution when it has ended."""
    with aws.errors():
        look_again = _patiently(client, arn, interval)
        now = look_again()
        while not now.over:
            time.sleep(interval)
            now = look_again()
        return now


def watch(client: Any, arn: str, *, interval: float, console: Terminal) -> int:
    """Shows an execution until it ends; 0 when it succeeded, else 1 after printing its failure reasons."""
    with aws.errors():
        look_again = _patiently(client, arn, interval)
        last = _live(look_again, interval, console) if console.is_terminal else _plain(look_again, interval, console)
    failed = [row for row in last.rows if row.status == "Failed"]
    for row in failed:
        console.print(Text(f"{row.name} failed:", style="bold red"))
        for line in _indented(row.reason or "without a reason", console):
            console.print(Text(line), soft_wrap=True)
    show_permissions(console, last.rows)
    reason = last.described.get("FailureReason")
    if reason and not any(row.reason and row.reason in reason for row in failed):
        console.print(Text(str(reason), style="red"))
    return 0 if last.status == "Succeeded" else 1


def _patiently(client: Any, arn: str, interval: float) -> Callable[[], Execution]:
    """What looks at an execution; once it has looked, being asked for fewer requests does not end the watching."""
    runs = definition(client, arn)
    first = [look(client, arn, runs)]

    def look_again() -> Execution:
        if first:
            return first.pop()
        delay = interval
        while True:
            try:
                return look(client, arn, runs)
            except ClientError as error:
                if not aws.is_throttled(error):
                    raise
            delay = min(2 * delay, SLOWEST)
            time.sleep(delay)

    return look_again


def _live(look_again: Callable[[], Execution], interval: float, console: Terminal) -> Execution:
    now = look_again()
    # transient: the last frame may be cut to the terminal's height; the whole table is printed after it
    try:
        with Live(
            get_renderable=lambda: _table(now, console.width, console.height),
            console=console,
            refresh_per_second=8,
            transient=True,
        ):
            while not now.over:
                time.sleep(interval)
                now = look_again()
    finally:  # also when it is interrupted
        console.print(_table(now, console.width, None))
    return now


def _plain(look_again: Callable[[], Execution], interval: float, console: Terminal) -> Execution:
    shown: dict[str, str] = {}
    while True:
        now = look_again()
        room = min(max((len(row.name) for row in now.rows), default=0), 64)
        for row in now.rows:
            if row.started and shown.get(row.name) != row.status:
                shown[row.name] = row.status
                time_taken = rows.duration(row.seconds(clock.now())) if row.ended else ""
                console.print(_line(row, room, time_taken), soft_wrap=True)
        if now.over:
            console.print(f"{now.status} in {rows.duration(now.seconds(clock.now()))}")
            return now
        time.sleep(interval)


def _line(row: rows.Row, room: int, time_taken: str) -> Text:
    note = f" ({row.note})" if row.note else ""
    # of what is already over, or began before the watching, the service knows when that was
    when = row.ended or (row.started if row.status in ("Starting", "Executing") else None) or clock.now()
    return Text(f"{when.astimezone():%H:%M:%S}  {row.name:<{room}}  {row.status}{note}  {time_taken}".rstrip())


def _table(now: Execution, width: int, height: int | None) -> RenderableType:
    """The table; with a height, only as many rows as fit together with what surrounds them."""
    moment = clock.now()
    shown, hidden = rows.window(now.rows, max(height - 6, 3)) if height else (list(now.rows), 0)
    types = max((len(row.type) for row in now.rows), default=0)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("  Step", no_wrap=True, max_width=max(width - types - STATE_AND_TIME, 12))
    table.add_column("Type", no_wrap=True, min_width=types)
    table.add_column("State", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    for row in shown:
        sign, style = glyph(row.status)
        dim = "dim" if row.status == rows.NOT_RUN else ""
        note = f" ({row.note})" if row.note else ""
        table.add_row(
            Text.assemble((sign, style), " ", "  " * row.depth, (row.name, dim)),
            Text(row.type, style="dim"),
            Text.assemble((row.status, style), (note, "dim")),
            rows.duration(row.seconds(moment)),
        )
    sign, style = glyph(now.status)
    taken = rows.duration(now.seconds(moment))
    foot = Text.assemble((f"{sign} {now.status}", style), f" in {taken}") if now.over else Text(taken, style="dim")
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
