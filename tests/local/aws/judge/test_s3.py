"""Requests of S3 by a session of a role: each is refused without one of the permissions that it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

REGION, ACCOUNT = "eu-central-1", "111122223333"
BUCKET, OBJECTS = "arn:aws:s3:::data", "arn:aws:s3:::data/*"
PREFIX = {"s3:prefix": "a/*"}
SENT = {"Bucket": "data", "Key": "a/b"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
Do = Callable[[Any], Any]


class Stage:
    """A bucket ``data`` with an object ``a/b``, and a role with the permissions that a test gives it."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.own = aws, aws.services().client
        location = {"LocationConstraint": REGION}
        for name in ("data", "coded"):
            self.own("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
        self.own("s3").put_object(**SENT, Body=b"text")
        self.own("s3").put_object(Bucket="data", Key="tagged", Body=b"text", Tagging="a=b")
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.own("iam").create_role(RoleName="job", AssumeRolePolicyDocument=document(trust))
        self.key = self.own("kms").create_key()["KeyMetadata"]["Arn"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}}
        encryption = {"Rules": [rule]}
        self.own("s3").put_bucket_encryption(Bucket="coded", ServerSideEncryptionConfiguration=encryption)
        self.own("s3").put_object(Bucket="coded", Key="k", Body=b"secret")
        keys = aws.services().environment(ROLE, "SageMaker")
        self.s3: Any = boto3.client(
            "s3", region_name=REGION, endpoint_url=aws.url, aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"], aws_session_token=keys["AWS_SESSION_TOKEN"],
            config=Config(retries={"max_attempts": 1}),
        )  # fmt: skip

    def may(self, *allowed: str, **more: Any) -> None:
        """Each is an action and a resource."""
        statements = [
            {"Effect": "Allow", "Action": one.split()[0], "Resource": one.split()[1], **more} for one in allowed
        ]
        policy = document(*statements, {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"})
        self.own("iam").put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=policy)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        yield Stage(aws)


def upload_in_parts(s3: Any) -> None:
    started = s3.create_multipart_upload(Bucket="data", Key="parts")["UploadId"]
    about = {"Bucket": "data", "Key": "parts", "UploadId": started}
    tag = s3.upload_part(**about, PartNumber=1, Body=b"1")["ETag"]
    s3.list_parts(**about)
    s3.complete_multipart_upload(**about, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})


def abort(s3: Any) -> None:
    started = s3.create_multipart_upload(Bucket="data", Key="parts")["UploadId"]
    s3.abort_multipart_upload(Bucket="data", Key="parts", UploadId=started)


def several(s3: Any) -> None:
    s3.delete_objects(Bucket="data", Delete={"Objects": [{"Key": "x"}, {"Key": "y"}]})


def get_presigned(s3: Any) -> None:
    answered(requests.get(s3.generate_presigned_url("get_object", SENT), timeout=30))


def send_form(s3: Any) -> None:
    form = s3.generate_presigned_post("data", "form")
    answered(requests.post(form["url"], data=form["fields"], files={"file": b"1"}, timeout=30))


def answered(answer: Any) -> None:
    if answer.status_code >= 300:
        error = {"Error": {"Code": str(answer.status_code), "Message": answer.text}}
        raise ClientError(error, "request")  # type: ignore[arg-type]


CASES: dict[str, tuple[Do, list[str]]] = {
    "get": (lambda s3: s3.get_object(**SENT), [f"s3:GetObject {OBJECTS}"]),
    "get a range": (lambda s3: s3.get_object(**SENT, Range="bytes=0-1"), [f"s3:GetObject {OBJECTS}"]),
    "presigned": (get_presigned, [f"s3:GetObject {OBJECTS}"]),
    "put": (lambda s3: s3.put_object(Bucket="data", Key="new", Body=b""), [f"s3:PutObject {BUCKET}/new"]),
    "put with tags": (
        lambda s3: s3.put_object(Bucket="data", Key="new", Body=b"", Tagging="a=b"),
        [f"s3:PutObject {OBJECTS}", f"s3:PutObjectTagging {OBJECTS}"],
    ),
    "a form": (send_form, [f"s3:PutObject {BUCKET}/form"]),
    "in parts": (upload_in_parts, [f"s3:PutObject {OBJECTS}", f"s3:ListMultipartUploadParts {OBJECTS}"]),
    "abort": (abort, [f"s3:PutObject {OBJECTS}", f"s3:AbortMultipartUpload {OBJECTS}"]),
    "copy": (
        lambda s3: s3.copy_object(Bucket="data", Key="copy", CopySource=SENT),
        [f"s3:GetObject {BUCKET}/a/b", f"s3:PutObject {BUCKET}/copy"],
    ),
    "copy with tags": (
        lambda s3: s3.copy_object(Bucket="data", Key="copy", CopySource="data/tagged"),
        [f"s3:GetObject {OBJECTS}", f"s3:PutObject {OBJECTS}", f"s3:GetObjectTagging {BUCKET}/tagged",
         f"s3:PutObjectTagging {BUCKET}/copy"],
    ),
    "copy without the tags": (
        lambda s3: s3.copy_object(Bucket="data", Key="copy", CopySource="data/tagged", TaggingDirective="REPLACE"),
        [f"s3:GetObject {OBJECTS}", f"s3:PutObject {OBJECTS}"],
    ),
    "list": (lambda s3: s3.list_objects_v2(Bucket="data", Prefix="a/"), [f"s3:ListBucket {BUCKET}"]),
    "list versions": (lambda s3: s3.list_object_versions(Bucket="data"), [f"s3:ListBucketVersions {BUCKET}"]),
    "list uploads": (lambda s3: s3.list_multipart_uploads(Bucket="data"), [f"s3:ListBucketMultipartUploads {BUCKET}"]),
    "delete": (lambda s3: s3.delete_object(Bucket="data", Key="x"), [f"s3:DeleteObject {BUCKET}/x"]),
    "delete several": (several, [f"s3:DeleteObject {BUCKET}/x", f"s3:DeleteObject {BUCKET}/y"]),
    "tags": (lambda s3: s3.get_object_tagging(**SENT), [f"s3:GetObjectTagging {OBJECTS}"]),
    "location": (lambda s3: s3.get_bucket_location(Bucket="data"), [f"s3:GetBucketLocation {BUCKET}"]),
    "encryption": (lambda s3: s3.get_bucket_encryption(Bucket="coded"), ["s3:GetEncryptionConfiguration *"]),
    "new bucket": (
        lambda s3: s3.create_bucket(Bucket="made", CreateBucketConfiguration={"LocationConstraint": REGION}),
        ["s3:CreateBucket arn:aws:s3:::made"],
    ),
    "all buckets": (lambda s3: s3.list_buckets(), ["s3:ListAllMyBuckets *"]),
    "get with a key": (lambda s3: s3.get_object(Bucket="coded", Key="k"), ["s3:GetObject *", "kms:Decrypt *"]),
    "put with a key": (
        lambda s3: s3.put_object(Bucket="coded", Key="new", Body=b""), ["s3:PutObject *", "kms:GenerateDataKey *"]
    ),
    "a key by header": (
        lambda s3: s3.put_object(Bucket="data", Key="n", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId="KEY"),
        [f"s3:PutObject {OBJECTS}", "kms:GenerateDataKey *"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=name.replace(" ", "-")) for name in CASES])
