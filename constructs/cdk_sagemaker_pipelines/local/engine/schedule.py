"""What the steps of one run wait for, and which of them can start now, later or never.

Documented (SageMaker SDK, 3.27): a plain name in DependsOn, and every reference to a step's properties, waits until
that step has succeeded. {"Step": S, "Trigger": T} waits until S failed (Failed), was stopped (Stopped) or has ended in
any way (Any). An execution with steps that ran on a failed step ends as CompletedWithFailures, not Failed.

Our interpretation of what is not documented:
- A failed or stopped step is handled while a step with such a trigger on it is running, has run or can still run. A
  handled one only keeps steps from running that wait for its success. After an unhandled one no further step starts.
- A step that never starts never ends, so it fires no trigger, not even Any.
- A trigger covers the whole wait: a step with a trigger that also reads the other step's properties starts with the
  trigger; what it reads must then be there.
- A Fail step's failure is always that of the execution.
- A for-each waits for whatever the steps of its body wait for outside of it, with their triggers. A trigger on a step
  that holds others, such as a for-each, covers what those read, too.
- In a for-each the same holds among the steps of its body: after an unhandled failed step, no further step of any item
  starts, and the for-each fails.
- While an execution is being stopped no step starts, whatever its trigger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...language import CycleError, Definition, StepGraph, StepView, choices
from ..errors import UnsupportedDefinitionError

TRIGGERS = ("Completed", "Failed", "Stopped", "Any")


@dataclass(frozen=True)
class Wait:
    """A wait for the end of another step."""

    step: str
    trigger: str = "Completed"

    def met(self, status: str) -> bool:
        """Whether an end with ``status`` satisfies it."""
        return self.trigger == "Any" or status == ("Succeeded" if self.trigger == "Completed" else self.trigger)

    def handles(self, status: str) -> bool:
        """Whether it handles a step that ends with ``status`` and did not succeed."""
        return self.trigger in ("Any", status)


@dataclass(frozen=True)
class Node:
    """A step of the run: one of the definition, or one of a for-each's body for one item."""

    name: str
    step: StepView
    """The step as runners see it, under the node's own name."""
    waits: tuple[Wait, ...]
    loop: str | None = None
    """The for-each that it belongs to."""
    body: str = ""
    """With ``loop``: the name of the body's step."""
    index: int = 0
    item: Any = None

    @property
    def written_name(self) -> str:
        """The name in the definition."""
        return self.body or self.name


class Schedule:
    """The steps of a run and how they ended; guarded by the lock of the execution."""

    def __init__(self, definition: Definition) -> None:
        """Orders the steps. Raises ``UnsupportedDefinitionError`` for a definition that cannot be ordered."""
        graph = StepGraph(definition)
        _refuse(definition, graph)
        self._nodes: dict[str, Node] = {}
        self._bodies: dict[str, list[Node]] = {}
        for name in graph.order():
            step = definition.step(name)
            node = Node(name, step, _waits(step, graph))
            if step.branch == "ForEachBody" and step.parent is not None:
                self._bodies.setdefault(step.parent.name, []).append(node)
            else:
                self._nodes[name] = node
        self._limits: dict[str, int] = {}
        self._started: set[str] = set()
        self._ended: dict[str, str] = {}
        self._never: set[str] = set()
        self._branches: dict[str, str] = {}

    def start(self, name: str) -> None:
        self._started.add(name)

    def end(self, name: str, status: str, branch: str | None = None) -> None:
        """Records the end of a step; ``branch`` is what a condition chose: "IfSteps" or "ElseSteps"."""
        self._ended[name] = status
        if branch is not None:
            self._branches[name] = branch

    def open(self, name: str, items: Iterable[Any], limit: int) -> list[Node]:
        """Adds the body's steps of a for-each once for each item; at most ``limit`` of them run at once."""
        self._limits[name] = limit
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
        self._nodes.update({node.name: node for node in added})
        return added

    def ready(self) -> Iterator[Node]:
        """The steps that can start now; each must be started, or not, before the next one is requested."""
        self._settle()
        for node in list(self._nodes.values()):
            if node.name in self._started or node.name in self._never or self._verdict(node) is not True:
                continue
            free = node.loop is None or self._running(node.loop) < self._limits[node.loop]
            if free and not self._halted(node.loop):
                yield node

    def is_over(self, loop: str, *, stopping: bool) -> bool:
        """Whether all steps of a for-each that will run have ended."""
        self._settle()
        if stopping or self._halted(loop):
            return self._running(loop) == 0
        return all(node.name in self._ended or node.name in self._never for node in self._of(loop))

    def unhandled(self, status: str, loop: str | None = None) -> list[str]:
        """The steps of the run, or of a for-each, that ended with ``status`` and are not handled."""
        ended = [node for node in self._of(loop) if self._ended.get(node.name) == status]
        return [node.name for node in ended if node.step.type == "Fail" or not self._is_handled(node.name, status)]

    def count(self, status: str, loop: str | None = None) -> int:
        """The number of steps that ended with ``status``, in a for-each or in the whole run."""
        nodes = self._nodes.values() if loop is None else self._of(loop)
        return sum(self._ended.get(node.name) == status for node in nodes)

    def _of(self, loop: str | None) -> list[Node]:
        return [node for node in self._nodes.values() if node.loop == loop]

    def _running(self, loop: str) -> int:
        return sum(node.name in self._started and node.name not in self._ended for node in self._of(loop))

    def _halted(self, loop: str | None) -> bool:
        return any(self.unhandled(status, loop) for status in ("Failed", "Stopped"))

    def _is_handled(self, name: str, status: str) -> bool:
        return any(
            wait.step == name and wait.handles(status)
            for node in self._nodes.values()
            if node.name not in self._never
            for wait in node.waits
        )

    def _settle(self) -> None:
        """Finds the steps that will never run."""
        found = True
        while found:
            found = False
            for node in self._nodes.values():
                if node.name not in self._started and node.name not in self._never and self._verdict(node) is False:
                    self._never.add(node.name)
                    found = True

    def _verdict(self, node: Node) -> bool | None:
        """True if everything that the step waits for is there, False if it can no longer come, else None."""
        waiting = False
        for wait in node.waits:
            status = self._ended.get(wait.step)
            if status is None:
                if wait.step in self._never or wait.step not in self._nodes:
                    return False
                waiting = True
            elif not wait.met(status):
                return False
        parent, branch = node.step.parent, node.step.branch
        if node.loop is None and parent is not None and self._branches.get(parent.name, branch) != branch:
            return False
        return None if waiting else True


