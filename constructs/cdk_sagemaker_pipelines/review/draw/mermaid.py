"""The graph of a definition as Mermaid, which GitHub and GitLab render in Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

from ...language import Definition, StepView
from .. import words
from ..links import drawn

SHAPES = {"Condition": ('{{"', '"}}'), "Fail": ('[["', '"]]')}


def mermaid(definition: Definition) -> str:
    """Draws a ``flowchart``; the steps of a loop are in a box of their own."""
    definition = words.printable_definition(definition)
    ids = {name: f"s{index}" for index, name in enumerate(definition.step_names)}
    lines = ["flowchart TD"]
    for step in definition.steps:
        lines.extend(_nodes(step, ids, "  "))
    for link in drawn(definition):
        label = f'-- "{_escape(link.label)}" --> ' if link.label else "--> "
        lines.append(f"  {ids[link.source]} {label}{ids[link.target]}")
    return "\n".join(lines) + "\n"


def _nodes(step: StepView, ids: Mapping[str, str], indent: str) -> Iterator[str]:
    opening, closing = SHAPES.get(step.type, ('["', '"]'))
    label = "<br/>".join(_escape(line) for line in label_lines(step))
    yield f"{indent}{ids[step.name]}{opening}{label}{closing}"
    for branch, inner in step.branches.items():
        if branch == "ForEachBody":
            yield f'{indent}subgraph {ids[step.name]}_body ["each of {_escape(step.name)}"]'
            for child in inner:
                yield from _nodes(child, ids, indent + "  ")
            yield f"{indent}end"
        else:
            for child in inner:
                yield from _nodes(child, ids, indent)


def label_lines(step: StepView) -> list[str]:
    """The lines inside a step's node: its name, and its type or its condition."""
    if step.type == "Condition":
        condition = words.of_conditions(step.arguments.get("Conditions"))
        return [step.name, *textwrap.wrap(condition, 44, break_on_hyphens=False, break_long_words=False)]
    return [step.name, step.type]


_ENTITIES = {
    "#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;",
    "%": "#37;",  # two of them begin a comment or a directive anywhere
}  # fmt: skip


_MATHEMATICS = re.compile(r"\$(?=\$)")
_APART = "$#8203;"
"""A space of no width: two dollars begin a formula for KaTeX, also when they are written as entities."""


def _escape(text: str) -> str:
    escaped = "".join(_ENTITIES.get(character, character) for character in text)
    return _MATHEMATICS.sub(_APART, escaped)
