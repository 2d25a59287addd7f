"""Two executions side by side: parameters, definitions, states, reuse, durations and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..review.diff.as_json import as_json as difference_json
from ..review.diff.definitions import Difference, diff
from .report import Report, StepReport, report


class Pair(NamedTuple):
    """What the first execution has, and the second; None for what one does not have."""

    first: Any
    second: Any

    @property
    def differs(self) -> bool:
        """Whether they are not the same."""
        return bool(self.first != self.second)


@dataclass(frozen=True)
class StepComparison:
    """A step of either execution."""

    name: str
    type: str
    states: Pair
    outcomes: Pair
    """How a condition came out: ``true`` or ``false``."""
    seconds: Pair
    sources: Pair
    """The executions whose results they have."""
    metrics: Mapping[str, Pair]


@dataclass(frozen=True)
class Comparison:
    """Two executions."""

    first: Report
    second: Report
    parameters: Mapping[str, Pair]
    """Those whose values differ."""
    difference: Difference | None
    """Of the definitions; None if one cannot be read."""
    steps: Sequence[StepComparison]


def compare(client: Any, first: str, second: str, now: datetime) -> Comparison:
    """Compares two executions, be they of one pipeline or not. ``first``, ``second``: their ARNs."""
    one, other = report(client, first, now), report(client, second, now)
    values = [{each.name: each.value for each in told.parameters} for told in (one, other)]
    pairs = {name: Pair(values[0].get(name), values[1].get(name)) for name in dict.fromkeys([*values[0], *values[1]])}
    definitions = one.execution.definition, other.execution.definition
    known = None not in definitions
    steps = [{step.row.name: step for step in told.steps} for told in (one, other)]
    names = dict.fromkeys([*steps[0], *steps[1]])
    return Comparison(
        one,
        other,
        {name: pair for name, pair in pairs.items() if pair.differs},
        diff(*definitions) if known else None,  # type: ignore[arg-type]  # neither is None
        [_steps(name, steps[0].get(name), steps[1].get(name), now) for name in names],
    )


def _steps(name: str, first: StepReport | None, second: StepReport | None, now: datetime) -> StepComparison:
    both = first, second
    metrics = dict.fromkeys(metric for step in both if step for metric in step.metrics)
    return StepComparison(
        name,
        next(step.row.type for step in both if step),
        Pair(*(step and step.row.status for step in both)),
        Pair(*(step and step.outcome for step in both)),
        Pair(*(step and step.row.seconds(now) for step in both)),
        Pair(*(step and step.source for step in both)),
        {metric: Pair(*(step and step.metrics.get(metric) for step in both)) for metric in metrics},
    )


def as_json(told: Comparison) -> dict[str, Any]:
    """What ``smpipe compare --json`` prints; docs/executions.md lists the members."""

    def pair(found: Pair) -> dict[str, Any]:
        return found._asdict()

    return {
        "first": told.first.execution.arn,
        "second": told.second.execution.arn,
        "states": {"first": told.first.execution.status, "second": told.second.execution.status},
        "parameters": {name: pair(found) for name, found in told.parameters.items()},
        "difference": None if told.difference is None else difference_json(told.difference),
        "steps": [
            {
                "name": step.name,
                "type": step.type,
                "state": pair(step.states),
                "outcome": pair(step.outcomes),
                "seconds": pair(step.seconds),
                "reusedFrom": pair(step.sources),
                "metrics": {name: pair(found) for name, found in step.metrics.items()},
            }
            for step in told.steps
        ],
    }
