"""What became of the steps of an execution, for a picture of its pipeline."""

from __future__ import annotations

from datetime import datetime

from ..review.draw.states import State, said, together
from .execution import Execution
from .rows import Row, duration


def drawn_states(found: Execution, now: datetime) -> dict[str, State]:
    """The state of each step of the definition; of a step that runs for each item, of all its items together."""
    states: dict[str, State] = {}
    by_name = {row.name: row for row in found.rows}
    for step in found.definition.all_steps() if found.definition else ():
        if step.name in by_name:
            states[step.name] = _state(by_name[step.name], now)
        else:
            items = [row for name, row in by_name.items() if name.rpartition("-")[0] == step.name]
            states[step.name] = together(row.status for row in items)
    return states


def _state(row: Row, now: datetime) -> State:
    if row.started is None:
        return said(row.status)
    note = f" ({row.note})" if row.note else ""
    return said(row.status, f"{duration(row.seconds(now))}{note}")
