"""Threads for what takes its time: no more than a limit, and none when there is nothing to do."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Workers:
    """Does work in daemon threads, in the order in which it comes; thread-safe."""

    def __init__(self, limit: int, name: str) -> None:
        self.limit = limit
        """The most threads at once; may be changed at any time."""
        self._name = name
        self._pending: deque[Callable[[], None]] = deque()
        self._threads = 0
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], None]) -> None:
        """Does ``work``, which raises nothing, as soon as a thread is free."""
        with self._lock:
            self._pending.append(work)
            if self._threads >= self.limit:
                return
            self._threads += 1
        threading.Thread(target=self._serve, name=self._name, daemon=True).start()

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._pending or self._threads > self.limit:
                    self._threads -= 1
                    return
                work = self._pending.popleft()
            work()
