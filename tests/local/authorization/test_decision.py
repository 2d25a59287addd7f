"""Who must allow what: the sentences of AWS's documentation about policies of several kinds together."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.authorization import EVERYTHING, Decision, Kind, Policy, Principal
from tests.local.authorization.asking import (
    ANN,
    HERE,
    JOB,
    OBJECT,
    ROLE,
    SERVICE,
    THERE,
    USER,
    ask,
    grants,
    of_resource,
    policy,
    statement,
)

NOTHING = policy(statement(Action="none:Nothing"), name="nothing")
ACCOUNT = {"AWS": f"arn:aws:iam::{HERE}:root"}
BOB = Principal.federated(USER, "bob")
KEY = f"arn:aws:kms:eu-west-1:{HERE}:key/1a2b"
OTHER = f"arn:aws:iam::{HERE}:role/Other"


@pytest.mark.parametrize(
    ("principal", "named", "limited"),
    [
        (JOB, {"AWS": ROLE}, True),
        (JOB, {"AWS": JOB.arn}, False),
        (JOB, "*", False),
        (JOB, {"AWS": "*"}, False),
        (ANN, {"AWS": USER}, False),
        (BOB, {"AWS": BOB.arn}, False),
        (BOB, {"AWS": USER}, True),
    ],
)
def test_what_limits_the_policy_of_a_resource(principal: Principal, named: Any, limited: bool) -> None:
    """IAM user guide, "How AWS enforcement code logic evaluates requests", "Resource-based policies".

    A wildcard: "AWS JSON policy elements: Principal", "IAM role principals" and "All principals". The independent
    evaluator takes a boundary to limit it, which that page denies.
    """
    bucket = grants(named, Resource="*")
    passed = [EVERYTHING] if principal is BOB else None
    assert ask(NOTHING, principal=principal, on=bucket, session=passed).allowed
    assert ask(principal=principal, on=bucket, boundary=NOTHING, session=passed).allowed is not limited
    if principal is not ANN:
        assert ask(principal=principal, on=bucket, session=[NOTHING]).allowed is not limited
    assert not ask(principal=principal, on=bucket, boundary=policy(statement("Deny"))).allowed


def test_a_wildcard_with_the_arn_of_a_role_is_not_limited() -> None:
    """As above, "IAM role principals": not by a boundary or session policies, unless these deny."""
    of_role = grants("*", Resource="*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}})
    assert ask(on=of_role, boundary=NOTHING, session=[NOTHING]).allowed
    assert not ask(on=of_role, principal=Principal.session(f"{ROLE}s", "a"), boundary=NOTHING).allowed


def test_the_policy_of_a_resource_leaves_it_to_its_account() -> None:
    """IAM user guide, "AWS JSON policy elements: Principal", "AWS account principals": it delegates authority."""
    for named in (ACCOUNT, {"AWS": HERE}, {"AWS": [THERE, HERE]}):
        assert not ask(on=grants(named, Resource="*")).allowed
        assert ask(EVERYTHING, on=grants(named, Resource="*")).allowed
        assert ask(principal=Principal.root(HERE), on=grants(named, Resource="*")).allowed


def test_limits_of_an_identity() -> None:
    """IAM user guide, "Policy evaluation logic": a boundary and session policies must allow it as well."""
    assert ask(EVERYTHING).allowed
    assert ask(EVERYTHING, boundary=EVERYTHING, session=[NOTHING, EVERYTHING]).allowed
    assert ask(EVERYTHING, boundary=NOTHING).missing == (Kind.BOUNDARY,)
    assert ask(EVERYTHING, session=[NOTHING]).missing == (Kind.SESSION,)
    assert ask(EVERYTHING, session=[]).missing == (Kind.SESSION,)
    assert ask(NOTHING, boundary=NOTHING, session=[NOTHING]).missing == (Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
    assert ask(boundary=EVERYTHING, session=[EVERYTHING]).missing == (Kind.IDENTITY,)


def test_a_federated_user_may_do_nothing_without_session_policies() -> None:
    """AWS STS API reference, "GetFederationToken": without a policy the session has no permissions."""
    assert ask(EVERYTHING, principal=BOB).missing == (Kind.SESSION,)
    assert ask(EVERYTHING, principal=BOB, session=[EVERYTHING]).allowed


@pytest.mark.parametrize("named", [{"AWS": ROLE}, {"AWS": JOB.arn}, ACCOUNT, "*"])
def test_across_accounts_both_must_allow(named: Any) -> None:
    """IAM user guide, "Cross-account policy evaluation logic"."""
    bucket = grants(named, Resource="*")
    assert ask(EVERYTHING, owner=THERE, on=bucket).allowed
    assert ask(NOTHING, owner=THERE, on=bucket).missing == (Kind.IDENTITY,)
    assert ask(EVERYTHING, owner=THERE).missing == (Kind.RESOURCE,)
    assert ask(EVERYTHING, owner=THERE, on=bucket, boundary=NOTHING).missing == (Kind.BOUNDARY,)
    assert ask(EVERYTHING, owner=THERE, on=bucket, session=[NOTHING]).missing == (Kind.SESSION,)
    assert ask(EVERYTHING, owner=THERE, on=grants({"AWS": THERE}, Resource="*")).missing == (Kind.RESOURCE,)
    assert ask(owner=THERE).missing == (Kind.IDENTITY, Kind.RESOURCE)


def test_the_example_of_two_accounts() -> None:
    """IAM user guide, "Cross-account policy evaluation logic", its example: Carlos saves a file to two buckets."""
    demo = Principal.session("arn:aws:iam::111111111111:role/Demo", "carlos")
    bucket, logs = "arn:aws:s3:::amzn-s3-demo-bucket-production", "arn:aws:s3:::amzn-s3-demo-bucket-production-logs"
    identity = policy(
        statement(Action="s3:ListAllMyBuckets"),
        statement(Action="s3:*Object*", Resource=f"{bucket}/*"),
        statement("Deny", Sid="DenyS3Logs", Action="s3:*", Resource=["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"]),
        name="Demo",
    )
    actions = ["s3:GetObject*", "s3:PutObject*", "s3:ReplicateObject", "s3:RestoreObject"]
    there = grants({"AWS": demo.entity}, Action=actions, Resource=f"{bucket}/*")

    def saved(resource: str, on: Policy | None, action: str = "s3:PutObject") -> Any:
        return ask(identity, principal=demo, action=action, resource=resource, owner="222222222222", on=on)

    denied = saved(f"{logs}/file", None)
    assert (denied.decision, denied.kind, denied.policy) == (Decision.EXPLICIT_DENY, Kind.IDENTITY, "Demo")
    assert denied.statement == "statement 3 (DenyS3Logs)"
    assert saved(f"{bucket}/file", there).allowed
    assert saved(f"{bucket}/file", there, "s3:DeleteObject").missing == (Kind.RESOURCE,)


def test_a_deny_counts_wherever_it_is() -> None:
    deny, allow = policy(statement("Deny"), name="D"), grants({"AWS": JOB.arn}, Resource="*")
    for kind, given in (
        (Kind.IDENTITY, {}),
        (Kind.BOUNDARY, {"boundary": deny}),
        (Kind.SESSION, {"session": [deny]}),
    ):
        found = ask(*([deny] if kind is Kind.IDENTITY else []), EVERYTHING, on=allow, **given)
        assert (found.decision, found.kind, found.statement) == (Decision.EXPLICIT_DENY, kind, "statement 1")
    for named in ("*", ACCOUNT, {"AWS": ROLE}, {"AWS": JOB.arn}):
        denied = of_resource(statement(Principal="*", Resource="*"), statement("Deny", Principal=named, Resource="*"))
        found = ask(EVERYTHING, on=denied)
        assert (found.kind, found.statement) == (Kind.RESOURCE, "statement 2")
    assert ask(EVERYTHING, on=grants({"AWS": USER}, "Deny", Resource="*")).allowed


def test_a_key_is_its_own_policys() -> None:
    """AWS KMS developer guide, "Key policies in AWS KMS": without it no other policy allows, but may deny."""

    def decrypt(*identity: Policy, on: Policy | None = None, boundary: Policy | None = None) -> Any:
        return ask(*identity, action="kms:Decrypt", resource=KEY, on=on, boundary=boundary)

    assert decrypt(EVERYTHING).missing == (Kind.RESOURCE,)
    assert decrypt(EVERYTHING, on=grants({"AWS": USER}, Resource="*")).missing == (Kind.RESOURCE,)
    assert decrypt(EVERYTHING, on=grants(ACCOUNT, Resource="*")).allowed
    assert decrypt(on=grants(ACCOUNT, Resource="*")).missing == (Kind.IDENTITY,)
    assert decrypt(on=grants({"AWS": ROLE}, Resource="*")).allowed
    assert decrypt(on=grants({"AWS": ROLE}, Resource="*"), boundary=NOTHING).missing == (Kind.BOUNDARY,)
    assert decrypt(policy(statement("Deny")), on=grants({"AWS": ROLE}, Resource="*")).kind is Kind.IDENTITY
    # what is about no key has no key's policy
    assert ask(EVERYTHING, action="kms:CreateKey", resource="*").allowed
    assert ask(EVERYTHING, principal=Principal.root(HERE), action="kms:Decrypt", resource=KEY).missing == (
        Kind.RESOURCE,
    )


def test_a_role_is_taken_by_its_trust_policy() -> None:
    """IAM user guide, "How AWS enforcement code logic evaluates requests": trust policies must allow it explicitly."""

    def take(*identity: Policy, on: Policy | None, principal: Principal = JOB) -> Any:
        return ask(*identity, principal=principal, action="sts:AssumeRole", resource=OTHER, on=on)

    assert take(EVERYTHING, on=None).missing == (Kind.TRUST,)
    assert take(on=grants({"AWS": ROLE})).allowed
    assert take(on=grants(ACCOUNT)).missing == (Kind.IDENTITY,)
    assert take(EVERYTHING, on=grants(ACCOUNT)).allowed
    assert take(on=grants({"Service": SERVICE.arn}), principal=SERVICE).allowed
    assert take(on=grants({"Service": "lambda.amazonaws.com"}), principal=SERVICE).missing == (Kind.TRUST,)
    # what is not about taking it is not its trust's
    assert ask(EVERYTHING, action="iam:PassRole", resource=OTHER).allowed
    assert ask(EVERYTHING, action="sts:GetCallerIdentity", resource="*").allowed
    denied = of_resource(statement(Principal="*"), statement("Deny", Principal={"AWS": ROLE}))
    assert take(EVERYTHING, on=denied).kind is Kind.TRUST


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({"aws:SourceAccount": HERE, "aws:SourceArn": f"arn:aws:sagemaker:eu-west-1:{HERE}:pipeline/a"}, True),
        ({"aws:SourceAccount": THERE, "aws:SourceArn": f"arn:aws:sagemaker:eu-west-1:{HERE}:pipeline/a"}, False),
        ({"aws:SourceAccount": HERE, "aws:SourceArn": f"arn:aws:sagemaker:eu-west-1:{HERE}:endpoint/a"}, False),
        ({"aws:SourceAccount": HERE}, False),
        ({}, False),
    ],
)
def test_a_service_says_for_whom_it_asks(context: dict[str, str], allowed: bool) -> None:
    """IAM user guide, "The confused deputy problem": ``aws:SourceArn`` and ``aws:SourceAccount`` in a role's trust."""
    only = {
        "StringEquals": {"aws:SourceAccount": HERE},
        "ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:*:{HERE}:pipeline/*"},
    }
    trust = grants({"Service": SERVICE.arn}, Action="sts:AssumeRole", Condition=only)
    asked = {"principal": SERVICE, "action": "sts:AssumeRole", "resource": OTHER, "context": context, "on": trust}
    assert ask(**asked).allowed is allowed  # type: ignore[arg-type]


