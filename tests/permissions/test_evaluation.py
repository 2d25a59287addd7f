"""The evaluation of policies, against an independent IAM evaluator: random policies, random needs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.evaluation import Outcome, Policies, within
from cdk_sagemaker_pipelines.iam.permissions import Permission
from cdk_sagemaker_pipelines.iam.requests import Need, needs_of
from cdk_sagemaker_pipelines.iam.statements import Conditions
from tests.permissions.evaluator import Request, allowed

ROLE = "arn:aws:iam::111122223333:role/Job"
SERVICE, OTHER = "sagemaker.amazonaws.com", "lambda.amazonaws.com"
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:PassRole", "logs:PutLogEvents"]
IN_POLICIES = [*ACTIONS, "s3:*", "s3:List*", "S3:get*", "*", "s3:Get??????", "iam:*", "logs:Put*"]
RESOURCES = [
    *("arn:aws:s3:::data/raw/a", "arn:aws:s3:::data/raw*", "arn:aws:s3:::data/*/train/*", "arn:aws:s3:::other/raw*"),
    *("arn:aws:iam::111122223333:role/Job", "arn:aws:iam::111122223333:role/Jobs"),
    *("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/a:*", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/a"),
]
WIDER = [
    *("*", "arn:aws:s3:::*", "arn:aws:s3:::data/*", "arn:aws:s3:::d?ta/raw/?", "arn:aws:iam::*:role/Job"),
    *("arn:aws:logs:*:111122223333:*", "arn:aws:logs:*", "arn:aws:s3:::*/raw*", "arn:aws:s3:::data/raw/a${*}"),
]
CONDITIONS: list[Conditions] = [
    {"StringEquals": {"iam:PassedToService": SERVICE}},
    {"StringEquals": {"iam:PassedToService": [SERVICE, OTHER]}},
    {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
    {"StringNotEquals": {"iam:PassedToService": OTHER}},
    {"StringEqualsIgnoreCase": {"iam:passedtoservice": SERVICE.upper()}},
    {"StringLikeIfExists": {"iam:PassedToService": "lambda*"}},
    {"Null": {"iam:PassedToService": "false"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"StringEquals": {"iam:PassedToService": SERVICE}, "Bool": {"aws:SecureTransport": "true"}},
    {"StringLike": {"s3:prefix": "raw*"}},
    {"StringLike": {"s3:prefix": ["raw/?", "r*/train/*", "z"]}},
    {"StringEquals": {"s3:prefix": "raw/a"}},
    {"StringNotLike": {"s3:prefix": "raw/*"}},
]
KNOWN = {"aws:SecureTransport": "true"}
UNKNOWN: tuple[Mapping[str, str], ...] = ({}, {"aws:SourceVpce": "vpce-1"}, {"aws:SourceVpce": "vpce-2"})
"""What nobody knows before the request."""
BETWEEN = ("", "/", "z", "raw/a", "/a", "/b", "zz/train/zz", "/train/q")
"""What a star may stand for."""


@dataclass(frozen=True)
class Said:
    """A statement, as ours and as IAM takes it."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    inverted: tuple[str, ...]
    policy: str = "P"

    def json(self) -> dict[str, Any]:
        action, resource = (key if key in self.inverted else key[3:] for key in ("NotAction", "NotResource"))
        told: dict[str, Any] = {"Effect": self.effect, action: self.actions, resource: self.resources}
        return {**told, "Condition": self.conditions} if self.conditions else told


def statement(chance: random.Random, asked: Need) -> Said:
    """A statement, which is about what is asked more often than by chance alone."""
    actions, resources = [asked.action] * 4 + IN_POLICIES, [asked.resource] * 4 + RESOURCES
    known = {key for keys in asked.conditions.values() for key in keys}
    about = [one for one in CONDITIONS if any(not known.isdisjoint(keys) for keys in one.values())]
    inverted = tuple(key for key in ("NotAction", "NotResource") if chance.random() < 0.1)
    # a short ARN as an exception the evaluator does not judge
    wider = [one for one in WIDER if "NotResource" not in inverted or one.count(":") != 3]
    return Said(
        "Deny" if chance.random() < 0.2 else "Allow",
        tuple(dict.fromkeys(chance.choices(actions, k=chance.randint(1, 3)))),
        tuple(dict.fromkeys(chance.choices([*resources, *wider, *wider], k=chance.randint(1, 3)))),
        chance.choice([*CONDITIONS, *about, *about]) if chance.random() < 0.4 else {},
        inverted,
    )


def document(statements: list[Said]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [one.json() for one in statements]}


@dataclass(frozen=True)
class Pair:
    """A need, and who has which policies, maybe within a boundary."""

    need: Need
    statements: list[Said]
    boundary: list[Said] | None

    def outcome(self) -> Outcome:
        return Policies(self.statements, self.boundary, KNOWN).judge(self.need).outcome

    def requests(self) -> Iterator[Request]:
        """What may be asked when there is this need, on each policy by itself."""
        policies = [self.statements] if self.boundary is None else [self.statements, self.boundary]
        for action, text, context in asked_of(self.need):
            for more in UNKNOWN:
                for one in policies:
                    told = {**KNOWN, **context, **more}
                    yield Request(ROLE, action, text, told, (document(one),), unchecked=True)


