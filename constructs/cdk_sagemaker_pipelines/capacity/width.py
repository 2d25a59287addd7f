"""What can run at once: the heaviest set of steps that do not wait for or exclude one another.

Steps are numbers here, and a set of them is a mask: bit ``i`` is step ``i``.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterator, Sequence

SEARCHES = 500
"""How many sets are examined; after that the answer is an upper bound, which may be too high but never too low."""


def heaviest(
    weights: Sequence[int], after: Sequence[int], exclusive: Sequence[tuple[int, int]] = (), most: int | None = None
) -> tuple[int, int]:
    """The greatest weight of at most ``most`` steps that can run at once, and those steps.

    ``after[i]``: all steps that come after step ``i``, even indirectly. ``exclusive``: pairs of sets, such as the
    two branches of a condition; what is in one never runs with what is in the other.

    Without branches and ``most`` it is exactly the heaviest antichain, by Dilworth's theorem. With them that is an
    upper bound, and a best-first search takes or leaves steps until the bound is reached.
    """
    conflicts = _conflicts(after, exclusive)
    after = _ordered(after, exclusive, conflicts)
    number = itertools.count()
    waiting: list[tuple[int, int, int, int, int]] = []

    def look(taken: int, allowed: int) -> None:
        """Queues a set that may still grow: the highest bound comes first, among equals the latest."""
        room = None if most is None else most - taken.bit_count()
        bound, found = _bound(weights, after, 0 if room == 0 else allowed, room)
        weight = sum(weights[step] for step in _bits(taken))
        heapq.heappush(waiting, (-bound - weight, -next(number), taken, allowed, taken | found))

    look(0, (1 << len(weights)) - 1)
    for search in itertools.count(1):
        bound, _, taken, allowed, found = heapq.heappop(waiting)
        crossed = [step for step in _bits(found) if conflicts[step] & found]
        if search > SEARCHES or (not crossed and (most is None or found.bit_count() <= most)):
            break
        step = max(crossed or _bits(found & ~taken), key=lambda step: weights[step])
        look(taken, allowed & ~(1 << step))
        look(taken | 1 << step, allowed & ~conflicts[step] & ~(1 << step))
    return -bound, found


def _bound(weights: Sequence[int], after: Sequence[int], allowed: int, most: int | None) -> tuple[int, int]:
    """A weight that no set of at most ``most`` of the allowed steps exceeds, and their heaviest antichain."""
    found = antichain(weights, after, allowed)
    bound = sum(weights[step] for step in _bits(found))
    if most is None or found.bit_count() <= most:
        return bound, found
    # each step may have a price, refunded for `most` of them: that is an upper bound whatever the price is
    for price in {weights[step] for step in _bits(allowed)}:
        dear = [max(weight - price, 0) for weight in weights]
        bound = min(bound, sum(dear[step] for step in _bits(antichain(dear, after, allowed))) + price * most)
    return bound, found


def antichain(weights: Sequence[int], after: Sequence[int], allowed: int) -> int:
    """The heaviest set of allowed steps none of which comes after another.

    Its weight is what chains need to cover each step as often as it weighs: all weights less the maximum flow from
    each step to those after it. The set is read from the minimum cut.
    """
    steps = [step for step in _bits(allowed) if weights[step] > 0]
    within = sum(1 << step for step in steps)
    supply, demand = list(weights), list(weights)
    flow: list[dict[int, int]] = [{} for _ in weights]  # by target: the flow from each source
    for source in steps:  # what fits without redirecting flow
        for target in _bits(after[source] & within):
            amount = min(supply[source], demand[target])
            if amount:
                flow[target][source] = amount
                supply[source] -= amount
                demand[target] -= amount
            if not supply[source]:
                break
    while True:
        came: dict[int, int | None] = {step: None for step in steps if supply[step] > 0}
        entered: dict[int, int] = {}
        queue, open_targets, end = deque(came), within, None
        while queue and end is None:
            source = queue.popleft()
            for target in _bits(after[source] & open_targets):
                open_targets &= ~(1 << target)
                entered[target] = source
                if demand[target] > 0:
                    end = target
                    break
                for back, amount in flow[target].items():
                    if amount > 0 and back not in came:
                        came[back] = target
                        queue.append(back)
        if end is None:
            return sum(1 << step for step in steps if step in came and step not in entered)
        _push(end, supply, demand, flow, came, entered)


def _push(
    end: int,
    supply: list[int],
    demand: list[int],
    flow: list[dict[int, int]],
    came: dict[int, int | None],
    entered: dict[int, int],
) -> None:
    """Sends as much as the path that ends at a target can take."""
    hops: list[tuple[int, int, int | None]] = []  # from a source to a target, and the target whose flow is redirected
    target: int | None = end
    while target is not None:
        source = entered[target]
        hops.append((source, target, came[source]))
        target = came[source]
    amount = min(supply[hops[-1][0]], demand[end])
    for source, _, back in hops:
        if back is not None:
            amount = min(amount, flow[back][source])
    supply[hops[-1][0]] -= amount
    demand[end] -= amount
    for source, target, back in hops:
        flow[target][source] = flow[target].get(source, 0) + amount
        if back is not None:
            flow[back][source] -= amount


def _conflicts(after: Sequence[int], exclusive: Sequence[tuple[int, int]]) -> list[int]:
    """For each step, the steps that never run with it."""
    conflicts = list(after)
    for step, later in enumerate(after):
        for other in _bits(later):
            conflicts[other] |= 1 << step
    for one, other in (*exclusive, *((b, a) for a, b in exclusive)):
        for step in _bits(one):
            conflicts[step] |= other
    return conflicts


def _ordered(after: Sequence[int], exclusive: Sequence[tuple[int, int]], conflicts: Sequence[int]) -> list[int]:
    """The order with one branch after the other, wherever that does not separate steps that can run at once."""
    after = list(after)
    for pair in exclusive:
        for first, second in (pair, pair[::-1]):
            down = first | sum(1 << step for step, later in enumerate(after) if later & first and not first >> step & 1)
            up = second
            for step in _bits(second):
                up |= after[step]
            if not down & up and all(not up & ~conflicts[step] for step in _bits(down)):
                for step in _bits(down):
                    after[step] |= up
                break
    return after


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
