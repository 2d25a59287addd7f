"""The ways to fold several boxes of a graph into one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from ...language.definition import BODY
from ..links import Link
from .graph import Box, Graph
from .order import ranks
from .states import State, together

FEWEST = 3
"""Boxes that are folded into one; fewer are as quickly read."""
LEVELS = 8
"""Of boxes in boxes; nobody finds their way through more."""


def fans(graph: Graph, *, mixed: bool = False) -> Graph:
    """Boxes of one type side by side, which wait for the same and for which the same wait, as ``Train ×20``.

    ``mixed``: also where they are in different states.
    """
    incoming: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    outgoing: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for link in graph.links:
        incoming[link.target].add((link.source, link.trigger, bool(link.data)))
        outgoing[link.source].add((link.target, link.trigger, bool(link.data)))
    alike: dict[tuple[object, ...], list[Box]] = defaultdict(list)
    for place, siblings in _siblings(graph):
        for box in siblings:
            if not box.branches:
                state = None if mixed else box.state and box.state.status
                same = (place, box.type, bool(box.says), bool(box.folded), state)
                around = (frozenset(incoming[box.key]), frozenset(outgoing[box.key]))
                alike[same + around].append(box)
    return _merged(graph, [(boxes, _side_by_side(boxes)) for boxes in alike.values() if len(boxes) >= FEWEST])


def chains(graph: Graph) -> Graph:
    """Boxes in a row, of which each waits for the one before only, as ``Prepare → Train → Evaluate``."""
    incoming: Counter[str] = Counter(link.target for link in graph.links)
    outgoing: Counter[str] = Counter(link.source for link in graph.links)
    places = {box.key: place for place, siblings in _siblings(graph) for box in siblings}
    boxes = {box.key: box for box in graph.all()}

    def joined(link: Link) -> bool:
        first, second = boxes[link.source], boxes[link.target]
        only = outgoing[link.source] == incoming[link.target] == 1 and link.trigger == "Completed"
        leaves = not first.branches and not second.branches
        states = [box.state and box.state.status for box in (first, second)]
        return only and leaves and states[0] == states[1] and places[first.key] == places[second.key]

    following = {link.source: link.target for link in graph.links if joined(link) and link.source != link.target}
    inner = set(following.values())
    rows = []
    for key in (key for key in following if key not in inner):
        row = [boxes[key]]
        while row[-1].key in following:
            row.append(boxes[following[row[-1].key]])
        rows.append(row)
    return _merged(graph, [(row, _in_a_row(row)) for row in rows if len(row) >= FEWEST])


def without_bodies(graph: Graph) -> Graph:
    """Loops without the steps of their bodies."""
    return _merged(graph, [([box], _closed(box)) for box in graph.all() if BODY in box.branches])


def shallow(graph: Graph, most: int) -> Graph:
    """Without the steps deepest in branches: of a few levels, at most so many boxes are left if that is possible."""
    depths = _depths(graph)
    per_depth = Counter(depths.values())
    kept = list(accumulate(per_depth[depth] for depth in range(min(len(per_depth), LEVELS))))
    deepest = max((depth for depth, boxes in enumerate(kept) if boxes <= most), default=0)
    closed = [box for box in graph.all() if box.branches and depths[box.key] == deepest]
    return _merged(graph, [([box], _closed(box)) for box in closed])


def collapsed(graph: Graph) -> Graph:
    """Without any steps inside others."""
    return shallow(graph, 0)


def levels(graph: Graph, *, by_type: bool) -> Graph:
    """Boxes that nothing keeps from running at the same time as one, of each type or of all."""
    rank = ranks([box.key for box in graph.all()], graph.links)
    alike: dict[tuple[object, ...], list[Box]] = defaultdict(list)
    for place, siblings in _siblings(graph):
        for box in siblings:
            if not box.branches:
                alike[place, rank[box.key], box.type if by_type else ""].append(box)
    return _merged(graph, [(boxes, _side_by_side(boxes)) for boxes in alike.values() if len(boxes) > 1])


def one_box(graph: Graph) -> Graph:
    """The whole pipeline as one box."""
    if not graph.boxes:
        return graph
    return _merged(graph, [(list(graph.boxes), _side_by_side(graph.boxes))])


# -- the boxes that stand for several


def _side_by_side(boxes: Sequence[Box]) -> Box:
    first, last = boxes[0], boxes[-1]
    types = _types(boxes)
    name = _stem([box.name for box in boxes]) or (types if len(set(types.split(", "))) == 1 else "") or "steps"
    told = f"{first.name} … {last.name}"
    return _several(boxes, f"{name} ×{len(boxes)}", told if len(boxes) > 2 else f"{first.name}, {last.name}")


def _in_a_row(row: Sequence[Box]) -> Box:
    first, last = row[0], row[-1]
    stem = _stem([box.name for box in row]) if len({box.type for box in row}) == 1 else ""
    if stem:
        return _several(row, f"{stem} ×{len(row)}", f"one after another: {first.name} … {last.name}")
    shown = [box.name for box in row] if len(row) <= FEWEST else [first.name, "…", last.name]
    return _several(row, " → ".join(shown), f"{len(row)} in a row")


def _closed(box: Box) -> Box:
    """A box without those inside it, which it still stands for."""
    steps = [name for inner in box.all() for name in inner.steps]
    where = "its body" if BODY in box.branches else "its branches"
    inside = len(steps) - len(box.steps)
    told = f"{inside} step{'s' if inside != 1 else ''} in {where}"
    return box._replace(branches={}, steps=tuple(steps), folded=f"{box.folded}; {told}" if box.folded else told)


def _several(boxes: Sequence[Box], name: str, folded: str) -> Box:
    families = {box.family for box in boxes}
    steps = tuple(step for box in boxes for inner in box.all() for step in inner.steps)
    says = {box.says for box in boxes}
    return Box(
        boxes[0].key,
        name,
        _types(boxes),
        families.pop() if len(families) == 1 else None,
        says.pop() if len(says) == 1 else "",
        folded,
        _state(boxes),
        steps=steps,
    )


def _types(boxes: Iterable[Box]) -> str:
    types = dict.fromkeys(type for box in boxes for inner in box.all() for type in inner.type.split(", "))
    return ", ".join(types) if len(types) <= FEWEST else f"{len(types)} types"


def _state(boxes: Sequence[Box]) -> State | None:
    states = [inner.state for box in boxes for inner in box.all() if inner.state is not None]
    return together(state.status for state in states) if states else None


_BOUNDARY = re.compile(r"[A-Z0-9_\-. ×]|$")


def _stem(names: Sequence[str]) -> str:
    """The whole words and numbers that all names begin with."""
    pairs = zip(min(names), max(names), strict=False)
    length = next((i for i, (a, b) in enumerate(pairs) if a != b), min(map(len, names)))
    while length and not all(_BOUNDARY.match(name, length) for name in names):
        length -= 1
    if any(name[length : length + 1].isdigit() for name in names):
        length = len(names[0][:length].rstrip("0123456789"))
    return names[0][:length].rstrip("_-. ")


# -- the graph with them


def _merged(graph: Graph, groups: Iterable[tuple[Sequence[Box], Box]]) -> Graph:
    """The graph with each box in place of the boxes that it stands for; it stands where the first of them did."""
    new: dict[str, Box | None] = {}
    keys: dict[str, str] = {}
    for boxes, box in groups:
        for each in boxes:
            new[each.key] = None
            keys |= {inner.key: box.key for inner in each.all()}
        new[boxes[0].key] = box
    if not new:
        return graph
    links: dict[tuple[object, ...], Link] = {}
    for link in graph.links:
        source, target = keys.get(link.source, link.source), keys.get(link.target, link.target)
        if source == target and (link.source in keys or link.target in keys):
            continue
        known = links.get((source, target, link.trigger, link.branch))
        data = tuple(dict.fromkeys((*known.data, *link.data))) if known else link.data
        links[source, target, link.trigger, link.branch] = link._replace(source=source, target=target, data=data)
    return graph._replace(boxes=tuple(_replaced(graph.boxes, new)), links=tuple(links.values()))


def _replaced(boxes: Iterable[Box], new: Mapping[str, Box | None]) -> Iterator[Box]:
    for box in boxes:
        found = new.get(box.key, box)
        if found is box and box.branches:
            inner = {branch: tuple(_replaced(held, new)) for branch, held in box.branches.items()}
            found = box._replace(branches=inner)
        if found is not None:
            yield found


Place = tuple[str, str]


def _siblings(graph: Graph) -> Iterator[tuple[Place, tuple[Box, ...]]]:
    """The boxes that stand in the same place, with that place."""
    yield ("", ""), graph.boxes
    for box in graph.all():
        for branch, inner in box.branches.items():
            yield (box.key, branch), inner


def _depths(graph: Graph) -> dict[str, int]:
    depths = {box.key: 0 for box in graph.boxes}
    for box in graph.all():
        depths |= {inner.key: depths[box.key] + 1 for inner in box.inner}
    return depths
