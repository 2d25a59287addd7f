"""The graph of a definition in Graphviz's language, for ``dot -Tsvg``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...language.definition import BODY
from .graph import Box, Graph, branch_title, label_lines, parameter_lines, shortened
from .palette import LOOKS, STATE_EDGES, look
from .states import UNSTARTED

SHAPES = {
    "jobs": "box",
    "models": "cylinder",
    "hosting": "box",
    "checks": "component",
    "calls": "parallelogram",
    "emr": "trapezium",
    "records": "note",
    "control": "box",
    "fail": "octagon",
    "other": "box",
}
"""By what ``palette.look`` returns; conditions have a hexagon."""
ROUNDED = {"jobs", "hosting", "control", "other"}
LABEL = 60
"""The most characters at an arrow."""


def dot(*graphs: Graph) -> str:
    """Draws a ``digraph``; the steps of a branch or a loop are in a cluster."""
    lines = ["digraph pipeline {", '  graph [fontname="Helvetica", fontsize=12];']
    lines.append('  node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];')
    lines.append('  edge [fontname="Helvetica", fontsize=9];')
    for index, graph in enumerate(graphs):
        if len(graphs) == 1:
            if graph.title:
                lines.append(f"  label={_quote(graph.title)}; labelloc=t;")
            lines += _graph(graph, "")
        else:
            lines.append(f"  subgraph {_quote(f'cluster_p{index}')} {{")
            lines.append(f"    label={_quote(graph.title)};")
            lines += ["  " + line for line in _graph(graph, f"p{index}_")]
            lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _graph(graph: Graph, own: str) -> Iterator[str]:
    if graph.parameters:
        yield f"  {_quote(own + 'parameters')} [{_note(['Parameters', *parameter_lines(graph)])}];"
    for box in graph.boxes:
        yield from _nodes(box, own, "  ")
    for link in graph.links:
        attributes = [f"label={_quote(shortened(link.label, LABEL))}"] if link.label else []
        if not link.data and not link.branch:
            attributes.append("style=dotted")
        tail = f" [{', '.join(attributes)}]" if attributes else ""
        yield f"  {_quote(own + link.source)} -> {_quote(own + link.target)}{tail};"
    if graph.left_out:
        yield f"  {_quote(own + 'leftOut')} [{_note(graph.left_out)}];"


def _nodes(box: Box, own: str, indent: str) -> Iterator[str]:
    loop = BODY in box.branches
    if loop:
        yield from _cluster(box, BODY, own, indent, _node(box, own))
    else:
        yield indent + _node(box, own)
    for branch in box.branches:
        if branch != BODY:
            yield from _cluster(box, branch, own, indent)


def _cluster(box: Box, branch: str, own: str, indent: str, *first: str) -> Iterator[str]:
    yield f"{indent}subgraph {_quote(f'cluster_{own}{box.key}_{branch}')} {{"
    yield f'{indent}  label={_quote(branch_title(box, branch))}; style=dashed; color="#8c959f";'
    yield from (f"{indent}  {line}" for line in first)
    for inner in box.branches[branch]:
        yield from _nodes(inner, own, indent + "  ")
    yield f"{indent}}}"


def _node(box: Box, own: str) -> str:
    name = look(box)
    colors = LOOKS[name]
    shape = "hexagon" if box.type == "Condition" else SHAPES[name]
    style = "rounded,filled" if name in ROUNDED and shape == "box" else "filled"
    edge, more = colors.edge, ""
    if box.state and box.state.status in STATE_EDGES:
        edge, more = STATE_EDGES[box.state.status][0], ", penwidth=3"
    elif box.state and box.state.status in UNSTARTED:
        style += ",dashed"
    label = _quote("\n".join(label_lines(box)))
    look_ = f'shape={shape}, style="{style}", fillcolor="{colors.fill}", color="{edge}"{more}'
    return f"{_quote(own + box.key)} [label={label}, {look_}];"


def _note(lines: Sequence[str]) -> str:
    return f"label={_quote(chr(10).join(lines))}, shape=note, style=dotted"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
