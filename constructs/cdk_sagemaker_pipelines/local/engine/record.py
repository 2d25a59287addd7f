"""What an execution records about one of its steps, in the service's terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ...language import StepView

ENDED = frozenset({"Succeeded", "Failed", "Stopped"})

MAX_DESCRIPTION = 3072


def now() -> datetime:
    """The current time, with its time zone."""
    return datetime.now(timezone.utc)


@dataclass
class StepRecord:
    """A step that has started. Guarded by the lock of its execution."""

    step: StepView
    number: int
    """The order in which steps started."""
    iteration: dict[str, Any] | None = None
    """The IterationContext of a step in a for-each's body."""
    start_time: datetime = field(default_factory=now)
    end_time: datetime | None = None
    status: str = "Starting"
    failure_reason: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    attempts: int = 1
    note: str = ""
    """A note that the step did not run as on AWS, and how it ran instead."""
    cache_source: str | None = None
    """ARN of the execution whose result was taken instead of running."""
    timed_out: bool = False

    def end(self, status: str, reason: str | None = None) -> None:
        self.status = status
        self.failure_reason = reason
        self.end_time = now()

    def describe(self) -> dict[str, Any]:
        """The members of the API's PipelineExecutionStep.

        The API has no member for the note, so it is appended to the step's own description in brackets.
        """
        note = f"[{self.note}]" if self.note else None
        description = " ".join(part for part in (self.step.description, note) if part) or self.step.description
        members = {
            "StepName": self.step.name,
            "StepDisplayName": self.step.display_name,
            "StepDescription": description if description is None else description[-MAX_DESCRIPTION:],
            "StartTime": self.start_time,
            "EndTime": self.end_time,
            "StepStatus": self.status,
            "CacheHitResult": {"SourcePipelineExecutionArn": self.cache_source} if self.cache_source else None,
            "FailureReason": self.failure_reason,
            "Metadata": dict(self.metadata),
            "AttemptCount": self.attempts,
            "IterationContext": self.iteration,
        }
        return {name: value for name, value in members.items() if value is not None}
