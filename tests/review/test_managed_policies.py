"""Managed policies and boundaries that a role names by ARN are resolved if they are in the stacks."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.access import Explained

from .stacks import explained, job_role, pipeline, policy, role, training
from .test_meaning import RAW, allow, missing, of, sub

ACCOUNT_ARNS = (
    "arn:aws:iam::111122223333:policy/team/Data",
    sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/team/Data"),
    {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::111122223333:policy/team/Data"]]},
    {"Ref": "M"},
    {"Fn::GetAtt": ["M", "PolicyArn"]},
)


def managed(*statements: dict[str, Any], name: str = "Data", path: str = "/team/", **more: Any) -> dict[str, Any]:
    return policy(*statements, type="AWS::IAM::ManagedPolicy", ManagedPolicyName=name, Path=path, **more)


def holding(arn: Any, made: dict[str, Any]) -> Explained:
    return of(training(), Job=role(ManagedPolicyArns=[arn]), M=made)


@pytest.mark.parametrize("arn", ACCOUNT_ARNS)
def test_one_of_the_stack(arn: Any) -> None:
    found = holding(arn, managed(RAW))
    assert missing(found, "s3:") == []
    assert missing(found, "logs:")  # which it does not grant
    assert found.role.managed == []


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:policy/Data",
        "arn:aws:iam::111122223333:policy/team/data",
        "arn:aws:iam::444455556666:policy/team/Data",
        "arn:aws:iam::aws:policy/team/Data",
        sub("arn:aws:iam::${Account}:policy/team/Data"),
    ],
)
def test_a_policy_elsewhere_is_not_known(arn: Any) -> None:
    found = holding(arn, managed(RAW))
    assert missing(found, "") == []
    assert len(found.role.managed) == 1


@pytest.mark.parametrize("arn", ACCOUNT_ARNS)
def test_a_boundary(arn: Any) -> None:
    bounded = of(training(), Job=role(RAW, PermissionsBoundary=arn), M=managed(allow(["s3:GetObject", "logs:*"])))
    assert {row.actions: row.why for row in bounded.missing if row.actions[0].startswith("s3:")} == {
        ("s3:ListBucket",): "beyond its permissions boundary"
    }


def test_a_deny() -> None:
    refusing = managed({**allow("s3:ListBucket"), "Effect": "Deny"})
    found = of(training(), Job=role(RAW, ManagedPolicyArns=[ACCOUNT_ARNS[0]]), M=refusing)
    assert [action for action, _ in missing(found, "s3:")] == ["s3:ListBucket"]


def stack(granting: bool, **more: Any) -> dict[str, Any]:
    made = role(ManagedPolicyArns=[sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Data")])
    nightly = pipeline(training())
    nightly["Metadata"] = {}
    content = RAW if granting else allow("sqs:*")
    return {"Resources": {"Pipeline": nightly, "Own": role(), "Job": made, "M": managed(content, path="/")}, **more}


def test_stages_without_accounts() -> None:
    files = ("dev/a.template.json", "prod/a.template.json")
    granted, other = (job_role(one) for one in explained(stack(True), stack(False), files=files))
    assert missing(granted, "s3:") == []
    assert [action for action, _ in missing(other, "s3:")] == ["s3:GetObject", "s3:ListBucket"]


def test_an_ambiguous_name_is_not_resolved() -> None:
    found = explained(stack(True), stack(False), files=("dev/a.template.json", "dev/b.template.json"))
    assert [missing(job_role(one), "") for one in found] == [[], []]
