"""A runner whose steps only end as told, for tests of a graph without scripts or data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...language import StepView
from ..endings import StepFailed, StepResult, StepStopped
from .outcomes import Outcome
from .runner import StepContext, StepRunner
from .scripted_files import leave, leave_placeholders
from .scripted_result import described, record

__all__ = ["Outcome", "ScriptedRunner"]

_SUCCESS = Outcome()


class ScriptedRunner:
    """Ends each step with the outcome under its name; a step without one succeeds at once."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None, *, placeholders: bool = False) -> None:
        """``placeholders``: whether steps leave labelled files where their outcomes give none."""
        self.outcomes = dict(outcomes or {})
        self._placeholders = placeholders
        self.attempts: list[str] = []
        """The names of the steps that ran, once per attempt, in the order in which they started."""
        self.arguments: dict[str, dict[str, Any]] = {}
        """The arguments of each step, by name."""
        self._failed: Counter[str] = Counter()

    def tells(self, step: StepView) -> bool:
        """Whether there is an outcome of the step, or of its body step, whose name has no index."""
        return bool(self.outcomes) and self._outcome(step) is not None

    def begin(self, step: StepView, arguments: dict[str, Any]) -> Outcome:
        """Notes an attempt of the step, and returns how it ends after ``Outcome.seconds``."""
        outcome = self._outcome(step) or _SUCCESS
        self.attempts.append(step.name)
        self.arguments[step.name] = arguments
        if outcome.fail is None or outcome.failures is None:
            return outcome
        self._failed[step.name] += 1
        if self._failed[step.name] <= outcome.failures:
            return outcome
        return replace(outcome, fail=None, failures=None, exception=None)

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Ends the step as ``context.outcome`` says."""
        return self.run_after(None, context, step, arguments)

    def run_after(
        self, inner: StepRunner | None, context: StepContext, step: StepView, arguments: dict[str, Any]
    ) -> StepResult:
        """Ends the step as told; if it is to succeed and there is an inner runner, it modifies that one's result."""
        outcome = context.outcome or _SUCCESS
        if outcome.fail is not None:
            raise StepFailed(outcome.fail, outcome.exception)
        if outcome.stop:
            raise StepStopped
        result = described(context, step, arguments) if inner is None else inner.run(context, step, arguments)
        properties = {**result.properties, **outcome.properties}
        leave(context, step, outcome.files, properties)
        if inner is None and outcome.violation and step.json.get("FailOnViolation", True) is not False:
            raise StepFailed("ClientError: the check found violations", None, StepResult(properties, result.metadata))
        if inner is None and self._placeholders:
            leave_placeholders(context, step, outcome.files, properties)
        if inner is None:
            record(context, step, properties)
        return StepResult(properties, result.metadata)

    def _outcome(self, step: StepView) -> Outcome | None:
        found = self.outcomes.get(step.name)
        if found is None and step.branch == "ForEachBody":
            found = self.outcomes.get(step.name.rpartition("-")[0])
        return found

    def for_all_types(self) -> Mapping[str, StepRunner]:
        """This runner for every step type, as PipelineExecution expects it."""
        return _Everything(self)


class _Everything(Mapping[str, StepRunner]):
    def __init__(self, runner: StepRunner) -> None:
        self._runner = runner

    def __getitem__(self, step_type: str) -> StepRunner:
        return self._runner

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
