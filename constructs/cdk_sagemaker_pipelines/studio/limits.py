"""How much is asked of AWS at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Allowance:
    """What one page may take: a number of calls, and some time."""

    def __init__(self, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left, self._clock = calls, clock
        self._until = clock() + seconds
        self.exceeded = False
        """Whether more was wanted than there was."""

    def take(self) -> bool:
        """Takes a call; whether there was one left, and time for it."""
        self._left -= 1
        self.exceeded = self._left < 0 or self._clock() >= self._until
        return not self.exceeded


class Spare:
    """What all pages together may take for what they could do without: so many calls a second, and some at once."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._lock = threading.Lock()
        self._left, self._at = most, clock()

    def take(self) -> bool:
        """Takes a call, if there is one left."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
