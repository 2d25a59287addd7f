"""Leaves out links that say nothing new: what they connect is also connected by others."""

from __future__ import annotations

from collections import defaultdict

from .graph import Graph
from .order import ranks

LARGEST = 3000
"""Boxes; what can be reached from each of more would take too long to find."""


def without_implied(graph: Graph, *, data: bool) -> Graph:
    """The graph without links of mere order that others imply; with ``data``, without all that others imply."""
    keys = [box.key for box in graph.all()]
    if len(keys) > LARGEST:
        return graph
    rank = ranks(keys, graph.links)
    successes = [link for link in graph.links if link.trigger == "Completed"]
    if any(rank[link.source] >= rank[link.target] for link in successes):
        return graph  # in a cycle each implies the others
    following: dict[str, set[str]] = defaultdict(set)
    for link in successes:
        following[link.source].add(link.target)
    bit = {key: 1 << index for index, key in enumerate(keys)}
    reached: dict[str, int] = {}
    implied: set[tuple[str, str]] = set()
    for source in sorted(keys, key=rank.__getitem__, reverse=True):
        reach = 0
        for target in sorted(following[source], key=rank.__getitem__):
            if reach & bit[target]:
                implied.add((source, target))
            reach |= bit[target] | reached[target]
        reached[source] = reach
    links = tuple(
        link
        for link in graph.links
        if (link.source, link.target) not in implied
        or link.branch
        or link.trigger != "Completed"
        or (link.data and not data)
    )
    missing = len(graph.links) - len(links)
    if not missing:
        return graph
    arrows = f"{missing} arrow" + ("s" if missing > 1 else "")
    words = f"left out: {arrows}{'' if data else ' of mere order'} that others imply"
    return graph._replace(links=links, left_out=(*graph.left_out, words))
