"""Random policies and requests that are about each other more often than by chance.

Where the independent evaluator and AWS's documentation differ nothing is drawn; ``test_documented.py`` has those cases.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from tests.permissions.evaluator import Request

HERE, THERE = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HERE}:role/Job"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/Job/job-1"
USER = f"arn:aws:iam::{HERE}:user/Ann"
SERVICE = "sagemaker.amazonaws.com"
PRINCIPALS = (SESSION, SESSION, SESSION, USER, SERVICE)
RESOURCES: Mapping[str, Sequence[str]] = {
    "s3:GetObject": ("arn:aws:s3:::data/raw/a", "arn:aws:s3:::data/raw/train/q", "arn:aws:s3:::other/raw"),
    "s3:ListBucket": ("arn:aws:s3:::data",),
    "sqs:SendMessage": ("arn:aws:sqs:eu-west-1:{owner}:asked", "arn:aws:sqs:us-east-1:{owner}:asked-dlq"),
    "kms:Decrypt": ("arn:aws:kms:eu-west-1:{owner}:key/1a2b",),
    "sts:AssumeRole": ("arn:aws:iam::{owner}:role/Other",),
    "iam:PassRole": (ROLE,),
}
ACTIONS = ("*", "s3:*", "s3:Get*", "S3:get??????", "sqs:send*", "kms:*", "sts:Assume*", "iam:P?ssRole", "logs:*")
PATTERNS = (
    *("*", "arn:aws:s3:::*", "arn:aws:s3:::data/*", "arn:aws:s3:::d?ta/raw/?", "arn:aws:s3:::*/raw*"),
    *("arn:aws:sqs:*:*:asked", "arn:aws:sqs:eu-*:444455556666:*", "arn:aws:kms:*:111122223333:key/*"),
    *("arn:aws:iam::*:role/*", "arn:aws:s3:::data/${aws:PrincipalTag/area, 'raw'}/*", "arn:aws:s3:::data/raw/${s3:x}"),
)
NAMED: tuple[Any, ...] = (
    *("*", {"AWS": "*"}, {"AWS": HERE}, {"AWS": f"arn:aws:iam::{HERE}:root"}, {"AWS": ROLE}, {"AWS": SESSION}),
    *({"AWS": [USER, THERE]}, {"Service": SERVICE}, {"Service": "lambda.amazonaws.com"}, {"AWS": f"{ROLE}s"}),
)
KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "String": (
        ("raw/a", "raw/b", "Raw/A", "z"),
        ("raw/a", "raw*", "r?w/a", "z", "${s3:y}", "${s3:y, 'z'}", "a${s3:y}"),
    ),
    "Arn": (
        (ROLE, "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p", "arn:aws:s3:::data/a:b"),
        (ROLE, "arn:aws:iam::*:role/*", "arn:aws:sagemaker:*:111122223333:*", "arn:aws:s3:::data/*", "arn:*:s3:*:*:*b"),
    ),
    "Numeric": (("9", "10", "10.0", "-1"), ("10", "9.5", "-1")),
    "Date": (
        ("2026-01-01T00:00:00Z", "2025-06-01T12:00:00Z", "2025-06-01"),
        ("2026-01-01T00:00:00Z", "2025-06-01", "2025-06-01T14:00:00+02:00"),
    ),
    "Bool": (("true", "false"), ("true", "false", "True")),
    "Ip": (("10.1.2.3", "192.0.2.7", "198.51.100.1"), ("10.0.0.0/8", "192.0.2.7", "192.0.2.0/29", "198.0.0.0/7")),
    "Binary": (("QQ==", "Qg=="), ("QQ==", "Qg==")),
}
"""By the beginning of operators: values of requests, values of policies."""
_ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
    *(f"{kind}{order}" for kind in ("Numeric", "Date") for order in _ORDERS),
    *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
)


def kind_of(operator: str) -> str:
    return next(kind for kind in KEYS if operator.removeprefix("Not").startswith(kind))


def condition(chance: random.Random) -> dict[str, Any]:
    """One or two operators, each on a key of its kind, which the request may have, lack or have several values of."""
    found: dict[str, Any] = {}
    for operator in chance.sample(OPERATORS, chance.choice((1, 1, 2))):
        kind = kind_of(operator)
        if chance.random() < 0.1:
            found["Null"] = {f"s3:{kind}": chance.choice(("true", "false"))}
            continue
        quantifier = chance.choice(("", "", "", "ForAllValues:", "ForAnyValue:"))
        key = f"s3:Several{kind}" if quantifier else f"s3:{kind}"
        exists = "IfExists" if chance.random() < 0.2 and quantifier != "ForAnyValue:" else ""
        values = [value for value in KEYS[kind][1] if "Not" not in operator or "${s3:y}" not in value]
        given = chance.sample(values, chance.randint(1, 2))
        found[f"{quantifier}{operator}{exists}"] = {key: given if len(given) > 1 else given[0]}
    return found


def context(chance: random.Random) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for kind, (values, _) in KEYS.items():
        if chance.random() < 0.7:
            found[f"s3:{kind}"] = chance.choice(values)
        if chance.random() < 0.7:
            found[f"s3:Several{kind}"] = chance.sample(values, chance.randint(1, 2))
    if chance.random() < 0.5:
        found["s3:x"] = "a"
    if chance.random() < 0.5:
        found["s3:y"] = chance.choice(("z", "raw/a", "*"))
    return found


def statement(chance: random.Random, action: str, resource: str, named: Sequence[Any] = ()) -> dict[str, Any]:
    """A statement that is about the request more often than by chance alone."""
    told: dict[str, Any] = {"Effect": "Deny" if chance.random() < 0.15 else "Allow"}
    not_action, not_resource = (chance.random() < 0.08 for _ in range(2))
    actions = [action] * 6 + list(ACTIONS)
    told["NotAction" if not_action else "Action"] = sorted(set(chance.choices(actions, k=chance.randint(1, 3))))
    if named:
        told["Principal"] = chance.choice(named)
    if not (named and action == "sts:AssumeRole"):
        patterns = [resource] * 6 + [one for one in PATTERNS if not (not_resource and "${s3:x}" in one)]
        told["NotResource" if not_resource else "Resource"] = sorted(
            set(chance.choices(patterns, k=chance.randint(1, 3)))
        )
    if chance.random() < 0.35:
        told["Condition"] = condition(chance)
    return told


def request(chance: random.Random) -> Request:
    """A request with policies of all kinds."""
    action = chance.choice(list(RESOURCES))
    owner = HERE if action == "iam:PassRole" or chance.random() < 0.7 else THERE
    resource = chance.choice(RESOURCES[action]).format(owner=owner)

    def policy(most: int, named: Sequence[Any] = ()) -> dict[str, Any]:
        told = [statement(chance, action, resource, named) for _ in range(chance.randint(1, most))]
        return {"Version": "2012-10-17", "Statement": told}

    principal = chance.choice(PRINCIPALS)
    bounded = principal != SERVICE and chance.random() < 0.25
    needs_policy = action in ("kms:Decrypt", "sts:AssumeRole")
    return Request(
        principal,
        action,
        resource,
        context(chance),
        tuple(policy(3) for _ in range(chance.randint(0, 2))) if principal != SERVICE else (),
        policy(3, NAMED[2:] if bounded else NAMED) if needs_policy or chance.random() < 0.6 else None,
        owner,
        unchecked=True,
        boundary=policy(3) if bounded else None,
    )
