"""What an execution does, told to the event bus."""

from __future__ import annotations

from ...engine.record import ENDED, History, StepRecord
from .bus import EventBus
from .events import of_execution, of_step


class Announcer:
    """Tells of every new status of one execution and of its steps; the ``Observer`` of its engine."""

    def __init__(self, bus: EventBus, pipeline_arn: str, display_name: str, description: str | None) -> None:
        self._bus = bus
        self._pipeline_arn = pipeline_arn
        self._named = {
            "PipelineArn": pipeline_arn,
            "PipelineExecutionDisplayName": display_name,
            "PipelineExecutionDescription": description,
        }
        self._execution_arn = ""

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        if record.status != previous:
            arns = self._pipeline_arn, self._execution_arn
            self._bus.send(lambda: of_step(arns, record.step.type, record.describe(), previous))

    def status_changed(self, history: History, previous: str | None) -> None:
        self._execution_arn = history.execution_arn
        described = {
            **self._named,
            "PipelineExecutionArn": history.execution_arn,
            "PipelineExecutionStatus": history.status,
            "CreationTime": history.start_time,
        }
        end = history.last_modified_time if history.status in _ENDED else None
        self._bus.send(lambda: of_execution(described, previous, end))


_ENDED = {*ENDED, "CompletedWithFailures"}
