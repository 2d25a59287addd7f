"""The graph of a definition in Graphviz's language, for ``dot -Tsvg``."""

from __future__ import annotations

from collections.abc import Iterator

from ...language import Definition, StepView
from .. import words
from ..links import drawn
from .mermaid import label_lines

SHAPES = {"Condition": "hexagon", "Fail": "octagon"}


def dot(definition: Definition, *, title: str = "") -> str:
    """Draws a ``digraph``; the steps of a loop are in a cluster."""
    definition = words.printable_definition(definition)
    lines = ["digraph pipeline {", '  graph [fontname="Helvetica", fontsize=12];']
    if title:
        lines.append(f"  label={_quote(words.printable(title))}; labelloc=t;")
    lines.append('  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];')
    lines.append('  edge [fontname="Helvetica", fontsize=9];')
    for step in definition.steps:
        lines.extend(_nodes(step, "  "))
    for link in drawn(definition):
        attributes = [f"label={_quote(link.label)}"] if link.label else []
        if not link.data and not link.branch:
            attributes.append("style=dashed")
        tail = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"  {_quote(link.source)} -> {_quote(link.target)}{tail};")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _nodes(step: StepView, indent: str) -> Iterator[str]:
    shape = f', shape={SHAPES[step.type]}, style=""' if step.type in SHAPES else ""
    yield f"{indent}{_quote(step.name)} [label={_quote(chr(10).join(label_lines(step)))}{shape}];"
    for branch, inner in step.branches.items():
        if branch == "ForEachBody":
            yield f"{indent}subgraph {_quote('cluster_' + step.name)} {{"
            yield f"{indent}  label={_quote('each of ' + step.name)}; style=dashed;"
            for child in inner:
                yield from _nodes(child, indent + "  ")
            yield f"{indent}}}"
        else:
            for child in inner:
                yield from _nodes(child, indent)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
