"""What became of the steps of an execution, for a picture of its pipeline."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from ..review.draw.states import State
from .execution import Execution
from .rows import NOT_RUN, Row, duration

SIGNS = {"Succeeded": "✓", "Failed": "✗", "Stopped": "■", "Stopping": "■", "Executing": "●", "Starting": "◌"}
_WORST = ("Failed", "Stopped", "Stopping", "Executing", "Starting", "Succeeded")


def drawn_states(found: Execution, now: datetime) -> dict[str, State]:
    """The state of each step of the definition; of a step that runs for each item, of all its items together."""
    states: dict[str, State] = {}
    by_name = {row.name: row for row in found.rows}
    for step in found.definition.all_steps() if found.definition else ():
        if step.name in by_name:
            states[step.name] = _state(by_name[step.name], now)
        else:
            items = [row for name, row in by_name.items() if name.rpartition("-")[0] == step.name]
            states[step.name] = _items(items)
    return states


def _state(row: Row, now: datetime) -> State:
    if row.started is None:
        return State(row.status, "" if row.status == NOT_RUN else row.status)
    note = f" ({row.note})" if row.note else ""
    return State(row.status, f"{SIGNS.get(row.status, '?')} {duration(row.seconds(now))}{note}")


def _items(rows: list[Row]) -> State:
    counted = Counter(row.status for row in rows)
    worst = next((status for status in _WORST if counted[status]), NOT_RUN)
    told = ", ".join(f"{counted[status]} {status}" for status in _WORST if counted[status])
    return State(worst, f"{SIGNS.get(worst, '?')} {told}" if told else "")
