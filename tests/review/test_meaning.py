"""Needs are compared with what policies mean, however a template writes it."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.access import Explained
from cdk_sagemaker_pipelines.review.explain.as_json import as_json
from cdk_sagemaker_pipelines.review.explain.text import text
from cdk_sagemaker_pipelines.review.reading.stacks import shown
from tests.language.support import step

from .stacks import arn, explained, job_role, pipeline, policy, role, training

PARTITION = {"Ref": "AWS::Partition"}
BUCKET = {"Type": "AWS::S3::Bucket"}
NAMED = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}}
KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}}


def joined(*parts: Any) -> dict[str, Any]:
    return {"Fn::Join": ["", list(parts)]}


def sub(text: str) -> dict[str, Any]:
    return {"Fn::Sub": text}


def allow(actions: Any, *resources: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources) or "*", **more}


def of(step_: dict[str, Any], metadata: bool = True, **resources: Any) -> Explained:
    made = pipeline(step_)
    if not metadata:
        made["Metadata"] = {}
    (found,) = explained({"Resources": {"Pipeline": made, "Own": role(), **resources}})
    return job_role(found)


def missing(found: Explained, service: str) -> list[tuple[str, str]]:
    """The actions of a service that are not known to be granted, with their resources."""
    return sorted(
        (action, shown(row.resource)) for row in found.missing for action in row.actions if action.startswith(service)
    )


def read_from(uri: str, *statements: dict[str, Any], metadata: bool = True, **resources: Any) -> list[tuple[str, str]]:
    return missing(of(training(uri=uri), metadata, Job=role(*statements), **resources), "s3:")


@pytest.mark.parametrize(
    ("bucket", "objects"),
    [
        (arn("B"), joined(arn("B"), "/*")),
        (sub("${B.Arn}"), sub("${B.Arn}/raw*")),
        (sub("arn:aws:s3:::${B}"), sub("arn:aws:s3:::${B}/*")),
        (sub("arn:${AWS::Partition}:s3:::${B}"), joined("arn:", PARTITION, ":s3:::", {"Ref": "B"}, "/*")),
        ("*", "arn:aws:s3:::*"),
    ],
)
@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("uri", ["s3://${B}/raw", "s3://data/raw"])
def test_a_bucket(bucket: Any, objects: Any, metadata: bool, uri: str) -> None:
    made = NAMED if uri == "s3://data/raw" else BUCKET
    assert read_from(uri, allow("s3:*", bucket, objects), metadata=metadata, B=made) == []
    only_objects = read_from(uri, allow("s3:*", objects), metadata=metadata, B=made)
    assert [action for action, _ in only_objects] == ([] if bucket == "*" else ["s3:ListBucket"])
    other: Any = {"C": made if made is BUCKET else {**NAMED, "Properties": {"BucketName": "other"}}}
    if bucket != "*":
        found = read_from(uri.replace("${B}", "${C}"), allow("s3:*", bucket, objects), B=BUCKET, **other)
        assert [action for action, _ in found] == ["s3:GetObject", "s3:ListBucket"]


def encrypted(key: Any = "${K}") -> dict[str, Any]:
    config = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, "VolumeKmsKeyId": key}
    return step("Train", "Training", {"RoleArn": "${Job.Arn}", "ResourceConfig": config})


@pytest.mark.parametrize("in_definition", ["${K}", "${K.Arn}", "${K.KeyId}"])
@pytest.mark.parametrize(
    "in_policy", [arn("K"), sub("arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${K}"), sub("${K.Arn}")]
)
@pytest.mark.parametrize("metadata", [True, False])
def test_a_key(in_definition: str, in_policy: Any, metadata: bool) -> None:
    found = of(encrypted(in_definition), metadata, Job=role(allow("kms:*", in_policy)), K=KEY, L=KEY)
    assert missing(found, "kms:") == []
    other = of(encrypted(in_definition), metadata, Job=role(allow("kms:*", arn("L"))), K=KEY, L=KEY)
    assert [action for action, _ in missing(other, "kms:")] == ["kms:CreateGrant", "kms:DescribeKey"]


def test_a_passed_role() -> None:
    for resource in (arn("Job"), sub("arn:aws:iam::${AWS::AccountId}:role/team/${Job}")):
        only = {"Condition": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}}
        made = role(allow("iam:PassRole", resource, **only))
        (found,) = explained({"Resources": {"Pipeline": pipeline(training()), "Own": made, "Job": role(Path="/team/")}})
        (own,) = [each for each in found.roles if each.own]
        assert missing(own, "iam:") == []


def test_the_policy_of_a_key_is_about_that_key() -> None:
    own = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": arn("Job")}}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [own]}}}
    assert missing(of(encrypted(), Job=role(), K=key), "kms:") == []
    assert missing(of(encrypted("${L}"), Job=role(), K=key, L=KEY), "kms:") != []


def test_only_the_missing_action_is_reported() -> None:
    logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    found = of(training(), Job=role(allow(logs)))
    assert {action for action, _ in missing(found, "logs:")} == {"logs:DescribeLogStreams"}
    assert missing(of(training(), Job=role(allow([*logs, "logs:Describe*"]))), "logs:") == []


RAW = allow("s3:*", "arn:aws:s3:::data", "arn:aws:s3:::data/*")


def whys(found: Explained, *, doubtful: bool) -> dict[str, str]:
    rows = found.doubtful if doubtful else found.missing
    return {action: row.why for row in rows for action in row.actions if action.startswith("s3:")}


def test_what_is_denied() -> None:
    refusal = {**allow("s3:Get*"), "Effect": "Deny"}
    found = of(training(), Job=role(RAW, refusal))
    assert whys(found, doubtful=False) == {"s3:GetObject": "denied in Job, inline policy Given"}
    made = {"Pipeline": pipeline(training()), "Own": role(), "Job": role(RAW, refusal)}
    lines = "\n".join(text(explained({"Resources": made})[0]))
    assert "  on arn:aws:s3:::data/raw*\n        denied in Job, inline policy Given\n        for Train: Input" in lines


def test_what_a_bucket_policy_denies_everybody() -> None:
    def bucket(**statement: Any) -> dict[str, Any]:
        given = {**allow("s3:*"), "Effect": "Deny", "Principal": "*", **statement}
        return {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [given]}}}

    tls = bucket(Condition={"Bool": {"aws:SecureTransport": "false"}})
    found = of(training(), Job=role(RAW), Policy=tls)
    assert whys(found, doubtful=False) == whys(found, doubtful=True) == {}
    assert whys(of(training(), Job=role(RAW), Policy=bucket()), doubtful=False) == dict.fromkeys(
        ["s3:GetObject", "s3:ListBucket"], "denied in the policy of Policy"
    )
    others = bucket(Condition={"ArnNotLike": {"aws:PrincipalArn": sub("arn:aws:iam::${AWS::AccountId}:role/${Job}")}})
    assert whys(of(training(), Job=role(RAW), Policy=others), doubtful=False) == {}
    excepted = bucket()
    (statement,) = excepted["Properties"]["PolicyDocument"]["Statement"]
    statement["NotPrincipal"] = {"AWS": arn("Job")}
    del statement["Principal"]
    assert whys(of(training(), Job=role(RAW), Policy=excepted), doubtful=False) == {}


ROLES = "arn:aws:iam::111122223333:role"


def of_bucket(**statement: Any) -> dict[str, Any]:
    document = {"Statement": [{**allow("s3:*"), **statement}]}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": document}}


@pytest.mark.parametrize(
    ("principal", "denied"),
    [
        ({"Principal": {"AWS": f"{ROLES}/Jobs"}}, True),
        ({"Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Jobs")}}, True),
        ({"Principal": {"AWS": arn("Job")}}, True),
        ({"Principal": {"AWS": f"{ROLES}/Other"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::999988887777:role/Jobs"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, True),
        ({"Principal": {"AWS": {"Ref": "AWS::AccountId"}}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::999988887777:root"}}, False),
        ({"Principal": {"AWS": "999988887777"}}, False),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Principal": {"CanonicalUser": {"Fn::GetAtt": ["Identity", "S3CanonicalUserId"]}}}, False),
        ({"NotPrincipal": {"AWS": [f"{ROLES}/Jobs", "111122223333"]}}, False),
        ({"NotPrincipal": {"AWS": f"{ROLES}/Other"}}, True),
    ],
)
def test_whom_a_bucket_policy_denies(principal: dict[str, Any], denied: bool) -> None:
    found = of(training(), Job=role(RAW, RoleName="Jobs"), Policy=of_bucket(Effect="Deny", **principal))
    assert set(whys(found, doubtful=False)) == ({"s3:GetObject", "s3:ListBucket"} if denied else set())
    assert whys(found, doubtful=True) == {}


def test_whom_a_bucket_policy_allows() -> None:
    own, other = ({"Principal": {"AWS": f"{ROLES}/{name}"}} for name in ("Jobs", "Other"))
    assert missing(of(training(), Job=role(RoleName="Jobs"), Policy=of_bucket(**own)), "s3:") == []
    assert len(missing(of(training(), Job=role(RoleName="Jobs"), Policy=of_bucket(**other)), "s3:")) == 2


def test_a_literal_account_if_the_roles_is_only_known_at_deployment() -> None:
    made = pipeline(training(), Account="${Token[AWS::AccountId]}")
    refused = of_bucket(Effect="Deny", Principal={"AWS": f"{ROLES}/Jobs"})
    named = role(RAW, RoleName="Jobs")
    (found,) = explained({"Resources": {"Pipeline": made, "Own": role(), "Job": named, "Policy": refused}})
    why = "it depends on a condition on Principal whether the policy of Policy denies it"
    assert whys(job_role(found), doubtful=True) == dict.fromkeys(["s3:GetObject", "s3:ListBucket"], why)


def test_what_a_boundary_does_not_allow() -> None:
    bounded = role(RAW, PermissionsBoundary={"Ref": "Bound"})
    narrow = policy(allow(["s3:GetObject", "logs:*"]), type="AWS::IAM::ManagedPolicy")
    assert whys(of(training(), Job=bounded, Bound=narrow), doubtful=False) == {
        "s3:ListBucket": "beyond its permissions boundary"
    }
    elsewhere = of(training(), Job=role(RAW, PermissionsBoundary="arn:aws:iam::1:policy/Bound"))
    assert whys(elsewhere, doubtful=False) == whys(elsewhere, doubtful=True) == {}


def test_what_depends_on_something_unknown() -> None:
    network = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
    found = of(training(), Job=role({**RAW, **network}))
    why = "it depends on a condition on aws:SourceVpce whether Job, inline policy Given grants it"
    assert whys(found, doubtful=True) == dict.fromkeys(["s3:GetObject", "s3:ListBucket"], why)
    assert whys(found, doubtful=False) == {}
    (explanation,) = explained(
        {"Resources": {"Pipeline": pipeline(training()), "Own": role(), "Job": role({**RAW, **network})}}
    )
    lines = "\n".join(text(explanation, width=120))
    assert "  needed, and perhaps granted by something not known here:\n\n    s3:GetObject\n" in lines
    assert as_json(explanation)["roles"][1]["doubtful"][0]["why"] == why


def test_a_managed_policy_with_unknown_content() -> None:
    of_aws = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    found = of(training(), Job=role(allow("s3:GetObject"), ManagedPolicyArns=[of_aws]))
    why = f"it depends on whether {of_aws} grants it, whose content is not known here"
    assert whys(found, doubtful=True) == {"s3:ListBucket": why}
    assert found.missing == []
    refused = of(training(), Job=role({**allow("s3:*"), "Effect": "Deny"}, ManagedPolicyArns=[of_aws]))
    assert set(whys(refused, doubtful=False)) == {"s3:GetObject", "s3:ListBucket"}


def test_a_parameter_may_be_any_bucket() -> None:
    parameter = {"Parameters": {"Name": {"Type": "String"}}}
    made = {"Pipeline": pipeline(training(uri="s3://${Name}/raw")), "Own": role(), "Job": role(RAW)}
    (found,) = explained({"Resources": made, **parameter})
    assert {why.partition(" whether ")[0] for why in whys(job_role(found), doubtful=True).values()} == {
        "it depends on what its resources turn out to be"
    }
    same = allow("s3:*", sub("arn:aws:s3:::${Name}"), sub("arn:aws:s3:::${Name}/*"))
    (found,) = explained({"Resources": {**made, "Job": role(same)}, **parameter})
    assert whys(job_role(found), doubtful=True) == whys(job_role(found), doubtful=False) == {}