def asked_of(need: Need) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Actions, resources and contexts that a need stands for."""
    known = {key: value for keys in need.conditions.values() for key, value in keys.items()}
    for between in BETWEEN if "*" in f"{need.resource}{known}" else BETWEEN[:1]:
        context = {key: value.replace("*", between) for key, value in known.items()}
        yield need.action, need.resource.replace("*", between), context


def need(chance: random.Random) -> Need:
    action = chance.choice(ACTIONS)
    resource = chance.choice([one for one in RESOURCES if one.split(":")[2] == action.partition(":")[0]])
    if action == "s3:ListBucket":
        prefix = chance.choice(["raw/a", "raw*", "raw/*", "*/train/*"])
        return Need(action, "arn:aws:s3:::data", {"StringLike": {"s3:prefix": prefix}})
    return Need(
        action, resource, {"StringEquals": {"iam:PassedToService": SERVICE}} if action == "iam:PassRole" else {}
    )


def pair(chance: random.Random) -> Pair:
    asked = need(chance)
    statements = [statement(chance, asked) for _ in range(chance.randint(1, 4))]
    boundary = [statement(chance, asked) for _ in range(3)] if chance.random() < 0.2 else None
    return Pair(asked, statements, boundary)


def compared(count: int, seed: int) -> Counter[Outcome]:
    """Judges random pairs, and compares with what the evaluator says of each request; how many came to what."""
    chance = random.Random(seed)
    pairs = [pair(chance) for _ in range(count)]
    asked = [list(one.requests()) for one in pairs]
    answers = iter(allowed([request for requests in asked for request in requests]))
    came_to: Counter[Outcome] = Counter()
    for one, requests in zip(pairs, asked, strict=True):
        each = [next(answers) for _ in requests]
        if one.boundary is not None:
            each = [own and bound for own, bound in zip(each[::2], each[1::2], strict=True)]
        outcome = one.outcome()
        came_to[outcome] += 1
        if outcome is Outcome.GRANTED:
            assert all(each), one
        elif outcome is Outcome.MISSING and not pieced_together(one):
            assert not all(each), one
        if len(set(each)) == 1 and not is_pattern(one.need) and not doubtful(one):
            assert outcome is (Outcome.GRANTED if each[0] else Outcome.MISSING), one
    return came_to


def is_pattern(need: Need) -> bool:
    return "*" in f"{need.resource}{need.conditions}"


def pieced_together(one: Pair) -> bool:
    """Whether statements may grant all of a pattern that none grants alone, since each names what it is not about."""
    told = [*one.statements, *(one.boundary or ())]
    return is_pattern(one.need) and any(
        "NotResource" in each.inverted or "StringNotLike" in each.conditions for each in told
    )


def doubtful(one: Pair) -> bool:
    """Whether a condition is on what nobody knows: the answers may be the same by chance."""
    told, known = str((one.statements, one.boundary)).lower(), str(one.need.conditions).lower()
    keys = ("aws:sourcevpce", "iam:passedtoservice", "s3:prefix")
    return any(key in told and key not in known for key in keys)


def within_another(count: int, seed: int) -> Counter[bool]:
    """Whether random needs are seen to be within wider ones, against the evaluator; how many were and were not."""
    chance = random.Random(seed)
    found: Counter[bool] = Counter()
    pairs: list[tuple[Pair, Need]] = []
    for _ in range(count):
        asked_for = need(chance)
        actions, resources = [asked_for.action] * 5 + IN_POLICIES, [asked_for.resource] * 5 + RESOURCES + WIDER
        told = chance.choice(CONDITIONS) if chance.random() < 0.5 else {}
        wide = Need(chance.choice(actions), chance.choice(resources), told)
        said = Said("Allow", (wide.action,), (wide.resource,), wide.conditions, ())
        pairs.append((Pair(asked_for, [said], None), wide))
    asked = [list(one.requests()) for one, _ in pairs]
    answers = iter(allowed([request for requests in asked for request in requests]))
    for (one, wide), requests in zip(pairs, asked, strict=True):
        each = [next(answers) for _ in requests]
        is_within = within(one.need, wide)
        found[is_within] += 1
        if is_within:
            assert all(each), (one, wide)
        elif not doubtful(one) and "SecureTransport" not in str(wide.conditions):  # of which ``within`` knows nothing
            assert not all(each), (one, wide)
    return found


def test_a_few_random_policies() -> None:
    came_to = compared(500, seed=1)
    assert min(came_to[outcome] for outcome in Outcome) >= 30, came_to


def test_a_few_random_needs_within_others() -> None:
    found = within_another(500, seed=2)
    assert min(found[True], found[False]) >= 30, found


def test_a_permission_grants_each_of_its_parts() -> None:
    permission = Permission(
        ("s3:ListBucket", "s3:ListBucketVersions"),
        ("arn:aws:s3:::data", "arn:aws:s3:::other"),
        {"StringLike": {"s3:prefix": ["raw*", "z/*"]}},
    )
    needs = list(needs_of(permission))
    policy = {"Version": "2012-10-17", "Statement": [permission.statement()]}
    plain = [Need(one.action, one.resource, {"StringLike": {"s3:prefix": only(one)}}) for one in needs]
    asked = [request for one in plain for request in asked_of(one)]
    requests = [Request(ROLE, *each, (policy,), unchecked=True) for each in asked]
    assert (len(needs), len({one.meaning for one in needs})) == (8, 8)
    assert all(allowed(requests))
    (other,) = allowed(
        [Request(ROLE, "s3:ListBucket", "arn:aws:s3:::data", {"s3:prefix": "a"}, (policy,), unchecked=True)]
    )
    assert not other


def only(need: Need) -> str:
    """The one pattern of its condition."""
    ((pattern,),) = need.conditions["StringLike"].values()
    return str(pattern)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 50))
def test_many_random_policies(seed: int) -> None:
    came_to = compared(500, seed)
    assert min(came_to[outcome] for outcome in Outcome) >= 30, came_to


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_many_random_needs_within_others(seed: int) -> None:
    found = within_another(500, seed)
    assert min(found[True], found[False]) >= 30, found
