"""The heaviest set of steps that can run at once, against every set there is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.capacity import width
from cdk_sagemaker_pipelines.capacity.width import heaviest

SIZE = 8
STEADY = settings(deadline=None, derandomize=True, max_examples=400)
weights = st.lists(st.integers(0, 9), min_size=1, max_size=SIZE)
pairs = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=14)
masks = st.integers(0, 2**SIZE - 1)


def closed(edges: set[tuple[int, int]], size: int) -> list[int]:
    """The steps after each, by way of others too; an edge leads from the lower number to the higher."""
    after = [0] * size
    for step in reversed(range(size)):
        for low, high in {(min(edge), max(edge)) for edge in edges}:
            if low == step < high < size:
                after[step] |= after[high] | 1 << high
    return after


def branches(raw: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """Pairs of disjoint sets."""
    every = (1 << size) - 1
    return [(one & every, other & ~one & every) for one, other in raw]


def sets(count: int, after: list[int], exclusive: list[tuple[int, int]], most: int | None) -> Iterator[int]:
    """Every set that can run at once."""
    for mask in range(1 << count):
        members = [step for step in range(count) if mask >> step & 1]
        if most is not None and len(members) > most:
            continue
        if any(after[step] & mask for step in members):
            continue
        if any(one & mask and other & mask for one, other in exclusive):
            continue
        yield mask


def weight(values: list[int], mask: int) -> int:
    return sum(value for step, value in enumerate(values) if mask >> step & 1)


@given(weights, pairs, st.lists(st.tuples(masks, masks), max_size=3), st.none() | st.integers(1, 4))
@STEADY
def test_it_is_the_best_of_all_sets(
    values: list[int], edges: set[tuple[int, int]], raw: list[tuple[int, int]], most: int | None
) -> None:
    after, exclusive = closed(edges, len(values)), branches(raw, len(values))
    possible = set(sets(len(values), after, exclusive, most))
    found, chosen = heaviest(values, after, exclusive, most)
    assert found == max(weight(values, mask) for mask in possible)
    assert chosen in possible
    assert weight(values, chosen) == found


@given(weights, pairs, st.lists(st.tuples(masks, masks), max_size=3), st.none() | st.integers(1, 4))
@settings(STEADY, max_examples=100)
def test_when_the_search_is_cut_short_it_is_never_too_low(
    values: list[int], edges: set[tuple[int, int]], raw: list[tuple[int, int]], most: int | None
) -> None:
    after, exclusive = closed(edges, len(values)), branches(raw, len(values))
    best, _ = heaviest(values, after, exclusive, most)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(width, "SEARCHES", 0)
        assert heaviest(values, after, exclusive, most)[0] >= best


def test_a_chain_runs_one_step_at_a_time() -> None:
    assert heaviest([1, 8, 4], closed({(0, 1), (1, 2)}, 3)) == (8, 0b010)


def test_branches_of_a_condition_never_run_together() -> None:
    assert heaviest([4, 4, 6], [0, 0, 0], [(0b011, 0b100)]) == (8, 0b011)


def test_the_parallelism_bounds_the_steps_and_not_the_weight() -> None:
    assert heaviest([1, 8, 4, 8], [0, 0, 0, 0], most=2) == (16, 0b1010)


def test_a_light_but_wide_layer_loses_against_a_heavy_chain_when_few_may_run() -> None:
    chain = closed(set(itertools.pairwise(range(20))), 70)
    assert heaviest([8] * 20 + [1] * 50, chain, most=10)[0] == 8 + 9


@pytest.mark.parametrize("most", [None, 10])
def test_five_hundred_steps_take_little_time(most: int | None) -> None:
    size, layer = 500, 25
    edges = {(step, min(step + layer + shift, size - 1)) for step in range(size - layer) for shift in (0, 1)}
    started = time.process_time()
    found, _ = heaviest([1 + step % 8 for step in range(size)], closed_fast(edges, size), most=most)
    assert found > 0
    assert time.process_time() - started < 20


def closed_fast(edges: set[tuple[int, int]], size: int) -> list[int]:
    direct: list[list[int]] = [[] for _ in range(size)]
    for low, high in edges:
        direct[low].append(high)
    after = [0] * size
    for step in reversed(range(size)):
        for high in direct[step]:
            after[step] |= after[high] | 1 << high
    return after
