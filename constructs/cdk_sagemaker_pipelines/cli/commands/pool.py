"""``smpipe pool``: who has which instances of a training pool, and who waits."""

from __future__ import annotations

import argparse

from ...executions.pool import Pool, Row, pool
from ...language.queued_training import ANY_TYPE
from .. import aws
from ..output import write_json
from ..tables import Column, print_table
from ..terminal import Terminal, busy, terminal


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    with aws.using(options, "batch") as batch, busy("asking for the pool"):
        found = pool(batch, options.pool)
    if options.json:
        write_json(_document(found))
    else:
        _show(terminal(), found)
    return 0


def _show(console: Terminal, found: Pool) -> None:
    columns = [
        Column("Team"), Column("Instances", whole=True), Column("Guaranteed", right=True, whole=True),
        Column("Used", right=True, whole=True), Column("Borrowed", right=True, whole=True),
        Column("Unused", right=True, whole=True), Column("Lent", right=True, whole=True),
        Column("Waiting", right=True, whole=True),
    ]  # fmt: skip
    rows = []
    for before, row in zip((None, *found.rows), found.rows, strict=False):
        is_first = before is None or before.team != row.team
        rows.append(
            [
                row.team,
                _words(row.type),
                "" if row.guaranteed is None else str(row.guaranteed),
                str(row.used),
                _unless_none(row.borrowed),
                _unless_none(row.unused),
                _between(*found.lent(row)),
                _unless_none(row.waiting) if is_first else "",  # jobs of any type
            ]
        )
    for unit, count in found.capacity.items():
        used = sum(row.used for row in found.rows if row.type == unit)
        rows.append(["all", _words(unit), str(count), str(used), "", _unless_none(max(0, count - used)), "", ""])
    print_table(console, columns, rows)


def _words(unit: str) -> str:
    return "of any type" if unit == ANY_TYPE else unit


def _unless_none(number: int) -> str:
    return str(number) if number else ""


def _between(least: int, most: int) -> str:
    return _unless_none(most) if least == most else f"{least}-{most}"


def _document(found: Pool) -> dict[str, object]:
    return {
        "pool": found.name,
        "arn": found.arn,
        "capacity": dict(found.capacity),
        "teams": [_of_row(row, *found.lent(row)) for row in found.rows],
    }


def _of_row(row: Row, least: int, most: int) -> dict[str, object]:
    return {
        "team": row.team,
        "type": row.type,
        "guaranteed": row.guaranteed,
        "limit": row.limit,
        "used": row.used,
        "borrowed": row.borrowed,
        "unused": row.unused,
        "lentAtLeast": least,
        "lentAtMost": most,
        "waiting": row.waiting,
    }
