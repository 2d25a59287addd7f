"""The interface between the engine and the runners of steps."""

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


@dataclass(frozen=True)
class StepContext:
    """What a runner may know about the execution of its step."""

    services: Services
    pipeline_name: str
    execution_id: str
    execution_arn: str
    job_name: str
    """Name for the job or resource of this attempt, unique within the account and region."""
    stopping: StopSignal
    abandoned: StopSignal = field(default_factory=StopSignal)
    """Set when this process is about to end: even what does not stop when asked must end now."""
    report: Callable[[dict[str, Any]], None] = field(default=lambda metadata: None)
    """Publishes the step's Metadata while it is still running."""
    note: Callable[[str], None] = field(default=lambda text: None)
    """Notes on the step that it did not run as on AWS, and how it ran instead."""
    evaluate: Callable[[Any], Any] = field(default=lambda value: value)
    """The value of a member besides the step's Arguments that may contain expressions. Raises ``StepFailed``."""
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The results of the steps before this one, by name."""
    outcome: Outcome | None = None
    """The scripted result of this step."""

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a SageMaker resource: ``arn("training-job", "my-job")``."""
        services = self.services
        return f"arn:{services.partition}:sagemaker:{services.region}:{services.account}:{kind}/{name}"


@dataclass(frozen=True)
class StepResult:
    """The result of a step that succeeded."""

    properties: dict[str, Any]
    """What Steps.<name>.<path> reads: the members of the job's Describe response."""
    metadata: dict[str, Any]
    """The step's Metadata, as in botocore's PipelineExecutionStepMetadata."""


class StepRunner(Protocol):
    """Runs the steps of one type."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Runs ``step``, whose arguments contain no expressions. Raises ``StepFailed`` or ``StepStopped``."""


Runners = Mapping[str, StepRunner]
"""Runners by step type."""
