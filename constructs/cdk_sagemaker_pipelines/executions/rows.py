"""The state of an execution as rows: every step of the definition, whether it has started or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..language import Definition, StepView
from ..local.endings import EXECUTION_ENDED

RUNNING = frozenset({"Starting", "Executing", "Stopping"})
WAITING = "waiting"
NOT_RUN = "not run"


@dataclass(frozen=True)
class Row:
    """One step of an execution."""

    name: str
    type: str
    depth: int = 0
    """The number of branches and bodies that contain it."""
    status: str = WAITING
    """``PipelineExecutionStep.StepStatus``, or ``waiting`` or ``not run`` for a step that has not started."""
    started: datetime | None = None
    ended: datetime | None = None
    note: str = ""
    """The result of a condition; that an earlier result was taken (``cached``, or ``reused`` by an execution of a
    part); that the step was only simulated.
    """
    reason: str = ""
    """Why it failed."""
    permissions: tuple[str, ...] = ()
    """What the local AWS notes on permissions: what AWS would refuse, and what could not be judged."""

    def seconds(self, now: datetime) -> float | None:
        """How long it has been running; None before its start."""
        if self.started is None:
            return None
        return max(((self.ended or now) - self.started).total_seconds(), 0.0)


def rows(definition: Definition | None, steps: Sequence[Mapping[str, Any]], *, over: bool) -> list[Row]:
    """The rows of an execution, in the definition's order.

    ``steps`` is the answer of ``ListPipelineExecutionSteps``; ``over`` means that no further step will start.
    Without a definition, the steps that have started are listed in order of their start.
    """
    records = {record["StepName"]: record for record in steps}
    found: list[Row] = []
    for step in definition.all_steps() if definition else ():
        record = records.pop(step.name, None)
        items = _items(step, records)
        if record is not None:
            found.append(_row(record, step.type, _depth(step)))
        elif items:
            found += [_row(records.pop(name), step.type, _depth(step)) for name in items]
        else:
            never = over or _not_chosen(step, steps)
            found.append(Row(step.name, step.type, _depth(step), NOT_RUN if never else WAITING))
    for record in _by_start(records.values()):
        found.append(_row(record, next(iter(record.get("Metadata") or {}), ""), 0))
    return found


def window(all_rows: Sequence[Row], height: int) -> tuple[list[Row], int]:
    """The rows to show when only ``height`` fit, and how many were left out; what runs or failed is shown first."""
    if len(all_rows) <= height:
        return list(all_rows), 0
    active = [index for index, row in enumerate(all_rows) if row.status in RUNNING or row.status == "Failed"]
    centre = active[-1] if active else max((i for i, row in enumerate(all_rows) if row.started), default=0)
    nearest = sorted(range(len(all_rows)), key=lambda index: (index not in active, abs(index - centre)))[:height]
    return [all_rows[index] for index in sorted(nearest)], len(all_rows) - height


def duration(seconds: float | None) -> str:
    """``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 07 min``; an empty text for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def seconds_taken(record: Mapping[str, Any], now: datetime) -> float | None:
    """How long an execution has taken, by its record in a list."""
    started = record.get("CreationTime")
    ended = record.get("LastModifiedTime") if record.get("PipelineExecutionStatus") in EXECUTION_ENDED else now
    return max((ended - started).total_seconds(), 0.0) if started and ended else None


def is_made_up(name: str) -> bool:
    """Whether the service made up the display name of an execution, which says no more than the time."""
    return name.startswith("execution-") and name[10:].isdecimal()


def hours(number: float) -> str:
    """``1.50``, and of little ``0.042`` or ``<0.001``."""
    if 0 < number < 0.001:
        return "<0.001"
    return f"{number:.3f}" if 0 < number < 0.1 else f"{number:.2f}"


def moment(when: datetime | None) -> str:
    """A time in the time zone of this machine, to the minute; an empty text for None."""
    return "" if when is None else f"{when.astimezone():%Y-%m-%d %H:%M}"


def _row(record: Mapping[str, Any], type: str, depth: int) -> Row:
    outcome = record.get("Metadata", {}).get("Condition", {}).get("Outcome")
    cached = (record.get("CacheHitResult") or {}).get("SourcePipelineExecutionArn")
    reused = (record.get("SelectiveExecutionResult") or {}).get("SourcePipelineExecutionArn")
    return Row(
        record["StepName"],
        type,
        depth,
        record.get("StepStatus", WAITING),
        record.get("StartTime"),
        record.get("EndTime"),
        note="reused" if reused else outcome.lower() if outcome else "cached" if cached else _how_it_ran(record),
        reason=record.get("FailureReason", ""),
        permissions=tuple(_PERMISSION.findall(record.get("StepDescription") or "")),
    )


_PERMISSION = re.compile(r"\[permission: ([^\]]*)\]")
_HOW = re.compile(r"\[(simulated|scripted|recorded)\b[^\]]*\]$")


def _how_it_ran(record: Mapping[str, Any]) -> str:
    """The local AWS says at the end of the description when a step did not really run."""
    match = _HOW.search(record.get("StepDescription") or "")
    return match.group(1) if match else ""


def _items(step: StepView, records: Mapping[str, Any]) -> list[str]:
    """The runs of a for-each's body step, ``<step>-<index>``, in the order of the items."""
    if step.branch != "ForEachBody":
        return []
    found = (re.fullmatch(rf"{re.escape(step.name)}-(\d+)", name) for name in records)
    return [match.group(0) for match in sorted(filter(None, found), key=lambda match: int(match.group(1)))]


def _by_start(records: Any) -> Iterator[Mapping[str, Any]]:
    started = [record for record in records if record.get("StartTime")]
    yield from sorted(started, key=lambda record: record["StartTime"])
    yield from (record for record in records if not record.get("StartTime"))


def _depth(step: StepView) -> int:
    return sum(1 for _ in step.ancestors())


def _not_chosen(step: StepView, steps: Sequence[Mapping[str, Any]]) -> bool:
    """True for a step in a branch that its condition, or one further up, did not take."""
    if step.parent is None:
        return False
    chosen = {"True": "IfSteps", "False": "ElseSteps"}
    for record in steps:
        outcome = record.get("Metadata", {}).get("Condition", {}).get("Outcome")
        if record["StepName"] == step.parent.name and outcome in chosen and step.branch != chosen[outcome]:
            return True
    return _not_chosen(step.parent, steps)
