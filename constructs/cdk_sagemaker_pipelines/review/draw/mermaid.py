"""The graph of a definition as Mermaid, which GitHub and GitLab render in Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from ...language import Definition, StepView
from ...language.later import later_pattern
from .. import words
from ..links import drawn
from .states import COLOURS, State

SHAPES = {"Condition": ('{{"', '"}}'), "Fail": ('[["', '"]]')}


def mermaid(definition: Definition, states: Mapping[str, State] | None = None) -> str:
    """Draws a ``flowchart``; the steps of a loop are in a box of their own.

    ``states``: what became of the steps in an execution, by name.
    """
    known = definition.step_names
    definition = words.printable_definition(definition)
    shown = {words.printable(name): state for name, state in (states or {}).items() if name in known}
    ids = {name: f"s{index}" for index, name in enumerate(definition.step_names)}
    lines = ["flowchart TD"]
    for step in definition.steps:
        lines.extend(_nodes(step, ids, shown, "  "))
    for link in drawn(definition):
        label = f'-- "{_escape(link.label)}" --> ' if link.label else "--> "
        lines.append(f"  {ids[link.source]} {label}{ids[link.target]}")
    for status in dict.fromkeys(state.status for state in shown.values() if state.status in COLOURS):
        named = ",".join(ids[name] for name, state in shown.items() if state.status == status)
        lines += [f"  classDef {status} fill:{COLOURS[status]}", f"  class {named} {status}"]
    return "\n".join(lines) + "\n"


def _nodes(step: StepView, ids: Mapping[str, str], states: Mapping[str, State], indent: str) -> Iterator[str]:
    opening, closing = SHAPES.get(step.type, ('["', '"]'))
    label = "<br/>".join(_escape(line) for line in label_lines(step, states.get(step.name)))
    yield f"{indent}{ids[step.name]}{opening}{label}{closing}"
    for branch, inner in step.branches.items():
        if branch == "ForEachBody":
            yield f'{indent}subgraph {ids[step.name]}_body ["each of {_escape(step.name)}"]'
            for child in inner:
                yield from _nodes(child, ids, states, indent + "  ")
            yield f"{indent}end"
        else:
            for child in inner:
                yield from _nodes(child, ids, states, indent)


def label_lines(step: StepView, state: State | None = None) -> list[str]:
    """The lines inside a step's node: its name, its type or its condition, and what became of it."""
    told = [] if state is None else [words.printable(state.text)]
    if step.type == "Condition":
        condition = words.of_conditions(step.arguments.get("Conditions"))
        return [step.name, *textwrap.wrap(condition, 44, break_on_hyphens=False, break_long_words=False), *told]
    return [step.name, step.type, *told]


_ENTITIES = {
    "#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;",
    "%": "#37;",  # two of them begin a comment or a directive anywhere
}  # fmt: skip


_MATHEMATICS = later_pattern(r"\$(?=\$)")
_APART = "$#8203;"
"""A space of no width: two dollars begin a formula for KaTeX, also when they are written as entities."""


def _escape(text: str) -> str:
    escaped = "".join(_ENTITIES.get(character, character) for character in text)
    return _MATHEMATICS.sub(_APART, escaped)
