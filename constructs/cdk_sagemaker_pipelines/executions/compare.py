"""Executions side by side: parameters, definitions, states, reuse, durations, metrics and arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..language import Definition, StepView
from ..language.expressions import MISSING
from ..review.diff.as_json import as_json as difference_json
from ..review.diff.definitions import Difference, diff
from .differing import RESULTS, ArgumentComparison, Side, Values, compare_arguments
from .report import Report, StepReport, report

MOST = 4
"""As many executions are compared at once."""
NAMES = ("first", "second", "third", "fourth")
"""What documents call them."""


@dataclass(frozen=True)
class StepComparison:
    """A step of one of the executions."""

    name: str
    type: str
    states: Values
    outcomes: Values
    """How a condition came out: ``true`` or ``false``."""
    seconds: Values
    sources: Values
    """The executions whose results they have."""
    metrics: Mapping[str, Values]
    arguments: Sequence[ArgumentComparison]
    """All of them, equal or not, of a step that at least two of the executions have."""

    @property
    def changed(self) -> list[ArgumentComparison]:
        """The arguments that differ by more than what the executions and their steps made."""
        return [each for each in self.arguments if each.because not in (None, RESULTS)]

    @property
    def slower(self) -> bool:
        """Whether those that ran it took noticeably longer or shorter: by a second, and by a tenth."""
        ran = [each for each, source in zip(self.seconds, self.sources, strict=True) if each is not None and not source]
        return len(ran) > 1 and max(ran) - min(ran) >= max(1.0, 0.1 * max(ran))

    @property
    def differs(self) -> bool:
        """Whether anything but its arguments differs."""
        told = (self.states, self.outcomes, self.sources, *self.metrics.values())
        return self.slower or any(values.differs for values in told)


@dataclass(frozen=True)
class Comparison:
    """Some executions, of which each is compared with the first."""

    reports: Sequence[Report]
    parameters: Mapping[str, Values]
    """All of them."""
    differences: Sequence[Difference | None]
    """Of the definition of each but the first from that of the first; None if one of them cannot be read."""
    steps: Sequence[StepComparison]

    @property
    def changed_parameters(self) -> dict[str, Values]:
        """Those whose values differ."""
        return {name: values for name, values in self.parameters.items() if values.differs}


def compare(client: Any, arns: Sequence[str], now: datetime) -> Comparison:
    """Compares executions, be they of one pipeline or not. ``arns``: two, three or four."""
    return compared([report(client, arn, now) for arn in arns], now)


def compared(reports: Sequence[Report], now: datetime) -> Comparison:
    """Compares executions that have been read."""
    given = [{each.name: each.value for each in told.parameters} for told in reports]
    parameters = {
        name: Values(each.get(name) for each in given)
        for name in dict.fromkeys(name for each in given for name in each)
    }
    first, *others = (told.execution.definition for told in reports)
    steps = [{step.row.name: step for step in told.steps} for told in reports]
    names = dict.fromkeys(name for each in steps for name in each)
    return Comparison(
        reports,
        parameters,
        [None if first is None or other is None else diff(first, other) for other in others],
        [
            _step([each.get(name) for each in steps], now, compare_arguments(_sides(reports, name), parameters))
            for name in names
        ],
    )


def _sides(reports: Sequence[Report], name: str) -> list[Side]:
    return [Side(told.resolution, _view(told.execution.definition, name)) for told in reports]


def _view(definition: Definition | None, name: str) -> StepView | None:
    """The step of a row: of one that runs for each item, that of the body."""
    if definition is None:
        return None
    found, body = definition.find(name), definition.find(name.rpartition("-")[0])
    return found or (body if body is not None and body.branch == "ForEachBody" else None)


def _step(steps: Sequence[StepReport | None], now: datetime, found: Sequence[ArgumentComparison]) -> StepComparison:
    there = [step for step in steps if step]
    metrics = dict.fromkeys(metric for step in there for metric in step.metrics)

    def each(read: Callable[[StepReport], Any]) -> Values:
        return Values(None if step is None else read(step) for step in steps)

    return StepComparison(
        there[0].row.name,
        there[0].row.type,
        each(lambda step: step.row.status),
        each(lambda step: step.outcome),
        each(lambda step: step.row.seconds(now)),
        each(lambda step: step.source),
        {metric: each(lambda step, name=metric: step.metrics.get(name)) for metric in metrics},  # type: ignore[misc]
        found,
    )


def as_json(told: Comparison) -> dict[str, Any]:
    """What ``smpipe compare --json`` prints; docs/executions.md lists the members."""

    def each(values: Sequence[Any]) -> dict[str, Any]:
        return {name: None if value is MISSING else value for name, value in zip(NAMES, values, strict=False)}

    found = [one.execution for one in told.reports]
    return {
        **each([one.arn for one in found]),
        "states": each([one.status for one in found]),
        "parameters": {name: each(values) for name, values in told.changed_parameters.items()},
        "differences": [None if one is None else difference_json(one) for one in told.differences],
        "steps": [
            {
                "name": step.name,
                "type": step.type,
                "state": each(step.states),
                "outcome": each(step.outcomes),
                "seconds": each(step.seconds),
                "reusedFrom": each(step.sources),
                "metrics": {name: each(values) for name, values in step.metrics.items()},
                "arguments": [
                    {"path": one.path, "because": one.because, "values": each(one.values)}
                    for one in step.arguments
                    if one.because
                ],
            }
            for step in told.steps
        ],
    }
