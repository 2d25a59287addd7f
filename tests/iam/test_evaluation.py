"""What policies come to for what is needed: granted, missing, or not decided by what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.evaluation import Outcome, Policies, Verdict, within
from cdk_sagemaker_pipelines.iam.requests import Need, facts_of
from cdk_sagemaker_pipelines.iam.statements import Conditions

GRANTED, MISSING, UNDECIDED = Outcome.GRANTED, Outcome.MISSING, Outcome.UNDECIDED
GET = Need("s3:GetObject", "arn:aws:s3:::data/raw*", {})
LIST = Need("s3:ListBucket", "arn:aws:s3:::data", {"StringLike": {"s3:prefix": ("raw*",)}})
PASS = Need("iam:PassRole", "arn:aws:iam::1:role/Job", {"StringEquals": {"iam:PassedToService": "sagemaker"}})


@dataclass(frozen=True)
class Said:
    """A statement."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    policy: str = "P"
    inverted: tuple[str, ...] = ()


def allow(action: str = "*", resource: str = "*", when: Any = None) -> Said:
    return Said("Allow", (action,), (resource,), when or {})


def deny(action: str = "*", resource: str = "*", when: Any = None) -> Said:
    return Said("Deny", (action,), (resource,), when or {})


def judge(need: Need, *statements: Said, **facts: Any) -> Outcome:
    return Policies(statements, **facts).judge(need).outcome


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::data/raw*", GRANTED),
        ("S3:getobject", "arn:aws:s3:::data/*", GRANTED),
        ("s3:Get*", "arn:aws:s3:::data*", GRANTED),
        ("s3:Get??????", "*", GRANTED),
        ("*", "arn:aws:s3:::data/raw*", GRANTED),
        ("s3:PutObject", "*", MISSING),
        ("s3:GetObject", "arn:aws:s3:::Data/raw*", MISSING),
        ("s3:GetObject", "arn:aws:s3:::data/raw/*", MISSING),  # some of it
        ("s3:GetObject", "arn:aws:s3:::data/raw", MISSING),
        ("s3:GetObject", "arn:aws:s3:::data", MISSING),
    ],
)
def test_actions_and_resources(action: str, resource: str, expected: Outcome) -> None:
    assert judge(GET, allow(action, resource)) is expected


def test_what_a_statement_is_not_about() -> None:
    def but(action: str, resource: str, *inverted: str) -> Outcome:
        return judge(GET, Said("Allow", (action,), (resource,), {}, inverted=inverted))

    assert but("s3:PutObject", "*", "NotAction") is GRANTED
    assert but("s3:*", "*", "NotAction") is MISSING
    assert but("*", "arn:aws:s3:::other/*", "NotResource") is GRANTED
    assert but("*", "arn:aws:s3:::data/*", "NotResource") is MISSING
    assert but("*", "arn:aws:s3:::data/raw/secret", "NotResource") is MISSING  # of which it is more than a part
    assert but("s3:PutObject", "arn:aws:s3:::other/*", "NotAction", "NotResource") is GRANTED


