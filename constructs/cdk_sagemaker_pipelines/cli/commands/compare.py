"""``smpipe compare``: compares two executions."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from rich.text import Text

from ...executions.compare import Comparison, as_json, compare
from ...executions.lookup import find_execution
from ...executions.rows import duration, hours, moment
from ...review.diff.text import definition_lines
from .. import aws, clock, sources
from ..output import write_json
from ..overviews import heading
from ..states import glyph, state
from ..tables import Cell, Column, print_table
from ..terminal import Terminal, busy, terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0, whatever differs."""
    with aws.using(options) as sagemaker, busy("reading"):
        now = clock.asked(sagemaker)
        first, second = (find_execution(sagemaker, given) for given in (options.first, options.second))
        told = compare(sagemaker, first, second, now)
    if options.json:
        write_json(as_json(told))
        return 0
    console = terminal(options.width)
    _heads(console, told, now)
    _parameters(console, told)
    _difference(console, told)
    _steps(console, told)
    _metrics(console, told)
    return 0


def _heads(console: Terminal, told: Comparison, now: datetime) -> None:
    found = [told.first.execution, told.second.execution]
    rows: list[list[Cell]] = [
        ["Execution", *(each.parts.short for each in found)],
        ["State", *(state(each.status) for each in found)],
        ["Started", *(moment(each.described.get("CreationTime")) for each in found)],
        ["Time", *(duration(each.seconds(now)) for each in found)],
        ["Version", *(str(each.described.get("PipelineVersionId") or "") for each in found)],
        ["Instance-hours", *(hours(each.instance_hours) for each in (told.first, told.second))],
    ]
    print_table(console, [Column("", whole=True), Column("A"), Column("B")], rows)


def _parameters(console: Terminal, told: Comparison) -> None:
    heading(console, "Parameters")
    if not told.parameters:
        console.print("the same")
    print_table(
        console,
        [Column("Parameter"), Column("A", folds=True), Column("B", folds=True)],
        [[name, _told(pair.first), _told(pair.second)] for name, pair in told.parameters.items()],
    )


def _told(value: str | None) -> Text | str:
    return Text("none", style="dim") if value is None else value


def _difference(console: Terminal, told: Comparison) -> None:
    heading(console, "Definition")
    if told.difference is None:
        console.print("one of them cannot be read")
    elif not told.difference:
        console.print("the same")
    else:
        sys.stdout.flush()
        for line in definition_lines(told.difference, width=console.width, unicode=sources.can_show("→")):
            console.print(Text(line), soft_wrap=True)


def _steps(console: Terminal, told: Comparison) -> None:
    heading(console, "Steps")
    columns = [
        Column("Step"), Column("Type"), Column("A", whole=True), Column("Time", right=True, whole=True),
        Column("B", whole=True), Column("Time", right=True, whole=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for step in told.steps:
        cells: list[Cell] = [step.name, Text(step.type, style="dim")]
        for status, outcome, seconds, source in zip(
            step.states, step.outcomes, step.seconds, step.sources, strict=True
        ):
            cells += [_state(status, outcome), "reused" if source else duration(seconds)]
        rows.append(cells)
    print_table(console, columns, rows)


def _state(status: str | None, outcome: str | None) -> Text:
    """How a condition came out takes the place of Succeeded: both do not fit twice into 80 columns."""
    sign, style = glyph(status or "")
    return Text(f"{sign} {outcome}", style=style) if outcome and status == "Succeeded" else state(status or "")


def _metrics(console: Terminal, told: Comparison) -> None:
    rows: list[list[Cell]] = []
    for step in told.steps:
        for name, pair in step.metrics.items():
            change = "" if None in pair else f"{pair.second - pair.first:+g}"
            rows.append([step.name, name, *("" if each is None else f"{each:g}" for each in pair), change])
    if rows:
        heading(console, "Metrics")
        right = [Column(name, right=True, whole=True) for name in ("A", "B", "B - A")]
        print_table(console, [Column("Step"), Column("Metric"), *right], rows)
