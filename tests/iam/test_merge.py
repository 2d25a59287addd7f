"""Merging permissions: fewer statements, and never more or less allowed."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.iam.permissions import Permission, Reason, document, merge
from tests.language.support import STEADY

from .support import allowed


def prefixes(*values: str) -> dict[str, Any]:
    return {"StringLike": {"s3:prefix": list(values)}}


def test_the_same_resources() -> None:
    assert allowed(merge([Permission(("b:Y",), ("r", "q")), Permission(("a:X", "b:Y"), ("q", "r"))])) == [
        ("a:X b:Y", "q r")
    ]


def test_the_same_actions() -> None:
    given = [Permission(("b:Y", "a:X"), ("r",)), Permission(("c:Z",), ("q",)), Permission(("a:X", "b:Y"), ("q",))]
    assert allowed(merge(given)) == [("a:X b:Y", "r"), ("a:X b:Y c:Z", "q")]
    assert allowed(merge([given[0], given[2]])) == [("a:X b:Y", "q r")]


def test_what_merging_makes_alike_is_merged_too() -> None:
    given = [
        Permission(("a:X",), ("q",)),
        Permission(("a:X",), ("q", "r")),
        Permission(("b:Y",), ("q",)),
        Permission(("a:X", "b:Y"), ("r",)),
    ]
    assert allowed(merge(given)) == [("a:X b:Y", "q r")]


def test_what_differs_in_both_stays_apart() -> None:
    assert allowed(merge([Permission(("a:X",), ("r",)), Permission(("b:Y",), ("q",))])) == [("a:X", "r"), ("b:Y", "q")]


def test_other_conditions_stay_apart() -> None:
    to = [{"StringEquals": {"iam:PassedToService": service}} for service in ("one", "two")]
    given = [Permission(("iam:PassRole",), ("r",), condition) for condition in (*to, {})]
    assert allowed(merge(given)) == [("iam:PassRole", "r", to[0]), ("iam:PassRole", "r", to[1]), ("iam:PassRole", "r")]


def test_conditions_are_compared_as_values() -> None:
    one: dict[str, Any] = {"StringEquals": {"k": ["b", "a"], "l": "x"}, "Bool": {"m": "true"}}
    same: dict[str, Any] = {"Bool": {"m": ["true"]}, "StringEquals": {"l": ["x"], "k": ["a", "b"]}}
    assert allowed(merge([Permission(("a:X",), ("r",), one), Permission(("a:X",), ("q",), same)])) == [
        ("a:X", "q r", one)
    ]


def test_prefixes_of_a_bucket_are_joined() -> None:
    bucket, other = "arn:aws:s3:::data", "arn:aws:s3:::other"
    assert allowed(
        merge(
            [
                Permission(("s3:ListBucket",), (bucket,), prefixes("b/*")),
                Permission(("s3:ListBucket",), (other,), prefixes("b/*")),
                Permission(("s3:ListBucket",), (bucket,), prefixes("a/*", "b/*")),
                Permission(("s3:ListBucket",), (bucket,), {"StringLike": {"s3:prefix": "c/*"}}),
            ]
        )
    ) == [
        ("s3:ListBucket", bucket, prefixes("a/*", "b/*", "c/*")),
        ("s3:ListBucket", other, prefixes("b/*")),
    ]


def test_buckets_with_the_same_prefixes_are_joined() -> None:
    given = [Permission(("s3:ListBucket",), (bucket,), prefixes("a/*")) for bucket in ("q", "r")]
    assert allowed(merge(given)) == [("s3:ListBucket", "q r", prefixes("a/*"))]


def test_patterns_beside_other_conditions_are_not_joined() -> None:
    beside = {"Bool": {"aws:SecureTransport": "true"}}
    two_keys = [{"StringLike": {"s3:prefix": [prefix], "s3:delimiter": "/"}} for prefix in "ab"]
    conditions = [{**prefixes("a"), **beside}, {**prefixes("b"), **beside}, *two_keys, prefixes("a")]
    not_like = [{"StringNotLike": {"s3:prefix": [prefix]}} for prefix in "ab"]
    given = [Permission(("s3:ListBucket",), ("r",), condition) for condition in [*conditions, *not_like]]
    assert len(merge(given)) == 7


def test_reasons_are_kept_each_once() -> None:
    given = [
        Permission(("a:X",), ("r",), because=(Reason("B", "x"),)),
        Permission(("b:Y",), ("r",), because=(Reason("A", "y"), Reason("B", "x"))),
        Permission(("a:X", "b:Y"), ("q",), because=(Reason("C", "z"),)),
    ]
    assert [list(map(str, permission.because)) for permission in merge(given)] == [["B: x", "A: y", "C: z"]]


def test_the_document() -> None:
    given = [Permission(("a:X",), ("r",)), Permission(("a:X", "b:Y"), ("q", "r"), prefixes("p"))]
    assert document(given) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "a:X", "Resource": "r"},
            {
                "Effect": "Allow",
                "Action": ["a:X", "b:Y"],
                "Resource": ["q", "r"],
                "Condition": {"StringLike": {"s3:prefix": ["p"]}},
            },
        ],
    }
    assert document([]) == {"Version": "2012-10-17", "Statement": []}


conditions = st.sampled_from(
    [
        {},
        prefixes("a"),
        prefixes("b"),
        prefixes("b", "a"),
        {"StringLike": {"s3:prefix": "c"}},
        {"StringLike": {"k": ["a"]}},
        {"StringLike": {"s3:prefix": ["a"], "k": ["a"]}},
        {"StringNotLike": {"s3:prefix": ["a"]}},
        {"StringNotLike": {"s3:prefix": ["b"]}},
        {"StringEquals": {"k": "a"}},
        {"StringEquals": {"k": ["a", "b"]}},
        {"StringLike": {"s3:prefix": ["a"]}, "StringEquals": {"k": "a"}},
    ]
)
permissions = st.builds(
    Permission,
    st.lists(st.sampled_from("XYZ"), min_size=1, max_size=3).map(tuple),
    st.lists(st.sampled_from("qrs"), min_size=1, max_size=3).map(tuple),
    conditions,
    st.lists(st.sampled_from("mn"), max_size=2).map(tuple),
)


def triples(given: list[Permission]) -> set[tuple[str, str, str]]:
    """Each action, resource and condition that is allowed; of alternative patterns each on its own."""
    return {
        (action, resource, condition)
        for permission in given
        for action, resource in itertools.product(permission.actions, permission.resources)
        for condition in alternatives(permission.conditions)
    }


def alternatives(condition: Any) -> list[str]:
    """A request meets ``StringLike`` over one key when it meets one of its patterns."""
    if list(condition) == ["StringLike"] and len(condition["StringLike"]) == 1:
        ((key, values),) = condition["StringLike"].items()
        return [f"{key} like {value}" for value in ([values] if isinstance(values, str) else values)]
    return [json.dumps(condition, sort_keys=True)]


@STEADY
@given(st.lists(permissions, max_size=12))
def test_merging_allows_the_same(given: list[Permission]) -> None:
    merged = merge(given)
    assert triples(merged) == triples(given)
    assert len(merged) <= len(given)
    assert merge(merged) == merged
    for permission in merged:
        assert list(permission.actions) == sorted(set(permission.actions))
        assert list(permission.resources) == sorted(set(permission.resources))
    assert {reason for permission in merged for reason in permission.because} == {
        reason for permission in given for reason in permission.because
    }


@given(st.permutations(["Role", "Bucket", "Queue"]), st.sampled_from([1, 9, 98, 99, 998, 9_998]))
def test_the_numbers_of_tokens_decide_nothing(names: list[str], start: int) -> None:
    """CDK begins to count somewhere: texts that differ in a number alone stay in the order in which they are needed."""

    def merged(first: int) -> list[list[str]]:
        tokens = {name: f"${{Token[TOKEN.{first + number}]}}/a" for number, name in enumerate(names)}
        named = {token: name for name, token in tokens.items()}
        needs = [Permission(("s3:GetObject",), (tokens[name], "arn:b")) for name in names]
        needs += [Permission(("s3:GetObject",), tuple(reversed(tokens.values())))]
        needs += [
            Permission(("s3:ListBucket",), ("arn:c",), {"StringLike": {"s3:prefix": [token]}})
            for token in tokens.values()
        ]
        objects, buckets = merge(needs)
        patterns = buckets.conditions["StringLike"]["s3:prefix"]
        return [[named.get(text, text) for text in texts] for texts in (objects.resources, patterns)]

    assert merged(start) == merged(1_000_000) == [[*names, "arn:b"], names]