def test_a_refusal_goes_before_all() -> None:
    assert judge(GET, allow(), deny("s3:*")) is MISSING
    assert judge(GET, allow(), deny("s3:PutObject")) is GRANTED
    assert judge(GET, allow(), deny(resource="arn:aws:s3:::other/*")) is GRANTED
    told = Policies([allow(), deny("s3:GetObject", "arn:aws:s3:::data/raw/secret/*")]).judge(GET)
    assert told == Verdict(UNDECIDED, "some of it is denied in P")
    assert Policies([allow(), deny("s3:Get*")]).judge(GET).why == "denied in P"
    assert judge(GET, Said("Deny", ("s3:GetObject",), ("*",), {}, inverted=("NotAction",)), allow()) is GRANTED
    assert judge(GET, Said("Deny", ("s3:PutObject",), ("*",), {}, inverted=("NotAction",)), allow()) is MISSING
    # what is not granted anyway is missing, whoever else may refuse it
    assert judge(GET, deny(when={"Bool": {"aws:ViaAWSService": "false"}})) is MISSING


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringLike": {"s3:prefix": ("raw*",)}}, GRANTED),
        ({"StringLike": {"S3:Prefix": ("a", "r*")}}, GRANTED),
        ({"StringLikeIfExists": {"s3:prefix": ("r*",)}}, GRANTED),
        ({"StringNotLike": {"s3:prefix": ("secret*",)}}, GRANTED),
        ({"StringLike": {"s3:prefix": ("raw/*",)}}, MISSING),
        ({"StringEquals": {"s3:prefix": ("raw*",)}}, MISSING),  # where a star is a star
        ({"StringNotLike": {"s3:prefix": ("r*",)}}, MISSING),
        ({"Null": {"s3:prefix": "false"}}, GRANTED),
        ({"Null": {"s3:prefix": "true"}}, MISSING),
        ({"StringLike": {"s3:prefix": ("raw*",), "aws:SourceVpce": ("v",)}}, UNDECIDED),
        ({"StringLike": {"s3:delimiter": ("raw*",)}}, UNDECIDED),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, UNDECIDED),
        ({"?": {"?": ("unreadable",)}}, UNDECIDED),
    ],
)
def test_conditions(conditions: Any, expected: Outcome) -> None:
    assert judge(LIST, allow(when=conditions)) is expected
    refused = {GRANTED: MISSING, MISSING: UNDECIDED if conditions.get("StringLike") else GRANTED, UNDECIDED: UNDECIDED}
    if conditions != {"StringEquals": {"s3:prefix": ("raw*",)}}:
        assert judge(LIST, allow(), deny(when=conditions)) is refused[expected]


def test_the_service_that_a_role_is_passed_to() -> None:
    for service, expected in (("sagemaker", GRANTED), ("lambda", MISSING)):
        only = {"iam:PassedToService": service}
        assert judge(PASS, allow(when={"StringEquals": only})) is expected
        assert judge(PASS, allow(when={"StringEqualsIgnoreCase": {"iam:passedtoservice": service.upper()}})) is expected
        assert judge(PASS, allow(when={"ForAnyValue:StringLike": only})) is expected
    assert judge(PASS, allow(when={"StringEquals": {"iam:PassedToService": ["lambda", "sagemaker"]}})) is GRANTED
    assert judge(PASS, allow(when={"StringLike": {"iam:PassedToService": "sage*"}})) is GRANTED
    assert judge(PASS, allow(when={"StringEquals": {"iam:PassedToService": "sage*"}})) is MISSING
    untold = Need(PASS.action, PASS.resource, {})
    assert judge(untold, allow(when={"StringEquals": {"iam:PassedToService": "sagemaker"}})) is UNDECIDED


def test_what_a_doubt_says() -> None:
    from_a_network = allow(when={"StringEquals": {"aws:SourceVpce": "v"}})
    told = Policies([from_a_network, allow("s3:*", "arn:aws:s3:::${Name}/*")]).judge(GET)
    assert told == Verdict(
        UNDECIDED,
        "it depends on a condition on aws:SourceVpce whether P grants it; "
        "it depends on what its resources turn out to be whether P grants it",
    )
    told = Policies([allow(), deny(when={"Bool": {"aws:ViaAWSService": "false"}})]).judge(GET)
    assert told == Verdict(UNDECIDED, "it depends on a condition on aws:ViaAWSService whether P denies it")


