"""The time of an execution: the machine's, or one that only moves when nothing else is left to do."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Protocol

VIRTUAL_START = datetime(2030, 1, 1, tzinfo=timezone.utc)
"""Where virtual time begins unless told otherwise."""

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


@dataclass(order=True)
class Timer:
    """Work for later."""

    due: float
    number: int
    """Timers of the same time end in the order in which they were set."""
    work: Callable[[], None] | None = field(compare=False)
    """None when it was cancelled."""


class Clock(Protocol):
    """What time it is, and what to do later."""

    def now(self) -> datetime:
        """The time, with its time zone."""

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        """Does some work after a number of seconds.

        Args:
            seconds: How many seconds from now; at once if it is not positive.
            work: What to do, which must return soon.
        """

    def cancel(self, timer: Timer) -> None:
        """Forgets the work of a timer; has no effect when it is already being done.

        Args:
            timer: What ``call_later`` returned.
        """


class RealClock:
    """The machine's time, or one that passes faster; thread-safe. One thread serves all timers, while there are any.

    Args:
        rate: How many seconds pass on this clock in one of the machine's.
        start: Where it begins, in the machine's future; by default at the machine's time.
    """

    def __init__(self, rate: float = 1, start: datetime | None = None) -> None:
        self.rate = rate
        self._began = time.time()
        self._began_ticking = time.monotonic()
        self._ahead = timedelta(0) if start is None else max(timedelta(0), start - _machine_time())
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._serving = self._closed = False
        self._thread: threading.Thread | None = None
        """The one that serves, or the last one that did."""

    @property
    def is_machines(self) -> bool:
        """Whether its time is the machine's."""
        return self.rate == 1 and not self._ahead

    def now(self) -> datetime:
        if self.rate == 1:
            return _machine_time() + self._ahead
        passed = (time.monotonic() - self._began_ticking) * self.rate
        return datetime.fromtimestamp(self._began + passed, timezone.utc) + self._ahead

    def of_machine(self, moment: float) -> float:
        """The machine's time at a moment of this clock, both in seconds since 1970."""
        moment -= self._ahead.total_seconds()
        return moment if self.rate == 1 else self._began + (moment - self._began) / self.rate

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        timer = Timer(time.monotonic() + max(0.0, seconds) / self.rate, next(self._numbers), work)
        with self._changed:
            if self._closed:
                return timer
            heapq.heappush(self._timers, timer)
            if self._serving:
                self._changed.notify()
            else:
                self._serving = True
                self._thread = threading.Thread(target=self._serve, name="timers", daemon=True)
                self._thread.start()
        return timer

    def cancel(self, timer: Timer) -> None:
        with self._changed:
            timer.work = None
            self._changed.notify()

    def close(self) -> None:
        """Forgets all timers, also those that are set later, and waits until the thread has ended."""
        with self._changed:
            self._closed, thread = True, self._thread
            self._timers.clear()
            self._changed.notify()
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while self._timers and self._timers[0].work is None:
                    heapq.heappop(self._timers)
                if not self._timers:
                    self._serving = False
                    return
                seconds = self._timers[0].due - time.monotonic()
                if seconds > 0:
                    self._changed.wait(min(seconds, threading.TIMEOUT_MAX))
                    continue
                work = heapq.heappop(self._timers).work
            if work is not None:
                try:
                    work()
                except Exception:  # every other timer waits for this thread
                    _logger.exception("the work of a timer failed")


def _machine_time() -> datetime:
    return datetime.now(timezone.utc)


class VirtualClock:
    """Time that jumps from timer to timer: a run that would take days takes none, and the same run the same times.

    ```python
    clock = VirtualClock(datetime(2031, 1, 1, tzinfo=timezone.utc))
    result = run(definition, {"T": {"seconds": 3600}}, clock=clock)
    assert result.ended == clock.now()
    ```

    An execution with this clock runs in the thread that starts it. Not thread-safe.

    Args:
        start: When its time begins, with a time zone.

    Raises:
        ValueError: The start has no time zone.
    """

    def __init__(self, start: datetime = VIRTUAL_START) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the start of a clock is {start}; it needs a time zone")
        self._start = start
        self._elapsed = 0.0
        self._timers: list[Timer] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        """The time on this clock, with its time zone."""
        return self._start + timedelta(seconds=self._elapsed)

    def call_later(self, seconds: float, work: Callable[[], None]) -> Timer:
        """Does some work after a number of seconds on this clock.

        Args:
            seconds: How many seconds from now; at once if it is not positive.
            work: What to do, which must return soon.
        """
        timer = Timer(self._elapsed + max(0.0, seconds), next(self._numbers), work)
        heapq.heappush(self._timers, timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Forgets the work of a timer.

        Args:
            timer: What ``call_later`` returned.
        """
        timer.work = None

    def advance(self) -> bool:
        """Moves on to the next timer and does its work; False if there is none."""
        while self._timers:
            timer = heapq.heappop(self._timers)
            if timer.work is not None:
                self._elapsed = timer.due
                timer.work()
                return True
        return False


REAL_CLOCK = RealClock()
"""The clock of every execution that is given no other."""
