"""Lays out boxes with boxes inside: each scope by itself, from the inside out, with gates where links pass its edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .parts import Placed, Point, Segment, Unit
from .scope import lay_out

PAD = 14.0
"""Pixels between a scope's edge and what is in it."""
GATE = 10.0


@dataclass
class Node:
    """A box, or with ``inner`` a box of boxes."""

    key: str
    width: float
    height: float
    inner: list[Node] | None = None
    """For a box of boxes, ``width`` is the least width, and ``height`` that of its title."""


class Wire(NamedTuple):
    """A link between two nodes, wherever they stand."""

    source: str
    target: str
    label: tuple[float, float] | None = None
    kind: str = ""


class Rectangle(NamedTuple):
    """Where a node is."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A part of one or more wires. ``last``: it ends at their target."""

    wires: tuple[int, ...]
    points: Sequence[Point]
    last: bool


class Layout(NamedTuple):
    """Where everything is."""

    width: float
    height: float
    nodes: dict[str, Rectangle]
    lines: list[Line]
    labels: dict[int, Point]
    """By wire, the middle of its label."""


@dataclass
class _Scope:
    """What is known of a scope while it is laid out."""

    segments: dict[Segment, list[int]] = field(default_factory=dict)
    """Each with the wires that it is a part of."""
    tops: dict[str, None] = field(default_factory=dict)
    """The gates of the scope, in the order in which they were found."""
    bottoms: dict[str, None] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    placed: Placed | None = None


def arrange(nodes: Sequence[Node], wires: Sequence[Wire]) -> Layout:
    """Lays out everything; wires between a node and one that is inside it are left out."""
    return _Arrangement(nodes, wires).layout()


class _Arrangement:
    def __init__(self, nodes: Sequence[Node], wires: Sequence[Wire]) -> None:
        self.nodes = nodes
        self.wires = wires
        self.scopes: dict[str, _Scope] = {"": _Scope()}
        self.around: dict[str, tuple[str, ...]] = {}
        """Each node with all that it is inside of, from the outermost."""
        self._note(nodes, ())
        for index, wire in enumerate(wires):
            self._lead(index, wire)

    def layout(self) -> Layout:
        whole = self._place("", self.nodes, 0.0)
        found = Layout(whole.width, whole.height, {}, [], {})
        self._collect("", self.nodes, 0.0, 0.0, found)
        return found

    def _note(self, nodes: Sequence[Node], outer: tuple[str, ...]) -> None:
        for node in nodes:
            self.around[node.key] = (*outer, node.key)
            if node.inner is not None:
                self.scopes[node.key] = _Scope()
                self._note(node.inner, self.around[node.key])

    def _lead(self, index: int, wire: Wire) -> None:
        """Notes the segments of a wire in all the scopes that it crosses."""
        source, target = self.around[wire.source], self.around[wire.target]
        common = next(
            (i for i, (a, b) in enumerate(zip(source, target, strict=False)) if a != b), min(len(source), len(target))
        )
        if common == min(len(source), len(target)):
            if wire.source != wire.target:
                return  # one is inside the other
            common -= 1
        leaves, enters = f"<{wire.source}", f">{wire.source}"
        for depth in range(len(source) - 1, common, -1):  # out of the scopes around the source
            scope = self.scopes[source[depth - 1]]
            scope.bottoms[leaves] = None
            segment = Segment(source[depth], leaves, None if depth == len(source) - 1 else leaves, kind=wire.kind)
            scope.segments.setdefault(segment, []).append(index)
        for depth in range(common, len(target)):  # from there into those around the target
            scope = self.scopes[target[depth - 1] if depth else ""]
            last = depth == len(target) - 1
            gate = None if last else enters
            if depth == common:
                start, leaving = source[common], None if common == len(source) - 1 else leaves
            else:
                start, leaving = enters, None
                scope.tops[enters] = None
            segment = Segment(start, target[depth], leaving, gate, wire.label if last else None, wire.kind)
            scope.segments.setdefault(segment, []).append(index)

    def _place(self, key: str, nodes: Sequence[Node], title: float) -> Placed:
        scope = self.scopes[key]
        for node in nodes:
            if node.inner is None:
                scope.units.append(Unit(node.key, node.width, node.height))
            else:
                scope.units.append(self._unit(node, node.inner))
        gates = [Unit(gate, GATE, 0.0, side="top") for gate in scope.tops]
        gates += [Unit(gate, GATE, 0.0, side="bottom") for gate in scope.bottoms]
        scope.placed = lay_out([*scope.units, *gates], list(scope.segments), title)
        return scope.placed

    def _unit(self, node: Node, inner: Sequence[Node]) -> Unit:
        placed, scope = self._place(node.key, inner, node.height), self.scopes[node.key]
        width = max(placed.width + 2 * PAD, node.width)
        left = (width - placed.width) / 2
        tops = {gate: left + placed.units[gate][0] for gate in scope.tops}
        bottoms = {gate: left + placed.units[gate][0] for gate in scope.bottoms}
        return Unit(node.key, width, placed.height + (0.0 if bottoms else PAD), tops, bottoms)

    def _collect(self, key: str, nodes: Sequence[Node], x: float, y: float, found: Layout) -> None:
        """Adds what is in a scope, whose left upper corner is given."""
        scope = self.scopes[key]
        assert scope.placed is not None
        for index, (segment, wires) in enumerate(scope.segments.items()):
            points = [(x + px, y + py) for px, py in scope.placed.paths[index]]
            last = segment.target == self.wires[wires[0]].target
            found.lines.append(Line(tuple(wires), points, last))
            if index in scope.placed.labels:
                px, py = scope.placed.labels[index]
                found.labels[wires[0]] = (x + px, y + py)
        units = {unit.key: unit for unit in scope.units}
        for node in nodes:
            px, py = scope.placed.units[node.key]
            unit = units[node.key]
            found.nodes[node.key] = Rectangle(x + px, y + py, unit.width, unit.height)
            if node.inner is not None:
                inner = self.scopes[node.key].placed
                assert inner is not None
                left = (unit.width - inner.width) / 2
                self._collect(node.key, node.inner, x + px + left, y + py, found)
