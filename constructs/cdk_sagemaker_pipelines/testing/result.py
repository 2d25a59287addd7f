"""What a run did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ..language import Definition, did_you_mean
from ..local.engine.cache import StepCache
from ..local.engine.record import History

Value = TypeVar("Value")


class ByStep(dict[str, Value]):
    """Values by step. Raises ``KeyError`` with the closest match for a step that did not run."""

    def __init__(self, values: Mapping[str, Value], definition: Definition) -> None:
        super().__init__(values)
        self._names = definition.step_names

    def __missing__(self, name: str) -> Value:
        if name in self._names:
            raise KeyError(f"the step {name!r} did not run")
        raise KeyError(f"the pipeline has no step {name!r}{did_you_mean(name, [*self._names, *self])}")


@dataclass(frozen=True)
class RanStep:
    """A step that started."""

    name: str
    type: str
    state: str
    """Succeeded, Failed or Stopped."""
    reason: str
    """Why it failed; empty if it did not."""
    arguments: Mapping[str, Any] = field(repr=False)
    """With all expressions resolved; empty where one of them has no value."""
    properties: Mapping[str, Any] = field(repr=False)
    """What other steps can read of it; empty if it did not succeed."""
    attempts: int
    started: datetime
    ended: datetime
    reused: str = ""
    """Why it has the result of an earlier run: "cache", or "selection" if it was not selected; empty if it ran."""

    @property
    def seconds(self) -> float:
        """How long it took, on the clock of the run."""
        return (self.ended - self.started).total_seconds()


@dataclass(frozen=True)
class Left:
    """What a run leaves to later ones."""

    cache: StepCache
    parameters: Mapping[str, str]
    only: Sequence[str] | None
    """The selected steps."""
    number: int
    """Of the execution, among those of the pipeline."""
    history: History | None = None


@dataclass(frozen=True, repr=False)
class Result:
    """A run that has ended."""

    status: str
    """Succeeded, Failed, Stopped or CompletedWithFailures."""
    failure_reason: str
    """The message of the Fail step that ended it, or the service's words for another failure; else empty."""
    steps: Mapping[str, RanStep]
    """The steps that started, by name, in the order in which they did."""
    not_run: Sequence[str]
    """The steps of the definition that did not start, in its order."""
    seconds: float
    """How long it took, on its clock."""
    objects: Mapping[str, bytes]
    """What is in S3 afterwards, by URI."""
    definition: Definition
    ended: datetime
    """When it ended, on its clock."""
    left: Left
    """What ``run`` takes of it as ``previous`` or ``resume``."""

    def __repr__(self) -> str:
        lines = [
            f"  {name}: {step.state}{f': {step.reason}' if step.reason else ''}{_how(step)}"
            for name, step in self.steps.items()
        ]
        lines += [f"  {name}: not run" for name in self.not_run]
        return "\n".join([f"<Result {self.status}", *lines]) + ">"

    @property
    def states(self) -> Mapping[str, str]:
        """Succeeded, Failed or Stopped, by step that started; the steps of a body with ``-0``, ``-1``, ..."""
        return ByStep({name: step.state for name, step in self.steps.items()}, self.definition)

    @property
    def order(self) -> Sequence[str]:
        """The names of the steps in the order in which they started."""
        return tuple(self.steps)

    @property
    def reused(self) -> Mapping[str, str]:
        """By step that has the result of an earlier run: why, "cache" or "selection"."""
        return {name: step.reused for name, step in self.steps.items() if step.reused}

    def arguments(self, step: str) -> Mapping[str, Any]:
        """The arguments of a step that started, with all expressions resolved. Raises ``KeyError``."""
        return self.steps[step].arguments

    def reason(self, step: str) -> str:
        """Why a step failed; empty if it did not. Raises ``KeyError`` for a step that did not start."""
        return self.steps[step].reason


def _how(step: RanStep) -> str:
    return f" (reused: {step.reused})" if step.reused else ""
