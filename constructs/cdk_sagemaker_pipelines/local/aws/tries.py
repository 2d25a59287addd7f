"""What failed and waits for its next try, on the clock of the local AWS.

With a state it is kept until it has ended, so that a restart tries it again; what was being tried when the server ended
may be tried twice, as on AWS, which promises no more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..engine.clock import Clock, Timer
from ..state.journal import Journal
from .repeating import clock

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_RECORD = "try"

Work = Callable[[Mapping[str, Any]], None]
"""Begins a try of what is told; must return soon."""


class Tries:
    """Has work done again later; ``journal`` keeps it over a restart."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self.clock: Clock | None = None
        """Another one than that of the local AWS."""
        self._works: dict[str, Work] = {}
        self._timers: dict[str, tuple[Clock, Timer, str]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def serve(self, kind: str, work: Work) -> None:
        """Has a kind of thing done by ``work``."""
        self._works[kind] = work

    def now(self) -> datetime:
        """What time it is."""
        return self._clock().now()

    def later(self, kind: str, id: str, told: Mapping[str, Any], seconds: float) -> datetime:
        """Has what is told, plain data, tried again after some seconds; returns when."""
        due = self.now() + timedelta(seconds=seconds)
        if self._journal is not None:
            self._journal.put(_RECORD, id, {"kind": kind, "told": dict(told), "due": due})
        self._wait(kind, id, told, seconds)
        return due

    def ended(self, id: str) -> None:
        """Forgets what needs no more tries; has no effect for what never waited."""
        if self._journal is not None:
            self._journal.remove(_RECORD, id)

    def resume(self) -> None:
        """Goes on with what waited before the restart: at once with what was due in the meantime."""
        kept = {} if self._journal is None else self._journal.records(_RECORD)
        now = self.now()
        for id, record in kept.items():
            self._wait(record["kind"], id, record["told"], (record["due"] - now).total_seconds())

    def close(self) -> None:
        """Begins no more tries. Without a state the log says what is lost."""
        with self._lock:
            self._closed = True
            timers, self._timers = list(self._timers.values()), {}
        for held, timer, name in timers:
            held.cancel(timer)
            self._lost(name)

    def _wait(self, kind: str, id: str, told: Mapping[str, Any], seconds: float) -> None:
        name, held = f"{kind} {id} for {told['to']}", self._clock()

        def due() -> None:
            with self._lock:
                begins = self._timers.pop(id, None) is not None
            if begins:
                self._works[kind](told)

        with self._lock:
            if not self._closed:
                self._timers[id] = (held, held.call_later(seconds, due), name)
                return
        self._lost(name)

    def _lost(self, name: str) -> None:
        if self._journal is None:
            _logger.warning("the %s waited for its next try, and is lost", name)

    def _clock(self) -> Clock:
        return self.clock or clock()
