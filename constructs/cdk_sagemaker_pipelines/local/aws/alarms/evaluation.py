"""The state of an alarm by the latest values of its metric. No clock, no threads, no AWS.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
How many values CloudWatch looks at is not documented; its example has two more than EvaluationPeriods, and so have we.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

OPERATORS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""The comparisons with a threshold, and their words; the others are with a band."""
OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
_MORE = 2


@dataclass(frozen=True)
class Condition:
    """When an alarm goes off."""

    comparison: str
    threshold: float
    periods: int
    """EvaluationPeriods."""
    datapoints: int
    """DatapointsToAlarm."""
    missing: str = "missing"
    """TreatMissingData."""

    @property
    def range(self) -> int:
        """How many values are looked at."""
        return self.periods + _MORE

    def breaches(self, value: float) -> bool:
        """Whether a value is beyond the threshold."""
        return OPERATORS[self.comparison][0](value, self.threshold)

    def state(self, values: Sequence[float | None]) -> str | None:
        """The state by the latest values, the oldest first, None for a period without any; None: it stays.

        Real values that are enough count alone. If there are fewer, what is missing counts as the alarm says.
        """
        real = [self.breaches(value) for value in values if value is not None]
        if len(real) >= self.periods:
            return self._by(sum(real[-self.periods :]))
        if self.missing == "breaching":
            return self._by(sum(real) + self.periods - len(real))
        if self.missing == "notBreaching":
            return self._by(sum(real))
        if not real:
            return None if self.missing == "ignore" else INSUFFICIENT_DATA
        if sum(real) >= self.datapoints or not all(real):
            return self._by(sum(real))
        # too few, all of them beyond: only if the oldest is as old as the datapoints that an alarm takes
        oldest = next(number for number, value in enumerate(values) if value is not None)
        return ALARM if len(values) - oldest >= self.datapoints and self.missing == "missing" else None

    def _by(self, breaching: int) -> str:
        return ALARM if breaching >= self.datapoints else OK

    def reason(self, values: Sequence[tuple[str, float | None]], state: str, before: str) -> str:
        """Why an alarm went from one state into another, in CloudWatch's words. ``values``: each with its time."""
        real = [(time, value) for time, value in values if value is not None][-self.periods :][::-1]
        if state == INSUFFICIENT_DATA:
            return f"Insufficient Data: {_count(self.periods, 'datapoint')} {_was(self.periods)} unknown."
        filled = self.periods - len(real)
        treated = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(self.missing)
        if not real:
            points = f"{_count(filled, 'missing datapoint')} {_was(filled)} treated as [{treated}]"
            return f"Threshold Crossed: no datapoints were received for {_count(filled, 'period')} and {points}."
        counted = sum(self.breaches(value) is (state == ALARM) for _, value in real)
        listed = ", ".join(f"{value} ({time})" for time, value in real)
        least = self.datapoints if state == ALARM else self.periods - self.datapoints + 1
        compared = f"{'' if state == ALARM else 'not '}{OPERATORS[self.comparison][1]} the threshold ({self.threshold})"
        other = before if before in (OK, ALARM) else OK if state == ALARM else ALARM
        points = f"{counted} out of the last {len(real)} datapoints [{listed}]"
        return (
            f"Threshold Crossed: {points} {_was(counted)} {compared} "
            f"(minimum {_count(least, 'datapoint')} for {other} -> {state} transition)."
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
