"""Event patterns: what is refused, and what matches. The cases are those of AWS's page of operators, and by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.events.patterns import PatternError, matches, read


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        (["a", 5, None, True], "a", True), (["a", 5, None, True], 5, True), ([None], None, True),
        ([None], "null", False),
        ([1], True, False), ([True], 1, False), ([5], "5", False), ([5], 5.0, True), ([""], "", True),
        (["a"], ["b", "a"], True), (["a"], [["a"]], True), (["a"], [], False), (["a"], {"a": 1}, False),
        ([{"prefix": "ab"}], "abc", True), ([{"prefix": "ab"}], "Abc", False), ([{"prefix": "ab"}], 5, False),
        ([{"prefix": {"equals-ignore-case": "AB"}}], "abc", True), ([{"suffix": ".png"}], "a.png", True),
        ([{"suffix": {"equals-ignore-case": ".PNG"}}], "a.png", True), ([{"suffix": ".png"}], "png", False),
        ([{"equals-ignore-case": "Alice"}], "aLICE", True), ([{"equals-ignore-case": "Alice"}], "alicf", False),
        ([{"anything-but": "a"}], "b", True), ([{"anything-but": "a"}], "a", False),
        ([{"anything-but": [1, 2]}], 3, True),
        ([{"anything-but": [1, 2]}], 2, False), ([{"anything-but": ["a"]}], ["a", "b"], True),
        ([{"anything-but": {"prefix": "in"}}], "init", False),
        ([{"anything-but": {"suffix": [".a", ".b"]}}], "x.b", False),
        ([{"anything-but": {"wildcard": "*/lib/*"}}], "/lib/x", False),
        ([{"anything-but": {"prefix": "in"}}], 5, True),
        ([{"anything-but": {"equals-ignore-case": ["A", "B"]}}], "b", False),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True), ([{"numeric": [">", 0, "<=", 5]}], 5.1, False),
        ([{"numeric": ["=", 3.018e2]}], 301.8, True), ([{"numeric": ["<", 10]}], "5", False),
        ([{"numeric": ["=", 1]}], True, False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.7", True), ([{"cidr": "10.0.0.0/24"}], "10.0.1.7", False),
        ([{"cidr": "10.0.0.0/24"}], "no", False), ([{"cidr": "2001:db8::/32"}], "2001:db8::1", True),
        ([{"wildcard": "dir/*.png"}], "dir/a/b.png", True), ([{"wildcard": "a*a"}], "a", False),
        ([{"wildcard": "a\\*"}], "a*", True), ([{"wildcard": "a\\*"}], "ab", False),
        ([{"wildcard": "*a*b*"}], "xaxb", True),
        ([{"wildcard": "*a*b*"}], "ba", False), ([{"wildcard": "\\\\*"}], "\\x", True),
        ([{"exists": True}], None, True), ([{"exists": False}], 1, False), ([{"exists": True}], {"a": 1}, False),
    ],
)  # fmt: skip
def test_values(tests: list[Any], value: Any, expected: bool) -> None:
    assert matches(read(json.dumps({"x": tests})), {"x": value, "y": 1}) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"none": [{"exists": False}]}, True), ({"none": ["a"]}, False), ({"none": [{"anything-but": "a"}]}, False),
        ({"none": {"in": [{"exists": False}]}}, True), ({"e": {"in": [{"exists": False}]}}, True),
        ({"a": {"b": [1], "c": [2]}}, True),
        ({"a": {"b": [1], "c": [9]}}, False),
        ({"items": {"name": ["x"]}}, True), ({"items": {"name": ["z"]}}, False),
        ({"items": {"name": ["x"], "size": [1]}}, True), ({"items": {"name": ["x"], "size": [2]}}, False),
        ({"$or": [{"a": {"b": [7]}}, {"e": [{"prefix": "f"}]}]}, True),
        ({"$or": [{"a": {"b": [7]}}, {"e": ["g"]}]}, False),
        ({"e": ["foo"], "$or": [{"a": {"b": [7]}}, {"e": ["g"]}]}, False), ({"$or": ["a"]}, False),
    ],
)  # fmt: skip
def test_objects(pattern: dict[str, Any], expected: bool) -> None:
    event = {"a": {"b": 1, "c": 2}, "items": [{"name": "x", "size": 1}, {"name": "y", "size": 2}], "e": "foo"}
    assert matches(read(json.dumps(pattern)), event) is expected


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ([{"prefix": 5}], "prefix match pattern must be a string"),
        ([{"prefixx": "z"}], "Unrecognized match type prefixx"),
        ([{"suffix": ["a"]}], "suffix match"), ([{"prefix": {"equals-ignore-case": 5}}], "prefix match"),
        ([{"equals-ignore-case": ["a"]}], "equals-ignore-case match"),
        ([{"prefix": "a", "suffix": "b"}], "Only one key"),
        ([{}], "Only one key"), ([["a"]], "Match value must be"), ([], "Empty arrays"), ({}, "Empty objects"),
        ("a", "must be an object or an array"), ([{"exists": "true"}], "exists match"),
        ([{"numeric": [">", "5"]}], "numeric"),
        ([{"numeric": ["!", 5]}], "range operator: !"), ([{"numeric": []}], "array of comparisons"),
        ([{"numeric": ["<", 5, ">", 1]}], "a range is"), ([{"numeric": [">", 5, "<", 1]}], "Bottom must"),
        ([{"numeric": ["=", 6e9]}], "between"), ([{"numeric": ["=", True]}], "numeric"),
        ([{"cidr": "10.0.0.0"}], "CIDR"),
        ([{"cidr": "10.0.0.0/99"}], "CIDR"), ([{"wildcard": "a**"}], "Consecutive"),
        ([{"wildcard": "a\\b"}], "escape"),
        ([{"wildcard": "a\\"}], "escape"), ([{"wildcard": 5}], "wildcard match"),
        ([{"anything-but": []}], "Empty arrays"),
        ([{"anything-but": ["a", 1]}], "mixed type"),
        ([{"anything-but": {"numeric": [">", 1]}}], "Unsupported anything-but"),
        ([{"anything-but": {"prefix": 5}}], "prefix match"), ([{"anything-but": True}], "mixed type"),
    ],
)  # fmt: skip
def test_tests_that_are_refused(tests: Any, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        read(json.dumps({"x": tests}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"), ("[]", "not an object"), ("{}", "Empty objects"),
        ('{"$or": [{"a": 1}, {"b": ["x"]}]}', "a"),
        ('{"$or": [{"a": ["x"]}]}', "match type a"), ('{"a":' * 5000 + "1" + "}" * 5000, "Invalid JSON"),
    ],
    ids=["broken", "list", "empty", "in-an-or", "one-alternative", "deep"],
)  # fmt: skip
def test_patterns_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        read(text)
