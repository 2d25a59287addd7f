"""What an execution does, told to the event bus and to CloudWatch."""

from __future__ import annotations

from ...endings import EXECUTION_ENDED
from ...engine.record import History, StepRecord
from ..events.bus import EventBus
from . import metrics
from .events import of_execution, of_step
from .pipelines import Pipeline
from .run import Record


class Announcer:
    """Tells of every new status of one execution and of its steps; the ``Observer`` of its engine."""

    def __init__(self, bus: EventBus, metrics: metrics.Metrics, pipeline: Pipeline, record: Record) -> None:
        self._bus, self._metrics, self._pipeline, self._record = bus, metrics, pipeline, record

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        if record.status != previous:
            arns = self._pipeline.arn, self._record.arn
            self._bus.send(lambda: of_step(arns, record.step.type, record.describe(), previous))
            self._metrics.add(metrics.of_step(self._pipeline.name, record, previous))

    def status_changed(self, history: History, previous: str | None) -> None:
        described = {
            "PipelineArn": self._pipeline.arn,
            "PipelineExecutionArn": self._record.arn,
            "PipelineExecutionDisplayName": self._record.display_name,
            "PipelineExecutionDescription": self._record.description,
            "PipelineExecutionStatus": history.status,
            "CreationTime": history.start_time,
        }
        end = history.last_modified_time if history.status in EXECUTION_ENDED else None
        self._bus.send(lambda: of_execution(described, previous, end))
        self._metrics.add(metrics.of_execution(self._pipeline.name, history, previous))
