"""``smpipe compare``: compares two executions, or up to four."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import Any

from rich.text import Text

from ...executions.compare import MOST, Comparison, as_json, compare
from ...executions.lookup import find_execution, is_name
from ...executions.rows import duration, hours, moment
from ...language import PipelineError
from ...language.expressions import MISSING
from ...review.diff.entries import value as shown_value
from ...review.diff.text import definition_lines
from .. import aws, clock, sources
from ..errors import CommandError
from ..output import write_json
from ..overviews import heading
from ..states import glyph, state
from ..tables import Cell, Column, print_table
from ..terminal import Terminal, busy, terminal

LETTERS = "ABCD"
"""What the executions are called in headings."""


def run(options: argparse.Namespace) -> int:
    """Returns 0, whatever differs."""
    given = [options.first, options.second, *options.more]
    if len(given) > MOST:
        raise PipelineError(f"{len(given)} executions were given; at most {MOST} are compared at once")
    for each in given:
        if not _may_be_execution(each):
            raise CommandError(f"compare takes executions, and {each} is none; for files use 'smpipe diff'")
    with aws.using(options) as sagemaker, busy("reading"):
        now = clock.asked(sagemaker)
        told = compare(sagemaker, [find_execution(sagemaker, each) for each in given], now)
    if options.json:
        write_json(as_json(told))
        return 0
    console = terminal(options.width)
    _heads(console, told, now)
    _parameters(console, told)
    _differences(console, told)
    _arguments(console, told)
    _steps(console, told)
    _metrics(console, told)
    return 0


def _may_be_execution(given: str) -> bool:
    pipeline, *more = given.split("/")
    return given.startswith("arn:") or (is_name(pipeline) and all(map(is_name, filter(None, more))))


def _columns(told: Comparison, *, right: bool = False, whole: bool = False, folds: bool = False) -> list[Column]:
    return [Column(letter, right, whole, folds) for letter in LETTERS[: len(told.reports)]]


def _heads(console: Terminal, told: Comparison, now: datetime) -> None:
    found = [each.execution for each in told.reports]
    rows: list[list[Cell]] = [
        ["Execution", *(each.parts.short for each in found)],
        ["State", *(state(each.status) for each in found)],
        ["Started", *(moment(each.described.get("CreationTime")) for each in found)],
        ["Time", *(duration(each.seconds(now)) for each in found)],
        ["Version", *(str(each.described.get("PipelineVersionId") or "") for each in found)],
        ["Instance-hours", *(hours(each.instance_hours) for each in told.reports)],
    ]
    print_table(console, [Column("", whole=True), *_columns(told, folds=len(found) > 2)], rows)


def _parameters(console: Terminal, told: Comparison) -> None:
    heading(console, "Parameters")
    if not told.changed_parameters:
        console.print("the same")
    print_table(
        console,
        [Column("Parameter"), *_columns(told, folds=True)],
        [[name, *map(_told, values)] for name, values in told.changed_parameters.items()],
    )


def _told(value: Any) -> Text | str:
    return (
        Text("none", style="dim")
        if value is None or value is MISSING
        else value
        if isinstance(value, str)
        else shown_value(value)
    )


def _differences(console: Terminal, told: Comparison) -> None:
    for letter, difference in zip(LETTERS[1:], told.differences, strict=False):
        heading(console, "Definition" if len(told.differences) == 1 else f"Definition of {letter}, compared with A")
        if difference is None:
            console.print("one of them cannot be read")
        elif not difference:
            console.print("the same")
        else:
            sys.stdout.flush()
            for line in definition_lines(difference, width=console.width, unicode=sources.can_show("→")):
                console.print(Text(line), soft_wrap=True)


def _arguments(console: Terminal, told: Comparison) -> None:
    """Those of steps that all executions have; what others have is in the definition."""
    rows: list[list[Cell]] = [
        [step.name, each.path, *map(_told, each.values)] for step in told.steps for each in step.changed
    ]
    if rows:
        heading(console, "Arguments")
        print_table(console, [Column("Step"), Column("Argument", folds=True), *_columns(told, folds=True)], rows)


def _steps(console: Terminal, told: Comparison) -> None:
    heading(console, "Steps")
    two = len(told.reports) == 2
    columns = [Column("Step"), *[Column("Type")] * two]
    for column in _columns(told, whole=True):
        columns += [column, Column("Time", right=True, whole=True)] if two else [column]
    rows: list[list[Cell]] = []
    for step in told.steps:
        cells: list[Cell] = [step.name, *[Text(step.type, style="dim")] * two]
        for status, outcome, seconds, source in zip(
            step.states, step.outcomes, step.seconds, step.sources, strict=True
        ):
            time = "reused" if source else duration(seconds)
            cells += [_state(status, outcome), time] if two else [_short(status, outcome, time)]
        rows.append(cells)
    print_table(console, columns, rows)


def _state(status: str | None, outcome: str | None) -> Text:
    """How a condition came out takes the place of Succeeded: both do not fit twice into 80 columns."""
    sign, style = glyph(status or "")
    return Text(f"{sign} {outcome}", style=style) if outcome and status == "Succeeded" else state(status or "")


def _short(status: str | None, outcome: str | None, time: str) -> Text:
    """The glyph of a state, and what else there is to say of it."""
    sign, style = glyph(status or "")
    return Text(f"{sign} {outcome or time or status or ''}", style=style)


def _metrics(console: Terminal, told: Comparison) -> None:
    two = len(told.reports) == 2
    rows: list[list[Cell]] = []
    for step in told.steps:
        for name, values in step.metrics.items():
            change = [] if not two else [""] if None in values else [f"{values[1] - values[0]:+g}"]
            rows.append([step.name, name, *("" if each is None else f"{each:g}" for each in values), *change])
    if rows:
        heading(console, "Metrics")
        right = _columns(told, right=True, whole=True) + [Column("B - A", right=True, whole=True)] * two
        print_table(console, [Column("Step"), Column("Metric"), *right], rows)
