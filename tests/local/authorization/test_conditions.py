"""Conditions and variables: the tables of AWS's documentation, and where the independent evaluator says otherwise.

OPERATORS: IAM user guide, "IAM JSON policy elements: Condition operators". SETS: "Single-valued vs. multivalued context
keys". VARIABLES: "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.authorization import PolicyError, Principal, Request, UndecidedError, decide
from cdk_sagemaker_pipelines.local.authorization.decision import ApplicablePolicies
from cdk_sagemaker_pipelines.local.authorization.operators import NEGATED, OPERATORS
from tests.local.authorization.asking import ANN, HERE, JOB, OBJECT, ROLE, SERVICE, ask, grants, policy, statement

Context = dict[str, "str | list[str]"]
TOPIC = "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"


def met(condition: Any, context: Context, principal: Principal = JOB, *, complete: Any = ("s3:", "k", "ec2:")) -> bool:
    """Whether a request meets a condition; with the opposite effect it must say the opposite."""
    only = {"principal": principal, "context": context, "complete": complete}
    allowed = ask(policy(statement(Condition=condition)), **only).allowed
    denying = policy(statement(), statement("Deny", Condition=condition))
    assert ask(denying, **only).allowed is not allowed
    return allowed


@pytest.mark.parametrize(
    ("operator", "values", "value", "expected"),
    [
        # OPERATORS: "String condition operators"
        ("StringEquals", "iamuser-admin", "iamuser-admin", True),
        ("StringEquals", "iamuser-admin", "dev-ops", False),
        ("StringEquals", "iamuser-admin", "IAMuser-admin", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "a*", "ab", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "preprod", "PreProd", True),
        ("StringNotEqualsIgnoreCase", "preprod", "PreProd", False),
        ("StringLike", ["", "home/", "home/a?/*"], "home/ab/c/d", True),
        ("StringLike", ["", "home/", "home/a?/*"], "", True),
        ("StringLike", ["", "home/", "home/a?/*"], "home/a/", False),
        ("StringLike", "A*", "ab", False),
        ("StringNotLike", "a*", "ab", False),
        # "Numeric condition operators": its example allows up to 10 keys
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "10.5", False),
        ("NumericLessThan", 10, "9", True),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThanEquals", "9.5", "9.5", True),
        ("NumericEquals", "10", "1e1", True),
        ("NumericNotEquals", ["10", "11"], "11.0", False),
        # "Date condition operators": W3C's forms, or UNIX time, which counts seconds; the independent evaluator
        # takes it for thousandths of them
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", False),
        ("DateLessThan", "2026", "2025-12-31T23:59:59.9Z", True),
        ("DateEquals", "2026-01", "2026-01-01T01:00+01:00", True),
        ("DateGreaterThan", "2026", "9999-12-31T23:59:59-23:59", True),
        ("DateEquals", "1767225600", "2026-01-01", True),
        ("DateNotEquals", "2026-01-01", "1767225600", False),
        ("DateLessThanEquals", "2026-01-01", "1767225601", False),
        # "Boolean condition operators"
        ("Bool", "false", "false", True),
        ("Bool", "false", "true", False),
        ("Bool", False, "false", True),
        ("Bool", "True", "true", True),
        # "Binary condition operators"
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QQ==", False),
        # "IP address condition operators"; of mixed versions the independent evaluator is not of one mind
        ("IpAddress", "203.0.113.0/24", "203.0.113.1", True),
        ("IpAddress", "203.0.113.0/24", "198.51.100.1", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::9", True),
        ("NotIpAddress", ["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", False),
        ("NotIpAddress", ["203.0.113.0/24", "198.51.100.1"], "2001:db8::1", True),
        # "Amazon Resource Name (ARN) condition operators": six components, each by itself
        ("ArnEquals", TOPIC, TOPIC, True),
        ("ArnEquals", TOPIC, "arn:aws:sns:us-west-2:777788889999:TOPIC-ID", False),
        ("ArnEquals", "arn:aws:sns:*:123456789012:TOPIC-??", TOPIC, True),
        ("ArnLike", "arn:aws:sns:*:TOPIC-ID", TOPIC, False),
        ("ArnLike", "arn:aws:sns:us-*:123456789012:*", "arn:aws:sns:us-west-2:999:x:123456789012:y", False),
        ("ArnLike", "arn:aws:s3:::data/*/c", "arn:aws:s3:::data/a:b/c", True),
        ("ArnLike", "arn:aws:SNS:*:*:*", TOPIC, False),
        ("ArnLike", "arn:*:*:*:*:*", "no ARN", False),
        ("ArnNotLike", "arn:aws:sns:*:*:*", TOPIC, False),
        ("ArnNotEquals", "arn:aws:sns:*:*:other", TOPIC, True),
    ],
)
def test_operators(operator: str, values: Any, value: str, expected: bool) -> None:
    assert met({operator: {"K": values}}, {"k": value}) is expected
    assert met({f"{operator}IfExists": {"K": values}}, {"k": value}) is expected


@pytest.mark.parametrize("operator", [*OPERATORS, *NEGATED])
def test_without_the_key(operator: str) -> None:
    """OPERATORS, "Important": false, or true of those that ask for no match; "...IfExists": true."""
    value = {"Numeric": "1", "DateLe": "1", "DateEq": "1", "Bool": "true", "Binary": "QQ==", "Ip": "::1"}
    plain = NEGATED.get(operator, operator)
    wanted = next((one for start, one in value.items() if plain.startswith(start)), "2026-01-01")
    assert met({operator: {"k": wanted}}, {}) is (operator in NEGATED)
    assert met({f"{operator}IfExists": {"k": wanted}}, {}) is True
    assert met({f"ForAllValues:{operator}": {"k": wanted}}, {}) is True
    assert met({f"ForAnyValue:{operator}": {"k": wanted}}, {}) is False


def test_all_of_several_conditions() -> None:
    """OPERATORS, "Example using ForAnyValue with a string condition operator", whose table this is."""
    both = {
        "StringEqualsIgnoreCase": {"aws:RequestTag/environment": ["preprod", "storage"]},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "environment"},
    }
    key, tags = "aws:RequestTag/environment", "aws:TagKeys"
    table: list[tuple[Context, bool]] = [
        ({tags: ["environment"], key: "preprod"}, True),
        ({tags: ["environment", "costcenter"], key: "PreProd"}, True),
        ({tags: ["Environment"], "aws:RequestTag/Environment": "preprod"}, False),
        ({tags: ["costcenter"], key: "preprod"}, False),
        ({key: "storage"}, False),
        ({tags: ["environment"]}, False),
        ({}, False),
    ]
    for context, expected in table:
        assert met(both, context, complete=("aws:RequestTag/", "aws:TagKeys")) is expected


@pytest.mark.parametrize(
    ("given", "all_of", "any_of"),
    [
        (["environment"], True, True),
        (["cost-center"], True, True),
        (["environment", "cost-center"], True, True),
        (["environment", "dept"], False, True),
        (["dept"], False, False),
        (None, False, False),
        ([], False, False),
    ],
)
def test_sets_of_values(given: list[str] | None, all_of: bool, any_of: bool) -> None:
    """SETS, the tables of "ForAllValues" with ``Null``, which a set without values is, and of "ForAnyValue"."""
    values = {"k": ["environment", "cost-center"]}
    context: Context = {} if given is None else {"k": given}
    assert met({"ForAllValues:StringEquals": values, "Null": {"k": "false"}}, context) is all_of
    assert met({"ForAnyValue:StringEquals": values}, context) is any_of
    assert met({"ForAllValues:StringEquals": values}, context) is (all_of or not given)


def test_sets_that_ask_for_no_match() -> None:
    """OPERATORS, "Multivalued string condition operators"; "Multivalued ARN condition operators" of an empty text."""
    several: Context = {"k": ["a", "b"]}
    assert not met({"ForAllValues:StringNotEquals": {"k": ["b", "c"]}}, several)
    assert met({"ForAnyValue:StringNotEquals": {"k": ["b", "c"]}}, several)
    assert met({"ForAllValues:StringNotLike": {"k": "c*"}}, several)
    assert not met({"ForAnyValue:StringNotLike": {"k": ["a*", "b*"]}}, several)
    assert met({"ForAllValues:StringEquals": {"k": "a"}}, {"k": [""]})


def test_null() -> None:
    """OPERATORS, "Condition operator to check existence of condition keys"."""
    for wanted, exists in (("false", True), ("true", False), (False, True)):
        assert met({"Null": {"k": wanted}}, {"k": "v"}) is exists
        assert met({"Null": {"k": wanted}}, {}) is not exists


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ({"StringEquals": {"k": "${aws:username}"}}, "Ann", True),
        ({"StringEquals": {"k": "${AWS:UserName}"}}, "ann", False),
        ({"StringLike": {"k": "home/${aws:username}/*"}}, "home/Ann/b", True),
        ({"StringLike": {"k": "${ec2:y}"}}, "anything", False),  # whose value is ``*``, which is no wildcard
        ({"StringLike": {"k": "${ec2:y}"}}, "*", True),
        ({"ArnEquals": {"k": "arn:aws:iam::*:user/${aws:username}"}}, ANN.arn, True),
        # "Policy variables with no value": like no other; the independent evaluator lets no operator match
        ({"StringEquals": {"k": "${ec2:x}"}}, "a", False),
        ({"StringLike": {"k": "*${ec2:x}"}}, "a", False),
        ({"StringNotEquals": {"k": "${ec2:x}"}}, "a", True),
        ({"StringNotLike": {"k": ["${ec2:x}", "a"]}}, "a", False),
        ({"ArnNotLike": {"k": "arn:aws:iam::*:user/${ec2:x}"}}, ANN.arn, True),
        # "Specifying default values"
        ({"StringEquals": {"k": "${ec2:x, 'company-wide'}"}}, "company-wide", True),
        ({"StringEquals": {"k": "${aws:username, 'company-wide'}"}}, "Ann", True),
        # "Special characters": in any string with variables; the independent evaluator has none in StringEquals
        ({"StringEquals": {"k": "a${*}"}}, "a*", True),
        ({"StringLike": {"k": "a${*}${?}${$}*"}}, "a*?$b", True),
        ({"StringLike": {"k": "a${*}"}}, "ab", False),
    ],
)
def test_variables(condition: Any, value: str, expected: bool) -> None:
    assert met(condition, {"k": value, "ec2:y": "*"}, ANN) is expected


def test_variables_are_texts_in_the_older_language() -> None:
    """VARIABLES, "Using variables in policies": without the newer version they are literal."""
    only = statement(Condition={"StringEquals": {"s3:prefix": "${aws:username}"}})
    for version, prefix in (("2012-10-17", "Ann"), ("2008-10-17", "${aws:username}")):
        for value in ("Ann", "${aws:username}"):
            told = policy(only, version=version)
            assert ask(told, principal=ANN, context={"s3:prefix": value}).allowed is (value == prefix)


def test_what_a_request_says_of_itself() -> None:
    """IAM user guide, "AWS global condition context keys"; VARIABLES, "Principal key values"."""
    tagged = Principal.session("arn:aws:iam::111122223333:role/team/Job", "job-1", {"Team": "ml"})
    assert tagged.arn == "arn:aws:sts::111122223333:assumed-role/Job/job-1"
    for principal, holding in (
        (
            tagged,
            {"aws:PrincipalArn": tagged.entity, "aws:PrincipalType": "AssumedRole", "aws:PrincipalTag/team": "ml"},
        ),
        (ANN, {"aws:PrincipalArn": ANN.arn, "aws:username": "Ann", "aws:PrincipalIsAWSService": "false"}),
        (Principal.root(HERE), {"aws:PrincipalArn": f"arn:aws:iam::{HERE}:root", "aws:PrincipalType": "Account"}),
    ):
        told = {**holding, "aws:PrincipalAccount": HERE, "aws:ResourceAccount": HERE}
        missing = {"aws:SourceArn": "true", "aws:SourceVpce": "true", "aws:PrincipalTag/other": "true"}
        assert met({"StringEquals": told, "Null": missing}, {}, principal)
    asked = Request(SERVICE, "s3:GetObject", OBJECT, owner=HERE)
    assert asked.values("aws:principalservicename") == SERVICE.arn
    assert asked.values("aws:principalservicenameslist") == (SERVICE.arn,)
    assert asked.values("aws:username") is None
    with pytest.raises(UndecidedError, match="aws:PrincipalAccount, of which nothing is known"):
        asked.values("aws:PrincipalAccount")


@pytest.mark.parametrize(
    ("condition", "context", "told"),
    [
        ({"StringEquals": {"sqs:x": "a"}}, {}, "statement 1 of P depends on sqs:x, of which nothing is known"),
        ({"StringEquals": {"aws:SourceIp": "a"}}, {}, "statement 1 of P depends on aws:SourceIp, of which nothing"),
        ({"StringEquals": {"s3:x": "${sqs:x}"}}, {"s3:x": "a"}, "depends on sqs:x, of which nothing is known"),
        ({"StringEquals": {"s3:x": "${s3:y}"}}, {"s3:x": "a", "s3:y": ["a"]}, "several values and cannot be a var"),
        ({"StringEquals": {"s3:x": "a"}}, {"s3:x": ["a"]}, "several values: StringEquals compares only one"),
        ({"NumericEquals": {"s3:x": "1"}}, {"s3:x": "one"}, "of which the request says 'one' is not a number"),
        ({"NumericNotEquals": {"s3:x": "1"}}, {"s3:x": "one"}, "of which the request says 'one' is not a number"),
        ({"Bool": {"s3:x": "true"}}, {"s3:x": "yes"}, "of which the request says 'yes' is neither true nor false"),
        ({"IpAddress": {"s3:x": "::1"}}, {"s3:x": "here"}, "of which the request says 'here' does not appear to be"),
        ({"DateEquals": {"s3:x": "2026"}}, {"s3:x": "2026-13"}, "of which the request says month must be in 1..12"),
        ({"BinaryEquals": {"s3:x": "QQ=="}}, {"s3:x": "?"}, "of which the request says '?' is not in base 64"),
        ({"Bool": {"s3:x": "${s3:y}"}}, {"s3:x": "true", "s3:y": "a"}, "compares with a variable: 'a' is neither"),
        ({"ForAnyValue:StringLikeIfExists": {"s3:x": "a"}}, {}, "for which AWS documents both answers"),
    ],
)
def test_what_is_not_known_is_no_answer(condition: Any, context: Context, told: str) -> None:
    open_ = policy(statement(Condition=condition))
    with pytest.raises(UndecidedError) as caught:
        ask(open_, context=context)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"it is not known whether {JOB.arn} may s3:GetObject on {OBJECT}: statement 1")
    denying = policy(statement("Deny", Condition=condition))
    with pytest.raises(UndecidedError):
        ask(policy(), denying, context=context)
    # what does not depend on it is answered
    assert ask(policy(), open_, context=context).allowed
    assert not ask(open_, boundary=policy(statement(Action="sqs:*")), context=context).allowed
    assert not ask(denying, context=context).allowed
    assert not ask(policy(), denying, policy(statement("Deny")), context=context).allowed
    unmet = {**condition, "Null": {"s3:absent": "false"}}
    assert not ask(policy(statement(Condition=unmet)), context=context).allowed


def test_a_doubt_about_a_part_is_no_doubt_about_all() -> None:
    """What else is not met, and what who is named leaves to others, is decided first."""
    unknown = {"StringEquals": {"sqs:x": "a"}}
    odd = "arn:aws:s3:::${sqs:x}"
    assert not ask(policy(statement(Resource=odd, Condition={"Null": {"s3:y": "false"}}))).allowed
    left_to_the_account = grants({"AWS": HERE}, Resource="*", Condition=unknown)
    assert not ask(on=left_to_the_account).allowed
    with pytest.raises(UndecidedError, match="statement 1 of R depends on sqs:x, of which nothing is known"):
        ask(on=grants({"AWS": ROLE}, Resource="*", Condition=unknown))
    assert not ask(
        on=grants({"AWS": ROLE}, Resource="*", Condition=unknown), boundary=policy(statement("Deny"))
    ).allowed


def test_several_doubts_are_named_once() -> None:
    two = policy(statement(Condition={"Bool": {"a:x": "true"}}), statement(Condition={"Bool": {"a:y": "true"}}))
    with pytest.raises(UndecidedError) as caught:
        decide(Request(JOB, "s3:GetObject", OBJECT, owner=HERE), ApplicablePolicies([two], session=[two]))
    ends = "statement 1 of P depends on a:x, of which nothing is known; statement 2 of P depends on a:y, of which"
    assert str(caught.value).endswith(f": {ends} nothing is known")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"StringEqualz": {"k": "a"}}, "StringEqualz is not a condition operator; did you mean 'StringEquals'?"),
        ({"StringLikeIgnoreCase": {"k": "a"}}, "StringLikeIgnoreCase is not a condition operator"),
        ({"ForSome:StringLike": {"k": "a"}}, "ForSome is not a set operator; they are ForAllValues and ForAnyValue"),
        ({"NullIfExists": {"k": "true"}}, "NullIfExists: Null takes no IfExists"),
        ({"ForAllValues:Null": {"k": "true"}}, "ForAllValues:Null: Null takes no ForAllValues"),
        ({"Null": {"k": "maybe"}}, "Null of k: 'maybe' is neither true nor false"),
        ({"Null": {"k": "${s3:x}"}}, "Null of k: '${s3:x}' is neither true nor false"),
        ({"NumericEquals": {"k": "ten"}}, "NumericEquals of k: 'ten' is not a number"),
        ({"NumericEquals": {"k": "NaN"}}, "NumericEquals of k: 'NaN' is not a number"),
        ({"DateEquals": {"k": "yesterday"}}, "'yesterday' is not a date such as 2026-01-31T12:00:00Z"),
        ({"IpAddress": {"k": "10.0.0.0/33"}}, "IpAddress of k: '10.0.0.0/33' does not appear to be"),
        ({"BinaryEquals": {"k": "?"}}, "BinaryEquals of k: '?' is not in base 64"),
        ({"StringEquals": {"k": {"a": "b"}}}, "StringEquals of k takes texts, not {'a': 'b'}"),
        ({"StringEquals": "k"}, "StringEquals of Condition is an object of condition keys, not 'k'"),
        ({"StringEquals": {"k": "${}"}}, "${} is not a policy variable"),
        ({"StringEquals": {"k": "${a:b, c}"}}, "${a:b, c} is not a policy variable"),
        ("a", "Condition is an object of operators, not 'a'"),
    ],
)
def test_conditions_that_cannot_be_read(condition: Any, told: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(statement(), statement(Condition=condition))
    assert str(caught.value).startswith("statement 2 of P: ")
    assert told in str(caught.value)


def test_conditions_of_the_role_are_those_of_its_sessions() -> None:
    mine = {"ArnLike": {"aws:PrincipalArn": ROLE}}
    assert met(mine, {})
    assert not met(mine, {}, ANN)
