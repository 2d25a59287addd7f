"""Lays out one scope: units and segments, with no knowledge of what is inside the units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from .coordinates import centers
from .crossings import order
from .layers import Layers
from .parts import Placed, Point, Segment, Unit

GAP, LANE = 26.0, 14.0
"""Pixels between boxes side by side, and between links that pass."""
BETWEEN, ABOVE_LABEL = 40.0, 18.0
"""Pixels between layers, and above and below a layer of labels."""
APART = 14.0
"""Pixels between links that meet the same box, at most."""


def lay_out(units: Sequence[Unit], segments: Sequence[Segment], top: float) -> Placed:
    """``top``: the least space above the boxes, as for a title."""
    layers = Layers(units, segments, GAP)
    ordered = order(layers)
    x = centers(layers, ordered, GAP, LANE)
    tops, heights, height = _rows(layers, top)
    places: dict[str, Point] = {}
    for node, unit in enumerate(units):
        left = x[node] if unit.side else x[node] - unit.width / 2
        places[unit.key] = (left, tops[layers.rank[node]])
    ends = _ends(layers, x)
    paths: list[list[Point]] = []
    for index, chain in enumerate(layers.chains):
        paths.append(_path(layers, index, chain, x, ends, tops, heights))
    labels = {index: (x[node], _middle(node, layers, tops, heights)) for index, node in layers.labels.items()}
    width = max((x[n] + layers.widths[n] / 2 for layer in ordered for n in layer), default=0.0)
    return Placed(width, height, places, paths, labels)


def _middle(node: int, layers: Layers, tops: Sequence[float], heights: Sequence[float]) -> float:
    return tops[layers.rank[node]] + heights[layers.rank[node]] / 2


def _rows(layers: Layers, top: float) -> tuple[list[float], list[float], float]:
    """The upper edge and the height of each layer, and the height of all."""
    heights = [0.0] * len(layers.layers)
    for node, unit in enumerate(layers.units):
        heights[layers.rank[node]] = max(heights[layers.rank[node]], unit.height)
    for index, node in layers.labels.items():
        label = layers.segments[index].label
        heights[layers.rank[node]] = max(heights[layers.rank[node]], label[1] if label else 0.0)
    gated = any(unit.side == "top" for unit in layers.units)
    tops: list[float] = []
    y = 0.0 if gated else top
    between = ABOVE_LABEL if layers.labelled else BETWEEN
    for row, height in enumerate(heights):
        tops.append(y)
        y += height + (max(between, top) if gated and row == 0 else between)
    return tops, heights, y - between if heights else top


def _ends(layers: Layers, x: Sequence[float]) -> dict[tuple[int, bool], float]:
    """Where each segment meets its upper (False) and lower (True) unit: at its gate, or beside the others."""
    meeting: dict[tuple[int, bool], list[tuple[tuple[float, int], int]]] = defaultdict(list)
    found: dict[tuple[int, bool], float] = {}
    for index, chain in enumerate(layers.chains):
        if len(chain) < 2:
            continue
        segment, turned = layers.segments[index], index in layers.turned
        for node, beside, below in ((chain[0], chain[1], False), (chain[-1], chain[-2], True)):
            unit = layers.units[node]
            gate = None if turned else segment.enters if below else segment.leaves
            if unit.side:
                found[index, below] = x[node]
            elif gate is not None:
                found[index, below] = x[node] - unit.width / 2 + (unit.tops if below else unit.bottoms)[gate]
            else:
                meeting[node, below].append(((x[beside], beside), index))
    for (node, below), links in meeting.items():
        unit = layers.units[node]
        besides = sorted({beside for beside, _ in links})  # those that run together meet it together
        gates = [at - unit.width / 2 for at in (unit.tops if below else unit.bottoms).values()]
        places = dict(zip(besides, _spread(len(besides), unit.width, gates), strict=True))
        for where, index in links:
            found[index, below] = x[node] + places[where]
    return found


def _spread(count: int, width: float, gates: Sequence[float]) -> list[float]:
    """So many places on an edge, from its middle, apart from each other and from the gates."""
    apart = min(APART, (width - 16) / count)
    places = [(at - (count - 1) / 2) * apart for at in range(count)]
    for shift in range(0, int(width / 2 - count * apart / 2), 4):
        for moved in ([at + shift for at in places], [at - shift for at in places]):
            if all(abs(at - gate) >= APART / 2 for at in moved for gate in gates):
                return moved
    return places


def _path(
    layers: Layers,
    index: int,
    chain: Sequence[int],
    x: Sequence[float],
    ends: dict[tuple[int, bool], float],
    tops: Sequence[float],
    heights: Sequence[float],
) -> list[Point]:
    if len(chain) < 2:
        return _to_itself(layers, chain[0], x, tops)
    upper = layers.units[chain[0]]
    first = tops[layers.rank[chain[0]]]
    points = [(ends[index, False], first + upper.height)]
    if upper.height < heights[layers.rank[chain[0]]]:
        points.append((ends[index, False], first + heights[layers.rank[chain[0]]]))
    for node in chain[1:-1]:
        row = layers.rank[node]
        points.append((x[node], tops[row]))
        if heights[row]:
            points.append((x[node], tops[row] + heights[row]))
    points.append((ends[index, True], tops[layers.rank[chain[-1]]]))
    return points[::-1] if index in layers.turned else points


def _to_itself(layers: Layers, node: int, x: Sequence[float], tops: Sequence[float]) -> list[Point]:
    unit, y = layers.units[node], tops[layers.rank[node]]
    right = x[node] + unit.width / 2
    return [(right - 8, y + unit.height), (right + 8, y + unit.height / 2), (right - 8, y)]
