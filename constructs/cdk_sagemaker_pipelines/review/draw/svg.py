"""The graph of a definition as SVG: laid out here, without other programs, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from ...language.definition import BODY
from ..links import Link
from ..words import printable
from .folding import count, foldings
from .graph import Box, Graph, branch_title, shortened, stand_in
from .layout.nested import Layout, Line, Node, Rectangle, Wire, arrange
from .measure import text_width
from .palette import STATE_EDGES
from .states import UNSTARTED
from .svg_boxes import BEHIND, LINE, NAME_LINE, Face, Text, face, outline, phrase, text_height
from .svg_lines import curve, head
from .svg_style import TEXT_SIZE, TITLE_SIZE, style

BOXES, LINKS = 500, 1500
"""What a picture has at most: nobody finds anything in more, and it takes long to lay out."""
LABELLED = 60
"""Boxes, above which what passes along the links is only shown when one points at them."""
MARGIN = 20.0
LABEL = 40
"""The most characters at a link."""
PARAMETER_LINES = 8
NARROWEST = 420.0
"""Pixels of the texts above and below a picture."""


Address = Callable[[Box], "str | None"]
"""Where the page of a box is; None for one without."""


def svg(
    *graphs: Graph,
    whole: bool = False,
    styled: bool = True,
    address: Address = lambda box: None,
    chosen: str | None = None,
) -> str:
    """Draws graphs one below the other, folded where they are large; with ``whole``, however large they are.

    ``styled``: with its ``style()``, which a page may have instead. ``address``: what boxes are links to.
    ``chosen``: the step whose link is marked as the current one.
    """
    parts: list[str] = []
    y, width = MARGIN, 0.0
    for graph in graphs:
        picture = _Picture(graph if whole else _foldable(graph), address, chosen and printable(chosen))
        parts += [f'<g transform="translate({MARGIN:g} {y:g})">', *picture.parts, "</g>"]
        y += picture.height + 2 * MARGIN
        width = max(width, picture.width)
    w, h = round(width + 2 * MARGIN), round(max(y - MARGIN, 2 * MARGIN))
    title = escape(", ".join(shortened(graph.title, 100) for graph in graphs if graph.title) or "pipeline")
    linked = any("<a " in line for line in parts)  # what is inside an image is not reached
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="smpipe" role="{"group" if linked else "img"}" width="{w}" '
        f'height="{h}" viewBox="0 0 {w} {h}">'
    )
    page = f'<rect class="page" width="{w}" height="{h}"/>'
    sheet = [f"<style>{style()}</style>"] if styled else []
    return "\n".join([opening, f"<title>{title}</title>", *sheet, page, *parts, "</svg>"]) + "\n"


def _foldable(whole: Graph) -> Graph:
    for graph in foldings(whole):
        if count(graph) <= BOXES and len(graph.links) <= LINKS:
            break
    return graph


class _Picture:
    """One graph, from its left upper corner."""

    def __init__(self, graph: Graph, address: Address, chosen: str | None) -> None:
        self.address, self.chosen = address, chosen
        self.faces: dict[str, Face] = {}
        self.scopes: dict[str, str] = {}
        """The titles of boxes of boxes that are branches."""
        self.boxes = {box.key: box for box in graph.all()}
        self.links = stand_in(graph)
        self.labelled = len(self.boxes) <= LABELLED
        wires = [
            Wire(key, f"{key}/{branch}") for key, box in self.boxes.items() for branch in box.branches if branch != BODY
        ]
        self.wires: list[Link | None] = [*([None] * len(wires)), *self.links]
        """The link of each wire; None from a condition to a branch."""
        nodes = list(self._nodes(graph.boxes))
        for link in self.links:
            kind = f"{'data' if link.data else 'order'} {link.trigger}"
            wires.append(Wire(link.source, link.target, self._label_size(link), kind))
        layout = arrange(nodes, wires)
        self.width = max(layout.width, NARROWEST if graph.parameters or graph.left_out else 0.0)
        above = list(self._above(graph))
        self.parts = [*above, f'<g transform="translate(0 {self.height:g})">', *self._inside(layout), "</g>"]
        self.height += layout.height
        self.parts += self._below(graph)

    # -- sizes

    def _nodes(self, boxes: Sequence[Box]) -> Iterator[Node]:
        for box in boxes:
            shown = self.faces[box.key] = face(box)
            behind = BEHIND if box.folded else 0.0
            if BODY in box.branches:
                yield Node(box.key, shown.width, text_height(shown.texts) + 14, list(self._nodes(box.branches[BODY])))
            else:
                yield Node(box.key, shown.width + behind, shown.height + behind)
            for branch, inner in box.branches.items():
                if branch != BODY:
                    key, title = f"{box.key}/{branch}", branch_title(box, branch)
                    self.scopes[key] = title
                    yield Node(key, text_width(title, TEXT_SIZE) + 16, 26.0, list(self._nodes(inner)))

    def _label_size(self, link: Link) -> tuple[float, float] | None:
        label = _label(link) if self.labelled else ""
        return (text_width(label, TEXT_SIZE) + 6, LINE) if label else None

    # -- what is drawn

    def _inside(self, layout: Layout) -> Iterator[str]:
        for key, at in layout.nodes.items():
            if key in self.scopes or BODY in self.boxes[key].branches:
                yield from self._scope(key, at)
        yield from map(self._line, layout.lines)
        for line in layout.lines:
            if line.last:
                yield head(line.points)
        for index, (x, y) in layout.labels.items():
            link = self.wires[index]
            if link is not None:
                yield _text(_label(link), "quiet halo", x, y + 4, anchor="middle")
        for key, at in layout.nodes.items():
            if key not in self.scopes and BODY not in self.boxes[key].branches:
                yield from self._box(self.boxes[key], at)

    def _scope(self, key: str, at: Rectangle) -> Iterator[str]:
        box = self.boxes.get(key)
        state = _state_class(box) if box else ""
        size = f'x="{at.x:.6g}" y="{at.y:.6g}" width="{at.width:.6g}" height="{at.height:.6g}"'
        yield f'<rect class="scope{state}" {size} rx="8"/>'
        if box is None:
            yield _text(self.scopes[key], "quiet halo", at.x + 10, at.y + 16)
        else:
            yield self._open(box)
            yield from _texts(self.faces[key].texts, at.x + 10, at.y + 5, "start", " halo")
            yield self._close(box)

    def _box(self, box: Box, at: Rectangle) -> Iterator[str]:
        shown = self.faces[box.key]
        look = "control" if shown.look == "condition" else shown.look
        yield self._open(box)
        if box.folded:
            behind = outline(shown.look, at.x + BEHIND, at.y + BEHIND, shown.width, shown.height)
            yield f'<path class="{look}" d="{behind}"/>'
        edge = outline(shown.look, at.x, at.y, shown.width, shown.height)
        yield f'<path class="{look}{_state_class(box)}" d="{edge}"/>'
        top = at.y + (shown.height - text_height(shown.texts)) / 2 + (4 if shown.look == "models" else 0)
        yield from _texts(shown.texts, at.x + shown.width / 2, top, "middle", "")
        yield self._close(box)

    def _open(self, box: Box) -> str:
        address = self.address(box)
        current = ' class="chosen" aria-current="true"' if self.chosen in box.steps else ""
        tag = "<g>" if address is None else f'<a href="{escape(address)}"{current}>'
        return f"{tag}<title>{escape(_hint(box))}</title>"

    def _close(self, box: Box) -> str:
        return "</g>" if self.address(box) is None else "</a>"

    def _line(self, line: Line) -> str:
        links = [link for link in map(self.wires.__getitem__, line.wires) if link is not None]
        kind = "link order" if links and not any(link.data for link in links) else "link"
        ends = [f"{self._name(link.source)} → {self._name(link.target)}" for link in links[:8]]
        told = "; ".join(end + f": {link.label}" * bool(link.label) for end, link in zip(ends, links[:8], strict=True))
        path = f'<path class="{kind}" d="{curve(line.points)}"'
        return f"{path}><title>{escape(shortened(told, 400))}</title></path>" if told else f"{path}/>"

    def _name(self, key: str) -> str:
        return shortened(self.boxes[key].name, 80)

    # -- around it

    def _above(self, graph: Graph) -> Iterator[str]:
        self.height = 0.0
        if graph.title:
            title = shortened(graph.title, 100)
            self.width = max(self.width, text_width(title, TITLE_SIZE, bold=True))
            yield _text(title, "title", 0, TITLE_SIZE)
            self.height += TITLE_SIZE + 14
        if graph.parameters:
            lines = _parameters(graph.parameters, min(self.width, 900.0) - 40)
            width = max(text_width(line, TEXT_SIZE) for line in lines) + 16
            height = len(lines) * LINE + 10
            yield f'<rect class="note" y="{self.height:g}" width="{width:.6g}" height="{height:g}" rx="4"/>'
            for index, line in enumerate(lines):
                yield _text(line, "", 8, self.height + 16 + index * LINE)
            self.height += height + 20

    def _below(self, graph: Graph) -> Iterator[str]:
        words = [*graph.left_out]
        if not self.labelled and any(map(_label, self.links)):
            words.append("what passes along the arrows is left out; it is shown when you point at one")
        if any(not link.data for link in self.links):
            words.append("dotted: only the order, nothing is read")
        if not self.boxes:
            words.append("no steps")
        lines = [line for each in words for line in phrase(each, max(self.width, NARROWEST), 3)]
        if lines:
            self.height += 14
        for line in lines:
            self.height += LINE
            self.width = max(self.width, text_width(line, TEXT_SIZE))
            yield _text(line, "quiet", 0, self.height)


def _parameters(parameters: Sequence[str], width: float) -> list[str]:
    """As many parameters as a few lines hold, and how many more there are."""
    for shown in range(min(len(parameters), 100), 0, -1):
        more = f" and {len(parameters) - shown} more" if shown < len(parameters) else ""
        text = "Parameters: " + ", ".join(shortened(each, 80) for each in parameters[:shown]) + more
        lines = phrase(text, width, 99)
        if len(lines) <= PARAMETER_LINES:
            break
    return lines


def _label(link: Link) -> str:
    return shortened(link.label, LABEL)


def _hint(box: Box) -> str:
    """What is shown when one points at a box: all that it stands for."""
    names = ", ".join(box.steps[:60]) + (f" and {len(box.steps) - 60} more" if len(box.steps) > 60 else "")
    parts = [shortened(part, 2000) for part in (box.name, box.type, box.says, names if len(box.steps) > 1 else "")]
    return "\n".join(part for part in parts if part)


def _state_class(box: Box) -> str:
    if box.state is None:
        return ""
    if box.state.status in STATE_EDGES:
        return f" reached {box.state.status}"
    return " unstarted" if box.state.status in UNSTARTED else ""


def _texts(texts: Sequence[Text], x: float, y: float, anchor: str, kind: str) -> Iterator[str]:
    for text in texts:
        y += NAME_LINE if text.kind == "name" else LINE
        yield _text(text.text, text.kind + kind, x, y - 4, anchor)


def _text(text: str, kind: str, x: float, y: float, anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    middle = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{named} x="{x:.6g}" y="{y:.6g}"{middle}>{escape(text)}</text>'
