"""Where boxes and links are: nothing overlaps, links lead down, the same on every machine."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.review.draw.layout.crossings import order
from cdk_sagemaker_pipelines.review.draw.layout.layers import WIDEST, Layers
from cdk_sagemaker_pipelines.review.draw.layout.nested import Layout, Line, Node, Rectangle, Wire, arrange
from cdk_sagemaker_pipelines.review.draw.layout.parts import Segment, Unit
from cdk_sagemaker_pipelines.review.draw.layout.scope import lay_out


def boxes(count: int, width: float = 90) -> list[Node]:
    return [Node(f"n{i}", width, 40) for i in range(count)]


def a_random_tree(seed: int) -> tuple[list[Node], list[Wire]]:
    """Boxes in boxes, with links between any of them, most of them forward."""
    chance = random.Random(seed)
    nodes: list[Node] = []
    keys = [f"n{i}" for i in range(chance.randrange(1, 40))]
    open_scopes = [nodes]
    for key in keys:
        inner: list[Node] | None = [] if chance.random() < 0.2 else None
        node = Node(key, chance.uniform(40, 240), chance.uniform(20, 90), inner)
        chance.choice(open_scopes).append(node)
        if inner is not None and len(open_scopes) < 6:
            open_scopes.append(inner)
    pairs = [tuple(chance.sample(range(len(keys)), 2)) for _ in range(len(keys) * 2)] if len(keys) > 1 else []
    forward = [pair if chance.random() < 0.1 else tuple(sorted(pair)) for pair in pairs]
    labels = [(chance.uniform(10, 80), 15.0) if chance.random() < 0.3 else None for _ in forward]
    wires = [Wire(keys[a], keys[b], label) for (a, b), label in zip(dict.fromkeys(forward), labels, strict=False)]
    return nodes, wires


def check(nodes: list[Node], layout: Layout, around: Rectangle) -> None:
    """Boxes are inside what holds them, and apart from each other."""
    places = [layout.nodes[node.key] for node in nodes]
    for place in places:
        assert place.x >= around.x - 0.11
        assert place.y >= around.y - 0.11
        assert place.x + place.width <= around.x + around.width + 0.11
        assert place.y + place.height <= around.y + around.height + 0.11
    for a, b in itertools.combinations(places, 2):
        apart_x = a.x + a.width < b.x or b.x + b.width < a.x
        apart_y = a.y + a.height < b.y or b.y + b.height < a.y
        assert apart_x or apart_y
    for node in nodes:
        if node.inner:
            check(node.inner, layout, layout.nodes[node.key])


@pytest.mark.parametrize("seed", range(40))
def test_nothing_overlaps(seed: int) -> None:
    nodes, wires = a_random_tree(seed)
    layout = arrange(nodes, wires)
    check(nodes, layout, Rectangle(0, 0, layout.width, layout.height))


@pytest.mark.parametrize("seed", range(40))
def test_a_link_is_one_line_from_its_source_to_its_target(seed: int) -> None:
    nodes, wires = a_random_tree(seed)
    layout = arrange(nodes, wires)
    inside = _inside(nodes)
    for index, wire in enumerate(wires):
        lines = [line for line in layout.lines if index in line.wires]
        if wire.source in inside[wire.target] or wire.target in inside[wire.source]:
            assert not lines, "one is in the other"
            continue
        assert [line.last for line in lines].count(True) == 1
        end = next(line for line in lines if line.last).points[-1]
        target, source = layout.nodes[wire.target], layout.nodes[wire.source]
        assert target.x <= end[0] <= target.x + target.width
        starts = [line.points[0] for line in lines]
        assert any(source.x <= x <= source.x + source.width for x, _ in starts)


def _inside(nodes: list[Node], outer: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        found[node.key] = outer
        found |= _inside(node.inner or [], (*outer, node.key))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_no_link_passes_through_a_box(seed: int) -> None:
    nodes, wires = a_random_tree(seed)
    layout = arrange(nodes, wires)
    scopes = {holder for holders in _inside(nodes).values() for holder in holders}
    leaves = {key: place for key, place in layout.nodes.items() if key not in scopes}
    for line in layout.lines:
        own = {key for index in line.wires for key in (wires[index].source, wires[index].target)}
        for x, y in _along(line):
            for key, box in leaves.items():
                inside = box.x + 0.5 < x < box.x + box.width - 0.5 and box.y + 0.5 < y < box.y + box.height - 0.5
                assert not inside or key in own


def _along(line: Line) -> Iterator[tuple[float, float]]:
    """Points of a line as it is drawn: straight down, or a curve that is vertical at both ends."""
    for (x1, y1), (x2, y2) in itertools.pairwise(line.points):
        for step in range(11):
            t = step / 10
            bend = t * t * (3 - 2 * t)
            yield x1 + (x2 - x1) * bend, y1 + (y2 - y1) * (1.5 * t * (1 - t) + t**3) if x1 != x2 else y1 + (y2 - y1) * t


def test_what_waits_is_below_what_it_waits_for() -> None:
    nodes = boxes(30)
    wires = [Wire(f"n{i}", f"n{j}") for i in range(30) for j in range(i + 1, min(i + 4, 30))]
    layout = arrange(nodes, wires)
    for wire in wires:
        assert layout.nodes[wire.source].y + 40 < layout.nodes[wire.target].y


def test_links_enter_a_scope_where_they_go_on_inside() -> None:
    inner = [Node("a", 80, 30), Node("b", 80, 30)]
    nodes = [Node("first", 80, 30), Node("second", 80, 30), Node("scope", 60, 20, inner)]
    layout = arrange(nodes, [Wire("first", "a"), Wire("second", "b")])
    parts = {index: [line for line in layout.lines if index in line.wires] for index in (0, 1)}
    for outside, within in parts.values():
        assert outside.points[-1] == within.points[0]
        assert outside.points[-1][1] == layout.nodes["scope"].y
        assert (outside.last, within.last) == (False, True)


def test_gates_are_on_the_edge_however_deep_the_link_goes() -> None:
    inner = [Node(key, 80, 30) for key in "abc"]
    nodes = [Node("first", 80, 30), Node("scope", 60, 20, inner), Node("last", 80, 30)]
    layout = arrange(nodes, [Wire("a", "b"), Wire("b", "c"), Wire("first", "c"), Wire("a", "last")])
    scope = layout.nodes["scope"]
    into = [line.points for line in layout.lines if 2 in line.wires]
    out = [line.points for line in layout.lines if 3 in line.wires]
    assert into[0][-1] == into[1][0]
    assert into[0][-1][1] == scope.y
    assert {out[0][0][1], out[0][-1][1], out[1][0][1], out[1][-1][1]} >= {scope.y + scope.height}


def test_what_waits_for_nothing_stands_right_above_what_waits_for_it() -> None:
    layout = arrange(boxes(5), [Wire("n0", "n1"), Wire("n1", "n2"), Wire("n2", "n3"), Wire("n4", "n3")])
    assert layout.nodes["n4"].y == layout.nodes["n2"].y


def test_steps_in_a_row_stand_in_a_straight_line() -> None:
    layout = arrange(boxes(6), [Wire(f"n{i}", f"n{i + 1}") for i in range(5)])
    assert {place.x for place in layout.nodes.values()} == {0.0}
    assert all(line.points[0][0] == line.points[-1][0] for line in layout.lines)


def test_crossings_that_can_be_avoided_are_avoided() -> None:
    units = [Unit(key, 50, 20) for key in "abcdefgh"]
    pairs = [("a", "h"), ("b", "g"), ("c", "f"), ("d", "e")]
    layers = Layers(units, [Segment(pair[0], pair[1]) for pair in pairs], 20)
    upper, lower = order(layers)
    partner = {units.index(next(u for u in units if u.key == a)): b for a, b in pairs}
    assert [partner[node] for node in upper] == [units[node].key for node in lower]


def test_a_bad_first_order_is_mended() -> None:
    units = [Unit(key, 50, 20) for key in "abcxyz"]
    links = [("a", "x"), ("a", "z"), ("b", "y"), ("c", "x")]
    layers = Layers(units, [Segment(source, target) for source, target in links], 20)
    upper, lower = ([units[node].key for node in layer] for layer in order(layers))
    pairs = sorted((upper.index(source), lower.index(target)) for source, target in links)
    assert [target for _, target in pairs] == sorted(target for _, target in pairs)


def test_a_layer_that_is_too_wide_goes_on_in_another() -> None:
    nodes = [Node("top", 80, 30), *boxes(40)]
    layout = arrange(nodes, [Wire("top", f"n{i}") for i in range(40)])
    assert len({layout.nodes[f"n{i}"].y for i in range(40)}) == 4
    assert layout.width < WIDEST * 1.3


def test_labels_stand_apart() -> None:
    units = [Unit("a", 60, 20), *(Unit(f"b{i}", 60, 20) for i in range(8))]
    segments = [Segment("a", f"b{i}", label=(70.0, 15.0)) for i in range(8)]
    placed = lay_out(units, segments, 0)
    middles = sorted(placed.labels.values())
    assert len(middles) == 8
    assert all(b[0] - a[0] >= 70 for a, b in itertools.pairwise(middles))


def test_cycles_are_laid_out_as_well() -> None:
    layout = arrange(boxes(3), [Wire("n0", "n1"), Wire("n1", "n2"), Wire("n2", "n0"), Wire("n1", "n1")])
    check(boxes(3), layout, Rectangle(0, 0, layout.width, layout.height))
    back = next(line for line in layout.lines if 2 in line.wires)
    assert back.points[0][1] > back.points[-1][1], "its arrow points up"


def test_the_same_on_every_machine(root: Path) -> None:
    program = (
        "from cdk_sagemaker_pipelines import review\nfrom tests.review.shapes import SHAPES\n"
        "import hashlib\n"
        "drawn = ''.join(review.svg(review.graph(shape(150))) for shape in SHAPES.values())\n"
        "print(hashlib.sha256(drawn.encode()).hexdigest())"
    )
    path = os.pathsep.join([str(root / "constructs"), str(root)])
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_links_do_not_cross_before_the_gates_of_a_scope() -> None:
    inner = [Node("a", 80, 30), Node("b", 80, 30)]
    nodes = [*boxes(4), Node("scope", 60, 20, inner)]
    row = [Wire("n0", "n1"), Wire("n1", "n2"), Wire("n2", "n3"), Wire("n3", "scope")]
    layout = arrange(nodes, [*row, Wire("n1", "a"), Wire("n2", "b"), Wire("a", "b")])
    into = {index: next(line.points for line in layout.lines if index in line.wires) for index in (4, 5)}
    before = [points[-2][0] for points in into.values()]
    at_the_gate = [points[-1][0] for points in into.values()]
    assert (before[0] < before[1]) == (at_the_gate[0] < at_the_gate[1])