def test_each_permission_is_needed(stage: Stage, name: str) -> None:
    do, needed = CASES[name]
    if name == "a key by header":
        own = stage.key

        def do(s3: Any) -> Any:
            return s3.put_object(Bucket="data", Key="n", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=own)

    stage.may(*needed)
    do(stage.s3)
    for left_out in needed:
        stage.may(*(one for one in needed if one != left_out))
        with pytest.raises(ClientError) as caught:
            do(stage.s3)
        action, resource = left_out.split()
        text = str(caught.value)
        assert f"assumed-role/job/SageMaker is not authorized to perform: {action} on resource: " in text
        assert resource.removesuffix("*") in text
        assert f"because no identity-based policy allows the {action} action" in text


def test_only_those_who_may_list_learn_what_is_missing(stage: Stage) -> None:
    for allowed, status in ([], "403"), ([f"s3:ListBucket {BUCKET}"], "404"):
        stage.may(f"s3:GetObject {OBJECTS}", *allowed)
        with pytest.raises(ClientError, match=status):
            stage.s3.head_object(Bucket="data", Key="none")
    stage.may(f"s3:GetObject {OBJECTS}")
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*s3:ListBucket on resource: arn:aws:s3:::data because"):
        stage.s3.get_object(Bucket="data", Key="none")


def test_the_prefix_of_what_is_missing_is_its_name(stage: Stage) -> None:
    stage.may(f"s3:GetObject {OBJECTS}", f"s3:ListBucket {BUCKET}", Condition={"StringLikeIfExists": PREFIX})
    for key, status in ("a/none", "404"), ("b/none", "403"):
        with pytest.raises(ClientError, match=status):
            stage.s3.head_object(Bucket="data", Key=key)


def test_the_prefix_is_a_condition(stage: Stage) -> None:
    stage.may(f"s3:ListBucket {BUCKET}", Condition={"StringLike": PREFIX})
    assert stage.s3.list_objects_v2(Bucket="data", Prefix="a/b")["KeyCount"] == 1
    with pytest.raises(ClientError, match="s3:ListBucket"):
        stage.s3.list_objects_v2(Bucket="data")


def test_the_policy_of_the_bucket_counts_within_the_account(stage: Stage) -> None:
    own = {"Principal": {"AWS": ROLE}, "Resource": OBJECTS}
    policy = document(
        {"Effect": "Allow", "Action": "s3:PutObject", **own},
        {"Effect": "Deny", "Action": "s3:*", **own, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Deny", "Action": "s3:DeleteObject", **own},
    )
    stage.own("s3").put_bucket_policy(Bucket="data", Policy=policy)
    try:
        stage.may(f"s3:DeleteObject {OBJECTS}")
        stage.s3.put_object(Bucket="data", Key="by-bucket", Body=b"")
        with pytest.raises(ClientError, match=r"s3:DeleteObject.*with an explicit deny in a resource-based policy"):
            stage.s3.delete_object(Bucket="data", Key="by-bucket")
        stage.own("s3").delete_object(Bucket="data", Key="by-bucket")  # the account's own key is not asked
    finally:
        stage.own("s3").delete_bucket_policy(Bucket="data")


def test_a_key_is_asked_for_what_the_service_does(stage: Stage) -> None:
    via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::coded/k"}
    stage.may("s3:GetObject *", "kms:Decrypt *", Condition={"StringEqualsIfExists": via})
    assert stage.s3.get_object(Bucket="coded", Key="k")["Body"].read() == b"secret"
    stage.may("s3:GetObject *", "kms:Decrypt *", Condition={"StringEqualsIfExists": {**via, "kms:ViaService": "sqs"}})
    with pytest.raises(ClientError, match=f"kms:Decrypt on resource: {stage.key}"):
        stage.s3.get_object(Bucket="coded", Key="k")
