"""What an execution would do, without starting it: which steps would run, which would be reused and why not others.

The rules of reuse are those that the guide documents; whether the service then finds the same is its own affair.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..language import Definition, Reference, StepGraph, StepView, an, references
from ..language.expressions import MISSING
from ..language.step_types import row_of
from ..local.endings import StepFailed
from ..local.engine.cache import attributes, lifetime
from ..review.diff.values import value_changes
from ..review.words import of_conditions, of_value
from . import execution
from .answers import pages
from .execution import Execution
from .forecast_values import ForecastValues, ReadObject, unknown_in
from .resolved import Resolution
from .selection import Selection

RUNS, REUSED, NOT_RUN, MAYBE, LEFT_OUT = "will run", "reused", "not run", "may run", "left out"
"""What becomes of a step: ``may run`` depends on a condition that only the run decides."""
SIGNS = {RUNS: "●", REUSED: "✓", MAYBE: "?", NOT_RUN: " ", LEFT_OUT: " "}
"""The glyph before each of these words."""
LOOKED_AT = 20
"""Earlier executions that are looked at for results to reuse."""
_TOLD = 3


@dataclass(frozen=True)
class StepForecast:
    """What would become of a step."""

    step: StepView
    outcome: str
    why: str
    source: str | None = None
    """The ARN of the execution whose result it would take."""


def forecast_steps(
    client: Any,
    pipeline: str,
    definition: Definition,
    values: Mapping[str, Any],
    now: datetime,
    selection: Selection | None = None,
    source: str | None = None,
    kept: MutableMapping[str, Resolution] | None = None,
    read_object: ReadObject | None = None,
) -> list[StepForecast]:
    """What would become of each step, with these ``values`` of all parameters.

    ``selection`` with its ``source``: of an execution of a part. ``kept``: earlier executions that have succeeded, by
    ARN, which do not change any more; those that are read are added. ``read_object``: reads property files of steps
    that are reused, so that conditions on them are decided.
    """
    return list(_StepsForecast(client, pipeline, definition, values, now, selection, source, kept, read_object).steps())


@dataclass
class _StepsForecast:
    client: Any
    pipeline: str
    definition: Definition
    values: Mapping[str, Any]
    now: datetime
    selection: Selection | None
    source: str | None
    kept: MutableMapping[str, Resolution] | None
    read_object: ReadObject | None
    _earlier: list[Resolution] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._forecast = ForecastValues(self.definition, self.values, {"PipelineName": self.pipeline}, self.read_object)
        self._more = self._executions()

    def steps(self) -> Iterator[StepForecast]:
        """The forecasts, in the order in which steps could run, listed in the order of the document."""
        found: dict[str, StepForecast] = {}
        for name in StepGraph(self.definition).order():
            step = self.definition.step(name)
            found[name] = told = self._step(step, found)
            self._forecast.will(told.step, self._source_of(told), may_run=told.outcome in (RUNS, MAYBE))
        return iter([found[step.name] for step in self.definition.all_steps()])

    def _step(self, step: StepView, before: Mapping[str, StepForecast]) -> StepForecast:
        if self.selection and step.name in self.selection.reused:
            return StepForecast(step, REUSED, "not selected; its result is taken", self.source)
        if self.selection and step.name not in self.selection.steps:
            return StepForecast(step, LEFT_OUT, "not selected")
        around = before.get(step.parent.name) if step.parent is not None else None
        if around is not None and around.outcome in (NOT_RUN, LEFT_OUT) and not self.selection:
            return StepForecast(step, NOT_RUN, f"{around.step.name} does not run")
        waits = [dependency for dependency in step.depends_on if dependency.trigger not in ("Completed", "Any")]
        if waits:
            return StepForecast(step, MAYBE, f"only if {waits[0].step} ends as {waits[0].trigger}")
        outcome, branch = RUNS, ""
        if step.parent is not None and step.parent.type == "Condition":
            taken = self._forecast.holds(step.parent)
            if taken is not None and step.branch != ("IfSteps" if taken else "ElseSteps"):
                return StepForecast(step, NOT_RUN, f"{step.parent.name} is {str(taken).lower()}")
            if taken is None:
                outcome = MAYBE
                branch = f"{'if' if step.branch == 'IfSteps' else 'unless'} {step.parent.name}"
                branch += f": {_deciding(step.parent, before)}"
        if around is not None and around.outcome == MAYBE:
            outcome = MAYBE
            branch = branch or f"only if {around.step.name} runs"
        if step.body:
            return StepForecast(step, outcome, f"for each of {of_value(step.arguments.get('IterableItems'))}")
        if step.type == "Condition":
            return StepForecast(step, outcome, of_conditions(step.arguments.get("Conditions")))
        source, why = self._reuse(step)
        reason = "; ".join(part for part in (branch, why) if part)
        return StepForecast(step, outcome if source is None else REUSED if outcome == RUNS else MAYBE, reason, source)

    def _source_of(self, told: StepForecast) -> Resolution | None:
        """Where the result of a step comes from, if it does not run."""
        if told.source is None:
            return None
        for resolution in self._earlier:
            if resolution.execution.arn == told.source:
                return resolution
        return self._resolution(execution.read(self.client, told.source))

    def _resolution(self, found: Execution) -> Resolution:
        return Resolution(self.client, found, execution.parameters(self.client, found.arn), self.pipeline)

    def _executions(self) -> Iterator[Resolution]:
        listed = pages(
            self.client, "list_pipeline_executions", "PipelineExecutionSummaries", limit=LOOKED_AT,
            PipelineName=self.pipeline, SortBy="CreationTime", SortOrder="Descending",
        )  # fmt: skip
        for summary in listed:
            arn = str(summary["PipelineExecutionArn"])
            known = self.kept.get(arn) if self.kept is not None else None
            yield known or self._read(arn)

    def _read(self, arn: str) -> Resolution:
        found = self._resolution(execution.read(self.client, arn))
        if self.kept is not None and found.execution.status == "Succeeded":
            self.kept[arn] = found
        return found

    def _runs(self, step: str) -> Iterator[tuple[Resolution, Mapping[str, Any]]]:
        """The executions in which a step itself ran and succeeded, newest first."""
        for index in range(LOOKED_AT):
            if index == len(self._earlier):
                more = next(self._more, None)
                if more is None:
                    return
                self._earlier.append(more)
            resolution = self._earlier[index]
            record = resolution.execution.step(step)
            taken = record and (record.get("CacheHitResult") or record.get("SelectiveExecutionResult"))
            if record and record["StepStatus"] == "Succeeded" and not taken:
                yield resolution, record

    def _reuse(self, step: StepView) -> tuple[str | None, str]:
        """The execution whose result a step would take, and why; or None and why not."""
        config = step.json.get("CacheConfig") or {}
        if not row_of(step.type).cache_keys:
            return None, f"{an(step.type)} step is never reused" if config.get("Enabled") else ""
        if not config.get("Enabled"):
            return None, "it has no CacheConfig" if "CacheConfig" not in step.json else "its CacheConfig is off"
        if step.branch == "ForEachBody":
            return None, "each item is decided when it runs"
        wanted = attributes(step, lambda value: self._forecast.evaluate(step, value))
        unknown = next((text for value in wanted.values() if (text := unknown_in(value))), None)
        if unknown is not None:
            return None, unknown
        cheapest = sorted(wanted, key=lambda path: _reads_steps(step, path))
        newest: tuple[Resolution, str] | None = None
        for resolution, record in self._runs(step.name):
            expired = self._expired(config, record)
            if not expired and self._equals(step, wanted, cheapest, resolution):
                return resolution.execution.arn, f"ran with the same arguments in {resolution.execution.parts.id}"
            newest = newest or (resolution, expired)
        if newest is None:
            return None, f"it has not succeeded in the last {len(self._earlier)} executions"
        return None, self._differs(step, wanted, newest[0]) or newest[1]

    def _expired(self, config: Mapping[str, Any], record: Mapping[str, Any]) -> str:
        after = config.get("ExpireAfter")
        if after is None or "EndTime" not in record:
            return ""
        try:
            return "" if self.now - record["EndTime"] <= lifetime(str(after)) else f"its last run is older than {after}"
        except StepFailed as error:
            return error.reason

    def _equals(self, step: StepView, wanted: Mapping[str, Any], cheapest: Sequence[str], earlier: Resolution) -> bool:
        """Whether an earlier run is as wanted. The attributes are compared one by one, the cheapest first."""
        then = _same_step(step, earlier)
        return then is not None and not any(
            value_changes(path, _had(then, earlier, [path])[path], wanted[path]) for path in cheapest
        )

    def _differs(self, step: StepView, wanted: Mapping[str, Any], earlier: Resolution) -> str:
        """How an earlier run differs from what is wanted; an empty text if it does not."""
        then = _same_step(step, earlier)
        if then is None:
            return "it is new"
        had, told = _had(then, earlier), []
        for path, value in wanted.items():
            for change in value_changes(path, had.get(path), value):
                told.append(f"{change.path}: {_word(change.old)} before, now {_word(change.new)}")
        more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
        return "; ".join(told[:_TOLD]) + more


def _deciding(condition: StepView, before: Mapping[str, StepForecast]) -> str:
    """What decides a condition that is not known yet: the results of steps that run, or may run."""
    gets = references(condition.arguments.get("Conditions"))
    read = [found.name for _, get in gets if (found := Reference.of(get)) and found.kind == "Steps"]
    later = [name for name in dict.fromkeys(read) if name in before and before[name].source is None]
    if not later:
        return "only known when it runs"
    return f"the result of {later[0]} decides" if len(later) == 1 else f"the results of {', '.join(later)} decide"


def _same_step(step: StepView, earlier: Resolution) -> StepView | None:
    """A step as an earlier execution had it; None if it had none of this name and type."""
    ran = earlier.execution.definition
    then = None if ran is None else ran.find(step.name)
    return then if then is not None and then.type == step.type else None


def _had(then: StepView, earlier: Resolution, only: Collection[str] | None = None) -> dict[str, Any]:
    return attributes(then, lambda value: earlier.partly(then, value)[0], only)


def _reads_steps(step: StepView, path: str) -> bool:
    """Whether an attribute reads what other steps left, which the service has to be asked for."""
    found = attributes(step, lambda value: value, [path])
    return any(str(get).startswith("Steps.") for _, get in references(found))


def _word(value: Any) -> str:
    return "nothing" if value is MISSING else of_value(value)
