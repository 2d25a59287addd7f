"""What stands above all of a comment: nothing that lets somebody in, or costs, is found only in a fold."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.diff.markdown import markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences

from .definitions import definition, step
from .stacks import GET_RAW, role
from .test_markdown import comment
from .test_pipelines import ADMIN, TRUST, app, properties, template

OTHER = {"AWS": "arn:aws:iam::999999999999:root"}
ALLOW = {"Action": "s3:*", "Effect": "Allow", "Principal": OTHER, "Resource": "*"}
DENY = {**ALLOW, "Effect": "Deny"}
POLICIES = "\nPolicies of resources, users and groups:\n"


def resource(kind: str, **given: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": given}


def bucket_policy(*statements: Any) -> dict[str, Any]:
    return resource("AWS::S3::BucketPolicy", Bucket="b", PolicyDocument={"Statement": [*statements]})


def told(old: dict[str, Any], new: dict[str, Any]) -> str:
    return markdown(differences(app(template("Dev", **old)), app(template("Dev", **new))))


BUCKET = resource("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
GROUP = resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "10.0.0.0/8"}])
KEY = {"Action": "kms:*", "Effect": "Allow", "Principal": OTHER, "Resource": "*"}
OPENED = {
    "a-buckets-new-statement": (bucket_policy(DENY), bucket_policy(DENY, ALLOW)),
    "a-buckets-new-policy": (None, bucket_policy(ALLOW)),
    "a-denial-that-goes": (bucket_policy(ALLOW, DENY), bucket_policy(ALLOW)),
    "another-principal": (bucket_policy(ALLOW), bucket_policy({**ALLOW, "Principal": "*"})),
    "a-key": (
        resource("AWS::KMS::Key", Description="k"),
        resource("AWS::KMS::Key", Description="k", KeyPolicy={"Statement": [KEY]}),
    ),
    "who-may-call-a-function": (None, resource("AWS::Lambda::Permission", Action="lambda:*", Principal="*")),
    "a-user": (None, resource("AWS::IAM::User", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])),
    "a-users-policy": (
        None,
        resource("AWS::IAM::Policy", PolicyDocument={"Statement": [ADMIN]}, Users=["u"], PolicyName="p"),
    ),
    "a-functions-url": (None, resource("AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn="f")),
    "a-functions-url-for-all": (
        resource("AWS::Lambda::Url", AuthType="AWS_IAM"),
        resource("AWS::Lambda::Url", AuthType="NONE"),
    ),
    "a-url-that-is-open-on-a-condition": (
        resource("AWS::Lambda::Url", AuthType="AWS_IAM"),
        resource("AWS::Lambda::Url", AuthType={"Fn::If": ["Open", "NONE", "AWS_IAM"]}),
    ),
    "a-public-bucket": (BUCKET, resource("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": False})),
    "a-bucket-that-blocks-nothing": (BUCKET, resource("AWS::S3::Bucket")),
    "a-new-public-bucket": (
        None,
        resource("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": False}),
    ),
    "an-acl": (
        resource("AWS::S3::Bucket", AccessControl="Private"),
        resource("AWS::S3::Bucket", AccessControl="PublicRead"),
    ),
    "a-member-of-a-group": (None, resource("AWS::IAM::UserToGroupAddition", GroupName="admins", Users=["eve"])),
    "a-key-of-a-user": (None, resource("AWS::IAM::AccessKey", UserName="eve")),
    "an-identity-provider": (None, resource("AWS::IAM::OIDCProvider", Url="https://other.example")),
    "everybody-may-connect": (
        GROUP,
        resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0"}]),
    ),
    "everybody-may-connect-by-ipv6": (
        None,
        resource("AWS::EC2::SecurityGroupIngress", CidrIpv6="::/0", IpProtocol="-1"),
    ),
    "to-more-ports": (
        resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0", "ToPort": 443}]),
        resource("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0", "ToPort": 65535}]),
    ),
    "a-user-of-a-policy": (
        resource("AWS::IAM::Policy", PolicyDocument={"Statement": [ADMIN]}, Users=["one"]),
        resource("AWS::IAM::Policy", PolicyDocument={"Statement": [ADMIN]}, Users=["two"]),
    ),
    "no-limit-of-a-user": (resource("AWS::IAM::User", PermissionsBoundary="limit"), resource("AWS::IAM::User")),
    "a-policy-on-no-condition": (
        {**resource("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": [ADMIN]}), "Condition": "Off"},
        resource("AWS::IAM::ManagedPolicy", PolicyDocument={"Statement": [ADMIN]}),
    ),
    "another-role-of-a-function": (
        resource("AWS::Lambda::Function", Role="arn:aws:iam::111122223333:role/user"),
        resource("AWS::Lambda::Function", Role="arn:aws:iam::111122223333:role/admin"),
    ),
}


@pytest.mark.parametrize("case", OPENED)
def test_a_policy_that_opens_stands_above(case: str) -> None:
    one, other = ({} if each is None else {"Extra": each} for each in OPENED[case])
    text = told(one, other)
    assert POLICIES in text.partition("###")[0]
    assert " · 1 change of other policies · " in text.splitlines()[2]


SECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a-condition": (
        {"Conditions": {"On": {"Fn::Equals": ["a", "b"]}}},
        {"Conditions": {"On": {"Fn::Equals": ["a", "a"]}}},
    ),
    "a-role-as-a-parameter": (
        {"Parameters": {"Who": {"Type": "String", "Default": "arn:aws:iam::111122223333:role/user"}}},
        {"Parameters": {"Who": {"Type": "String", "Default": "arn:aws:iam::111122223333:role/admin"}}},
    ),
}


@pytest.mark.parametrize("case", SECTIONS)
def test_what_a_template_says_besides_stands_above_if_it_opens(case: str) -> None:
    old, new = (app({**template("Dev"), **section}) for section in SECTIONS[case])
    assert POLICIES in markdown(differences(old, new)).partition("###")[0]


CLOSED = {
    "a-functions-url-that-asks": (None, resource("AWS::Lambda::Url", AuthType="AWS_IAM")),
    "a-bucket-that-blocks": (resource("AWS::S3::Bucket"), BUCKET),
    "some-may-connect": (None, GROUP),
    "a-user-less": (
        resource("AWS::IAM::Policy", PolicyDocument={"Statement": [DENY]}, Users=["one", "two"]),
        resource("AWS::IAM::Policy", PolicyDocument={"Statement": [DENY]}, Users=["one"]),
    ),
    "a-denial-that-is-new": (bucket_policy(ALLOW), bucket_policy(ALLOW, DENY)),
    "what-was-allowed-and-goes": (bucket_policy(DENY, ALLOW), bucket_policy(DENY)),
    "a-policy-that-only-denies": (None, bucket_policy(DENY)),
    "a-policy-that-is-gone": (bucket_policy(ALLOW), None),
    "what-is-no-policy": (
        resource("AWS::SQS::Queue", RedrivePolicy={"maxReceiveCount": 1}),
        resource("AWS::SQS::Queue", RedrivePolicy={"maxReceiveCount": 2}),
    ),
}


@pytest.mark.parametrize("case", CLOSED)
def test_what_opens_nothing_does_not(case: str) -> None:
    one, other = ({} if each is None else {"Extra": each} for each in CLOSED[case])
    text = told(one, other)
    assert "in all**" in text
    assert POLICIES not in text


WIDE = [ADMIN, {**ADMIN, "Action": ["s3:GetObject", "*"]}, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "a"}]


@pytest.mark.parametrize("statement", WIDE, ids=["every-action", "all-actions", "all-but-some"])
def test_what_is_wide_is_not_pushed_out_by_many_others(statement: Any) -> None:
    trust = copy.deepcopy(TRUST)
    trust["Statement"][0]["Condition"] = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    jobs = {
        f"Job{number}": role(GET_RAW, path=f"Dev/Stack0/Nightly/A{number}/JobRole", AssumeRolePolicyDocument=trust)
        for number in range(30)
    }
    new = template("Dev", **jobs)
    properties("Own", Policies=[{"PolicyName": "More", "PolicyDocument": {"Statement": [statement]}}])(new["Resources"])
    gains = markdown(differences(app(template()), app(new))).splitlines()[6:]
    assert gains[0].startswith("- `Nightly/Role` ")


POWERS = (
    "sts:AssumeRole", "iam:CreateAccessKey", "iam:*", "organizations:LeaveOrganization", "kms:PutKeyPolicy",
    "lambda:UpdateFunctionCode", "lambda:Update*", "Lambda:addpermission", "s3:PutBucket*",
)  # fmt: skip
HARMLESS = ("s3:GetObject", "iam:GetRole", "sts:GetCallerIdentity", "kms:Decrypt", "lambda:InvokeFunction", "s3:Get*")


def gained(action: str) -> list[str]:
    """The lines of gains where a role may do an action, and thirty others something wide."""
    others = [{"Effect": "Allow", "Action": f"logs:Get{number}", "Resource": "*"} for number in range(30)]
    policies = [
        {"PolicyName": f"P{number}", "PolicyDocument": {"Statement": [statement]}}
        for number, statement in enumerate(
            [*others, {"Effect": "Allow", "Action": action, "Resource": "arn:aws:x:::y"}]
        )
    ]
    new = template("Dev")
    properties("Own", Policies=policies)(new["Resources"])
    return [line for line in markdown(differences(app(template()), app(new))).splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("action", POWERS)
def test_what_may_change_who_may_what_is_first(action: str) -> None:
    assert gained(action)[0].startswith(f"- `Nightly/Role` `{action} on arn:aws:x:::y`")


@pytest.mark.parametrize("action", HARMLESS)
def test_what_changes_nobodys_permissions_is_not(action: str) -> None:
    assert "arn:aws:x:::y" not in gained(action)[0]


def test_what_fields_need_of_a_new_role_is_a_number() -> None:
    above = markdown(differences([], app(template()))).partition("###")[0]
    assert "\n- `Nightly/Train/JobRole` is new: 1 permission for fields of steps\n" in above
    assert "s3:GetObject" not in above


def test_a_schedule_that_differs_is_not_folded() -> None:
    def at(rate: str) -> dict[str, Any]:
        return {"Daily": resource("AWS::Scheduler::Schedule", ScheduleExpression=rate)}

    text = told(at("rate(1 day)"), at("rate(1 hour)"))
    assert "ScheduleExpression" in text
    assert "<details>" not in text
    assert "| new | `Daily` (`AWS::Scheduler::Schedule`)" in told({}, at("rate(1 hour)")).partition("<details>")[0]


def test_stacks_without_pipelines_are_not_counted_as_pipelines() -> None:
    other = {"Resources": {"Ops": role(GET_RAW, path="Dev/Stack1/Ops", AssumeRolePolicyDocument=TRUST)}}
    first = markdown(differences(app(template()), app(template(), other))).splitlines()[2]
    assert first.startswith("**1 stack without pipelines · 2 permissions gained")


def test_jobs_without_a_time_limit_are_not_counted_silently() -> None:
    def training(limit: int) -> Any:
        given: dict[str, Any] = {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
        bounded: dict[str, Any] = {**given, "StoppingCondition": {"MaxRuntimeInSeconds": limit}}
        return definition(
            step("Train", "Training", **bounded), *(step(f"Open{number}", "Training", **given) for number in range(4))
        )

    shown = "instance-hours at most: `1` → **`2`** `'Train' 2, not counted: Open0, Open1, Open2 and 1 more`"
    assert shown in comment(training(3600), training(7200)).splitlines()


def test_a_long_pipeline_has_the_room_that_short_ones_leave() -> None:
    def stacks(version: int) -> list[Any]:
        found = []
        for number, tags in enumerate((250, 1, 1)):
            document = template()
            document["Resources"]["Pipeline"]["Properties"]["Tags"] = [
                {"Key": f"k{tag}", "Value": f"{'v' * 50}{version}"} for tag in range(tags)
            ]
            (one,) = app(document)
            found.append(replace(one, path=f"Dev/Stack{number}/Nightly", stack=f"Dev/Stack{number}"))
        return found

    text = markdown(differences(stacks(1), stacks(2)))
    assert "which `smpipe diff` shows" not in text
    assert "k249" in text
