"""What the steps of one run wait for, and which of them can start now, later or never.

Documented (SageMaker SDK, 3.27): a plain name in DependsOn, and every reference to a step's properties, waits until
that step has succeeded. {"Step": S, "Trigger": T} waits until S failed (Failed), was stopped (Stopped) or has ended in
any way (Any). An execution with steps that ran on a failed step ends as CompletedWithFailures, not Failed.

Our interpretation of what is not documented:
- A failed or stopped step is handled while a step with such a trigger on it is running, has run or can still run. A
  handled one only keeps steps from running that wait for its success.
- After an unhandled one, steps that do not wait for it run nevertheless, unless ``Assumptions.after_failure`` says
  that no further step starts.
- A step that never starts never ends, so it fires no trigger, not even Any.
- A trigger covers the whole wait: a step with a trigger that also reads the other step's properties starts with the
  trigger; what it reads must then be there.
- A Fail step's failure is always that of the execution.
- A for-each waits for whatever the steps of its body wait for outside of it, with their triggers. A trigger on a step
  that holds others, such as a for-each, covers what those read, too.
- In a for-each the same holds among the steps of its body, but after an unhandled failed step no further step of any
  item starts (``Assumptions.after_failed_item``), and the for-each fails.
- While an execution is being stopped no step starts, whatever its trigger.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ...language import Definition, StepGraph, StepView
from .assumptions import DEFAULT, Assumptions
from .waits import Node, Wait, ordered, waits_of

_BAD = ("Failed", "Stopped")


class _Entry:
    """A node and how far it is."""

    __slots__ = ("missing", "node", "number", "phase", "status", "waiters")

    def __init__(self, node: Node, number: int) -> None:
        self.node = node
        self.number = number
        self.phase = "waiting"
        """waiting, ready, started, ended, or never: it can no longer start."""
        self.status = ""
        self.missing = 0
        """The number of waits that have not been met."""
        self.waiters: list[tuple[_Entry, Wait]] = []

    def __lt__(self, other: _Entry) -> bool:
        return self.number < other.number


class _Group:
    """The steps of the run outside of for-eachs, or those of one for-each's items."""

    def __init__(self, limit: int | None = None, *, halts: bool) -> None:
        self.limit = limit
        """The most steps that run at once."""
        self.halts = halts
        """Whether no further step starts after an unhandled failure."""
        self.left = self.running = 0
        """The number of steps that may still end, and of those among them that have started."""
        self.parked: list[_Entry] = []
        """The ready steps for which there was no room, as a heap."""
        self.ended: Counter[str] = Counter()
        """The number of steps by how they ended."""
        self.unhandled: dict[str, set[_Entry]] = {status: set() for status in _BAD}

    @property
    def halted(self) -> bool:
        return self.halts and any(self.unhandled.values())


