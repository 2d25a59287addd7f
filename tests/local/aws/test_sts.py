"""Who gets whose keys: sessions of roles, within an account and across accounts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import mock_random

from cdk_sagemaker_pipelines.local.aws import identities, principals
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


def assume(aws: EmbeddedAws, arn: str, **more: Any) -> Any:
    return connect(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)["Credentials"]


def trusting(aws: EmbeddedAws, *statements: dict[str, Any]) -> None:
    """A role of another account with a trust policy."""
    iam = connect(aws, "iam", OTHER)
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document)
    may = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}
    )
    iam.put_role_policy(RoleName="deploy", PolicyName="lists", PolicyDocument=may)


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


def refused(monkeypatch: pytest.MonkeyPatch, *statements: dict[str, Any], external_id: str | None = None) -> str:
    """Why a role with this trust policy does not let the job in; empty if it does."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    role = SimpleNamespace(arn=ROLE, assume_role_policy_document=document, tags=[{"Key": "Area", "Value": "raw"}])
    job = SimpleNamespace(arn=JOB, tags=[{"Key": "Area", "Value": "raw"}])
    backends = {
        account: {"aws": SimpleNamespace(get_roles=lambda role=role: [role])}
        for account, role in ((OTHER, role), (ACCOUNT, job))
    }
    monkeypatch.setattr(principals, "iam_backends", backends)
    who = principals.holding(JOB)
    return identities.untrusted(ROLE, who, REGION, context={"sts:ExternalId": external_id}) or ""


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW],
        [allow("*"), {**allow({"AWS": OTHER}), "Effect": "Deny"}],
        [{**ALLOW, "Action": ["sts:TagSession", "STS:Assume*"]}],
        [{**ALLOW, "Effect": "Deny", "Action": "sts:TagSession"}, ALLOW],
        [allow({"AWS": JOB})],
        *(
            [{**ALLOW, "Condition": condition}]
            for condition in (
                {"StringEquals": {"sts:externalid": ["x", "id-1"]}},
                {"StringLike": {"sts:ExternalId": "id-*"}},
                {"StringNotEquals": {"sts:ExternalId": "x"}},
                {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/team/*"}},
                {"ArnEquals": {"aws:PrincipalArn": JOB}, "StringEquals": {"AWS:principalaccount": ACCOUNT}},
                {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
                {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
                {"StringEquals": {"aws:ResourceTag/Area": "${aws:PrincipalTag/area}"}},
                {"Null": {"aws:SourceArn": "true", "aws:RequestTag/team": "true"}},
            )
        ),
    ],
)
def test_a_trust_policy_that_allows(monkeypatch: pytest.MonkeyPatch, statements: list[dict[str, Any]]) -> None:
    assert refused(monkeypatch, *statements, external_id="id-1") == ""


UNTOLD = "because no role trust policy allows the sts:AssumeRole action"
DENIED = "with an explicit deny in the role trust policy"


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ([ALLOW, {**ALLOW, "Effect": "Deny"}], DENIED),
        ([ALLOW, {**allow("*"), "Effect": "Deny", "Action": "sts:*"}], DENIED),
        ([ALLOW, {**allow({"AWS": JOB}), "Effect": "Deny"}], DENIED),
        ([ALLOW, {"Effect": "Deny", "NotPrincipal": {"AWS": OTHER}, "Action": "*"}], DENIED),
        (
            [{"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}],
            "because statement 1 of the role trust policy: NotPrincipal goes with Deny only",
        ),
        ([{**ALLOW, "Effect": "allow"}], "its effect is Allow or Deny, not 'allow'"),
        ([allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/job"})], UNTOLD),
        *(
            ([{**ALLOW, "Condition": condition}], why)
            for condition, why in (
                ({"StringEquals": {"sts:externalid": "y"}}, UNTOLD),
                ({"StringLike": {"sts:ExternalId": "y*"}}, UNTOLD),
                ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/ci"}}, UNTOLD),
                ({"StringEquals": {"sts:ExternalId": "id-1", "aws:PrincipalOrgID": "o-1"}}, UNTOLD),
                ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, UNTOLD),
                ({"StringEquals": {"sts:ExternalId": "${aws:username}"}}, UNTOLD),
                ({"ArnLike": {"aws:SourceArn": "arn:aws:events:*"}}, UNTOLD),
                ({"StringEquals": {"aws:ResourceTag/Area": "clean"}}, UNTOLD),
                (
                    {"NumericLessThan": {"sts:ExternalId": "9"}},
                    "because statement 1 of the role trust policy depends on sts:ExternalId, of which the request says",
                ),
                ({"StringLike": {"aws:userid": "*"}}, "depends on aws:userid, of which nothing is known"),
            )
        ),
        (
            [ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}],
            "because statement 2 of the role trust policy depends on aws:SourceIp, of which nothing is known",
        ),
    ],
)
def test_a_trust_policy_that_does_not(
    monkeypatch: pytest.MonkeyPatch, statements: list[dict[str, Any]], why: str
) -> None:
    message = refused(monkeypatch, *statements, external_id="id-1")
    assert message.startswith(f"User: {JOB} is not authorized to perform: sts:AssumeRole on resource: {ROLE} ")
    assert why in message


def test_a_missing_external_id_does_not_match_any(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = {"StringLike": {"sts:ExternalId": "*"}}
    assert UNTOLD in refused(monkeypatch, {**ALLOW, "Condition": condition})


def test_a_trust_that_only_takes_requests_without_an_external_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of ``cdk bootstrap --trust``."""
    statement = {**ALLOW, "Condition": {"Null": {"sts:ExternalId": "true"}}}
    assert refused(monkeypatch, statement) == ""
    assert UNTOLD in refused(monkeypatch, statement, external_id="x")


def test_a_role_is_found_by_an_arn_of_another_partition(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}))
    session = assume(aws, ROLE.replace("arn:aws:", "arn:aws-cn:"))
    assert connect(aws, "sts", session=session).get_caller_identity()["Arn"].startswith("arn:aws:sts::")


def test_conditions_that_cannot_be_decided_are_refused_by_name(aws: EmbeddedAws) -> None:
    trusting(aws, allow("*", Condition={"StringEquals": {"aws:userid": "x"}}))
    with pytest.raises(ClientError, match=r"role trust policy depends on aws:userid, of which nothing is known"):
        assume(aws, ROLE)


@pytest.mark.parametrize(
    ("condition", "lets"),
    [
        ({"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, False),
        ({"StringLike": {"sts:RoleSessionName": "${aws:PrincipalAccount}-*"}}, False),
        ({"StringEquals": {"sts:RoleSessionName": "me", "aws:RequestedRegion": REGION}}, True),
    ],
    ids=["here", "elsewhere", "by-now", "no-longer", "named-by-account", "name-and-region"],
)
def test_what_is_known_of_every_request(aws: EmbeddedAws, condition: Any, lets: bool) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}, Condition=condition))
    if lets:
        assert assume(aws, ROLE)
    else:
        with pytest.raises(ClientError, match=UNTOLD):
            assume(aws, ROLE)


TEAM = [{"Key": "Team", "Value": "ml"}]


def test_session_tags_need_the_trust_of_the_role_and_are_then_the_principals(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}))
    with pytest.raises(ClientError, match="because no role trust policy allows the sts:TagSession action"):
        assume(aws, ROLE, Tags=TEAM)
    only = {"StringEquals": {"aws:RequestTag/team": "ml"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}
    trust = [allow({"AWS": ACCOUNT}), allow({"AWS": ACCOUNT}, Action="sts:TagSession", Condition=only)]
    connect(aws, "iam", OTHER).update_assume_role_policy(
        RoleName="deploy", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
    )
    with pytest.raises(ClientError, match="sts:TagSession"):
        assume(aws, ROLE, Tags=[*TEAM, {"Key": "Cost", "Value": "1"}])
    session = assume(aws, ROLE, Tags=TEAM)
    assert principals.asking(session["AccessKeyId"], OTHER, REGION).principal.tags == {"team": "ml"}
    # and the bucket of a third account can ask for them
    s3 = connect(aws, "s3", "777788889999")
    s3.create_bucket(Bucket="third", CreateBucketConfiguration={"LocationConstraint": REGION})
    theirs = allow({"AWS": ROLE}, Action="s3:ListBucket", Resource="arn:aws:s3:::third")
    theirs["Condition"] = {"StringEquals": {"aws:PrincipalTag/Team": "ml"}}
    s3.put_bucket_policy(Bucket="third", Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    assert connect(aws, "s3", session=session).list_objects_v2(Bucket="third")["KeyCount"] == 0
    with pytest.raises(ClientError, match="AccessDenied"):
        connect(aws, "s3", session=assume(aws, ROLE)).list_objects_v2(Bucket="third")


def test_transitive_tags_and_the_source_identity_go_on_to_the_next_session(aws: EmbeddedAws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/job"
    tags = [*TEAM, {"Key": "Cost", "Value": "1"}]
    first = assume(aws, arn, Tags=tags, TransitiveTagKeys=["team"], SourceIdentity="ann")
    sts = connect(aws, "sts", session=first)
    second = sts.assume_role(RoleArn=arn, RoleSessionName="me", Tags=[{"Key": "cost", "Value": "2"}])
    who = principals.asking(second["Credentials"]["AccessKeyId"], ACCOUNT, REGION)
    assert who.principal.tags == {"team": "ml", "cost": "2"}
    assert (second["SourceIdentity"], who.context["aws:SourceIdentity"]) == ("ann", "ann")
    for more, told in (
        ({"Tags": TEAM}, "passes on the tag team, which cannot be given again"),
        ({"Tags": [{"Key": "A", "Value": ""}, {"Key": "a", "Value": ""}]}, "two session tags have the same key"),
        ({"TransitiveTagKeys": ["Area"]}, "the transitive key area is not that of a session tag"),
        ({"SourceIdentity": "bob"}, "has another source identity"),
    ):
        with pytest.raises(ClientError, match=rf"\(ValidationError\).*{told}"):
            sts.assume_role(RoleArn=arn, RoleSessionName="me", **more)


def test_a_source_identity_needs_the_trust_of_the_role(aws: EmbeddedAws) -> None:
    trusting(aws, allow({"AWS": ACCOUNT}))
    with pytest.raises(ClientError, match="because no role trust policy allows the sts:SetSourceIdentity action"):
        assume(aws, ROLE, SourceIdentity="ann")


def test_managed_session_policies_limit_a_session_too(aws: EmbeddedAws) -> None:
    iam, arn = connect(aws, "iam"), f"arn:aws:iam::{ACCOUNT}:role/job"
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    )
    iam.create_role(RoleName="job", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": ALLOW}))
    given = iam.create_policy(PolicyName="reads", PolicyDocument=document)["Policy"]["Arn"]
    session = assume(aws, arn, PolicyArns=[{"arn": given}], Policy=document)
    policies = principals.asking(session["AccessKeyId"], ACCOUNT, REGION).policies
    assert policies is not None
    assert policies.session is not None
    assert [policy.name for policy in policies.session] == [given, "the session's policy"]
    for more, told in (
        ({"PolicyArns": [{"arn": f"{given}-not"}]}, r"\(ValidationError\).*policy/reads-not does not exist"),
        ({"Policy": '{"Statement": [{}]}'}, r"\(MalformedPolicyDocument\).*statement 1 of the session's policy"),
    ):
        with pytest.raises(ClientError, match=told):
            assume(aws, arn, **more)


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
