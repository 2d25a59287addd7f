"""The graph that every picture shows: a pipeline's steps as boxes, and the links between them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...language import Definition, ParameterDeclaration, StepView
from ...language.step_types import Family, row_of
from .. import words
from ..links import Link, drawn
from .states import State


class Box(NamedTuple):
    """A step, or several that are folded into one box. All its texts are printable."""

    key: str
    """What the links call it by."""
    name: str
    type: str
    """The service's ``Type``; of folded steps of several types, all of them."""
    family: Family | None
    says: str = ""
    """The condition, or what a loop runs over."""
    folded: str = ""
    """What is folded in it."""
    state: State | None = None
    branches: Mapping[str, tuple[Box, ...]] = {}
    """The boxes inside, by the argument of the step that holds them."""
    steps: tuple[str, ...] = ()
    """The names of all steps that it stands for."""

    @property
    def inner(self) -> tuple[Box, ...]:
        """The boxes inside."""
        return tuple(box for boxes in self.branches.values() for box in boxes)

    def all(self) -> Iterator[Box]:
        """The box and all inside it, in the order of the document."""
        pending = [self]
        while pending:
            box = pending.pop()
            yield box
            pending.extend(reversed(box.inner))


class Graph(NamedTuple):
    """A pipeline as boxes and links."""

    title: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    """Between the keys of boxes."""
    parameters: tuple[str, ...] = ()
    """Each with its value, or its default."""
    left_out: tuple[str, ...] = ()
    """What the picture does not show, in words."""

    def all(self) -> Iterator[Box]:
        """All boxes, in the order of the document."""
        for box in self.boxes:
            if box.branches:
                yield from box.all()
            else:
                yield box


def graph(
    definition: Definition,
    *,
    title: str = "",
    states: Mapping[str, State] | None = None,
    values: Mapping[str, str] | None = None,
) -> Graph:
    """The graph of a definition.

    ``states``: what became of the steps in an execution, by name. ``values``: its parameters, where they are not the
    defaults.
    """
    keys: dict[str, str] = {}
    boxes: list[tuple[StepView, Box]] = []
    for index, step in enumerate(definition.all_steps()):
        keys.setdefault(step.name, f"s{index}")
        boxes.append((step, _box(step, f"s{index}", (states or {}).get(step.name))))
    links = (
        link._replace(source=keys[link.source], target=keys[link.target], data=tuple(map(words.printable, link.data)))
        for link in drawn(definition)
    )
    declared = definition.parameters.values()
    parameters = tuple(words.printable(_declaration(each, values or {})) for each in declared)
    return Graph(words.printable(title), _nested(boxes), tuple(links), parameters)


def _nested(boxes: Sequence[tuple[StepView, Box]]) -> tuple[Box, ...]:
    """The boxes at the top, with the others inside them."""
    inside: dict[int, dict[str, list[Box]]] = {}
    top: list[Box] = []
    for step, box in reversed(boxes):  # those inside come later in the document
        held = inside.pop(id(step), {})
        branches = {branch: tuple(reversed(held.get(branch, ()))) for branch in step.branches}
        whole = box._replace(branches={branch: inner for branch, inner in branches.items() if inner})
        if step.parent is None:
            top.append(whole)
        else:
            inside.setdefault(id(step.parent), {}).setdefault(str(step.branch), []).append(whole)
    return tuple(reversed(top))


def _box(step: StepView, key: str, state: State | None) -> Box:
    name, type = words.printable(step.name), words.printable(step.type)
    shown = state and State(state.status, words.printable(state.text))
    return Box(key, name, type, row_of(step.type).family, words.printable(_says(step)), state=shown, steps=(name,))


def _says(step: StepView) -> str:
    if step.type == "Condition":
        condition = words.of_conditions(step.arguments.get("Conditions"))
        return f"unless {condition}" if step.else_steps and not step.if_steps else f"if {condition}"
    return f"for each of {words.of_value(step.arguments.get('IterableItems'))}" if step.body else ""


def _declaration(parameter: ParameterDeclaration, values: Mapping[str, str]) -> str:
    if parameter.name in values:
        return f"{parameter.name}={values[parameter.name]}"
    if not parameter.has_default:
        return parameter.name
    default = parameter.default
    return f"{parameter.name}={default if isinstance(default, str) else words.of_value(default)}"


NAME, CONDITION, LINES = 80, 44, 4
"""The most characters of a name and of a line of a condition, and the most lines of a condition, inside a box."""


def label_lines(box: Box) -> list[str]:
    """The lines inside a box: its name, its type or its condition, what is folded in it, what became of it."""
    type = [] if box.type == "Condition" and box.says else [box.type]
    says = textwrap.wrap(box.says, CONDITION, break_on_hyphens=False, max_lines=LINES, placeholder=" …")
    folded = textwrap.wrap(box.folded, CONDITION, break_on_hyphens=False, max_lines=LINES, placeholder=" …")
    lines = [shortened(box.name, NAME), *type, *says, *folded, box.state.text if box.state else ""]
    return [line for line in lines if line]


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and a mark that it goes on."""
    return text if len(text) <= most else text[: most - 1] + "…"


def parameter_lines(graph: Graph, most: int = 20) -> list[str]:
    """The parameters for a box of their own."""
    lines = [shortened(each, NAME) for each in graph.parameters[:most]]
    rest = len(graph.parameters) - most
    return [*lines, f"and {rest} more"] if rest > 0 else lines


def branch_title(box: Box, branch: str) -> str:
    """What stands above the boxes of a branch."""
    return {"IfSteps": "if true", "ElseSteps": "if false"}.get(branch, f"each of {shortened(box.name, NAME)}")


def stand_in(graph: Graph) -> list[Link]:
    """The links for pictures whose branches are boxes: without those that only say that a step is in a branch."""
    around: dict[str, set[str]] = {box.key: set() for box in graph.boxes}
    for box in graph.all():
        around.update((inner.key, around[box.key] | {box.key}) for inner in box.inner)
    return [link for link in graph.links if link.data or not link.branch or link.source not in around[link.target]]