class Schedule:
    """The steps of a run and how they ended; guarded by the lock of the execution.

    Nothing here looks at all steps: what an event costs depends on the steps that wait for it.
    """

    def __init__(
        self,
        definition: Definition,
        assumptions: Assumptions = DEFAULT,
        only: Collection[str] | None = None,
        given: Collection[str] = (),
    ) -> None:
        """Orders the steps. Raises ``UnsupportedDefinitionError`` for a definition that cannot be ordered.

        ``only``: the names of the steps that take part, if not all do. ``given``: those of them that wait for nothing.
        """
        graph = StepGraph(definition)
        self._assumptions = assumptions
        self._entries: dict[str, _Entry] = {}
        self._bodies: dict[str, list[Node]] = {}
        self._groups: dict[str | None, _Group] = {None: _Group(halts=assumptions.after_failure == "finish")}
        self._handlers: Counter[tuple[str, str]] = Counter()
        """By step and status: how many steps that can run handle it."""
        self._ready: list[_Entry] = []
        self._ready_loops: list[_Entry] = []
        outside = []
        for name in ordered(graph):
            step = definition.step(name)
            if step.branch == "ForEachBody" and step.parent is not None:
                self._bodies.setdefault(step.parent.name, []).append(Node(name, step, waits_of(step, graph)))
            elif only is None or name in only:
                outside.append(Node(name, step, () if name in given else waits_of(step, graph)))
        self._add(outside)

    def start(self, name: str) -> None:
        """Records the start of a step."""
        entry = self._entries[name]
        entry.phase = "started"
        self._groups[entry.node.loop].running += 1

    def end(self, name: str, status: str, branch: str | None = None) -> None:
        """Records the end of a step; ``branch`` is what a condition chose: "IfSteps" or "ElseSteps"."""
        entry = self._entries[name]
        entry.phase, entry.status = "ended", status
        group = self._groups[entry.node.loop]
        group.running -= 1
        group.left -= 1
        group.ended[status] += 1
        self._settle(entry)
        if group.parked:
            self._push(heapq.heappop(group.parked))
        if branch is not None:
            for other, steps in entry.node.step.branches.items():
                for step in steps if other != branch else ():
                    self._drop(self._entries.get(step.name))
        waiters, entry.waiters = entry.waiters, []
        for waiter, wait in waiters:
            if not wait.met(status):
                self._drop(waiter)
            elif waiter.phase == "waiting":
                waiter.missing -= 1
                if not waiter.missing:
                    self._push(waiter)

    def open(self, name: str, items: Iterable[Any], limit: int) -> None:
        """Adds the body's steps of a for-each once for each item; at most ``limit`` of them run at once."""
        self._groups[name] = _Group(limit, halts=self._assumptions.after_failed_item == "finish")
        body = self._bodies.get(name, [])
        inside = {node.name for node in body}
        added = []
        for index, item in enumerate(items):
            for node in body:
                own = f"{node.name}-{index}"
                waits = tuple(
                    Wait(f"{wait.step}-{index}", wait.trigger) if wait.step in inside else wait
                    for wait in node.waits
                    if wait.step != name
                )
                step = StepView({**node.step.json, "Name": own}, node.step.parent, node.step.branch)
                added.append(Node(own, step, waits, name, node.name, index, item))
        self._add(added)

    def next(self, *, full: bool) -> Node | None:
        """The step that starts next, if one can; it must be started. ``full``: then only a for-each.

        A for-each only waits for the steps of its items; if it counted, it could keep them from running.
        """
        while self._ready_loops or (self._ready and not full):
            if not self._ready_loops or (not full and self._ready and self._ready[0] < self._ready_loops[0]):
                entry = heapq.heappop(self._ready)
            else:
                entry = heapq.heappop(self._ready_loops)
            group = self._groups[entry.node.loop]
            if entry.phase != "ready" or group.halted:
                continue
            if group.limit is None or group.running < group.limit:
                return entry.node
            heapq.heappush(group.parked, entry)
        return None

    def is_over(self, loop: str, *, stopping: bool) -> bool:
        """Whether all steps of a for-each that will run have ended."""
        group = self._groups[loop]
        return not group.left or (not group.running and (stopping or group.halted))

    def unhandled(self, status: str, loop: str | None = None) -> list[str]:
        """The steps of the run, or of a for-each, that ended with ``status`` and are not handled."""
        return [entry.node.name for entry in sorted(self._groups[loop].unhandled[status])]

    def ended(self, loop: str) -> Mapping[str, int]:
        """The number of steps of a for-each by how they ended."""
        return self._groups[loop].ended

    def _add(self, nodes: Collection[Node]) -> None:
        """Adds steps; each comes after all of them that it waits for."""
        added = []
        for node in nodes:
            entry = self._entries[node.name] = _Entry(node, len(self._entries))
            added.append(entry)
            self._groups[node.loop].left += 1
            for wait in node.waits:
                for status in _BAD if wait.trigger != "Completed" else ():
                    self._handlers[wait.step, status] += wait.handles(status)
        for entry in added:
            for wait in entry.node.waits:
                other = self._entries.get(wait.step)
                if other is None or other.phase == "never" or (other.phase == "ended" and not wait.met(other.status)):
                    self._drop(entry)
                elif other.phase != "ended":
                    other.waiters.append((entry, wait))
                    entry.missing += 1
            if entry.phase == "waiting" and not entry.missing:
                self._push(entry)

    def _push(self, entry: _Entry) -> None:
        entry.phase = "ready"
        heapq.heappush(self._ready_loops if entry.node.step.type == "ForEach" else self._ready, entry)

    def _drop(self, entry: _Entry | None) -> None:
        """Takes out a step that can no longer start, and all that wait for it."""
        pending = [] if entry is None else [entry]
        while pending:
            entry = pending.pop()
            if entry.phase not in ("waiting", "ready"):
                continue
            entry.phase = "never"
            self._groups[entry.node.loop].left -= 1
            pending += [waiter for waiter, _ in entry.waiters]
            entry.waiters = []
            for wait in entry.node.waits:
                for status in _BAD if wait.trigger != "Completed" else ():
                    self._handlers[wait.step, status] -= wait.handles(status)
                other = self._entries.get(wait.step)
                if other is not None:
                    self._settle(other)

    def _settle(self, entry: _Entry) -> None:
        """Notes a step that ended badly, once nothing handles it."""
        name, status = entry.node.name, entry.status
        if status in _BAD and (entry.node.step.type == "Fail" or not self._handlers[name, status]):
            self._groups[entry.node.loop].unhandled[status].add(entry)
