"""Answers that are asked for once and given to all who want them at about the same time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 1024
"""How many answers are kept."""
SORRY = 1.0
"""Seconds for which an error is kept at most: those who waited for it do not all wait once more."""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    value: Any = None
    error: Exception | None = None


class Shared:
    """What was read a moment ago, by a key: whoever comes meanwhile waits for the same answer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(self, key: Hashable, seconds: float, read: Callable[[], T]) -> T:
        """What ``read`` returns or raises, or did for this key less than ``seconds`` ago."""
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > MOST:
                self._entries.popitem(last=False)
        with entry.lock:
            if self._clock() >= entry.until:
                entry.value, entry.error = None, None
                try:
                    entry.value = read()
                except Exception as error:
                    entry.error = error
                entry.until = self._clock() + (seconds if entry.error is None else min(seconds, SORRY))
            if entry.error is not None:
                raise entry.error.with_traceback(None)
            found: T = entry.value
            return found

    def has(self, key: Hashable) -> bool:
        """Whether there is an answer for this key that nothing needs to be asked for."""
        with self._lock:
            entry = self._entries.get(key)
        return entry is not None and self._clock() < entry.until

    def forget(self) -> None:
        """Lets everything be read anew."""
        with self._lock:
            self._entries.clear()
