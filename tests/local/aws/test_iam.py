"""What the local IAM says that policies allow; it is asked, and never enforced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.aws.conftest import ACCOUNT

ARN = f"arn:aws:iam::{ACCOUNT}:role/job"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
        },
    }
)  # fmt: skip


def statement(action: str, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def iam(client: Any) -> Any:
    found = client("iam")
    found.create_role(RoleName="job", AssumeRolePolicyDocument=TRUST)
    return found


def decision(iam: Any, action: str, resource: str | None = None, arn: str = ARN) -> str:
    more = {} if resource is None else {"ResourceArns": [resource]}
    told = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], **more)
    assert told["IsTruncated"] is False
    (result,) = told["EvaluationResults"]
    assert (result["EvalActionName"], result["EvalResourceName"]) == (action, resource or "*")
    return str(result["EvalDecision"])


def test_inline_and_managed_policies_count(iam: Any) -> None:
    assert decision(iam, "s3:PutObject", "arn:aws:s3:::b/*") == "implicitDeny"
    iam.put_role_policy(
        RoleName="job", PolicyName="p",
        PolicyDocument=document(statement("s3:*", ["arn:aws:s3:::b/*"]), statement("s3:Get*", "*", "Deny")),
    )  # fmt: skip
    assert decision(iam, "s3:PutObject", "arn:aws:s3:::b/*") == "allowed"
    assert decision(iam, "s3:PutObject", "arn:aws:s3:::c/*") == "implicitDeny"
    assert decision(iam, "s3:PutObject") == "implicitDeny"
    assert decision(iam, "S3:GetObject", "arn:aws:s3:::b/k") == "explicitDeny"
    assert decision(iam, "sagemaker:CreateTrainingJob") == "implicitDeny"
    iam.attach_role_policy(RoleName="job", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    assert decision(iam, "sagemaker:ListTags") == "allowed"


def test_the_default_version_of_a_policy_counts(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="own", PolicyDocument=document(statement("sqs:SendMessage")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="job", PolicyArn=arn)
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(statement("sns:Publish")), SetAsDefault=True
    )  # fmt: skip
    assert decision(iam, "sns:Publish") == "allowed"
    assert decision(iam, "sqs:SendMessage") == "implicitDeny"


def test_what_a_statement_excludes(iam: Any) -> None:
    excluded = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secret/*"}
    iam.put_role_policy(RoleName="job", PolicyName="p", PolicyDocument=document(excluded))
    assert decision(iam, "s3:GetObject", "arn:aws:s3:::open/k") == "allowed"
    assert decision(iam, "s3:GetObject", "arn:aws:s3:::secret/k") == "implicitDeny"
    assert decision(iam, "iam:PassRole", ARN) == "implicitDeny"


def test_a_condition_on_a_key_that_the_request_lacks(iam: Any) -> None:
    on = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    of_itself = {"ArnEquals": {"aws:PrincipalArn": ARN}}
    iam.put_role_policy(
        RoleName="job", PolicyName="p",
        PolicyDocument=document(
            statement("iam:PassRole", Condition=on), statement("s3:*", Condition=of_itself),
            statement("sqs:*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
        ),
    )  # fmt: skip
    assert decision(iam, "iam:PassRole", ARN) == "implicitDeny"
    assert decision(iam, "s3:GetObject", "arn:aws:s3:::b/k") == "allowed"
    with pytest.raises(iam.exceptions.ClientError, match=r"\(NotImplemented\).* of p depends on aws:CurrentTime"):
        decision(iam, "sqs:SendMessage")


def test_a_boundary_limits(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=document(statement("s3:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="job", PermissionsBoundary=arn)
    iam.put_role_policy(RoleName="job", PolicyName="p", PolicyDocument=document(statement("*")))
    told = iam.simulate_principal_policy(PolicySourceArn=ARN, ActionNames=["s3:GetObject", "sqs:SendMessage"])
    within, beyond = told["EvaluationResults"]
    assert (within["EvalDecision"], beyond["EvalDecision"]) == ("allowed", "implicitDeny")
    assert beyond["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def simulated(iam: Any, action: str, **more: Any) -> Any:
    (result,) = iam.simulate_principal_policy(PolicySourceArn=ARN, ActionNames=[action], **more)["EvaluationResults"]
    return result


def test_conditions_are_judged_by_the_context_that_is_given(iam: Any) -> None:
    few = {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"},
        "ForAllValues:StringLike": {"aws:TagKeys": "team-*"},
    }
    iam.put_role_policy(RoleName="job", PolicyName="p", PolicyDocument=document(statement("iam:*", Condition=few)))

    def passed(service: str, *keys: str) -> Any:
        entries = [
            ("iam:PassedToService", [service], "string"),
            *([("aws:TagKeys", list(keys), "stringList")] if keys else []),
        ]
        told = [
            dict(zip(("ContextKeyName", "ContextKeyValues", "ContextKeyType"), one, strict=True)) for one in entries
        ]
        return simulated(iam, "iam:PassRole", ContextEntries=told)

    assert passed("sagemaker.amazonaws.com", "team-a", "team-b")["EvalDecision"] == "allowed"
    assert passed("sagemaker.amazonaws.com", "team-a", "cost")["EvalDecision"] == "implicitDeny"
    assert passed("lambda.amazonaws.com", "team-a")["EvalDecision"] == "implicitDeny"
    assert passed("sagemaker.amazonaws.com", "team-a")["MissingContextValues"] == []
    assert passed("sagemaker.amazonaws.com")["MissingContextValues"] == ["aws:TagKeys"]
    assert simulated(iam, "iam:PassRole")["MissingContextValues"] == ["aws:TagKeys", "iam:PassedToService"]


def test_policies_that_are_given_are_judged_too(iam: Any) -> None:
    more = {"PolicyInputList": [document(statement("s3:Get*"))]}
    assert simulated(iam, "s3:GetObject", **more)["EvalDecision"] == "allowed"
    assert simulated(iam, "s3:PutObject", **more)["EvalDecision"] == "implicitDeny"
    limit = document(statement("s3:GetObjectAcl"))
    found = simulated(iam, "s3:GetObject", **more, PermissionsBoundaryPolicyInputList=[limit])
    assert found["EvalDecision"] == "implicitDeny"
    assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert "PermissionsBoundaryDecisionDetail" not in simulated(iam, "s3:GetObject", **more)


def test_a_key_leaves_it_to_the_policies_of_its_account(iam: Any) -> None:
    """The simulator does not look up the policies of resources."""
    iam.put_role_policy(RoleName="job", PolicyName="p", PolicyDocument=document(statement("kms:Decrypt")))
    assert decision(iam, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1a2b") == "allowed"
    assert decision(iam, "kms:Encrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1a2b") == "implicitDeny"


def test_a_user_has_the_policies_of_its_groups(iam: Any) -> None:
    arn = iam.create_user(UserName="u")["User"]["Arn"]
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document(statement("s3:*")))
    assert decision(iam, "s3:GetObject", arn=arn) == "allowed"


def test_pages(iam: Any) -> None:
    names = [f"s3:Action{number}" for number in range(5)]
    asked = {"PolicySourceArn": ARN, "ActionNames": names, "PaginationConfig": {"PageSize": 2}}
    pages = list(iam.get_paginator("simulate_principal_policy").paginate(**asked))
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 2, 1]
    assert [one["EvalActionName"] for page in pages for one in page["EvaluationResults"]] == names


def test_who_or_what_is_unknown(iam: Any) -> None:
    for arn in (ARN + "s", ARN.replace(ACCOUNT, "444455556666"), "arn:aws:iam::aws:policy/AdministratorAccess"):
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            decision(iam, "s3:GetObject", arn=arn)
    for more, told in (
        ({"CallerArn": ARN}, r"\(NotImplemented\).*does not simulate with CallerArn"),
        ({"PolicyInputList": ["{}"]}, r"\(InvalidInput\).*PolicyInputList.1 has no statement"),
        (
            {"PermissionsBoundaryPolicyInputList": [document(), document()]},
            r"\(InvalidInput\).*one permissions boundary",
        ),
        ({"ActionNames": ["GetObject"]}, r"\(InvalidInput\).*an action has a service and a name"),
    ):
        with pytest.raises(iam.exceptions.ClientError, match=told):
            iam.simulate_principal_policy(**{"PolicySourceArn": ARN, "ActionNames": ["s3:GetObject"], **more})
    with pytest.raises(iam.exceptions.ClientError, match=r"\(InvalidInput\)"):
        iam.simulate_principal_policy(PolicySourceArn=ARN, ActionNames=["s3:GetObject"], Marker="x")
