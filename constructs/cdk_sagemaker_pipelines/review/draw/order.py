"""In which order boxes come: ranks, also where they wait for one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def ranks(keys: Sequence[Any], links: Iterable[tuple[Any, ...]]) -> dict[Any, int]:
    """How many others come before each at least: the longest way to it. Links that close a cycle count for nothing.

    ``links``: tuples that begin with source and target.
    """
    following: dict[Any, list[Any]] = {key: [] for key in keys}
    waiting = dict.fromkeys(keys, 0)
    for source, target, *_ in links:
        following[source].append(target)
        waiting[target] += 1
    found = dict.fromkeys(keys, 0)
    ready = [key for key in keys if not waiting[key]]
    left = iter(keys)
    done: set[Any] = set()
    for _ in keys:
        # in a cycle the first of the document begins
        key = ready.pop() if ready else next(key for key in left if key not in done)
        done.add(key)
        for target in following[key]:
            if target in done:
                continue
            found[target] = max(found[target], found[key] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return found
