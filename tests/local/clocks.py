"""A clock that tests move on, for what a local AWS does in its own threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cdk_sagemaker_pipelines.local.engine.clock import Timer, VirtualClock


class SteppedClock(VirtualClock):
    """Stands still until ``step``, which waits for others to set a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        """The seconds of all timers, in order."""
        self._set = threading.Semaphore(0)

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        timer = super().call_later(seconds, work)
        self.waits.append(seconds)
        self._set.release()
        return timer

    def step(self, times: int = 1) -> None:
        """Waits for the next timer, and does its work."""
        for _ in range(times):
            assert self._set.acquire(timeout=20), "nothing waits"
            assert self.advance()
