"""Random policies and requests, against the independent evaluator: ``allowed`` fails where the two do not agree."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.local.authorization.drawn import request
from tests.permissions.compared import trusts_unasked
from tests.permissions.evaluator import allowed


def compared(count: int, seed: int) -> Counter[tuple[bool, str]]:
    """Asks both, and counts the answers by what they may depend on."""
    chance = random.Random(seed)
    asked = [request(chance) for _ in range(count)]
    assert not any(map(trusts_unasked, asked))
    found: Counter[tuple[bool, str]] = Counter()
    for one, answer in zip(asked, allowed(asked), strict=True):
        about = {
            "service": one.principal.endswith(".com"),
            "across": one.account not in one.principal,
            "boundary": one.boundary is not None,
            "resource": one.on is not None,
            "condition": "Condition" in str((one.identity, one.on)),
        }
        found.update((answer, what) for what, holds in about.items() if holds)
    return found


def test_a_few_random_requests() -> None:
    found = compared(500, seed=1)
    kinds = ("service", "across", "boundary", "resource", "condition")
    assert min(found[answer, kind] for answer in (True, False) for kind in kinds) >= 5, found


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_many_random_requests(seed: int) -> None:
    found = compared(2000, seed)
    assert min(found.values()) >= 20, found
