"""Folds a graph that is too large to be read: the one step that all pictures have in common.

Gently, what is alike is drawn once: steps side by side that wait for the same and are awaited by the same, steps in a
row, the bodies of loops, and what stands deep in conditions; links of mere order that others imply go. Harder, for
formats with limits of their own: what can run at the same time, and all links that others imply. The last is a single
box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from .fold_kinds import chains, collapsed, fans, levels, one_box, shallow, without_bodies
from .graph import Graph
from .implied import without_implied

MANY = 60
"""Boxes that can be read at once; a graph of more is folded."""

TURNS = 5
"""How often fans and rows are looked for in what is already folded."""

Fold = Callable[[Graph], Graph]


def folded(whole: Graph, *, mixed: bool = False) -> Graph:
    """The graph, gently folded if it has more than ``MANY`` boxes. ``mixed``: also what is in different states."""
    return next(foldings(whole, mixed=mixed))


def foldings(whole: Graph, *, mixed: bool = False) -> Iterator[Graph]:
    """The graph, ``folded``, and then folded harder and harder down to one box, each with words for what was done."""
    steps = count(whole)
    graph = whole
    alike: Fold = partial(_alike, mixed=mixed)
    gentle: tuple[Fold, ...] = (alike, without_bodies, alike, _shallow)
    for fold in gentle:
        if count(graph) > MANY:
            graph = fold(graph)
    if steps > MANY:
        graph = without_implied(graph, data=False)
    yield _with_words(graph, steps, "in a row or inside others")
    for fold in _HARD:
        graph = fold(graph)
        yield _with_words(graph, steps, "in a row, inside others or able to run at the same time")


def count(graph: Graph) -> int:
    """How many boxes the graph has, those inside others too."""
    return sum(1 for _ in graph.all())


def _alike(graph: Graph, *, mixed: bool = False) -> Graph:
    """With what is alike as one, also where it only becomes so: rows of fans, fans of rows."""
    for _ in range(TURNS):
        before = graph
        for fold in (partial(fans, mixed=mixed), chains):
            graph = fold(graph)
            if count(graph) <= MANY:
                return graph
        if graph is before:
            break
    return graph


def _shallow(graph: Graph) -> Graph:
    """Without what is deep in conditions, where that makes the graph readable or halves it: else it only hides."""
    result = _alike(shallow(graph, MANY))
    return result if count(result) <= max(MANY, count(graph) // 2) else graph


_HARD: Sequence[Fold] = (
    lambda graph: without_implied(levels(graph, by_type=True), data=False),
    collapsed,
    lambda graph: without_implied(levels(graph, by_type=True), data=True),
    lambda graph: chains(without_implied(levels(graph, by_type=False), data=True)),
    one_box,
)


def _with_words(graph: Graph, steps: int, where: str) -> Graph:
    boxes = count(graph)
    if boxes == steps:
        return graph
    shown = f"{boxes} box" + ("es" if boxes > 1 else "")
    words = f"{steps} steps in {shown}: what is alike, {where} is folded"
    return graph._replace(left_out=(words, *graph.left_out))
