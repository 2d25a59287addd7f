"""``smpipe list``: the pipelines of an account and region, or the executions of one."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from rich.text import Text

from ...executions import search
from ...executions.lookup import describe_pipeline
from ...executions.rows import duration, is_made_up, moment, seconds_taken
from ...executions.times import parse_time
from .. import aws, clock
from ..errors import CommandError
from ..named_values import pairs
from ..output import write_json
from ..states import state
from ..tables import Cell, Column, print_table
from ..terminal import Terminal, busy, terminal

T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """Returns 0, also when nothing is found."""
    if options.pipeline:
        _refuse(options, "with a pipeline name: it filters pipelines", search="--search", tags="--tag")
    else:
        _refuse(
            options, "without a pipeline name: it filters executions", parameters="-p", since="--since", until="--until"
        )
    return _executions(options) if options.pipeline else _pipelines(options)


def _refuse(options: argparse.Namespace, why: str, **names: str) -> None:
    for member, option in names.items():
        if getattr(options, member):
            raise CommandError(f"{option} cannot be used {why}")


def _pipelines(options: argparse.Namespace) -> int:
    with aws.using(options) as sagemaker, busy("searching"):
        found = search.find_pipelines(sagemaker, options.search, options.tags)
        with_latest = ((record, search.latest(sagemaker, record["PipelineArn"])) for record in found)
        wanted = (
            (record, latest)
            for record, latest in with_latest
            if not options.state or (latest or {}).get("PipelineExecutionStatus") == options.state
        )
        rows, more = _first(wanted, options.limit)
    if options.json:
        write_json({"pipelines": [{**record, "LatestExecution": latest} for record, latest in rows], "more": more})
        return 0
    console = terminal()
    if not rows:
        console.print(f"no {_matching(options)}pipelines")
    columns = [Column("Pipeline", whole=True), Column("Latest"), Column("Started", whole=True), Column("Changed")]
    print_table(
        console,
        columns,
        [
            [
                str(record["PipelineName"]),
                state(str((latest or {}).get("PipelineExecutionStatus", ""))),
                moment((latest or {}).get("CreationTime")),
                moment(record.get("LastModifiedTime")),
            ]
            for record, latest in rows
        ],
    )
    _say_more(console, more, options.limit)
    return 0


def _executions(options: argparse.Namespace) -> int:
    with aws.using(options) as sagemaker, busy("searching"):
        now = clock.asked(sagemaker)
        wanted = search.Wanted(
            options.state,
            parse_time(options.since, now) if options.since else None,
            parse_time(options.until, now) if options.until else None,
            pairs(options.parameters),
        )
        described = describe_pipeline(sagemaker, options.pipeline)
        arn = str(described["PipelineArn"])
        found = search.find_executions(sagemaker, arn, wanted)
        records, more = _first(found, options.limit)
        values = list(map(search.ParameterValues(sagemaker, arn).of, records))
    if options.json:
        listed = [{**record, "Parameters": given} for record, given in zip(records, values, strict=True)]
        write_json({"executions": listed, "more": more})
        return 0
    console = terminal()
    if not records:
        console.print(f"no {_matching(options)}executions of '{described['PipelineName']}'")
    names = search.differing(values)
    print_table(
        console,
        [
            Column("Execution", whole=True), Column("State", whole=True), Column("Started", whole=True),
            Column("Time", right=True, whole=True), Column("Version", right=True), *map(Column, names), Column("Name"),
        ],
        [_row(record, given, names, now) for record, given in zip(records, values, strict=True)],
    )  # fmt: skip
    _say_more(console, more, options.limit)
    return 0


def _row(record: Mapping[str, Any], given: Mapping[str, str], names: Iterable[str], now: datetime) -> list[Cell]:
    name = str(record.get("PipelineExecutionDisplayName") or "")
    return [
        str(record["PipelineExecutionArn"]).rpartition("/")[2],
        state(str(record.get("PipelineExecutionStatus", ""))),
        moment(record.get("CreationTime")),
        duration(seconds_taken(record, now)),
        str(record.get("PipelineVersionId") or ""),
        *(given.get(each, "") for each in names),
        "" if is_made_up(name) else name,
    ]


def _first(items: Iterable[T], limit: int) -> tuple[list[T], bool]:
    """The first of the items, and whether there are more; 0: all."""
    found = list(islice(items, limit + 1)) if limit else list(items)
    return (found[:limit], len(found) > limit) if limit else (found, False)


def _matching(options: argparse.Namespace) -> str:
    given = (options.search, options.tags, options.state, options.parameters, options.since, options.until)
    return "matching " if any(given) else ""


def _say_more(console: Terminal, more: bool, limit: int) -> None:
    if more:
        console.print(Text(f"only the first {limit}; --limit 0 lists all", style="dim"))