def test_a_service_needs_the_policy_of_the_resource_alone() -> None:
    queue = f"arn:aws:sqs:eu-west-1:{HERE}:asked"
    events = Principal.service("events.amazonaws.com")

    def send(on: Policy | None) -> Any:
        return ask(principal=events, action="sqs:SendMessage", resource=queue, owner="", on=on)

    assert send(grants({"Service": events.arn}, Resource=queue)).allowed
    assert send(grants("*", Resource=queue)).allowed
    assert send(grants(ACCOUNT, Resource=queue)).missing == (Kind.RESOURCE,)
    assert send(None).missing == (Kind.RESOURCE,)


@pytest.mark.parametrize(
    ("named", "denied"),
    [
        ([JOB.arn, ROLE, ACCOUNT["AWS"]], False),
        ([JOB.arn, ROLE, HERE], False),
        ([JOB.arn, ROLE], True),
        ([ROLE, HERE], True),
        ([HERE], True),
        ([USER, HERE], True),
    ],
)
def test_all_but_those_who_are_named_are_denied(named: list[str], denied: bool) -> None:
    """IAM user guide, "AWS JSON policy elements: NotPrincipal": the account, the role and the session are validated.

    Who has a boundary is denied in any case.
    """
    bucket = of_resource(statement("Deny", NotPrincipal={"AWS": named}, Resource="*"))
    assert ask(EVERYTHING, on=bucket).allowed is not denied
    assert not ask(EVERYTHING, on=bucket, boundary=EVERYTHING).allowed


