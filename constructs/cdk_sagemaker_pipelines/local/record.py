"""What an execution knows of one of its steps, in the service's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..language import Step

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})


def now() -> datetime:
    """The present, with its time zone."""
    return datetime.now(timezone.utc)


@dataclass
class StepRecord:
    """A step that has started. Guarded by the lock of its execution."""

    step: Step
    number: int
    """Order of starting."""
    start_time: datetime = field(default_factory=now)
    end_time: datetime | None = None
    status: str = "Starting"
    failure_reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    attempts: int = 1

    def end(self, status: str, reason: str | None = None) -> None:
        self.status = status
        self.failure_reason = reason
        self.end_time = now()

    def describe(self) -> dict[str, Any]:
        """The members of the API's PipelineExecutionStep. A cache hit never occurs, so it is never claimed."""
        members = {
            "StepName": self.step.name,
            "StepDisplayName": self.step.display_name,
            "StepDescription": self.step.description,
            "StartTime": self.start_time,
            "EndTime": self.end_time,
            "StepStatus": self.status,
            "FailureReason": self.failure_reason,
            "Metadata": dict(self.metadata),
            "AttemptCount": self.attempts,
        }
        return {name: value for name, value in members.items() if value is not None}
