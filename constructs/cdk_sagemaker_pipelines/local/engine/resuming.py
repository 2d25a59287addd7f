"""Whether an execution can go on after its end, and what it takes over from a process that has ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ...language import Definition
from ..endings import STEP_ENDED
from ..errors import RetryRefusedError
from .assumptions import Assumptions
from .progress import STEP_FAILURE
from .record import History, StepRecord, restored

INTERRUPTED = "InternalServerError: the execution was interrupted while the step ran; retry the execution"
"""The reason of steps that were running when the process ended. Our own words."""


def refuse_retry(arn: str, status: str, records: Iterable[StepRecord], assumptions: Assumptions) -> None:
    """Raises ``RetryRefusedError`` for an execution that cannot be retried."""
    allowed = ["Failed", "Stopped"]
    if assumptions.retry_after_handled_failures == "yes":
        allowed.append("CompletedWithFailures")
    if status not in allowed:
        raise RetryRefusedError(
            f"the execution {arn} is {status}; only one that is {' or '.join(allowed)} can be retried"
        )
    for record in records:
        if record.step.type == "Fail" and record.status == "Failed":
            raise RetryRefusedError(
                f"the execution {arn} was ended by the Fail step {record.step.name!r}; it cannot be retried"
            )


def taken_over(history: History, definition: Definition, now: datetime) -> tuple[History, list[StepRecord]]:
    """What is known of an execution whose process has ended: all has ended that was running, at the time ``now``."""
    stopped = history.status == "Stopping"
    records = [restored(saved, definition) for saved in history.steps]
    for record in records:
        if record.status not in STEP_ENDED:
            record.end("Stopped" if stopped else "Failed", None if stopped else INTERRUPTED, now)
    if history.status == "Executing":
        history = replace(history, status="Failed", failure_reason=STEP_FAILURE, last_modified_time=now)
    elif stopped:
        history = replace(history, status="Stopped", last_modified_time=now)
    return history, records
