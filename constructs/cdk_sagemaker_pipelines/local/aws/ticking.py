"""Work that is done again and again, on a clock."""

from __future__ import annotations

from collections.abc import Callable

from ..engine.clock import Clock, Timer

_TICK_SECONDS = 1
"""At least, by the clock."""
_MACHINE_TICK_SECONDS = 0.1
"""At least, by that of the machine."""


class Ticking:
    """Does some work once a second of a clock that passes ``rate`` times as fast as the machine's, or less often."""

    def __init__(self, clock: Clock, rate: float, work: Callable[[], None]) -> None:
        self._clock, self._work = clock, work
        self._seconds = max(_TICK_SECONDS, _MACHINE_TICK_SECONDS * rate)
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Begins."""
        self._timer = self._clock.call_later(self._seconds, self._again)

    def close(self) -> None:
        """Ends."""
        timer, self._timer = self._timer, None
        if timer is not None:
            self._clock.cancel(timer)

    def _again(self) -> None:
        try:
            self._work()
        finally:
            if self._timer is not None:
                self._timer = self._clock.call_later(self._seconds, self._again)
