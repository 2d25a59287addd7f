"""Statements: actions, resources and principals, by AWS's documentation, and policies that cannot be read.

RESOURCE: IAM user guide, "IAM JSON policy elements: Resource". VARIABLES: "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.authorization import (
    EVERYTHING,
    ApplicablePolicies,
    Policy,
    PolicyError,
    Principal,
    Request,
    UndecidedError,
)
from tests.local.authorization.asking import ANN, HERE, JOB, OBJECT, ROLE, THERE, ask, grants, policy, statement

QUEUE = f"arn:aws:sqs:eu-west-1:{HERE}:asked"
EXAMPLE = "arn:aws:s3:::amzn-s3-demo-bucket"


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("s3:GetObject", True),
        ("S3:getobject", True),
        ("s3:Get*", True),
        ("s3:Get??????", True),
        ("*", True),
        ("*:GetObject", True),
        (["s3:PutObject", "s3:*Object"], True),
        ("s3:Get?", False),
        ("s3:GetObject?", False),
        ("s3:GetObjectAcl", False),
        ([], False),
    ],
)
def test_actions(actions: Any, expected: bool) -> None:
    assert ask(policy(statement(Action=actions))).allowed is expected
    assert ask(policy(statement(NotAction=actions))).allowed is not expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        # RESOURCE, "Using wildcards in resource ARNs": its example, with objects that match and that do not
        *((f"{EXAMPLE}/*/test/*", f"{EXAMPLE}/{key}", True) for key in (
            "1/test/object.jpg", "1/2/test/object.jpg", "1/2/test/3/object.jpg", "1/2/3/test/4/object.jpg",
            "1///test///object.jpg", "1/test/.jpg", "/test/object.jpg", "1/test/",
        )),
        *((f"{EXAMPLE}/*/test/*", f"{EXAMPLE}/{key}", False) for key in (
            "1-test/object.jpg", "test/object.jpg", "1/2/test.jpg",
        )),
        (OBJECT, OBJECT, True),
        (OBJECT, OBJECT.upper(), False),
        ("arn:aws:s3:::data/raw/?", OBJECT, True),
        ("arn:aws:s3:::data/raw/??", OBJECT, False),
        ("arn:aws:s3:::*a", "arn:aws:s3:::data/b:c\na", True),
        # "It can expand to match beyond the colon boundaries" at the end of a segment; not elsewhere
        ("*", QUEUE, True),
        ("arn:*", QUEUE, True),
        ("arn:aws:sqs:*", QUEUE, True),
        ("arn:aws:sqs:*:asked", QUEUE, True),
        ("arn:aws:sqs:eu-*:111122223333:asked", QUEUE, True),
        ("arn:aws:sqs:e*1:111122223333:asked", QUEUE, True),
        ("arn:aws:sqs:e*3:asked", QUEUE, False),
        ("arn:aws:sqs:eu-west-1?111122223333:asked", QUEUE, False),
        ("arn:aws:sqs:*:444455556666:*", QUEUE, False),
        ("arn:aws:sqs", QUEUE, False),
        ("arn:aws:sqs:*:111122223333:a*k?d", QUEUE, True),
    ],
)  # fmt: skip
def test_resources(pattern: str, resource: str, expected: bool) -> None:
    for given in (pattern, ["arn:aws:s3:::none", pattern]):
        assert ask(policy(statement(Resource=given)), resource=resource).allowed is expected
        assert ask(policy(statement(NotResource=given)), resource=resource).allowed is not expected


@pytest.mark.parametrize(
    ("pattern", "tags", "resource", "expected"),
    [
        (f"{EXAMPLE}/${{aws:PrincipalTag/team}}/*", {"Team": "ml"}, f"{EXAMPLE}/ml/a", True),
        (f"{EXAMPLE}/${{aws:PrincipalTag/team}}/*", {"team": "ml"}, f"{EXAMPLE}/other/a", False),
        (f"{EXAMPLE}/${{aws:PrincipalTag/team}}/*", {"team": "*"}, f"{EXAMPLE}/ml/a", False),
        # "Policy variables with no value": it matches no resource, be it in Resource or NotResource, where the
        # independent evaluator takes the statement to be about nothing
        (f"{EXAMPLE}/${{aws:PrincipalTag/team}}/*", {}, f"{EXAMPLE}/ml/a", False),
        (f"{EXAMPLE}/${{aws:PrincipalTag/team}}/*", {}, f"{EXAMPLE}//a", False),
        # "Specifying default values": its example
        (f"{EXAMPLE}-${{aws:PrincipalTag/team, 'company-wide'}}", {"team": "yellow"}, f"{EXAMPLE}-yellow", True),
        (f"{EXAMPLE}-${{aws:PrincipalTag/team, 'company-wide'}}", {"team": "yellow"}, f"{EXAMPLE}-company-wide", False),
        (f"{EXAMPLE}-${{aws:PrincipalTag/team, 'company-wide'}}", {}, f"{EXAMPLE}-company-wide", True),
        (f"{EXAMPLE}/a${{*}}", {}, f"{EXAMPLE}/a*", True),
        (f"{EXAMPLE}/a${{*}}", {}, f"{EXAMPLE}/ab", False),
        (f"{EXAMPLE}/a${{?}}*", {}, f"{EXAMPLE}/a?b", True),
        (f"{EXAMPLE}/${{$}}{{aws:username}}", {}, f"{EXAMPLE}/${{aws:username}}", True),
    ],
)
def test_variables(pattern: str, tags: dict[str, str], resource: str, expected: bool) -> None:
    tagged = Principal.session(ROLE, "job", tags)
    assert ask(policy(statement(Resource=pattern)), principal=tagged, resource=resource).allowed is expected
    assert ask(policy(statement(NotResource=pattern)), principal=tagged, resource=resource).allowed is not expected


def test_a_variable_of_which_nothing_is_known() -> None:
    with pytest.raises(UndecidedError, match="statement 1 of P depends on sqs:x, of which nothing is known"):
        ask(policy(statement(Resource="arn:aws:s3:::${sqs:x}")))


def test_no_pattern_takes_long() -> None:
    """Whoever names a resource must not be able to stop whoever decides."""
    key = "a" * 100_000
    hostile = policy(statement(Resource=f"arn:aws:s3:::{'*a' * 40}*b"), statement(Action=f"s3:{'*a' * 40}*b"))
    started = time.process_time()
    assert not ask(hostile, resource=f"arn:aws:s3:::{key}", action=f"s3:{key}").allowed
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "Read is not JSON: "),
        ("[" * 100_000, "Read is not JSON: it is nested too deeply"),
        ([], "Read is not a policy, which is an object with statements"),
        ({"Version": "2012-10-17"}, "Read has no statement"),
        ({"Version": "2020-01-01", "Statement": []}, "Read has an unknown version, 2020-01-01"),
        ({"Statements": []}, "Read has an unknown Statements"),
        ({"Statement": ["s3"]}, "statement 1 of Read: it is an object, not 's3'"),
    ],
)
def test_policies_that_cannot_be_read(document: Any, told: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse(document, "Read")
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"Effect": "allow"}, "its effect is Allow or Deny, not 'allow'"),
        ({"Effect": None}, "its effect is Allow or Deny, not None"),
        ({"Aktion": "s3:*"}, "Aktion is not an element of a statement"),
        ({"NotAction": "s3:*"}, "it has both Action and NotAction"),
        ({"Action": None}, "it names no action"),
        ({"Action": "GetObject"}, "an action has a service and a name, such as s3:GetObject, not getobject"),
        ({"Action": [7]}, "actions and resources are texts, not 7"),
        ({"Resource": None}, "it names no resource"),
        ({"Resource": "data"}, "a resource is an ARN or *, not data"),
        ({"Resource": "arn:aws:sns:*:${aws:PrincipalAccount}:t"}, "a variable before its fifth colon"),
        ({"Resource": "arn:aws:s3:::${a, b}"}, "${a, b} is not a policy variable"),
        ({"Principal": "*"}, "it names a principal"),
    ],
)
def test_statements_that_cannot_be_read(told: Any, why: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **told}},
            "Read",
        )
    assert str(caught.value).startswith("statement 1 of Read: ")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("element", "why"),
    [
        ({"NotPrincipal": {"AWS": HERE}}, "NotPrincipal goes with Deny only"),
        ({}, "it names no resource"),
        ({"Resource": "*"}, "it names no principal"),
        ({"Principal": "ann"}, 'a principal is "*" or an object such as {"AWS": ...}, not \'ann\''),
        ({"Principal": {}}, 'a principal is "*" or an object'),
        ({"Principal": {"User": "ann"}}, "no principals are known of the kind User"),
        ({"Principal": {"AWS": [7]}}, "a principal is a text, not 7"),
        ({"Principal": {"AWS": f"arn:aws:iam::{HERE}:role/*"}}, "its name cannot have a wildcard"),
        ({"Principal": {"Service": "*"}}, "its name cannot have a wildcard"),
    ],
)
def test_principals_that_cannot_be_read(element: Any, why: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse({"Statement": {"Effect": "Allow", "Action": "s3:*", **element}}, "Bucket", of_resource=True)
    assert why in str(caught.value)


def test_a_canonical_user_is_not_known() -> None:
    """Amazon S3 names accounts by an ID of its own, which nothing here leads to an account."""
    named = {"CanonicalUser": "79a5", "AWS": ROLE}
    assert ask(on=grants(named, Resource="*")).allowed
    assert not ask(principal=ANN, on=grants(named, Resource="*")).allowed  # whose own policies allow nothing
    with pytest.raises(UndecidedError, match="depends on which account a canonical user ID is of"):
        ask(EVERYTHING, principal=ANN, owner=THERE, on=grants(named, Resource="*"))


def test_policies_are_of_identities_or_of_resources() -> None:
    bucket = grants("*", Resource="*")
    for wrong in ({"identity": [bucket]}, {"boundary": bucket}, {"session": [bucket]}, {"resource": EVERYTHING}):
        with pytest.raises(ValueError, match="a policy is of a resource or of an identity"):
            ApplicablePolicies(**wrong)


def test_whose_a_resource_is() -> None:
    """Its ARN says so; of an object in S3 somebody must, or another account's would pass for one's own."""
    assert Request(JOB, "sqs:SendMessage", QUEUE).owner == HERE
    assert Request(JOB, "sqs:ListQueues", "*").owner == HERE
    assert Request(JOB, "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess").owner == HERE
    with pytest.raises(ValueError, match="its ARN does not say: give the owner"):
        Request(JOB, "s3:GetObject", OBJECT)
    for action in ("GetObject", "s3:*", "s3:Get:Object"):
        with pytest.raises(ValueError, match="an action has a service and a name"):
            Request(JOB, action, QUEUE)


def test_who_asks() -> None:
    for make, arn in (
        (lambda arn: Principal.session(arn, "a"), ANN.arn),
        (Principal.user, ROLE),
        (Principal.user, "Ann"),
        (lambda arn: Principal.federated(arn, "a"), "arn:aws:iam::1:user/Ann"),
    ):
        with pytest.raises(ValueError, match="is not the ARN of a"):
            make(arn)
