"""What the engine and the runners of steps agree on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...language import StepView
from ..services import Services
from .outcomes import Outcome


class StepFailed(Exception):
    """The step failed. reason becomes its FailureReason.

    exception: the type of exception by which a retry policy names it ("Step.THROTTLING", ...), if one could.
    result: what the step leaves behind although it failed.
    """

    def __init__(self, reason: str, exception: str | None = None, result: StepResult | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exception = exception
        self.result = result


class StepTimedOut(StepFailed):
    """The step took too long. An execution that was being stopped then ends as Failed."""


class StepStopped(Exception):
    """The step ended because the execution, or its job, was stopped. result: what it leaves behind all the same."""

    def __init__(self, result: StepResult | None = None) -> None:
        super().__init__()
        self.result = result


class StopSignal:
    """Asked once to stop; tells everybody who waits or has left a callback."""

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
        """Sleeps for so many seconds, or until asked to stop: then True."""
        return self._event.wait(seconds)

    def check(self) -> None:
        """Raises StepStopped when asked to stop."""
        if self._event.is_set():
            raise StepStopped

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Within the block, callback is called when the signal comes (at once when it has come already)."""
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


@dataclass(frozen=True)
class StepContext:
    """What a runner may know of the execution that its step belongs to."""

    services: Services
    pipeline_name: str
    execution_id: str
    execution_arn: str
    job_name: str
    """Name for the job or resource of this attempt, unique within the account and region."""
    stopping: StopSignal
    abandoned: StopSignal = field(default_factory=StopSignal)
    """Comes when this process is about to end: also what does not stop when asked must end now."""
    report: Callable[[dict[str, Any]], None] = field(default=lambda metadata: None)
    """Shows the step's Metadata while it still runs."""
    note: Callable[[str], None] = field(default=lambda text: None)
    """Shows with the step that it did not run as on AWS, and how it ran instead."""
    evaluate: Callable[[Any], Any] = field(default=lambda value: value)
    """The value of what stands beside the step's Arguments and may hold expressions. Raises StepFailed."""
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the steps before this one left behind, by their names."""
    outcome: Outcome | None = None
    """What the user told this step to come to."""

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a SageMaker resource: arn("training-job", "my-job")."""
        services = self.services
        return f"arn:{services.partition}:sagemaker:{services.region}:{services.account}:{kind}/{name}"


@dataclass(frozen=True)
class StepResult:
    """What a step that succeeded leaves behind."""

    properties: dict[str, Any]
    """What Steps.<name>.<path> reads: the members of the job's Describe answer."""
    metadata: dict[str, Any]
    """The step's Metadata, as in botocore's PipelineExecutionStepMetadata."""


class StepRunner(Protocol):
    """Runs the steps of one type."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Runs step, whose arguments are free of expressions. Raises StepFailed or StepStopped."""


Runners = Mapping[str, StepRunner]
"""Runners by step type."""
