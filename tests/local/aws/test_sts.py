"""Who gets whose keys: sessions of roles, within an account and across accounts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import mock_random

from cdk_sagemaker_pipelines.iam.evaluation import Outcome
from cdk_sagemaker_pipelines.local.aws import identities
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION

OTHER = "444455556666"
ROLE = f"arn:aws:iam::{OTHER}:role/deploy"


def connect(aws: EmbeddedAws, service: str, account: str = ACCOUNT, session: Any = None) -> Any:
    told = aws.environment(account)
    key, secret, token = told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], None
    if session is not None:
        key, secret, token = session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
    return boto3.client(  # type: ignore[call-overload]
        service, region_name=REGION, endpoint_url=aws.url, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token,
    )  # fmt: skip


def assume(aws: EmbeddedAws, arn: str, **more: str) -> Any:
    return connect(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)["Credentials"]


def trusting(aws: EmbeddedAws, *statements: dict[str, Any]) -> None:
    """A role of another account with a trust policy."""
    iam = connect(aws, "iam", OTHER)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document)


def allow(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def test_a_role_of_the_same_account_need_not_exist(aws: EmbeddedAws) -> None:
    session = assume(aws, f"arn:aws:iam::{ACCOUNT}:role/path/none")
    who = connect(aws, "sts", session=session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/none/me"


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"AWS": ACCOUNT}, {"AWS": [OTHER, ACCOUNT]}, "*",
        {"Service": "lambda.amazonaws.com", "AWS": "*"},
    ],
)  # fmt: skip
def test_a_role_of_another_account_can_be_assumed_if_it_trusts_the_caller(aws: EmbeddedAws, principal: Any) -> None:
    trusting(aws, allow(principal))
    assert connect(aws, "sts", session=assume(aws, ROLE)).get_caller_identity()["Account"] == OTHER


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": f"arn:aws:iam::{OTHER}:root"}),
        allow({"Service": "sagemaker.amazonaws.com"}),
        {**allow("*"), "Action": "sts:TagSession"},
        allow("*", Condition={"StringEquals": {"sts:ExternalId": "x"}}),
    ],
)
def test_a_role_without_trust_cannot_be_assumed(aws: EmbeddedAws, statement: dict[str, Any]) -> None:
    trusting(aws, statement)
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*not authorized to perform: sts:AssumeRole on resource"):
        assume(aws, ROLE)


ALLOW = allow({"AWS": ACCOUNT})
JOB = f"arn:aws:iam::{ACCOUNT}:role/team/job"


def judged(monkeypatch: pytest.MonkeyPatch, *statements: dict[str, Any], caller: str = JOB, **more: str) -> Any:
    """The verdict on a role with this trust policy."""
    role = SimpleNamespace(arn=ROLE, assume_role_policy_document=json.dumps({"Statement": list(statements)}))
    backend = SimpleNamespace(get_roles=lambda: [role])
    monkeypatch.setattr(identities, "iam_backends", {OTHER: {"aws": backend}})
    return identities.trust(ROLE, REGION, caller, **more)


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW],
        [allow("*"), {**allow({"AWS": OTHER}), "Effect": "Deny"}],
        [{**ALLOW, "Action": ["sts:TagSession", "STS:Assume*"]}],
        [{**ALLOW, "Effect": "Deny", "Action": "sts:TagSession"}, ALLOW],
        [allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/job"})],
        *(
            [{**ALLOW, "Condition": condition}]
            for condition in (
                {"StringEquals": {"sts:externalid": ["x", "id-1"]}},
                {"StringLike": {"sts:ExternalId": "id-*"}},
                {"StringNotEquals": {"sts:ExternalId": "x"}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/team/*"}},
                {"ArnEquals": {"aws:PrincipalArn": JOB}, "StringEquals": {"AWS:principalaccount": ACCOUNT}},
            )
        ),
    ],
)
def test_a_trust_policy_that_allows(monkeypatch: pytest.MonkeyPatch, statements: list[dict[str, Any]]) -> None:
    assert judged(monkeypatch, *statements, external_id="id-1").outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ([ALLOW, {**ALLOW, "Effect": "Deny"}], "denied in its trust policy"),
        ([ALLOW, {**allow("*"), "Effect": "Deny", "Action": "sts:*"}], "denied in its trust policy"),
        ([ALLOW, {**allow({"AWS": JOB}), "Effect": "Deny"}], "denied in its trust policy"),
        ([ALLOW, {"Effect": "Deny", "NotPrincipal": {"AWS": OTHER}, "Action": "*"}], "denied in its trust policy"),
        ([{"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}], ""),
        ([{**ALLOW, "Effect": "allow"}], "it depends on what cannot be read here"),
        *(
            ([{**ALLOW, "Condition": condition}], why)
            for condition, why in (
                ({"StringEquals": {"sts:externalid": "y"}}, ""),
                ({"StringLike": {"sts:ExternalId": "y*"}}, ""),
                ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/ci"}}, ""),
                ({"StringEquals": {"sts:ExternalId": "id-1", "aws:PrincipalOrgID": "o-1"}}, "on aws:PrincipalOrgID"),
                ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "a condition on aws:MultiFactorAuthPresent"),
                ({"NumericLessThan": {"sts:ExternalId": "9"}}, "a condition on sts:ExternalId"),
                ({"StringEquals": {"sts:ExternalId": "${aws:username}"}}, "a condition on sts:ExternalId"),
            )
        ),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}], "aws:SourceIp"),
    ],
)
def test_a_trust_policy_that_does_not(
    monkeypatch: pytest.MonkeyPatch, statements: list[dict[str, Any]], why: str
) -> None:
    verdict = judged(monkeypatch, *statements, external_id="id-1")
    assert verdict.outcome is not Outcome.GRANTED
    assert why in verdict.why
    assert bool(verdict.why) == bool(why)


def test_a_missing_external_id_does_not_match_any(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = {"StringLike": {"sts:ExternalId": "*"}}
    assert judged(monkeypatch, {**ALLOW, "Condition": condition}).outcome is not Outcome.GRANTED


def test_a_trust_that_only_takes_requests_without_an_external_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of ``cdk bootstrap --trust``."""
    statement = {**ALLOW, "Condition": {"Null": {"sts:ExternalId": "true"}}}
    assert judged(monkeypatch, statement).outcome is Outcome.GRANTED
    assert judged(monkeypatch, statement, external_id="x").outcome is not Outcome.GRANTED