def test_what_is_known_of_every_request() -> None:
    tls = deny(when={"Bool": {"aws:SecureTransport": "false"}})
    assert judge(GET, allow(), tls) is UNDECIDED
    assert judge(GET, allow(), tls, facts={"aws:SecureTransport": "true"}) is GRANTED
    mine = allow(when={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/Job*"}})
    assert judge(GET, mine, facts={"aws:PrincipalArn": "arn:aws:iam::1:role/Jobs"}) is GRANTED
    assert judge(GET, mine, facts={"aws:PrincipalArn": "arn:aws:iam::1:role/Other"}) is MISSING


def test_a_boundary() -> None:
    assert judge(GET, allow(), boundary=[allow("s3:*")]) is GRANTED
    assert judge(GET, allow("kms:*"), boundary=[allow()]) is MISSING
    told = Policies([allow()], [allow("kms:*")]).judge(GET)
    assert told == Verdict(MISSING, "beyond its permissions boundary")
    assert Policies([allow()], [allow(), deny("s3:*")]).judge(GET) == Verdict(MISSING, "denied in P")
    vpce = {"StringEquals": {"aws:SourceVpce": "v"}}
    assert judge(GET, allow(), boundary=[allow(when=vpce)]) is UNDECIDED
    assert judge(GET, allow(), boundary=[]) is MISSING


def test_a_key_by_its_alias() -> None:
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}
    need = Need("kms:Decrypt", "arn:aws:kms:eu:1:key/*", alias)
    key = "arn:aws:kms:eu:1:key/5"
    assert judge(need, allow("kms:*")) is GRANTED
    assert judge(need, allow(when=alias)) is GRANTED
    assert judge(need, allow(when={"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/*"}})) is GRANTED
    assert judge(need, allow(when={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/b"}})) is UNDECIDED
    assert judge(need, allow(when={"ForAllValues:StringEquals": {"kms:ResourceAliases": "alias/a"}})) is UNDECIDED
    assert judge(need, allow("kms:*", key.replace("eu", "us"))) is MISSING
    told = Policies([allow("kms:*", key)]).judge(need)
    assert told == Verdict(UNDECIDED, "it depends on which key the alias is of whether P grants it")


def test_what_is_within_what_is_granted() -> None:
    assert within(GET, Need("s3:*", "arn:aws:s3:::data/*", {}))
    assert within(LIST, Need("s3:*", "*", {"StringLike": {"s3:prefix": "r*"}}))
    assert not within(GET, Need("s3:*", "arn:aws:s3:::other/*", {}))
    assert not within(GET, Need("s3:*", "*", {"StringLike": {"s3:prefix": "r*"}}))
    assert not within(GET, Need("s3:Put*", "*", {}))


ACCOUNT = "111122223333"
OWN = facts_of("arn:aws:iam::111122223333:role/Job", ACCOUNT)


@pytest.mark.parametrize(
    ("when", "denied"),
    [
        ({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}, False),
        ({"StringNotEquals": {"aws:principalaccount": "444455556666"}}, True),
        ({"StringNotEquals": {"kms:CallerAccount": "444455556666"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": [ACCOUNT, "444455556666"]}}, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"ForAnyValue:StringNotEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"ForAllValues:StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sagemaker:*"}}, True),
        ({"Null": {"aws:SourceAccount": "true"}}, True),
        ({"Null": {"aws:SourceAccount": "false"}}, False),
        ({"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}, False),
        ({"StringNotEquals": {"aws:ResourceAccount": "444455556666"}}, True),
    ],
)
def test_accounts_that_are_known(when: Any, denied: bool) -> None:
    on = Need("s3:GetObject", "arn:aws:s3:::data/raw*", {})
    for need, more in ((on, {"buckets": {"data": ACCOUNT}}), (Need("sqs:SendMessage", QUEUE, {}), {})):
        assert judge(need, allow(), deny(when=when), facts=OWN, **more) is (MISSING if denied else GRANTED)
        assert judge(need, allow(when=when), facts=OWN, **more) is (GRANTED if denied else MISSING)


QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue"


def test_accounts_that_are_not_known() -> None:
    only = {"StringNotEquals": {"aws:ResourceAccount": "444455556666"}}
    assert judge(GET, allow(), deny(when=only), facts=OWN) is UNDECIDED  # whose bucket it is
    only = {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}
    assert judge(GET, allow(), deny(when=only), facts=facts_of("arn:aws:iam::x:role/Job", "")) is UNDECIDED


LIMITED: Any = {
    "ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*", "ml.g5.*"]},
    "NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": "60"},
}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (LIMITED, GRANTED),
        ({**LIMITED, "ForAllValues:StringLike": {"sagemaker:instancetypes": ("ml.g5.*", "ml.m5.*")}}, GRANTED),
        ({"NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": "60"}}, GRANTED),
        ({"NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": "30"}}, UNDECIDED),
        ({"ForAllValues:StringLike": {"sagemaker:InstanceTypes": "ml.m5.*"}}, UNDECIDED),
        ({"ForAnyValue:StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*", "ml.g5.*"]}}, UNDECIDED),
    ],
    ids=["the-same", "in-other-words", "a-part", "a-lower-number", "fewer-types", "any-of-them"],
)
def test_a_need_meets_its_own_conditions(conditions: Any, expected: Outcome) -> None:
    need = Need("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:r:a:training-job/*", LIMITED)
    assert judge(need, Said("Allow", (need.action,), (need.resource,), conditions)) is expected
