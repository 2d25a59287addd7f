"""What is written as code: the steps of a definition as calls of classes, in an order in which they can be written."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language import Definition, ParameterDeclaration, PipelineError, Reference, StepView
from ..language.definition import COMPLETED
from ..steps.base.step import Step
from .settling import Name

RESERVED = frozenset({"Artifacts", "Definition", "Resource", "Role"})
"""Ids of constructs that a pipeline makes itself."""
SCOPES = {"IfSteps": "if_steps", "ElseSteps": "else_steps", "ForEachBody": "body"}
"""By the member of the arguments that holds steps: the attribute of the step that is their scope."""


@dataclass(frozen=True)
class Planned:
    """A step to be written. ``scope``: the step and the attribute in which it is; None for the pipeline itself."""

    name: str
    class_name: str
    fields: Mapping[str, Any]
    view: StepView
    made: Step
    """The step as it was tried, which knows what can be read of it."""
    scope: tuple[str, str] | None = None
    reason: str = ""
    """Why it is a raw step."""

    @property
    def construct_id(self) -> str:
        """The name, unless the pipeline has a construct of that name itself."""
        return f"{self.name}Step" if self.name in RESERVED else self.name

    @property
    def waits(self) -> list[str]:
        """The steps whose success it waits for."""
        return [each.step for each in self.view.depends_on if each.trigger == COMPLETED]

    @property
    def triggers(self) -> list[tuple[str, str]]:
        """The steps that it follows otherwise, and after what end of theirs."""
        return [(each.step, each.trigger) for each in self.view.depends_on if each.trigger != COMPLETED]


@dataclass(frozen=True)
class Program:
    """A stack with one pipeline.

    ``names``: what is only known when the stack is made, by the texts that stand for it. ``options``: those of the
    pipeline. ``source``: where the definition is from, for people. ``notes``: what a deployed pipeline has besides
    that, for people.
    """

    name: str
    source: str
    parameters: Mapping[str, ParameterDeclaration]
    options: Mapping[str, Any]
    steps: tuple[Planned, ...]
    names: Mapping[str, Name] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def step(self, name: str) -> Planned | None:
        """The step of that name; None where there is none."""
        return next((step for step in self.steps if step.name == name), None)


def in_order(definition: Definition) -> list[StepView]:
    """The steps, each after those that it names and the one in which it is; else in the document's order."""
    steps = {step.name: step for step in definition.all_steps()}
    index = {name: number for number, name in enumerate(steps)}
    before = {name: {other for other in _named(step, steps) if other in steps} for name, step in steps.items()}
    for name, others in before.items():
        for other in [*others]:
            if steps[other].type == "ForEach":  # what is read of it may be of the item that is selected at its end
                inside = {inner.name for inner in steps[other].descendants()}
                others |= inside - {name} if name not in inside else set()
    ready = [index[name] for name, others in before.items() if not others]
    heapq.heapify(ready)
    names, found = list(steps), []
    while ready:
        name = names[heapq.heappop(ready)]
        found.append(steps[name])
        for other, others in before.items():
            if name in others:
                others.remove(name)
                if not others:
                    heapq.heappush(ready, index[other])
    if len(found) < len(steps):
        left = [repr(name) for name in names if before[name]]
        raise PipelineError(f"the steps {', '.join(left)} wait for one another; 'smpipe check' says how")
    return found


def _named(step: StepView, steps: Mapping[str, StepView]) -> Iterator[str]:
    """The other steps that the code of a step names."""
    if step.parent is not None:
        yield step.parent.name
    for _, get in step.gets:
        reference = Reference.of(get)
        if reference is not None and reference.kind == "Steps" and reference.name != step.name:
            yield reference.name
    for each in step.depends_on:
        yield each.step
    if step.type == "Cleanup":
        text = json.dumps(step.own_json)
        yield from (name for name in steps if name != step.name and json.dumps(name) in text)