def test_a_role_is_found_by_an_arn_of_another_partition(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}))
    session = assume(aws, ROLE.replace("arn:aws:", "arn:aws-cn:"))
    assert connect(aws, "sts", session=session).get_caller_identity()["Arn"].startswith("arn:aws:sts::")


def test_conditions_that_cannot_be_evaluated_are_refused_by_name(aws: EmbeddedAws) -> None:
    trusting(aws, allow("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
    with pytest.raises(ClientError, match=r"\(it depends on a condition on aws:PrincipalOrgID whether its trust"):
        assume(aws, ROLE)


def test_an_external_id_is_required(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}, Condition={"StringEquals": {"sts:ExternalId": ["x", "yy"]}}))
    assert assume(aws, ROLE, ExternalId="yy")


def test_a_missing_role_gives_no_access_to_an_account(aws: EmbeddedAws) -> None:
    for arn in (ROLE, f"arn:aws:iam::{OTHER}:role/*"):
        with pytest.raises(ClientError, match="AccessDenied"):
            assume(aws, arn)
    with pytest.raises(ClientError, match="is invalid"):
        assume(aws, "arn:aws:iam::444455556666:user/x")


def test_a_role_that_one_role_alone_may_assume(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/job"}))
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(aws, ROLE)
    job = connect(aws, "sts", session=assume(aws, f"arn:aws:iam::{ACCOUNT}:role/job"))
    session = job.assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    assert connect(aws, "sts", session=session).get_caller_identity()["Account"] == OTHER


def test_a_job_stays_in_its_account_whatever_its_role(aws: EmbeddedAws) -> None:
    told = aws.services().environment(ROLE, "SageMaker")
    session = dict(
        zip(
            ("AccessKeyId", "SecretAccessKey", "SessionToken"),
            (told[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")),
            strict=True,
        )
    )
    assert connect(aws, "sts", session=session).get_caller_identity()["Account"] == ACCOUNT
    with pytest.raises(ClientError, match="AccessDenied"):
        connect(aws, "sts", session=session).assume_role(RoleArn=ROLE, RoleSessionName="me")


def test_sessions_of_the_account_itself(aws: EmbeddedAws) -> None:
    sts = connect(aws, "sts")
    one, two = sts.get_session_token()["Credentials"], sts.get_federation_token(Name="someone")["Credentials"]
    assert one["SecretAccessKey"] != two["SecretAccessKey"]
    for session in (one, two):
        assert connect(aws, "sts", session=session).get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize("call", ["assume_role_with_web_identity", "assume_role_with_saml"])
def test_no_identity_provider_is_trusted(aws: EmbeddedAws, call: str) -> None:
    request = {
        "assume_role_with_web_identity": {"RoleSessionName": "me", "WebIdentityToken": "t" * 40},
        "assume_role_with_saml": {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/x", "SAMLAssertion": "x" * 40},
    }[call]
    sts = connect(aws, "sts")
    with pytest.raises(ClientError):  # unsigned, as clients send it
        getattr(sts, call)(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", **request)


def test_keys_cannot_be_guessed(aws: EmbeddedAws) -> None:
    """moto's random values could be predicted from earlier ones."""
    iam = connect(aws, "iam")
    iam.create_user(UserName="one")
    secrets = set()
    for _ in range(2):
        mock_random.seed(1)
        key = iam.create_access_key(UserName="one")["AccessKey"]
        mock_random.seed(1)
        session = assume(aws, f"arn:aws:iam::{ACCOUNT}:role/x")
        secrets |= {key["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"], session["AccessKeyId"]}
        iam.delete_access_key(UserName="one", AccessKeyId=key["AccessKeyId"])
    assert len(secrets) == 8
