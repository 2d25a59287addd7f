"""In KMS the key's own policy decides: it can make a role's policy ineffective, or unnecessary."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.access import Explained

from .stacks import arn, role
from .test_meaning import allow, encrypted, joined, missing, of, sub

ROOT = {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}
JOB = {"AWS": arn("Job")}
OTHER = {"AWS": arn("Other")}
ALL = allow("kms:*")
NEITHER = "the key's own policy allows it neither to the role nor to its account"
BOTH = ["kms:CreateGrant", "kms:DescribeKey"]


def key(*statements: dict[str, Any], **properties: Any) -> dict[str, Any]:
    policy = {"KeyPolicy": {"Statement": list(statements)}} if statements else {}
    return {"Type": "AWS::KMS::Key", "Properties": {**policy, **properties}}


def to(principal: Any, actions: Any = "kms:*", effect: str = "Allow", only: Any = None) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": actions, "Resource": "*", "Principal": principal}
    return {**statement, "Condition": only} if only else statement


def judged(made: dict[str, Any], *identity: dict[str, Any], of_key: Any = "${K}", **more: Any) -> Explained:
    return of(encrypted(of_key), Job=role(*identity, **more.pop("of_role", {})), Other=role(), K=made, **more)


def lacking(*args: Any, **more: Any) -> list[str]:
    return [action for action, _ in missing(judged(*args, **more), "kms:")]


@pytest.mark.parametrize(
    "root",
    [
        ROOT,
        {"AWS": "111122223333"},
        {"AWS": "arn:aws:iam::111122223333:root"},
        {"AWS": [OTHER["AWS"], ROOT["AWS"]]},
    ],
)
def test_a_key_policy_that_leaves_it_to_the_account(root: Any) -> None:
    assert lacking(key(to(root)), ALL) == []
    assert lacking(key(to(root))) == BOTH  # which alone lets nobody in


def test_a_key_without_a_policy_has_kms_default_policy() -> None:
    assert lacking(key(), ALL) == []
    assert lacking(key()) == BOTH


@pytest.mark.parametrize(
    "policy",
    [
        (to(OTHER),),
        (to({"AWS": "arn:aws:iam::444455556666:root"}),),
        (to({"Service": "logs.eu-west-1.amazonaws.com"}),),
        (to(ROOT, ["kms:Create*", "kms:Put*", "kms:ScheduleKeyDeletion"]), to(OTHER)),
    ],
)
def test_a_key_policy_that_allows_neither_the_role_nor_its_account(policy: Any) -> None:
    found = judged(key(*policy), ALL)
    told = [action for action, _ in missing(found, "kms:")]
    assert told == (BOTH if len(policy) == 1 else ["kms:DescribeKey"])
    assert {row.why for row in found.missing if row.actions[0].startswith("kms:")} == {NEITHER}


@pytest.mark.parametrize("principal", [JOB, {"AWS": "*"}, "*", {"AWS": [arn("Other"), arn("Job")]}])
def test_a_key_policy_that_allows_the_role(principal: Any) -> None:
    assert lacking(key(to(principal))) == []
    assert lacking(key(to(principal)), ALL) == []
    assert lacking(key(to(principal, "kms:DescribeKey")), ALL) == ["kms:CreateGrant"]


def test_a_key_policy_that_allows_a_part_each_way() -> None:
    both = key(to(ROOT, "kms:DescribeKey"), to(JOB, "kms:CreateGrant"))
    assert lacking(both, ALL) == []
    assert lacking(both, allow("kms:DescribeKey")) == []
    assert lacking(both) == ["kms:DescribeKey"]


@pytest.mark.parametrize("principal", [JOB, ROOT, "*"])
def test_a_deny_in_the_key_policy(principal: Any) -> None:
    refusing = key(to(ROOT), to(JOB), to(principal, "kms:CreateGrant", "Deny"))
    assert lacking(refusing, ALL) == ["kms:CreateGrant"]


def test_a_deny_for_others_does_not_count() -> None:
    assert lacking(key(to(ROOT), to(OTHER, effect="Deny")), ALL) == []


def test_a_condition_in_the_key_policy() -> None:
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert lacking(key(to(JOB, "kms:CreateGrant", only=grants), to(JOB, "kms:DescribeKey"))) == []
    via = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    found = judged(key(to(ROOT, only=via)), ALL)
    assert missing(found, "kms:") == []
    (why,) = {row.why for row in found.doubtful if row.actions[0].startswith("kms:")}
    assert why.startswith("it depends on a condition on kms:ViaService whether")


def test_a_policy_that_cannot_be_read() -> None:
    assert lacking(key({"Fn::If": ["Open", to(ROOT), {"Ref": "AWS::NoValue"}]}), ALL) == []
    assert lacking({"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Ref": "Policy"}}}, ALL) == []


def test_a_replica_has_a_policy_of_its_own() -> None:
    replica = {**key(to(OTHER)), "Type": "AWS::KMS::ReplicaKey"}
    assert lacking(replica, ALL) == BOTH
    assert lacking({**key(to(JOB)), "Type": "AWS::KMS::ReplicaKey"}) == []


def test_the_policy_of_an_imported_key_is_not_known() -> None:
    known = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert lacking(key(to(OTHER)), ALL, of_key=known) == []


@pytest.mark.parametrize("target", [{"Ref": "K"}, arn("K")])
def test_a_key_by_its_alias(target: Any) -> None:
    alias = {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/data", "TargetKeyId": target}}
    for given in ("alias/data", "arn:aws:kms:eu-west-1:111122223333:alias/data", "${A}"):
        assert lacking(key(to(OTHER)), ALL, of_key=given, A=alias) == BOTH
        assert lacking(key(to(ROOT)), ALL, of_key=given, A=alias) == []
        assert lacking(key(to(JOB)), of_key=given, A=alias) == []
    assert lacking(key(to(OTHER)), ALL, of_key="alias/other", A=alias) == []


def test_a_key_policy_that_denies_outweighs_a_managed_policy() -> None:
    managed = {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/PowerUserAccess"]}
    assert lacking(key(to(ROOT)), of_role=managed) == []
    assert lacking(key(to(OTHER)), of_role=managed) == BOTH


def test_each_key_has_its_own_policy() -> None:
    assert lacking(key(to(ROOT)), ALL, L=key(to(OTHER))) == []
    of_some = allow("kms:*", joined("arn:", {"Ref": "AWS::Partition"}, ":kms:*:*:key/*"))
    assert lacking(key(to(OTHER)), of_some, L=key(to(ROOT))) == BOTH
