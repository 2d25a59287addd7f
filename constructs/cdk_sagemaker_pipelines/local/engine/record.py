"""What an execution records about its steps and itself, in the service's terms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ...language import Definition, StepView

MAX_DESCRIPTION = 3072
_MOST_NOTED = 10
"""Notes on permissions that a description has."""


@dataclass(slots=True)
class StepRecord:
    """A step that has started. Guarded by the lock of its execution."""

    step: StepView
    number: int
    """The order in which steps started."""
    start_time: datetime
    iteration: dict[str, Any] | None = None
    """The IterationContext of a step in a for-each's body."""
    end_time: datetime | None = None
    status: str = "Starting"
    failure_reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] | None = None
    """What Steps.<name>.<path> reads; None while there is nothing."""
    attempts: int = 1
    note: str = ""
    """A note that the step did not run as on AWS, and how it ran instead."""
    permissions: list[str] = field(default_factory=list)
    """Notes on permissions: what AWS would refuse, and what could not be judged."""
    cache_source: str | None = None
    """ARN of the execution whose result was taken instead of running, because the step has a CacheConfig."""
    selective_source: str | None = None
    """ARN of the execution whose result was taken instead of running, because the step was not selected."""
    timed_out: bool = False

    def end(self, status: str, reason: str | None, when: datetime) -> None:
        self.status = status
        self.failure_reason = reason
        self.end_time = when

    @property
    def branch(self) -> str | None:
        """What a condition that succeeded chose: "IfSteps" or "ElseSteps"."""
        if self.step.type != "Condition" or self.properties is None:
            return None
        return "IfSteps" if self.properties["Outcome"] else "ElseSteps"

    def describe(self) -> dict[str, Any]:
        """The members of the API's PipelineExecutionStep.

        The API has no members for notes, so they are appended to the step's own description in brackets.
        """
        note = f"[{self.note}]" if self.note else None
        parts = (self.step.description, *self._on_permissions(), note)
        description = " ".join(part for part in parts if part) or self.step.description
        members = {
            "StepName": self.step.name,
            "StepDisplayName": self.step.display_name,
            "StepDescription": description if description is None else description[-MAX_DESCRIPTION:],
            "StartTime": self.start_time,
            "EndTime": self.end_time,
            "StepStatus": self.status,
            "CacheHitResult": _source(self.cache_source),
            "SelectiveExecutionResult": _source(self.selective_source),
            "FailureReason": self.failure_reason,
            "Metadata": dict(self.metadata),
            "AttemptCount": self.attempts,
            "IterationContext": self.iteration,
        }
        return {name: value for name, value in members.items() if value is not None}

    def _on_permissions(self) -> Iterator[str]:
        more = len(self.permissions) - _MOST_NOTED
        for text in [*self.permissions[:_MOST_NOTED], *([f"and {more} more"] if more > 0 else [])]:
            yield f"[permission: {text.replace('[', '(').replace(']', ')')}]"

    def saved(self) -> dict[str, Any]:
        """The record as plain data, by the names of its fields: texts, numbers, datetimes, lists and dicts."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {"name": self.step.name, **plain, "metadata": dict(self.metadata)}


_PLAIN = tuple(each.name for each in dataclasses.fields(StepRecord) if each.name != "step")


def restored(saved: Mapping[str, Any], definition: Definition) -> StepRecord:
    """The record that ``StepRecord.saved`` returned. Raises ``DefinitionError`` if the definition lacks the step."""
    name, iteration = saved["name"], saved.get("iteration")
    plain = {key: saved[key] for key in _PLAIN if key in saved}
    if iteration is None:
        return StepRecord(definition.step(name), **plain)
    written = definition.step(name.removesuffix(f"-{iteration['Index']}"))
    return StepRecord(StepView({**written.json, "Name": name}, written.parent, written.branch), **plain)


def _source(arn: str | None) -> dict[str, str] | None:
    return None if arn is None else {"SourcePipelineExecutionArn": arn}


@dataclass(frozen=True)
class History:
    """What an execution has done, as plain data.

    It is enough to describe the execution, to go on with it, and to reuse its steps in another one.
    """

    execution_arn: str
    status: str
    start_time: datetime
    last_modified_time: datetime
    failure_reason: str | None = None
    steps: Sequence[Mapping[str, Any]] = ()
    """What ``StepRecord.saved`` returned of each step that started, in the order in which they started."""
    max_parallel_steps: int | None = None


class Results(Mapping[str, Mapping[str, Any]]):
    """The properties of the steps that have some, by name; follows the records."""

    def __init__(self, records: Mapping[str, StepRecord]) -> None:
        self._records = records

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        properties = self._records[name].properties
        if properties is None:
            raise KeyError(name)
        return properties

    def __iter__(self) -> Iterator[str]:
        # A copy, since other threads add records.
        return (name for name, record in list(self._records.items()) if record.properties is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class ResultsOfItem(Mapping[str, Mapping[str, Any]]):
    """The results as the steps of a for-each's body see them: those of their own item under the body's names."""

    def __init__(self, results: Mapping[str, Mapping[str, Any]], body: Sequence[StepView], index: int) -> None:
        self._results = results
        self._own = {step.name: f"{step.name}-{index}" for step in body}

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._results[self._own.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        yield from self._results
        yield from (name for name, own in self._own.items() if own in self._results)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Observer(Protocol):
    """Is told of every change of an execution, in order.

    It is called with the lock of the execution held: it must return soon, and must not wait for a thread that asks this
    execution something. What it reads of a record is the state after the change.
    """

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        """A step started (``previous`` is None), has another status, or else another metadata, note or attempt.

        Of a step that a selective execution reuses it is told once, as it had ended.
        """

    def status_changed(self, history: History, previous: str | None) -> None:
        """The execution started (``previous`` is None), or has another status; its history has no steps.

        When it is ``Executing`` again, after a retry, the records of steps that had not succeeded are gone.
        """
