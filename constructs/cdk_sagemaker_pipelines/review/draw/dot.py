"""The graph of a definition in Graphviz's language, for ``dot -Tsvg``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...language import Definition, StepView
from .. import words
from ..links import drawn
from .mermaid import label_lines
from .states import COLOURS, State

SHAPES = {"Condition": "hexagon", "Fail": "octagon"}


def dot(definition: Definition, *, title: str = "", states: Mapping[str, State] | None = None) -> str:
    """Draws a ``digraph``; the steps of a loop are in a cluster.

    ``states``: what became of the steps in an execution, by name.
    """
    definition = words.printable_definition(definition)
    shown = {words.printable(name): state for name, state in (states or {}).items()}
    lines = ["digraph pipeline {", '  graph [fontname="Helvetica", fontsize=12];']
    if title:
        lines.append(f"  label={_quote(words.printable(title))}; labelloc=t;")
    lines.append('  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];')
    lines.append('  edge [fontname="Helvetica", fontsize=9];')
    for step in definition.steps:
        lines.extend(_nodes(step, shown, "  "))
    for link in drawn(definition):
        attributes = [f"label={_quote(link.label)}"] if link.label else []
        if not link.data and not link.branch:
            attributes.append("style=dashed")
        tail = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"  {_quote(link.source)} -> {_quote(link.target)}{tail};")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _nodes(step: StepView, states: Mapping[str, State], indent: str) -> Iterator[str]:
    state = states.get(step.name)
    colour = COLOURS.get(state.status) if state else None
    style = ("" if step.type in SHAPES else "rounded,") + "filled" if colour else ""
    shape = f", shape={SHAPES[step.type]}" if step.type in SHAPES else ""
    if colour or step.type in SHAPES:
        shape += f', style="{style}"' + (f', fillcolor="{colour}"' if colour else "")
    yield f"{indent}{_quote(step.name)} [label={_quote(chr(10).join(label_lines(step, state)))}{shape}];"
    for branch, inner in step.branches.items():
        if branch == "ForEachBody":
            yield f"{indent}subgraph {_quote('cluster_' + step.name)} {{"
            yield f"{indent}  label={_quote('each of ' + step.name)}; style=dashed;"
            for child in inner:
                yield from _nodes(child, states, indent + "  ")
            yield f"{indent}}}"
        else:
            for child in inner:
                yield from _nodes(child, states, indent)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
