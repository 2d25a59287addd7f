"""Moves an execution on, from its start or from a retry to its end.

One thread at a time does it: whichever started it, or ended something in it. That one runs the steps that take no
time themselves (conditions, failures, scripted ones); the others run in threads, as many as run in parallel.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from ..endings import STEP_ENDED, StepResult, StopSignal
from .clock import Timer, VirtualClock
from .for_each import Loop
from .record import StepRecord
from .schedule import Schedule
from .scripted import ScriptedRunner
from .step_run import MAX_MESSAGE, StepRun, Surroundings
from .values import Values, to_text
from .waits import Node
from .workers import Workers

STEP_FAILURE = "Step failure: One or multiple steps failed."


class Owner(Protocol):
    """The execution whose progress it is. Its methods are called with its lock held."""

    surroundings: Surroundings
    scripted: ScriptedRunner
    values: Values
    lock: threading.RLock
    records: dict[str, StepRecord]

    @property
    def parallel(self) -> int:
        """The number of steps that may run at once."""

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        """A record is new or changed; ``previous`` is its status before."""

    def over(self, status: str, reason: str | None) -> None:
        """The progress has ended."""


class Progress:
    """Starts steps when they can start; thread-safe."""

    def __init__(self, owner: Owner, schedule: Schedule, kept: dict[str, StepRecord]) -> None:
        """``kept``: the steps that have succeeded before, which are not run again."""
        self.surroundings, self.scripted, self.values = owner.surroundings, owner.scripted, owner.values
        self.stopping = StopSignal()
        self.abandoned = StopSignal()
        self._owner, self._lock, self._records = owner, owner.lock, owner.records
        self._schedule, self._kept = schedule, kept
        self._workers = Workers(owner.parallel, f"execution {owner.surroundings.execution_id}")
        self._due: deque[Callable[[], None]] = deque()
        self._timers: dict[int, tuple[Timer, Callable[[], None]]] = {}
        self._numbers = itertools.count()
        self._loops: dict[str, StepRun] = {}
        self._started = max((record.number + 1 for record in owner.records.values()), default=0)
        self._running = self._busy = 0
        self._moving = self._over = False

    def start(self) -> None:
        """Starts the steps and returns; with a virtual clock, when they have ended."""
        self._move_soon()
        clock = self.surroundings.clock
        if isinstance(clock, VirtualClock):
            self._move()
            while not self._over and clock.advance():
                self._move()

    def stop(self) -> None:
        """Asks the running steps to stop; no further step starts."""
        with self._lock:
            for record in self._records.values():
                if record.status not in STEP_ENDED:
                    self.update(record, status="Stopping")
        self.stopping.set()
        with self._lock:
            for number in list(self._timers):
                self._ring(number)
            for name in list(self._loops):
                self._close_if_over(name)
        self._move_soon()

    def widen(self) -> None:
        """Takes notice of another number of steps that may run at once."""
        self._workers.limit = self._owner.parallel
        self._move_soon()

    # What its steps ask for: see ``Host``.

    def update(self, record: StepRecord, **members: Any) -> None:
        with self._lock:
            if record.status in STEP_ENDED:
                return  # a thread that the step has given up on
            previous = record.status
            for name, value in members.items():
                setattr(record, name, value)
            self._owner.step_changed(record, previous)

    def submit(self, work: Callable[[], None]) -> None:
        if isinstance(self.surroundings.clock, VirtualClock):
            work()
        else:
            self._workers.submit(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        with self._lock:
            if self.stopping.is_set():
                self._due.append(work)
                return
            number = next(self._numbers)
            timer = self.surroundings.clock.call_later(seconds, lambda: self._rung(number))
            self._timers[number] = (timer, work)

    def open(self, run: StepRun, loop: Loop) -> None:
        with self._lock:
            self._schedule.open(run.node.name, loop.items, loop.concurrency)
            self._loops[run.node.name] = run
            self._close_if_over(run.node.name)

    def close(self, run: StepRun, loop: Loop) -> StepResult:
        with self._lock:
            name, ended = run.node.name, self._schedule.ended(run.node.name)
            return loop.result(
                self.values.properties,
                {status: ended.get(status, 0) for status in sorted(STEP_ENDED)},
                failed=self._schedule.unhandled("Failed", name),
                stopped=self.stopping.is_set() or bool(self._schedule.unhandled("Stopped", name)),
            )

    def end(self, run: StepRun, status: str, reason: str | None = None, result: StepResult | None = None) -> None:
        with self._lock:
            record, node = run.record, run.node
            previous = record.status
            if result is not None:
                record.metadata, record.properties = result.metadata, result.properties
            record.end(status, reason, self.surroundings.clock.now())
            self._owner.step_changed(record, previous)
            self._running -= 1
            self._busy -= node.step.type != "ForEach"
            self._ended(node, record)
        self.surroundings.services.end_step(self.surroundings.execution_arn, record.step.name)
        self._move()

    # How it moves on.

    def _move(self) -> None:
        """Does what there is to do, unless another thread does; that one then sees what is new."""
        with self._lock:
            if self._moving:
                return
            self._moving = True
        while True:
            with self._lock:
                work = self._next()
                if work is None:
                    self._moving = False
                    return
            work()

    def _move_soon(self) -> None:
        """Moves on, but not in the thread of whoever asks; with a virtual clock, ``start`` does so itself."""
        if not isinstance(self.surroundings.clock, VirtualClock):
            self._workers.submit(self._move)

    def _next(self) -> Callable[[], None] | None:
        """Starts what can start, and returns what is to be done next; ends the execution if nothing is left."""
        while not self.stopping.is_set():
            node = self._schedule.next(full=self._busy >= self._owner.parallel)
            if node is None:
                break
            self._schedule.start(node.name)
            record = self._kept.pop(node.name, None)
            if record is None:
                self._due.append(self._begin(node).begin)
            else:
                self._ended(node, record)
        if self._due:
            return self._due.popleft()
        if not self._running and not self._over:
            self._over = True
            self._owner.over(*self._outcome())
        return None

    def _begin(self, node: Node) -> StepRun:
        iteration = None
        if node.loop is not None:
            iteration = {"ParentStepName": node.loop, "Index": node.index, "Item": to_text(node.item)}
        record = StepRecord(node.step, self._started, self.surroundings.clock.now(), iteration)
        self._records[node.name] = record
        self._started += 1
        self._running += 1
        self._busy += node.step.type != "ForEach"
        self._owner.step_changed(record, None)
        return StepRun(self, node, record)

    def _ended(self, node: Node, record: StepRecord) -> None:
        self._schedule.end(node.name, record.status, record.branch)
        if node.loop is not None:
            self._close_if_over(node.loop)

    def _close_if_over(self, name: str) -> None:
        if name in self._loops and self._schedule.is_over(name, stopping=self.stopping.is_set()):
            self._due.append(self._loops.pop(name).close)

    def _rung(self, number: int) -> None:
        with self._lock:
            self._ring(number)
        self._move_soon()

    def _ring(self, number: int) -> None:
        """Makes the work of a timer due, unless it already was."""
        timer, work = self._timers.pop(number, (None, None))
        if timer is not None and work is not None:
            self.surroundings.clock.cancel(timer)
            self._due.append(work)

    def _outcome(self) -> tuple[str, str | None]:
        """The status of the execution, and why it failed."""
        records, failed = self._records, self._schedule.unhandled("Failed")
        if self.stopping.is_set():
            status = "Failed" if any(record.timed_out for record in records.values()) else "Stopped"
        elif failed:
            status = "Failed"
        elif self._schedule.unhandled("Stopped"):
            status = "Stopped"
        elif any(record.status in ("Failed", "Stopped") for record in records.values()):
            status = "CompletedWithFailures"
        else:
            status = "Succeeded"
        if status != "Failed":
            return status, None
        fails = [records[name] for name in failed if records[name].step.type == "Fail"]
        reason = fails[0].failure_reason if fails else None
        return status, (reason or STEP_FAILURE)[:MAX_MESSAGE]
