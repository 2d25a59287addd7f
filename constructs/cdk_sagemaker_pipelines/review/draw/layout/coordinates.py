"""Gives every node its place: as near as possible above and below what it is linked with, without overlaps."""

from __future__ import annotations

from collections.abc import Sequence

from .layers import Layers

ROUNDS = 8
STRAIGHT = 8.0
"""How much more it counts that a link which passes layers is straight."""


def centers(layers: Layers, ordered: Sequence[Sequence[int]], gap: float, lane: float) -> list[float]:
    """The horizontal middle of each node; the leftmost edge is at 0.

    ``gap``: between boxes. ``lane``: between a box and a link that passes it, or two such links.
    """
    near: list[list[tuple[int, float, float]]] = [[] for _ in layers.rank]
    for piece in layers.pieces:
        shift = _shift(layers, piece.lower, piece.segment, True) - _shift(layers, piece.upper, piece.segment, False)
        passing = (not layers.is_unit(piece.upper)) + (not layers.is_unit(piece.lower))
        weight = (1.0, 2.0, STRAIGHT)[passing]
        near[piece.lower].append((piece.upper, -shift, weight))
        near[piece.upper].append((piece.lower, shift, weight))
    offsets = [_offsets(layers, layer, gap, lane) for layer in ordered]
    x = [0.0] * len(layers.rank)
    for layer, offset in zip(ordered, offsets, strict=True):
        for node, at in zip(layer, offset, strict=True):
            x[node] = at - (offset[-1] + offset[0]) / 2
    rows = list(zip(ordered, offsets, strict=True))
    for turn in range(ROUNDS):
        for layer, offset in reversed(rows) if turn % 2 else rows:
            _settle(layer, offset, near, x)
    left = min((x[node] - layers.widths[node] / 2 for layer in ordered for node in layer), default=0.0)
    return [round(at - left, 1) for at in x]


def _shift(layers: Layers, node: int, segment: int, into: bool) -> float:
    """How far from the middle of a node the segment meets it."""
    if not layers.is_unit(node) or segment in layers.turned:
        return 0.0
    unit, gate = layers.units[node], layers.segments[segment].enters if into else layers.segments[segment].leaves
    return 0.0 if gate is None else (unit.tops if into else unit.bottoms)[gate] - unit.width / 2


def _offsets(layers: Layers, layer: Sequence[int], gap: float, lane: float) -> list[float]:
    """How far right each node is at least, from the first."""
    found: list[float] = []
    at = 0.0
    for index, node in enumerate(layer):
        half = layers.widths[node] / 2
        if index:
            before = layer[index - 1]
            boxes = layers.is_unit(node) and layers.is_unit(before)
            at += layers.widths[before] / 2 + (gap if boxes else lane) + half
        found.append(at)
    return found


def _settle(
    layer: Sequence[int],
    offsets: Sequence[float],
    near: Sequence[Sequence[tuple[int, float, float]]],
    x: list[float],
) -> None:
    """Moves the nodes of a layer to where they want to be, as far as their order and distances allow.

    Each wants to be at the mean of what it is linked with; those that would overlap form blocks, which go to the mean
    of what their nodes want: the best places by least squares (pool adjacent violators).
    """
    blocks: list[tuple[float, float, int]] = []  # the place, its weight, how many nodes
    for node, offset in zip(layer, offsets, strict=True):
        others = near[node]
        weight = sum(w for _, _, w in others)
        wanted = sum((x[n] + shift) * w for n, shift, w in others) / weight if weight else x[node]
        place, weight, count = wanted - offset, weight or 0.01, 1
        while blocks and blocks[-1][0] > place:
            before, mass, more = blocks.pop()
            place = (before * mass + place * weight) / (mass + weight)
            weight, count = mass + weight, count + more
        blocks.append((place, weight, count))
    index = 0
    for place, _, count in blocks:
        for _ in range(count):
            x[layer[index]] = place + offsets[index]
            index += 1
