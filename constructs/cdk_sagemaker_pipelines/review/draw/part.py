"""The part of a large graph that says how an execution goes: what failed, what runs, and what is around it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from .folding import MANY, count, folded
from .graph import Box, Graph
from .states import UNSTARTED, State, tally

MOST = 40
"""Boxes of a part."""


def part(whole: Graph, chosen: str | None = None) -> Graph:
    """The graph; if it has more than ``MANY`` boxes folded, and of what still has more the part that matters.

    That are the step that is ``chosen``, by name, what failed and what runs, else what comes first, grown along the
    links until there are ``MOST`` boxes.
    """
    if count(whole) <= MANY:
        return whole
    states = {step: box.state for box in whole.all() for step in box.steps[:1] if box.state}
    graph = folded(whole, mixed=True)
    if count(graph) > MANY:
        graph = _around(graph, _centre(graph, states, chosen))
    return graph._replace(boxes=tuple(_counted(graph.boxes, states)))


def _centre(graph: Graph, states: dict[str, State], chosen: str | None) -> list[str]:
    """The keys of the boxes to begin with, the most important first."""
    ranked: dict[int, list[str]] = {}
    for box in graph.all():
        statuses = {states[step].status for step in box.steps if step in states}
        rank = 0 if chosen in box.steps else 1 if "Failed" in statuses else 2
        if rank < 2 or statuses - {"Succeeded", *UNSTARTED}:
            ranked.setdefault(rank, []).append(box.key)
    found = [key for rank in sorted(ranked) for key in ranked[rank]]
    return found or [box.key for box in graph.boxes[:1]]


def _around(graph: Graph, centre: list[str]) -> Graph:
    """The boxes of the centre, with their neighbours ring by ring, and the boxes that these are in."""
    parents = {inner.key: box.key for box in graph.all() for inner in box.inner}
    near: dict[str, list[str]] = {box.key: [] for box in graph.all()}
    for source, target in [*((link.source, link.target) for link in graph.links), *parents.items()]:
        near[source].append(target)
        near[target].append(source)
    kept: dict[str, None] = {}
    ring = centre
    while len(kept) < len(near):
        ring = [key for key in ring if key not in kept] or [key for key in near if key not in kept][:1]
        for key in ring:
            new = [each for each in (*_up(key, parents), key) if each not in kept]
            if len(kept) + len(new) > MOST:
                return _only(graph, kept)
            kept |= dict.fromkeys(new)
        ring = list(dict.fromkeys(each for key in ring for each in near[key]))
    return graph


def _up(key: str, parents: dict[str, str]) -> list[str]:
    found: list[str] = []
    while key in parents:
        key = parents[key]
        found.insert(0, key)
    return found


def _only(graph: Graph, kept: Collection[str]) -> Graph:
    def inside(boxes: Iterable[Box]) -> Iterator[Box]:
        for box in boxes:
            if box.key in kept:
                held = {branch: tuple(inside(inner)) for branch, inner in box.branches.items()}
                yield box._replace(branches={branch: inner for branch, inner in held.items() if inner})

    words = (
        f"{len(kept)} of {count(graph)} boxes: what failed, what runs, and what is around it; the table has all steps"
    )
    links = tuple(link for link in graph.links if link.source in kept and link.target in kept)
    return graph._replace(boxes=tuple(inside(graph.boxes)), links=links, left_out=(words, *graph.left_out))


def _counted(boxes: Iterable[Box], states: dict[str, State]) -> Iterator[Box]:
    """The boxes, those that stand for several steps with how many of these are in each state."""
    for box in boxes:
        inner = {branch: tuple(_counted(held, states)) for branch, held in box.branches.items()}
        statuses = [states[step].status for step in box.steps if step in states]
        state = tally(statuses) if len(box.steps) > 1 and statuses else box.state
        yield box._replace(branches=inner, state=state)
