"""What an alarm watches, as moto keeps it, and the values of that metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.cloudwatch.models import Alarm, MetricAggregatedDatum

from ..sagemaker.metrics import NAMESPACE
from .evaluation import OPERATORS, Condition

_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True)
class Watched:
    """A metric with the period and the statistic of its values."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    period: int
    """Seconds."""
    statistic: str
    unit: str | None

    @property
    def step(self) -> int:
        """How often an alarm on it is evaluated, in seconds."""
        return 60 if self.period >= 60 else 10

    def values(self, data: Iterable[Any], end: datetime, count: int) -> list[tuple[datetime, float | None]]:
        """The beginnings of so many periods before ``end``, the oldest first, with their values."""
        length = timedelta(seconds=self.period)
        begin = end - count * length
        found: list[list[Any]] = [[] for _ in range(count)]
        for datum in data:
            moment = _utc(datum.timestamp)
            if begin <= moment < end and self._fits(datum):
                found[(moment - begin) // length].append(datum)
        return [(begin + number * length, self._value(several)) for number, several in enumerate(found)]

    def _fits(self, datum: Any) -> bool:
        if (datum.namespace, datum.name) != (self.namespace, self.name) or self.unit not in (None, datum.unit):
            return False
        if self.namespace == NAMESPACE and not self.dimensions:
            return True  # those of executions are there without a dimension, too
        return self.dimensions == {(one.name, one.value) for one in datum.dimensions}

    def _value(self, data: Sequence[Any]) -> float | None:
        if not data:
            return None
        sets = [one for one in data if isinstance(one, MetricAggregatedDatum)]
        values = [one.value for one in data if not isinstance(one, MetricAggregatedDatum)]
        count = len(values) + sum(one.sample_count for one in sets)
        total = float(sum(values) + sum(one.sum for one in sets))
        if self.statistic == "SampleCount":
            return float(count)
        if self.statistic == "Sum":
            return total
        if self.statistic == "Average":
            return total / count if count else None
        if self.statistic == "Minimum":
            return float(min([*values, *(one.min for one in sets)]))
        return float(max([*values, *(one.max for one in sets)]))


def watched(alarm: Alarm) -> Watched:
    """What an alarm watches. Raises ``ValueError``, in words, for what is not evaluated here."""
    if alarm.rule is not None:
        raise ValueError("composite alarms are not evaluated")
    if alarm.comparison_operator not in OPERATORS or alarm.threshold_metric_id:
        raise ValueError("anomaly detection is not evaluated")
    if alarm.metric_data_queries:
        (query, *more) = alarm.metric_data_queries
        if more or query.metric_stat is None or query.expression:
            raise ValueError("math expressions are not evaluated")
        stat, metric = query.metric_stat, query.metric_stat.metric
        found: tuple[Any, ...] = (
            metric.namespace, metric.metric_name, metric.dimensions, stat.period, stat.stat, stat.unit,
        )  # fmt: skip
    else:
        found = (
            alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.period,
            alarm.statistic or alarm.extended_statistic, alarm.unit,
        )  # fmt: skip
    namespace, name, dimensions, period, statistic, unit = found
    if statistic not in _STATISTICS:
        raise ValueError(f"the statistic {statistic} is not evaluated")
    named = frozenset((str(one.name), str(one.value)) for one in dimensions)
    return Watched(namespace, name, named, int(period), statistic, unit)


def is_topic(action: str) -> bool:
    """Whether an action of an alarm is a topic of SNS, the only one that is carried out."""
    return action.split(":")[2:3] == ["sns"]


def condition(alarm: Alarm) -> Condition:
    """When an alarm goes off."""
    periods = int(alarm.evaluation_periods)
    return Condition(
        alarm.comparison_operator,
        float(alarm.threshold),
        periods,
        int(alarm.datapoints_to_alarm or periods),
        alarm.treat_missing_data or "missing",
    )


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