def test_all_but_a_service_are_denied() -> None:
    queue = of_resource(
        statement(Principal="*", Resource="*"), statement("Deny", NotPrincipal={"Service": SERVICE.arn}, Resource="*")
    )
    assert ask(principal=SERVICE, on=queue).allowed
    assert not ask(principal=Principal.service("lambda.amazonaws.com"), on=queue).allowed
    assert not ask(EVERYTHING, on=queue).allowed


def test_the_root_user_may_do_everything_in_its_account() -> None:
    """IAM user guide, "How AWS enforcement code logic evaluates requests": all but the root user are denied first."""
    root = Principal.root(HERE)
    assert ask(principal=root).allowed
    assert not ask(principal=root, on=grants(ACCOUNT, "Deny", Resource="*")).allowed
    assert ask(principal=root, owner=THERE).missing == (Kind.RESOURCE,)
    assert ask(principal=root, owner=THERE, on=grants(ACCOUNT, Resource="*")).allowed


BEGINS = f"User: {JOB.arn} is not authorized to perform: s3:GetObject on resource: {OBJECT} "
MANAGED = f"arn:aws:iam::{HERE}:policy/Managed"


def test_the_messages() -> None:
    """IAM user guide, "Troubleshoot access denied error messages"."""
    deny, managed = policy(statement("Deny"), name="D"), policy(statement("Deny"), name=MANAGED)
    everybody = grants("*", "Deny", Resource="*")
    told = {
        "because no identity-based policy allows the s3:GetObject action": ask(),
        "because no permissions boundary allows the s3:GetObject action": ask(EVERYTHING, boundary=NOTHING),
        "because no session policy allows the s3:GetObject action": ask(EVERYTHING, session=[NOTHING]),
        "because no resource-based policy allows the s3:GetObject action": ask(EVERYTHING, owner=THERE),
        "with an explicit deny in an identity-based policy": ask(EVERYTHING, deny),
        f"with an explicit deny in an identity-based policy: {MANAGED}": ask(EVERYTHING, managed),
        "with an explicit deny in a permissions boundary": ask(EVERYTHING, boundary=deny),
        f"with an explicit deny in a permissions boundary: {MANAGED}": ask(EVERYTHING, boundary=managed),
        "with an explicit deny in a session policy": ask(EVERYTHING, session=[deny]),
        "with an explicit deny in a resource-based policy": ask(EVERYTHING, on=everybody),
    }
    assert {message: found.message for message, found in told.items()} == {end: BEGINS + end for end in told}
    assert ask(EVERYTHING).message == ""
    trust = ask(action="sts:AssumeRole", resource=OTHER, on=grants("*", "Deny"))
    assert trust.message.endswith("with an explicit deny in the role trust policy")
    trust = ask(action="sts:AssumeRole", resource=OTHER)
    assert trust.message.endswith("because no role trust policy allows the sts:AssumeRole action")


def test_conditions_that_are_not_met_are_named() -> None:
    """Only those of statements about the action and the resource, in policies that had to allow it."""
    when: dict[str, Any] = {"Condition": {"StringEquals": {"s3:prefix": "a", "s3:delimiter": "/"}}}
    of_role = policy(
        statement(Sid="Own", **when),
        statement(Action="s3:PutObject", **when),
        statement("Deny", **when),
        name="own",
    )
    context = {"s3:prefix": "b", "s3:delimiter": "/"}
    verdict = ask(of_role, boundary=policy(statement(**when), name="limit"), context=context)
    limit = "StringEquals of s3:prefix in statement 1 of limit"
    assert verdict.unmet == ("StringEquals of s3:prefix in statement 1 (Own) of own", limit)
    assert ask(EVERYTHING, of_role, boundary=policy(statement(**when), name="limit"), context=context).unmet == (limit,)
    assert ask(EVERYTHING, of_role, context=context).unmet == ()
