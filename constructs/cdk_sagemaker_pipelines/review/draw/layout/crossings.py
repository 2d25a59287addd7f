"""Orders the nodes in each layer so that few links cross: by barycenters, down and up in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .layers import Layers, Piece

SWEEPS = 12
PATIENCE = 3
"""Sweeps without improvement, after which it is left as it is."""
MANY = 4000
"""Pieces of links, above which fewer sweeps must do."""

Ends = tuple[int, float, int, float]
"""The upper node of a piece, and where the piece meets it; the same of its lower node."""


def order(layers: Layers) -> list[list[int]]:
    """The nodes of each layer from left to right."""
    upper: list[list[tuple[int, float]]] = [[] for _ in layers.rank]
    lower: list[list[tuple[int, float]]] = [[] for _ in layers.rank]
    by_layer: list[list[Ends]] = [[] for _ in layers.layers]
    for piece in layers.pieces:
        at_upper, at_lower = _ends(layers, piece)
        upper[piece.lower].append((piece.upper, at_upper))
        lower[piece.upper].append((piece.lower, at_lower))
        by_layer[layers.rank[piece.upper]].append((piece.upper, at_upper, piece.lower, at_lower))
    current = _first(layers, lower)
    position = [0] * len(layers.rank)
    _number(current, position)
    best, fewest = [list(layer) for layer in current], _crossings(by_layer, position)
    worse = 0
    for sweep in range(SWEEPS if len(layers.pieces) < MANY else 4):
        if not fewest or worse >= PATIENCE:
            break
        down = sweep % 2 == 0
        near = upper if down else lower
        for layer in current[1:] if down else current[-2::-1]:
            _sort(layer, near, position)
        crossings = _crossings(by_layer, position)
        worse = 0 if crossings < fewest else worse + 1
        if crossings < fewest:
            best, fewest = [list(layer) for layer in current], crossings
    return best


def _first(layers: Layers, lower: Sequence[Sequence[tuple[int, float]]]) -> list[list[int]]:
    """The nodes as a walk along the links meets them, so that what belongs together stands together."""
    found: list[list[int]] = [[] for _ in layers.layers]
    seen = [False] * len(layers.rank)
    for start in (node for layer in layers.layers for node in layer):
        pending = [start]
        while pending:
            node = pending.pop()
            if not seen[node]:
                seen[node] = True
                found[layers.rank[node]].append(node)
                pending.extend(reversed(_below(lower[node])))
    return found


def _below(links: Sequence[tuple[int, float]]) -> list[int]:
    """The nodes below one, with what several links share in the middle, so that what is below it stands in line."""
    shares = Counter(other for other, _ in links)
    alone = [other for other, links_ in shares.items() if links_ == 1]
    middle = len(alone) // 2
    return [*alone[:middle], *(other for other, links_ in shares.items() if links_ > 1), *alone[middle:]]


def _ends(layers: Layers, piece: Piece) -> tuple[float, float]:
    """Where a piece meets its nodes, from -0.5 at their left edge to 0.5 at their right edge."""
    segment = layers.segments[piece.segment]
    if piece.segment in layers.turned:
        return 0.0, 0.0
    at = [0.0, 0.0]
    if segment.leaves is not None and layers.is_unit(piece.upper):
        unit = layers.units[piece.upper]
        at[0] = unit.bottoms[segment.leaves] / unit.width - 0.5
    if segment.enters is not None and layers.is_unit(piece.lower):
        unit = layers.units[piece.lower]
        at[1] = unit.tops[segment.enters] / unit.width - 0.5
    return at[0], at[1]


def _sort(layer: list[int], near: Sequence[Sequence[tuple[int, float]]], position: list[int]) -> None:
    weights: dict[int, float] = {}
    for index, node in enumerate(layer):
        others = near[node]
        weights[node] = sum(position[n] + at for n, at in others) / len(others) if others else float(index)
    layer.sort(key=weights.__getitem__)
    for index, node in enumerate(layer):
        position[node] = index


def _number(ordered: Sequence[Sequence[int]], position: list[int]) -> None:
    for layer in ordered:
        for index, node in enumerate(layer):
            position[node] = index


def _crossings(by_layer: Sequence[Sequence[Ends]], position: Sequence[int]) -> int:
    total = 0
    for pieces in by_layer:
        ends = sorted((position[upper] + a, position[lower] + b) for upper, a, lower, b in pieces)
        places = {place: index for index, place in enumerate(sorted({lower for _, lower in ends}))}
        total += _inversions([places[lower] for _, lower in ends], len(places))
    return total


def _inversions(values: Sequence[int], size: int) -> int:
    """How many pairs stand in the wrong order, counted with a tree of sums. ``size``: above all values."""
    tree = [0] * (size + 1)
    found = 0
    for count, value in enumerate(values):
        smaller, index = 0, value + 1
        while index:
            smaller += tree[index]
            index &= index - 1
        found += count - smaller
        index = value + 1
        while index <= size:
            tree[index] += 1
            index += index & -index
    return found