def _waits(step: StepView, graph: StepGraph) -> tuple[Wait, ...]:
    holders = [*step.ancestors()][::-1]
    triggers = {entry.step: entry.trigger for holder in (*holders, step) for entry in holder.depends_on}
    waits = [Wait(name, triggers.get(name, "Completed")) for name in graph.predecessors(step.name)]
    outside = {edge.source for edge in graph._from_outside.get(step.name, ())}
    inner = [wait for child in step.body for wait in _waits(child, graph)]
    known = {wait.step for wait in waits}
    waits += [wait for wait in inner if wait.step in outside | known]
    return tuple(dict.fromkeys(waits))


def _refuse(definition: Definition, graph: StepGraph) -> None:
    names = [step.name for step in definition.all_steps()]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UnsupportedDefinitionError(
            f"several steps are named {', '.join(map(repr, doubled))}; names must be unique"
        )
    try:
        graph.order()
    except CycleError as error:
        raise UnsupportedDefinitionError(str(error)) from error
    for step in definition.all_steps():
        triggers: dict[str, str] = {}
        for wait in step.depends_on:
            if wait.trigger not in TRIGGERS:
                raise UnsupportedDefinitionError(
                    f"step {step.name!r} depends on {wait.step!r} with the trigger {wait.trigger!r}; "
                    f"allowed are {choices(TRIGGERS)}"
                )
            if triggers.setdefault(wait.step, wait.trigger) != wait.trigger:
                raise UnsupportedDefinitionError(
                    f"step {step.name!r} depends on {wait.step!r} with the triggers {triggers[wait.step]!r} and "
                    f"{wait.trigger!r}; a step has one trigger for another"
                )
        if step.branch == "ForEachBody" and step.parent is not None:
            _refuse_in_body(step, step.parent, graph)
    for step in definition.all_steps():
        if step.body:
            _refuse_differing(step, graph)


def _refuse_differing(loop: StepView, graph: StepGraph) -> None:
    ends: dict[str, str] = {}
    for wait in _waits(loop, graph):
        if wait.trigger != "Any" and ends.setdefault(wait.step, wait.trigger) != wait.trigger:
            raise UnsupportedDefinitionError(
                f"the for-each {loop.name!r} and the steps of its body depend on {wait.step!r} with the triggers "
                f"{ends[wait.step]!r} and {wait.trigger!r}; a for-each starts once, after all that its body waits for"
            )


def _refuse_in_body(step: StepView, loop: StepView, graph: StepGraph) -> None:
    if step.type in ("Condition", "Fail", "ForEach"):
        raise UnsupportedDefinitionError(
            f"step {step.name!r} of type {step.type} is in the for-each {loop.name!r}; "
            "a body must not contain Condition, Fail or ForEach steps"
        )
    after = set(_after(loop.name, graph))
    circle = [name for name in graph.predecessors(step.name) if name in after]
    if circle:
        raise UnsupportedDefinitionError(
            f"step {step.name!r} in the for-each {loop.name!r} waits for {circle[0]!r}, which waits for the for-each"
        )


def _after(name: str, graph: StepGraph) -> Iterator[str]:
    """All steps that wait for a for-each, except those of its body."""
    pending, seen = [name], {name}
    while pending:
        for successor in graph.successors(pending.pop()):
            step = graph.definition.step(successor)
            of_the_body = step.branch == "ForEachBody" and step.parent is not None and step.parent.name == name
            if successor not in seen and not of_the_body:
                seen.add(successor)
                pending.append(successor)
                yield successor
