"""What a run did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ..language import Definition, did_you_mean
from ..language.documentation import documented
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


@documented
@dataclass(frozen=True)
class RanStep:
    """A step that started in a run.

    ```python
    step: RanStep = run(definition).steps["T"]
    assert (step.state, step.attempts) == ("Succeeded", 1)
    ```
    """

    name: str
    """The step's name; in the body of a for-each with ``-<index>``."""
    type: str
    """The step's ``Type`` in the definition, such as "Training"."""
    state: str
    """How it ended: Succeeded, Failed or Stopped."""
    reason: str
    """Why it failed; empty if it did not."""
    arguments: Mapping[str, Any] = field(repr=False)
    """Its arguments with all expressions resolved; empty where one of them has no value."""
    properties: Mapping[str, Any] = field(repr=False)
    """What other steps can read of it; empty if it did not succeed."""
    attempts: int
    """How often it was tried: 1 if it was not retried."""
    started: datetime
    """When it started, on the run's clock."""
    ended: datetime
    """When it ended, on the run's clock."""
    reused: str = ""
    """Why it has the result of an earlier run: "cache", or "selection" if it was not selected; empty if it ran."""

    @property
    def seconds(self) -> float:
        """How many seconds it took, on the clock of the run."""
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


@documented
@dataclass(frozen=True, repr=False)
class Result:
    """A run that has ended, as ``run`` returns it.

    ```python
    result: Result = run(definition, {"T": {"fail": "no data"}})
    assert result.status == "Failed"
    assert result.states == {"T": "Failed"}
    ```
    """

    status: str
    """How it ended: Succeeded, Failed, Stopped or CompletedWithFailures."""
    failure_reason: str
    """The message of the Fail step that ended it, or the service's words for another failure; else empty."""
    steps: Mapping[str, RanStep]
    """The steps that started, by name, in the order in which they did."""
    not_run: Sequence[str]
    """The steps of the definition that did not start, in its order."""
    seconds: float
    """How long it took, in seconds on its clock."""
    objects: Mapping[str, bytes]
    """The objects that are in S3 afterwards, by URI."""
    definition: Definition
    """The definition of the pipeline that ran."""
    ended: datetime
    """When the run ended, on its clock."""
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
        """The arguments of a step that started, with all expressions resolved.

        Args:
            step: The name of the step; in the body of a for-each with ``-<index>``.

        Raises:
            KeyError: The step did not start, or there is none of that name.
        """
        return self.steps[step].arguments

    def reason(self, step: str) -> str:
        """Why a step failed; empty if it did not.

        Args:
            step: The name of the step; in the body of a for-each with ``-<index>``.

        Raises:
            KeyError: The step did not start, or there is none of that name.
        """
        return self.steps[step].reason


def _how(step: RanStep) -> str:
    return f" (reused: {step.reused})" if step.reused else ""
