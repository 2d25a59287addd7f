"""The jobs of steps, by kind (``TrainingJob`` and so on) and name, each as its Describe response."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...endings import JOB_ENDED
from .errors import ResourceInUse, ResourceNotFound, ValidationException

Job = dict[str, Any]
_WITHOUT = ("ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob")
"""The kinds of which a missing job is a ValidationException, whatever the model says."""


class Jobs:
    """The jobs of one account and region."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[str, Job]] = {}
        self._stops: dict[tuple[str, str], Callable[[], None]] = {}
        self._lock = threading.Lock()

    def record(self, kind: str, name: str, description: Job) -> Job | None:
        """Keeps the description of a job; gives the one before."""
        with self._lock:
            kept = self._jobs.setdefault(kind, {})
            before = kept.get(name)
            kept[name] = dict(description)
        return before

    @contextmanager
    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> Iterator[None]:
        """Within the block the job can be stopped."""
        with self._lock:
            self._stops[kind, name] = stop
        try:
            yield
        finally:
            with self._lock:
                del self._stops[kind, name]

    def find(self, kind: str, name: str) -> Job:
        """Raises what the service raises for a missing job."""
        job = self._jobs.get(kind, {}).get(name)
        if job is None:
            error = ValidationException if kind in _WITHOUT else ResourceNotFound
            raise error(f"Could not find requested job with name: {name}")
        return job

    def of(self, kind: str) -> list[Job]:
        with self._lock:
            return list(self._jobs.get(kind, {}).values())

    def stop(self, kind: str, name: str) -> Job:
        """Stops a running job; its step then ends as Stopped. Raises ``ValidationException`` for one that has ended."""
        job = self.find(kind, name)
        with self._lock:
            status, stop = job[f"{kind}Status"], self._stops.get((kind, name))
        if status != "InProgress" or stop is None:
            raise ValidationException(f"The request was rejected because the job {name} is in status {status}.")
        stop()
        return job

    def delete(self, kind: str, name: str) -> Job:
        """Forgets a job that has ended."""
        job = self.find(kind, name)
        with self._lock:
            if job[f"{kind}Status"] not in JOB_ENDED:
                raise ResourceInUse(f"the job {name} is in status {job[f'{kind}Status']}; stop it first")
            return self._jobs[kind].pop(name)
