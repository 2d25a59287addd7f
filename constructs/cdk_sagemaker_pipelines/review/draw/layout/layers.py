"""Puts the nodes of one scope into layers, so that links lead down, and cuts links into pieces from layer to layer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..order import ranks
from .parts import Segment, Unit

TRUNK = 3
"""Links past layers from or to the same unit, from which they run together as far as they can."""
WIDEST = 1500.0
"""Pixels of a layer; what is wider goes on in a further layer."""


class Piece(NamedTuple):
    """A part of a segment between two nodes in neighboring layers: its upper and its lower node."""

    upper: int
    lower: int
    segment: int


class Layers:
    """The nodes of a scope in layers. Nodes are numbers: units first, then where segments pass or have their label."""

    def __init__(self, units: Sequence[Unit], segments: Sequence[Segment], gap: float) -> None:
        self.units = units
        self.segments = segments
        self.number = {unit.key: index for index, unit in enumerate(units)}
        self.labelled = any(segment.label for segment in segments)
        self.turned: set[int] = set()
        """Segments that lead up, since they close a cycle."""
        self.rank = self._ranks(gap)
        self.widths = [unit.width for unit in units]
        self.labels: dict[int, int] = {}
        """By segment, the node that is its label."""
        self.chains: list[list[int]] = []
        """By segment, its nodes from top to bottom."""
        self._trunks: dict[tuple[object, ...], int] = {}
        """The nodes that several segments share, by their end, kind and rank."""
        self._long = self._long_ends()
        self.pieces: list[Piece] = []
        for index, segment in enumerate(segments):
            self._cut(index, segment)
        self.layers: list[list[int]] = [[] for _ in range(max(self.rank, default=-1) + 1)]
        for node, rank in enumerate(self.rank):
            self.layers[rank].append(node)

    def is_unit(self, node: int) -> bool:
        """Whether a node is a unit, not a place that a segment passes."""
        return node < len(self.units)

    def _ranks(self, gap: float) -> list[int]:
        links = [(self.number[each.source], self.number[each.target]) for each in self.segments]
        nodes = range(len(self.units))
        rank = ranks(nodes, links)
        for index, (source, target) in enumerate(links):
            if rank[source] > rank[target] or (rank[source] == rank[target] and source > target):
                self.turned.add(index)
        down = [(b, a) if index in self.turned else (a, b) for index, (a, b) in enumerate(links)]
        rank = ranks(nodes, [(a, b) for a, b in down if a != b])
        self._pull_down(rank, down)
        self._fix_edges(rank)
        rank = self._split(rank, gap)
        step = 2 if self.labelled else 1
        return [rank[node] * step for node in nodes]

    def _pull_down(self, rank: dict[int, int], links: Sequence[tuple[int, int]]) -> None:
        """Nodes that wait for nothing stand right above what waits for them."""
        following: dict[int, list[int]] = defaultdict(list)
        waiting = {target for source, target in links if source != target}
        for source, target in links:
            if source != target:
                following[source].append(target)
        for node in range(len(self.units)):
            if node not in waiting and following[node]:
                rank[node] = max(rank[node], min(rank[target] for target in following[node]) - 1)

    def _fix_edges(self, rank: dict[int, int]) -> None:
        """What leads into the scope is above everything, what leads out below."""
        if any(unit.side for unit in self.units):
            inner = [rank[n] for n, unit in enumerate(self.units) if not unit.side]
            first, last = min(inner, default=1), max(inner, default=1)
            for node, unit in enumerate(self.units):
                rank[node] = {"": rank[node] - first + 1, "top": 0, "bottom": last - first + 2}[unit.side]

    def _split(self, rank: Mapping[int, int], gap: float) -> dict[int, int]:
        """Layers that are too wide become several."""
        layers: dict[int, list[int]] = defaultdict(list)
        for node in range(len(self.units)):
            layers[rank[node]].append(node)
        found: dict[int, int] = {}
        row = -1
        for level in sorted(layers):
            row, width = row + 1, 0.0
            for node in layers[level]:
                if width and width + self.units[node].width > WIDEST and not self.units[node].side:
                    row, width = row + 1, 0.0
                width += self.units[node].width + gap
                found[node] = row
        return found

    def _ends(self, index: int) -> tuple[int, int]:
        """The upper and the lower node of a segment."""
        source, target = self.number[self.segments[index].source], self.number[self.segments[index].target]
        return (target, source) if index in self.turned else (source, target)

    def _trunks_of(self, index: int) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """What a segment may share with others: those from the same place, or to the same place."""
        segment, (upper, lower) = self.segments[index], self._ends(index)
        return ("from", upper, segment.leaves, segment.kind), ("to", lower, segment.enters, segment.kind)

    def _long_ends(self) -> Counter[tuple[object, ...]]:
        """How many segments that pass layers leave or enter each unit."""
        found: Counter[tuple[object, ...]] = Counter()
        for index in range(len(self.segments)):
            upper, lower = self._ends(index)
            if self.rank[lower] - self.rank[upper] > (2 if self.labelled else 1):
                found.update(self._trunks_of(index))
        return found

    def _cut(self, index: int, segment: Segment) -> None:
        upper, lower = self._ends(index)
        first, last = self.rank[upper], self.rank[lower]
        leaving, entering = self._trunks_of(index)
        larger = max(leaving, entering, key=self._long.__getitem__)
        trunk = larger if self._long[larger] >= TRUNK else None
        middle = first + 1 + (last - first - 1) // 2
        middle -= (middle - first + 1) % 2  # labels have layers of their own
        if trunk is not None:
            middle = last - 1 if trunk == leaving else first + 1  # where it runs alone
        chain = [upper]
        for rank in range(first + 1, last):
            label = segment.label if rank == middle else None
            if label is None and trunk is not None and (rank != middle or not self.labelled):
                chain.append(self._trunks.setdefault((*trunk, rank), len(self.rank)))
            else:
                chain.append(len(self.rank))
            if chain[-1] == len(self.rank):
                self.rank.append(rank)
                self.widths.append(label[0] if label else 0.0)
            if label is not None:
                self.labels[index] = chain[-1]
        if upper != lower:
            chain.append(lower)
        self.pieces += [Piece(a, b, index) for a, b in pairwise(chain)]
        self.chains.append(chain)
