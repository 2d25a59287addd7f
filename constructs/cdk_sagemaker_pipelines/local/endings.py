"""How a step ends, whoever ends it: with a result, failed or stopped; the statuses that no longer change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

STEP_ENDED = frozenset({"Succeeded", "Failed", "Stopped"})
"""Of ``StepStatus``."""
EXECUTION_ENDED = STEP_ENDED | {"CompletedWithFailures"}
"""Of ``PipelineExecutionStatus``."""
JOB_ENDED = frozenset({"Completed", "Failed", "Stopped"})
"""Of ``TrainingJobStatus`` and the like."""


@dataclass(frozen=True)
class StepResult:
    """The result of a step that succeeded."""

    properties: dict[str, Any]
    """What Steps.<name>.<path> reads: the members of the job's Describe response."""
    metadata: dict[str, Any]
    """The step's Metadata, as in botocore's PipelineExecutionStepMetadata."""


ABSENT = "there is no such object, which S3 admits only to those who may list its bucket"
"""What it means that S3 refuses to read an object because its bucket may not be listed."""


class StepFailed(Exception):
    """The step failed; ``reason`` becomes its FailureReason.

    ``exception`` is the exception type for retry policies ("Step.THROTTLING", ...), if there is one. ``result`` is what
    the step leaves behind although it failed.
    """

    def __init__(self, reason: str, exception: str | None = None, result: StepResult | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exception = exception
        self.result = result


class StepTimedOut(StepFailed):
    """The step took too long; an execution that was being stopped then ends as Failed."""


class StepStopped(Exception):
    """The step ended because the execution or its job was stopped; ``result`` is what it leaves behind anyway."""

    def __init__(self, result: StepResult | None = None) -> None:
        super().__init__()
        self.result = result


class StopSignal:
    """A one-time signal to stop; notifies all waiters and callbacks."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def set(self) -> None:
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleeps for this many seconds or until asked to stop, then returns True."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raises ``StepStopped`` if asked to stop."""
        if self._event.is_set():
            raise StepStopped

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Calls ``callback`` when the signal comes within the block (immediately if it already has)."""
        with self._lock:
            self._callbacks.append(callback)
            already = self._event.is_set()
        try:
            if already:
                callback()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)
