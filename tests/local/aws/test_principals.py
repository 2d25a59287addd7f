"""Who asks with which key, and the policies that then decide."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.authorization import PolicyError, Request, decide
from cdk_sagemaker_pipelines.local.aws.principals import Asking, asking, identity
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION
from .test_iam import TRUST, document, statement

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/job"
OBJECT = "arn:aws:s3:::data/a"


@pytest.fixture
def iam(client: Any) -> Any:
    """With a role that may read and write, and may only read by its boundary."""
    found = client("iam")
    limit = found.create_policy(PolicyName="limit", PolicyDocument=document(statement("s3:GetObject*")))["Policy"][
        "Arn"
    ]
    write = found.create_policy(PolicyName="write", PolicyDocument=document(statement("s3:PutObject")))["Policy"]["Arn"]
    found.create_role(
        RoleName="job", Path="/team/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit,
        Tags=[{"Key": "Area", "Value": "raw"}],
    )  # fmt: skip
    own = statement(
        "s3:GetObject*", "arn:aws:s3:::data/*", Condition={"StringEquals": {"aws:PrincipalTag/area": "raw"}}
    )
    found.put_role_policy(RoleName="job", PolicyName="read", PolicyDocument=document(own))
    found.attach_role_policy(RoleName="job", PolicyArn=write)
    return found


def may(who: Asking, action: str) -> str:
    """The end of the message; empty of what is allowed."""
    assert who.policies is not None
    verdict = decide(Request(who.principal, action, OBJECT, owner=ACCOUNT), who.policies)
    return verdict.message.partition(OBJECT)[2]


def test_a_job_asks_as_a_session_of_its_role(aws: EmbeddedAws, iam: Any) -> None:
    told = aws.services().environment(ROLE, "SageMaker")
    who = asking(told["AWS_ACCESS_KEY_ID"], ACCOUNT, REGION)
    assert who.principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker"
    assert who.principal.entity == ROLE
    assert may(who, "s3:GetObject") == ""
    assert may(who, "s3:PutObject") == " because no permissions boundary allows the s3:PutObject action"
    assert may(who, "s3:DeleteObject") == " because no identity-based policy allows the s3:DeleteObject action"
    iam.delete_role_policy(RoleName="job", PolicyName="read")
    who = asking(told["AWS_ACCESS_KEY_ID"], ACCOUNT, REGION)
    assert may(who, "s3:GetObject") == " because no identity-based policy allows the s3:GetObject action"


def test_a_session_is_limited_by_the_policy_that_it_was_given(aws: EmbeddedAws, iam: Any, client: Any) -> None:
    policy = document(statement("s3:GetObjectAcl"))
    session = client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me", Policy=policy)["Credentials"]
    who = asking(session["AccessKeyId"], ACCOUNT, REGION)
    assert may(who, "s3:GetObject") == " because no session policy allows the s3:GetObject action"
    assert may(who, "s3:GetObjectAcl") == ""


def test_a_session_of_a_role_that_does_not_exist_has_no_policies(aws: EmbeddedAws) -> None:
    told = aws.services().environment("none", "SageMaker")
    who = asking(told["AWS_ACCESS_KEY_ID"], ACCOUNT, REGION)
    assert who.principal.entity == f"arn:aws:iam::{ACCOUNT}:role/none"
    assert who.policies is None


def test_a_user_asks_with_its_own_key_and_its_groups_policies(aws: EmbeddedAws, iam: Any) -> None:
    iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "ml"}])
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=document(statement("s3:GetObject")))
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    who = asking(key, ACCOUNT, REGION)
    assert (who.principal.arn, dict(who.principal.tags)) == (f"arn:aws:iam::{ACCOUNT}:user/ann", {"team": "ml"})
    assert may(who, "s3:GetObject") == ""
    assert may(who, "s3:PutObject") == " because no identity-based policy allows the s3:PutObject action"


def test_the_keys_of_the_account_are_its_root_users(aws: EmbeddedAws) -> None:
    who = asking(aws.environment(ACCOUNT)["AWS_ACCESS_KEY_ID"], ACCOUNT, REGION)
    assert who.principal.arn == f"arn:aws:iam::{ACCOUNT}:root"
    assert may(who, "s3:DeleteObject") == ""


def test_a_policy_that_cannot_be_read_is_named(aws: EmbeddedAws, iam: Any) -> None:
    odd = statement("s3:GetObject", "arn:aws:s3:::data/${aws:username, none}")
    iam.put_role_policy(RoleName="job", PolicyName="odd", PolicyDocument=document(odd))
    told = r"statement 1 of odd: \$\{aws:username, none\} is not a policy variable"
    with pytest.raises(PolicyError, match=told):
        may(identity(ROLE), "s3:GetObject")  # type: ignore[arg-type]
    with pytest.raises(
        iam.exceptions.ClientError, match=rf"\(NotImplemented\).*the local AWS cannot simulate it: {told}"
    ):
        iam.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=["s3:GetObject"])
