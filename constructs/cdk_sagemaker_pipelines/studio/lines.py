"""The steps of an execution as lines of a table, with lanes and bars of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ..executions.execution import Execution
from ..executions.picture import lanes
from ..executions.rows import Row

WIDTH, SHORTEST = 100.0, 0.4
"""Of the bars of all steps together, and of one that can be seen; in percent."""


class Line(NamedTuple):
    """A step in the table."""

    row: Row
    lane: str
    address: str
    """Of its page; empty if it has none."""
    seconds: float | None
    x: float
    """Where its bar begins, and how wide it is."""
    width: float


def lines(execution: Execution, now: datetime, address: Callable[[str], str] = lambda step: "") -> list[Line]:
    """A line for each step. ``address``: that of the page of a step."""
    lane = lanes(execution)
    began = execution.described.get("CreationTime") or now
    whole = max(execution.seconds(now) or 0.0, 0.001)

    def line(row: Row) -> Line:
        seconds = row.seconds(now)
        x = (row.started - began).total_seconds() / whole * WIDTH if row.started else 0.0
        x = min(max(x, 0.0), WIDTH - SHORTEST)
        width = 0.0 if seconds is None else min(max(seconds / whole * WIDTH, SHORTEST), WIDTH - x)
        return Line(row, lane.get(row.name, ""), address(row.name), seconds, x, width)

    return [line(row) for row in execution.rows]
