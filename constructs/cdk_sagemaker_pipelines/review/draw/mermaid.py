"""The graph of a definition as Mermaid, which GitHub and GitLab render in Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ...language import PipelineError
from ...language.definition import BODY
from .folding import foldings
from .graph import Box, Graph, branch_title, label_lines, parameter_lines, shortened, stand_in
from .palette import LOOKS, STATE_EDGES, TEXT, look
from .states import UNSTARTED

ARROWS, LONGEST = 450, 45_000
"""Mermaid refuses a diagram of more than 500 arrows or 50,000 characters, unless the page that shows it allows more."""
SHAPES = {
    "jobs": ('["', '"]'),
    "models": ('[("', '")]'),
    "hosting": ('(["', '"])'),
    "checks": ('[["', '"]]'),
    "calls": ('[/"', '"/]'),
    "emr": ('[\\"', '"/]'),
    "records": ('>"', '"]'),
    "control": ('("', '")'),
    "fail": ('[/"', '"\\]'),
    "other": ('["', '"]'),
}
"""By what ``palette.look`` returns; conditions have a hexagon."""
HEXAGON = ('{{"', '"}}')
DEEPEST = 6
"""Levels that are indented: in conditions in conditions, indentation alone would exceed the limit."""
UNSTARTED_CLASS = "unstarted"
LABEL = 60
"""The most characters at an arrow."""


def mermaid(*graphs: Graph, whole: bool = False) -> str:
    """Draws a ``flowchart``, folded until Mermaid takes it; steps in branches and loops are in boxes.

    Boxes are called after their steps, or numbered if there is no room for that.
    With ``whole``, nothing is folded, and what Mermaid does not take is refused.
    """
    for stage in zip(*([each] if whole else foldings(each) for each in graphs), strict=True):
        for named in (True, False):
            lines = list(_flowchart(stage, named))
            arrows = sum(1 for line in lines if _ARROW.search(line))
            drawing = "\n".join(lines) + "\n"
            if arrows <= ARROWS and len(drawing) <= LONGEST:
                return drawing
    advice = "fold it (without --whole)" if whole else "choose one with --pipeline"
    raise PipelineError(
        f"this is too much for Mermaid: {arrows} arrows and {len(drawing)} characters, of at most {ARROWS} and "
        f"{LONGEST}; {advice}, or draw it in another format"
    )


_ARROW = re.compile(r"^ +\w+ (?:-->|-\.->|-- \"|-\. \")")


def _flowchart(graphs: Sequence[Graph], named: bool) -> Iterator[str]:
    yield "flowchart TD"
    classes: dict[str, list[str]] = {}
    for index, graph in enumerate(graphs):
        own = f"p{index}_" if len(graphs) > 1 else ""
        if own:
            yield f'  subgraph {own} ["{escape(shortened(graph.title, LABEL))}"]'
            yield "    direction TB"
            classes.setdefault("box", []).append(own)
        if graph.parameters:
            yield f'  {own}parameters["{_lines(["Parameters", *parameter_lines(graph)])}"]'
            classes.setdefault("note", []).append(f"{own}parameters")
        ids = _ids(graph, own) if named else {box.key: own + box.key for box in graph.all()}
        for box in graph.boxes:
            yield from _nodes(box, ids, classes, 1)
        yield from _arrows(graph, ids)
        if graph.left_out:
            yield f'  {own}leftOut["{_lines(graph.left_out)}"]'
            classes.setdefault("note", []).append(f"{own}leftOut")
        if own:
            yield "  end"
    # of two classes of a node the later one decides: first families, then states
    for name, keys in sorted(classes.items(), key=lambda item: item[0] in STATE_EDGES or item[0] == UNSTARTED_CLASS):
        yield f"  classDef {name} {_style(name)}"
        yield f"  class {','.join(keys)} {name}"


def _ids(graph: Graph, own: str) -> dict[str, str]:
    """What boxes are called, by their keys: after their steps, so that a step that is added renames no other.

    ``s_`` is in front, since a name may be a word of Mermaid's, such as ``end``.
    """
    found: dict[str, str] = {}
    taken, numbers = set[str](), Counter[str]()
    for box in graph.all():
        name = id = f"{own}s_{re.sub('[^A-Za-z0-9]', '_', (*box.steps, box.name)[0])[:LABEL]}"
        numbers[name] += 1
        while id in taken:
            id = f"{name}_{numbers[name]}"
            numbers[name] += 1
        taken.add(id)
        found[box.key] = id
    return found


def _nodes(box: Box, ids: Mapping[str, str], classes: dict[str, list[str]], depth: int) -> Iterator[str]:
    indent = "  " * min(depth, DEEPEST)
    key = ids[box.key]
    loop = box.branches.get(BODY)
    if loop:
        yield f'{indent}subgraph {key} ["{" · ".join(map(escape, label_lines(box)))}"]'
        yield f"{indent}  direction TB"
        yield from (line for inner in loop for line in _nodes(inner, ids, classes, depth + 1))
        yield f"{indent}end"
    else:
        opening, closing = HEXAGON if box.type == "Condition" else SHAPES[look(box)]
        yield f"{indent}{key}{opening}{_lines(label_lines(box))}{closing}"
    classes.setdefault("box" if loop else look(box), []).append(key)
    if box.state and (box.state.status in STATE_EDGES or box.state.status in UNSTARTED):
        classes.setdefault(_state_class(box.state.status), []).append(key)
    for branch, held in box.branches.items():
        if branch != BODY:
            yield f'{indent}subgraph {branch}_{key} ["{escape(branch_title(box, branch))}"]'
            yield f"{indent}  direction TB"
            yield from (line for inner in held for line in _nodes(inner, ids, classes, depth + 1))
            yield f"{indent}end"
            classes.setdefault("box", []).append(f"{branch}_{key}")


def _arrows(graph: Graph, ids: Mapping[str, str]) -> Iterator[str]:
    for box in graph.all():
        key = ids[box.key]
        yield from (f"  {key} --> {branch}_{key}" for branch in box.branches if branch != BODY)
    loops = {box.key: {inner.key for inner in box.all()} for box in graph.all() if BODY in box.branches}
    for link in stand_in(graph):
        if link.target in loops.get(link.source, ()) or link.source in loops.get(link.target, ()):
            continue  # a box has no arrow to what is inside it
        label = escape(shortened(link.label, LABEL))
        dotted = not link.data
        line = "-.->" if dotted else "-->"
        if label:
            line = f'-. "{label}" .->' if dotted else f'-- "{label}" -->'
        yield f"  {ids[link.source]} {line} {ids[link.target]}"


def _style(name: str) -> str:
    """A style of its own for each class: with the text's color, so that it can be read whatever the page's colors."""
    if name == "box":
        return "fill:transparent,stroke:#8c959f"
    if name == "note":
        return f"fill:#ffffff,stroke:#8c959f,color:{TEXT[0]},stroke-dasharray:2 3,text-align:left"
    if name in LOOKS:
        return f"fill:{LOOKS[name].fill},stroke:{LOOKS[name].edge},color:{TEXT[0]}"
    if name in STATE_EDGES:
        return f"stroke:{STATE_EDGES[name][0]},stroke-width:3px"
    return "stroke-dasharray:6 4"  # what has not started


def _state_class(status: str) -> str:
    return UNSTARTED_CLASS if status in UNSTARTED else status


def _lines(lines: Sequence[str]) -> str:
    return "<br/>".join(map(escape, lines))


_ENTITIES = {
    "#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;",
    "%": "#37;",  # two of them begin a comment or a directive anywhere
}  # fmt: skip


_MATHEMATICS = re.compile(r"\$(?=\$)")
_APART = "$#8203;"
"""A space of no width: two dollars begin a formula for KaTeX, also when they are written as entities."""


def escape(text: str) -> str:
    """A text that Mermaid shows as it is, inside of quotes."""
    escaped = "".join(_ENTITIES.get(character, character) for character in text)
    return _MATHEMATICS.sub(_APART, escaped)
