"""How far an execution is, as a small document that only changes when something happens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .control import asks
from .execution import Execution
from .rows import Row


def progress(found: Execution) -> dict[str, Any]:
    """The state of an execution and of its steps; times in milliseconds since 1970.

    ``steps`` has for each its name, state, note, and when it started and ended. ``shape`` changes with what a page
    shows besides these: the execution's state, its names, which steps there are, have failed or wait for an answer;
    ``graph`` when the state of a step does.
    """
    return {
        "state": found.status,
        "over": found.over,
        "started": _milliseconds(found.described.get("CreationTime")),
        "ended": _milliseconds(found.ended),
        "shape": _digest(_shape(found)),
        "graph": _digest([(row.name, row.status, row.note) for row in found.rows]),
        "steps": [_step(row) for row in found.rows],
    }


def _shape(found: Execution) -> Iterator[Any]:
    for member in ("PipelineExecutionStatus", "PipelineExecutionDisplayName", "PipelineExecutionDescription"):
        yield found.described.get(member)
    yield [row.name for row in found.rows]
    yield [row.name for row in found.rows if row.status == "Failed"]
    yield [record["StepName"] for record in found.steps if asks(record)]


def _step(row: Row) -> list[Any]:
    return [row.name, row.status, row.note, _milliseconds(row.started), _milliseconds(row.ended)]


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp() * 1000)


def _digest(told: Any) -> str:
    text = json.dumps(list(told), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
