"""What the steps of a definition wait for, and which definitions cannot be ordered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...language import CycleError, StepGraph, StepView, choices
from ..errors import UnsupportedDefinitionError

TRIGGERS = ("Completed", "Failed", "Stopped", "Any")


class Wait(NamedTuple):
    """A wait for the end of another step."""

    step: str
    trigger: str = "Completed"

    def met(self, status: str) -> bool:
        """Whether an end with ``status`` satisfies it."""
        return self.trigger == "Any" or status == ("Succeeded" if self.trigger == "Completed" else self.trigger)

    def handles(self, status: str) -> bool:
        """Whether it handles a step that ends with ``status`` and did not succeed."""
        return self.trigger in ("Any", status)


@dataclass(frozen=True, slots=True)
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


def waits_of(step: StepView, graph: StepGraph) -> tuple[Wait, ...]:
    """What the step waits for; of a for-each also what its body waits for outside of it."""
    holders = [*step.ancestors()][::-1]
    triggers = {entry.step: entry.trigger for holder in (*holders, step) for entry in holder.depends_on}
    waits = [Wait(name, triggers.get(name, "Completed")) for name in graph.predecessors(step.name)]
    outside = {edge.source for edge in graph._from_outside.get(step.name, ())}
    inner = [wait for child in step.body for wait in waits_of(child, graph)]
    known = {wait.step for wait in waits}
    waits += [wait for wait in inner if wait.step in outside | known]
    return tuple(dict.fromkeys(waits))


def ordered(graph: StepGraph) -> tuple[str, ...]:
    """The names of the steps, each after all that it waits for.

    Raises ``UnsupportedDefinitionError`` for a definition that cannot be ordered, or would run wrongly here.
    """
    steps = list(graph.definition.all_steps())
    doubled = sorted(name for name, count in Counter(step.name for step in steps).items() if count > 1)
    if doubled:
        raise UnsupportedDefinitionError(
            f"several steps are named {', '.join(map(repr, doubled))}; names must be unique"
        )
    try:
        order = graph.order()
    except CycleError as error:
        raise UnsupportedDefinitionError(str(error)) from error
    for step in steps:
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
            _refuse_in_body(step, step.parent)
    for step in steps:
        if step.body:
            _refuse_differing(step, graph)
    return order


def _refuse_differing(loop: StepView, graph: StepGraph) -> None:
    ends: dict[str, str] = {}
    for wait in waits_of(loop, graph):
        if wait.trigger != "Any" and ends.setdefault(wait.step, wait.trigger) != wait.trigger:
            raise UnsupportedDefinitionError(
                f"the for-each {loop.name!r} and the steps of its body depend on {wait.step!r} with the triggers "
                f"{ends[wait.step]!r} and {wait.trigger!r}; a for-each starts once, after all that its body waits for"
            )


def _refuse_in_body(step: StepView, loop: StepView) -> None:
    if step.type in ("Condition", "Fail", "ForEach"):
        raise UnsupportedDefinitionError(
            f"step {step.name!r} of type {step.type} is in the for-each {loop.name!r}; "
            "a body must not contain Condition, Fail or ForEach steps"
        )
