"""Damaged policies and contexts: an error of this room's own, or an answer, and nothing else."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.authorization import (
    ApplicablePolicies,
    Policy,
    PolicyError,
    Request,
    UndecidedError,
    decide,
)
from tests.local.authorization import drawn
from tests.local.authorization.asking import JOB

JUNK: tuple[Any, ...] = (
    *(None, True, -1, 1.5, float("inf"), "", "*", "\x00", "é", "a" * 3000, [], {}, [[]], {"AWS": [[]]}, {"a": []}),
    *("${", "${}", "${a:b, 'c'}", "arn:aws:s3:::${a:b}", "::ffff:192.0.2.1", "999.1.1.1", "1e999999999", "\uff11"),
    *("2026-02-30", "0000-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
)
TEXTS = [one for one in JUNK if isinstance(one, str)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    changed = copy.deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = junk
    return changed


def damaged(count: int, seed: int) -> Counter[str]:
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    while found.total() < count:
        asked = drawn.request(chance)
        context = {key: chance.choice(TEXTS) if chance.random() < 0.5 else one for key, one in asked.context.items()}
        request = Request(
            JOB, asked.action, str(asked.resource), owner=asked.account, context=context, complete=("s3:",)
        )
        for document, of_resource in ((next(iter(asked.identity), None), False), (asked.on, True)):
            if document is None:
                continue
            if chance.random() < 0.5:
                document = put(document, chance.choice(list(places(document))), chance.choice(JUNK))
            try:
                policy = Policy.parse(document, "P", of_resource=of_resource)
                kind = {"resource": policy} if of_resource else {"identity": (policy,)}
                decide(request, ApplicablePolicies(**kind))
                found["answered"] += 1
            except (PolicyError, UndecidedError) as error:
                found[type(error).__name__] += 1
    return found


def test_a_few_damaged_policies() -> None:
    found = damaged(1000, seed=1)
    assert min(found[kind] for kind in ("answered", "PolicyError", "UndecidedError")) >= 5, found


@pytest.mark.long
def test_many_damaged_policies() -> None:
    damaged(50_000, seed=2)
