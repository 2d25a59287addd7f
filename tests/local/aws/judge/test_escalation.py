"""Ways in which a session or a user without permissions could get those of somebody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

REGION, ACCOUNT = "eu-central-1", "111122223333"
READ_ONLY, ADMIN = (f"arn:aws:iam::aws:policy/{name}" for name in ("ReadOnlyAccess", "AdministratorAccess"))


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


class Stage:
    """A role, a user, and a topic that both may not see."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.own = aws, aws.services().client
        self.own("iam").create_role(RoleName="job", AssumeRolePolicyDocument=TRUST)
        self.own("iam").create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
        self.keys = self.session("job")

    def session(self, role: str) -> Mapping[str, str]:
        keys = self.aws.services().environment(f"arn:aws:iam::{ACCOUNT}:role/{role}", "me")
        names = {
            "ACCESS_KEY_ID": "AccessKeyId",
            "SECRET_ACCESS_KEY": "SecretAccessKey",
            "SESSION_TOKEN": "SessionToken",
        }
        return {told: keys[f"AWS_{name}"] for name, told in names.items()}

    def client(self, name: str, keys: Mapping[str, str] | None = None) -> Any:
        keys = keys or self.keys
        return boto3.client(  # type: ignore[call-overload]
            name, region_name=REGION, endpoint_url=self.aws.url, aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"max_attempts": 1}),
        )  # fmt: skip

    def user(self, name: str, *actions: str) -> Mapping[str, str]:
        self.own("iam").create_user(UserName=name)
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        self.own("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(allowed))
        keys: Mapping[str, str] = self.own("iam").create_access_key(UserName=name)["AccessKey"]
        return keys

    def may(self, action: str, **more: Any) -> None:
        allowed = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
        self.own("iam").put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=document(allowed))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        yield Stage(aws)


def refusal(do: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(ClientError) as caught:
        do(*arguments, **named)
    assert caught.value.response["Error"]["Code"].startswith("AccessDenied")
    return str(caught.value.response["Error"]["Message"])


def test_a_session_gets_no_key_of_the_account(stage: Stage) -> None:
    stage.may("sts:*")
    sts = stage.client("sts")
    assert refusal(sts.get_session_token) == "Cannot call GetSessionToken with session credentials"
    told = refusal(sts.get_federation_token, Name="somebody")
    assert told == "Cannot call GetFederationToken with session credentials"


def test_a_temporary_key_of_a_user_is_the_users(stage: Stage) -> None:
    keys = stage.client("sts", stage.user("ann", "sqs:ListQueues")).get_session_token()["Credentials"]
    stage.client("sqs", keys).list_queues()
    assert "user/ann is not authorized to perform: sns:ListTopics" in refusal_of_topics(stage, keys)
    stage.own("iam").delete_user_policy(UserName="ann", PolicyName="own")
    refusal(stage.client("sqs", keys).list_queues)


def refusal_of_topics(stage: Stage, keys: Mapping[str, str]) -> str:
    with pytest.raises(ClientError) as caught:
        stage.client("sns", keys).list_topics()
    return str(caught.value.response["Error"]["Message"])


def test_a_federated_user_may_do_what_the_user_and_the_policy_of_the_session_allow(stage: Stage) -> None:
    sts = stage.client("sts", stage.user("bob", "sqs:ListQueues", "sts:GetFederationToken"))
    nothing = sts.get_federation_token(Name="guest")["Credentials"]
    refusal(stage.client("sqs", nothing).list_queues)
    policy = document({"Effect": "Allow", "Action": ["sqs:ListQueues", "sns:ListTopics"], "Resource": "*"})
    some = sts.get_federation_token(Name="guest", Policy=policy)["Credentials"]
    stage.client("sqs", some).list_queues()
    assert "federated-user/guest is not authorized" in refusal_of_topics(stage, some)


def test_a_role_that_exists_does_not_take_one_that_does_not(stage: Stage) -> None:
    stage.may("sts:AssumeRole")
    told = refusal(stage.client("sts").assume_role, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", RoleSessionName="me")
    assert "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/none" in told


def test_the_session_of_a_role_that_is_deleted_may_do_nothing(stage: Stage) -> None:
    stage.own("iam").create_role(RoleName="brief", AssumeRolePolicyDocument=TRUST)
    keys = stage.session("brief")
    stage.own("iam").delete_role(RoleName="brief")
    assert "assumed-role/brief/me is not authorized" in refusal_of_topics(stage, keys)


def test_a_key_for_a_service_is_not_used_directly(stage: Stage) -> None:
    key = stage.own("kms").create_key()["KeyMetadata"]["Arn"]
    stage.may("kms:*", Condition={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}})
    refusal(stage.client("kms").encrypt, KeyId=key, Plaintext=b"x")
    stage.may("kms:*", Condition={"StringEquals": {"kms:EncryptionContext:of": "a", "kms:CallerAccount": ACCOUNT}})
    stage.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"of": "a"})
    refusal(stage.client("kms").encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"of": "b"})


def test_policies_and_boundaries_are_conditions(stage: Stage) -> None:
    iam, role = stage.client("iam"), {"RoleName": "other"}
    stage.may("iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": READ_ONLY}})
    iam.attach_role_policy(**role, PolicyArn=READ_ONLY)
    refusal(iam.attach_role_policy, **role, PolicyArn=ADMIN)
    stage.may("iam:*Role*", Condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}})
    new = {"RoleName": "new", "AssumeRolePolicyDocument": TRUST}
    refusal(iam.create_role, **new)
    refusal(iam.create_role, **new, PermissionsBoundary=ADMIN)
    iam.create_role(**new, PermissionsBoundary=READ_ONLY)
    iam.put_role_policy(
        RoleName="new", PolicyName="p", PolicyDocument=document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    )
    refusal(iam.attach_role_policy, **role, PolicyArn=READ_ONLY)


def test_a_role_is_passed_by_its_tags_and_to_instances(stage: Stage) -> None:
    stage.own("iam").tag_role(RoleName="other", Tags=[{"Key": "team", "Value": "a"}])
    stage.own("iam").create_instance_profile(InstanceProfileName="p")
    iam, asked = stage.client("iam"), {"InstanceProfileName": "p", "RoleName": "other"}
    stage.may("iam:AddRoleToInstanceProfile")
    assert "iam:PassRole" in refusal(iam.add_role_to_instance_profile, **asked)
    for team in ("b", "a"):
        stage.may("iam:*", Condition={"StringEqualsIfExists": {"iam:ResourceTag/team": team}})
        if team == "b":
            assert "iam:PassRole" in refusal(iam.add_role_to_instance_profile, **asked)
    iam.add_role_to_instance_profile(**asked)


def test_the_variables_of_a_container_are_no_conditions(stage: Stage) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = stage.own("iam").create_role(RoleName="host", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    isolated = {"Effect": "Allow", "Action": "sagemaker:CreateModel", "Resource": "*",
                "Condition": {"Bool": {"sagemaker:NetworkIsolation": "true"}}}  # fmt: skip
    passed = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    stage.own("iam").put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=document(isolated, passed))
    container = {"Image": "i", "Environment": {"EnableNetworkIsolation": "true", "RoleArn": "of somebody else"}}
    asked = {"ModelName": "m", "ExecutionRoleArn": role, "PrimaryContainer": container}
    sagemaker = stage.client("sagemaker")
    assert "sagemaker:CreateModel" in refusal(sagemaker.create_model, **asked)
    sagemaker.create_model(**asked, EnableNetworkIsolation=True)
