"""Buckets and keys of another account: what their policies let do."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.s3_actions import asked
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION

OTHER = "444455556666"
BUCKET = "arn:aws:s3:::theirs"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"


@pytest.mark.parametrize(
    ("method", "path", "arguments", "action"),
    [
        ("GET", "/b/k", "", "GetObject"),
        ("HEAD", "/b/k/l", "", "GetObject"),
        ("GET", "/b/k", "versionId", "GetObjectVersion"),
        ("GET", "/b/k", "tagging versionId", "GetObjectVersionTagging"),
        ("PUT", "/b/k", "partNumber uploadId", "PutObject"),
        ("POST", "/b/k", "uploads", "PutObject"),
        ("POST", "/b/k", "uploadId", "PutObject"),
        ("POST", "/b/k", "select select-type", "GetObject"),
        ("GET", "/b/k", "uploadId", "ListMultipartUploadParts"),
        ("DELETE", "/b/k", "uploadId", "AbortMultipartUpload"),
        ("DELETE", "/b/k", "versionId", "DeleteObjectVersion"),
        ("PUT", "/b/k", "legal-hold", "PutObjectLegalHold"),
        ("PUT", "/b", "", "CreateBucket"),
        ("GET", "/b", "list-type prefix", "ListBucket"),
        ("HEAD", "/b/", "", "ListBucket"),
        ("GET", "/b", "versions", "ListBucketVersions"),
        ("GET", "/b", "uploads", "ListBucketMultipartUploads"),
        ("GET", "/b", "encryption", "GetEncryptionConfiguration"),
        ("PUT", "/b", "lifecycle", "PutLifecycleConfiguration"),
        ("DELETE", "/b", "lifecycle", "PutLifecycleConfiguration"),
        ("DELETE", "/b", "policy", "DeleteBucketPolicy"),
        ("PUT", "/b", "publicAccessBlock", "PutBucketPublicAccessBlock"),
        ("DELETE", "/b", "", "DeleteBucket"),
        ("POST", "/b", "delete", "DeleteObject"),
        ("POST", "/b", "", "PutObject"),
    ],
)
def test_actions_of_requests(method: str, path: str, arguments: str, action: str) -> None:
    (found,) = asked(method, path, arguments.split(), {})
    assert (found.action, found.bucket) == (f"s3:{action}", "b")


def test_what_a_request_needs_besides() -> None:
    assert list(asked("PUT", "/b/k", [], {"x-amz-copy-source": "/other/a%20b?versionId=1"})) == [
        ("s3:PutObject", "b", "k"), ("s3:GetObjectVersion", "other", "a b"),
    ]  # fmt: skip


@pytest.fixture
def theirs(aws: EmbeddedAws) -> Any:
    """``theirs(name)``: a client in the other account, which has the bucket ``theirs`` with an object ``a/b``."""
    client = aws._world.services(OTHER, REGION).client
    client("s3").create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket="theirs", Key="a/b", Body=b"text")
    return client


def allow(theirs: Any, *actions: str, resource: str = f"{BUCKET}/*", **more: Any) -> None:
    statement = {
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": list(actions), "Resource": resource, **more,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    theirs("s3").put_bucket_policy(Bucket="theirs", Policy=policy)


def refused(action: str, resource: str) -> Any:
    text = (
        rf"\(AccessDenied\).*User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: {action} on resource: "
        rf"{resource} because no resource-based policy allows the {action} action"
    )
    return pytest.raises(ClientError, match=text)


def test_a_bucket_lets_no_other_account_in_by_itself(client: Any, theirs: Any) -> None:
    s3, at = client("s3"), {"Bucket": "theirs", "Key": "a/b"}
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": REGION})
    with refused("s3:GetObject", f"{BUCKET}/a/b"):
        s3.get_object(**at)
    with refused("s3:PutObject", f"{BUCKET}/a/b"):
        s3.put_object(**at, Body=b"")
    with refused("s3:PutObject", f"{BUCKET}/a/b"):
        s3.create_multipart_upload(**at)
    with refused("s3:DeleteObject", f"{BUCKET}/a/b"):
        s3.delete_object(**at)
    with refused("s3:ListBucket", BUCKET):
        s3.list_objects_v2(Bucket="theirs")
    with refused("s3:PutBucketPolicy", BUCKET):
        s3.put_bucket_policy(Bucket="theirs", Policy="{}")
    with refused("s3:GetObject", f"{BUCKET}/a/b"):
        s3.copy_object(Bucket="mine", Key="c", CopySource=at)
    with pytest.raises(ClientError, match="403"):
        s3.head_object(**at)
    assert theirs("s3").get_object(**at)["Body"].read() == b"text"


def test_a_bucket_lets_in_what_its_policy_says(client: Any, theirs: Any) -> None:
    s3 = client("s3")
    allow(theirs, "s3:GetObject", resource=f"{BUCKET}/a/*")
    assert s3.get_object(Bucket="theirs", Key="a/b")["Body"].read() == b"text"
    with refused("s3:GetObject", f"{BUCKET}/c"):
        s3.get_object(Bucket="theirs", Key="c")
    with refused("s3:GetObject", rf"{BUCKET}/\*"):
        s3.get_object(Bucket="theirs", Key="*")
    allow(theirs, "s3:ListBucket", resource=BUCKET, Condition={"StringLike": {"s3:prefix": "a/*"}})
    assert s3.list_objects_v2(Bucket="theirs", Prefix="a/b")["KeyCount"] == 1
    with refused("s3:ListBucket", BUCKET):
        s3.list_objects_v2(Bucket="theirs")
    allow(theirs, "s3:PutObject", "s3:DeleteObject")
    s3.put_object(Bucket="theirs", Key="new", Body=b"1")
    s3.delete_objects(Bucket="theirs", Delete={"Objects": [{"Key": "new"}]})


def test_a_bucket_lets_in_a_role(aws: EmbeddedAws, client: Any, theirs: Any) -> None:
    allow(theirs, "s3:GetObject", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}})
    with refused("s3:GetObject", f"{BUCKET}/a/b"):
        client("s3").get_object(Bucket="theirs", Key="a/b")
    as_job = aws._world.services(ACCOUNT, REGION).client_as(ROLE, "s3")
    assert as_job.get_object(Bucket="theirs", Key="a/b")["Body"].read() == b"text"
    session = client("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    s3: Any = boto3.client(
        "s3", region_name=REGION, endpoint_url=aws.url, aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session["SessionToken"],
    )  # fmt: skip
    assert s3.get_object(Bucket="theirs", Key="a/b")["Body"].read() == b"text"


def test_the_key_of_an_object_is_asked_too(client: Any, theirs: Any) -> None:
    key = theirs("kms").create_key()["KeyMetadata"]["Arn"]
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    theirs("s3").put_object(Bucket="theirs", Key="secret", Body=b"text", **encrypted)
    allow(theirs, "s3:GetObject", "s3:PutObject")
    s3 = client("s3")
    with refused("kms:Decrypt", key):
        s3.get_object(Bucket="theirs", Key="secret")
    with refused("kms:GenerateDataKey", key):
        s3.put_object(Bucket="theirs", Key="more", Body=b"", **encrypted)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    theirs("s3").put_bucket_encryption(Bucket="theirs", ServerSideEncryptionConfiguration={"Rules": [rule]})
    with refused("kms:GenerateDataKey", key):
        s3.put_object(Bucket="theirs", Key="more", Body=b"")
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": via}]})
    theirs("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    assert s3.get_object(Bucket="theirs", Key="secret")["Body"].read() == b"text"
    s3.put_object(Bucket="theirs", Key="more", Body=b"")


def test_each_object_of_a_request_for_several_is_asked_for(client: Any, theirs: Any) -> None:
    s3 = client("s3")
    own = {"Principal": {"AWS": ACCOUNT}, "Action": ["s3:DeleteObject", "s3:PutObject"]}
    statements = [
        {"Effect": "Allow", **own, "Resource": f"{BUCKET}/*"},
        {"Effect": "Deny", **own, "Resource": f"{BUCKET}/kept/*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    theirs("s3").put_bucket_policy(Bucket="theirs", Policy=policy)
    with pytest.raises(ClientError, match=rf"s3:DeleteObject on resource: {BUCKET}/kept/b with an explicit deny"):
        s3.delete_objects(Bucket="theirs", Delete={"Objects": [{"Key": "a/b"}, {"Key": "kept/b"}]})
    with refused("s3:DeleteObjectVersion", f"{BUCKET}/a/b"):
        s3.delete_objects(Bucket="theirs", Delete={"Objects": [{"Key": "a/b", "VersionId": "1"}]})
    assert theirs("s3").get_object(Bucket="theirs", Key="a/b")["Body"].read() == b"text"
    s3.delete_objects(Bucket="theirs", Delete={"Objects": [{"Key": "a/b"}]})
    for key, status, told in (
        ("kept/${filename}", 403, f"{BUCKET}/kept/a.txt with an explicit deny"), ("new/${filename}", 204, ""),
    ):  # fmt: skip
        form = s3.generate_presigned_post("theirs", key)
        answer = requests.post(form["url"], data=form["fields"], files={"file": ("a.txt", b"1")}, timeout=30)
        assert answer.status_code == status
        assert told in answer.text


def test_conditions_on_time_address_and_owner(client: Any, theirs: Any) -> None:
    s3, at = client("s3"), {"Bucket": "theirs", "Key": "a/b"}
    for condition in (
        {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}, "Bool": {"aws:SecureTransport": "true"}},
        {"DateGreaterThan": {"aws:EpochTime": "1000000000"}, "StringEquals": {"aws:RequestedRegion": REGION}},
        {"StringEquals": {"aws:ResourceAccount": OTHER, "s3:ResourceAccount": OTHER}},
        {"Null": {"aws:SourceVpce": "true"}, "Bool": {"aws:ViaAWSService": "false"}},
    ):
        allow(theirs, "s3:GetObject", Condition=condition)
        assert s3.get_object(**at)["Body"].read() == b"text"
    allow(theirs, "s3:GetObject", Condition={"NotIpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}})
    with refused("s3:GetObject", f"{BUCKET}/a/b"):
        s3.get_object(**at)
    allow(theirs, "s3:GetObject", Condition={"NumericLessThan": {"s3:signatureAge": "600000"}})
    with pytest.raises(ClientError, match="depends on s3:signatureAge, of which nothing is known"):
        s3.get_object(**at)
