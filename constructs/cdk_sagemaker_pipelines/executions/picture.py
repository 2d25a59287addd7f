"""What became of the steps of an execution, for a picture of its pipeline."""

from __future__ import annotations

from datetime import datetime

from ..review import graph
from ..review.draw.graph import Graph
from ..review.draw.lanes import gutters
from ..review.draw.part import part
from ..review.draw.states import State, said, together
from ..review.words import printable
from .execution import Execution
from .rows import Row, duration


def picture(found: Execution, chosen: str | None = None) -> Graph | None:
    """The graph of an execution for a page that is drawn again when a state changes; of a large one the ``part``.

    ``chosen``: a step that it shows in any case. None without a definition.
    """
    if found.definition is None:
        return None
    whole = graph(found.definition, states=drawn_states(found))._replace(parameters=())  # a table has their values
    return part(whole, chosen and printable(chosen))


def lanes(found: Execution) -> dict[str, str]:
    """The lanes in front of each step, by its name, if they can be followed."""
    if found.definition is None:
        return {}
    whole = graph(found.definition)
    order = list(whole.all())
    names = dict(zip((box.key for box in order), (step.name for step in found.definition.all_steps()), strict=True))
    return {names[key]: lane for key, lane in gutters(order, whole.links).items()}


def drawn_states(found: Execution, now: datetime | None = None) -> dict[str, State]:
    """The state of each step of the definition; of a step that runs for each item, of all its items together.

    ``now``: until when what runs has taken its time; without it, only what has ended says how long it took.
    """
    states: dict[str, State] = {}
    by_name = {row.name: row for row in found.rows}
    for step in found.definition.all_steps() if found.definition else ():
        if step.name in by_name:
            states[step.name] = _state(by_name[step.name], now)
        else:
            items = [row for name, row in by_name.items() if name.rpartition("-")[0] == step.name]
            states[step.name] = together(row.status for row in items)
    return states


def _state(row: Row, now: datetime | None) -> State:
    if row.started is None:
        return said(row.status)
    note = f"({row.note})" if row.note else ""
    until = row.ended or now
    taken = duration(row.seconds(until)) if until else ""
    return said(row.status, f"{taken} {note}".strip())
