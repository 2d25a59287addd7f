"""The metrics of executions and steps in CloudWatch.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
On AWS those of executions are also there without a dimension, for all pipelines; moto adds up by itself what has more
dimensions than were asked for. An execution that is CompletedWithFailures has none but its duration, since none is
documented, and a step that a selective execution reuses has none.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ...endings import EXECUTION_ENDED, STEP_ENDED
from ...engine.clock import REAL_CLOCK, Timer
from ...engine.record import History, StepRecord
from ..events.bus import EventBus
from ..repeating import again

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"
_COUNTED = ("Failed", "Succeeded", "Stopped")
_SECONDS = 0.5
"""How long what is measured waits for more, to be sent together."""
_AT_ONCE = 500


class Measured(NamedTuple):
    """A value of a metric."""

    name: str
    dimensions: tuple[tuple[str, str], ...]
    value: float
    unit: str
    moment: datetime


def of_execution(pipeline: str, history: History, previous: str | None) -> Iterator[Measured]:
    """What a new status of an execution of the pipeline adds."""
    dimensions = (("PipelineName", pipeline),)
    yield from _counted("Execution", dimensions, history.status, history.last_modified_time, previous)
    if history.status in EXECUTION_ENDED:
        took = history.last_modified_time - history.start_time
        yield _duration("Execution", dimensions, took, history.last_modified_time)


def of_step(pipeline: str, record: StepRecord, previous: str | None) -> Iterator[Measured]:
    """What a new status of a step adds; of a retry, too."""
    if record.selective_source is not None:
        return
    dimensions = (("PipelineName", pipeline), ("StepName", record.step.name))
    if record.status in STEP_ENDED and record.end_time is not None:
        yield from _counted("Step", dimensions, record.status, record.end_time, previous)
        yield _duration("Step", dimensions, record.end_time - record.start_time, record.end_time)
    elif previous is None:
        yield Measured("StepStarted", dimensions, 1, "Count", record.start_time)


def _counted(
    kind: str, dimensions: tuple[tuple[str, str], ...], status: str, moment: datetime, previous: str | None
) -> Iterator[Measured]:
    word = status if status in _COUNTED else "Started" if status == "Executing" else None
    if word is not None and status != previous:
        yield Measured(f"{kind}{word}", dimensions, 1, "Count", moment)


def _duration(kind: str, dimensions: tuple[tuple[str, str], ...], took: timedelta, moment: datetime) -> Measured:
    return Measured(f"{kind}Duration", dimensions, took.total_seconds() * 1000, "Milliseconds", moment)


def together(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """The MetricData of PutMetricData; values of the same metric as one set."""
    sets: dict[tuple[Any, ...], list[Measured]] = defaultdict(list)
    for one in measured:
        sets[one.name, one.dimensions].append(one)
    return [
        {
            "MetricName": name,
            "Dimensions": [{"Name": member, "Value": value} for member, value in dimensions],
            "Timestamp": max(one.moment for one in several),
            "Unit": several[0].unit,
            **_values([one.value for one in several]),
        }
        for (name, dimensions), several in sets.items()
    ]


def _values(values: list[float]) -> Mapping[str, Any]:
    if len(values) == 1:
        return {"Value": values[0]}
    total = {"SampleCount": len(values), "Sum": sum(values), "Minimum": min(values), "Maximum": max(values)}
    return {"StatisticValues": total}


class Metrics:
    """Sends what is measured in one account and region, from the thread of its bus."""

    def __init__(self, services: Any, bus: EventBus) -> None:
        self._services, self._bus = services, bus
        self._measured: list[Measured] = []
        self._timer: Timer | None = None
        self._lock = threading.Lock()

    def add(self, measured: Iterator[Measured]) -> None:
        """Takes values, and returns at once."""
        if again():
            return
        with self._lock:
            self._measured += measured
            if self._measured and self._timer is None:
                self._timer = REAL_CLOCK.call_later(_SECONDS, lambda: self._bus.later(self._send))

    def close(self) -> None:
        """Sends what is left."""
        with self._lock:
            if self._timer is not None:
                REAL_CLOCK.cancel(self._timer)
        self._send()

    def _send(self) -> None:
        with self._lock:
            measured, self._measured, self._timer = self._measured, [], None
        data = together(measured)
        try:
            for start in range(0, len(data), _AT_ONCE):
                part = data[start : start + _AT_ONCE]
                self._services.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=part)
        except Exception as error:
            _logger.warning("%d metrics of executions could not be sent: %s", len(data), error)
