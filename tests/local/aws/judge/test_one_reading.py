"""Requests in which the judge could read one thing and the service another: both read the same, or it is refused."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cdk_sagemaker_pipelines.local.aws.s3_requests import SUBRESOURCES
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

REGION, ACCOUNT = "eu-central-1", "111122223333"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Stage:
    """A role that may do all to what is called ``open``, and nothing to what is called ``secret``."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws, self.own = aws, aws.services().client
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.own("iam").create_role(RoleName="job", AssumeRolePolicyDocument=document(trust))
        self.keys = aws.services().environment(f"arn:aws:iam::{ACCOUNT}:role/job", "me")
        for name in ("open", "secret"):
            self.own("sqs").create_queue(QueueName=name)
            self.own("sns").create_topic(Name=name)
            self.own("secretsmanager").create_secret(Name=name, SecretString=name)
            self.own("ssm").put_parameter(Name=f"/{name}", Value=name, Type="String")
            location = {"LocationConstraint": REGION}
            self.own("s3").create_bucket(Bucket=f"{name}-1", CreateBucketConfiguration=location)
        self.own("s3").put_object(Bucket="open-1", Key="secret-1/secret", Body=b"open")
        self.own("s3").put_object(Bucket="secret-1", Key="secret", Body=b"the secret text")
        self.own("s3").put_object(Bucket="secret-1", Key="open/a", Body=b"open")

    def may(self, *allowed: str) -> None:
        """Each is an action and a resource."""
        statements = [{"Effect": "Allow", "Action": one.split()[0], "Resource": one.split()[1]} for one in allowed]
        policy = document(*statements, {"Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*"})
        self.own("iam").put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=policy)

    def send(
        self, service: str, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Sends a signed request exactly as it is; the status and the text of the answer."""
        sent = {"X-Amz-Content-SHA256": sha256(body).hexdigest(), **(headers or {})}
        request = AWSRequest(method, self.aws.url + target, sent, body)
        own = self.keys
        keys = Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"], own["AWS_SESSION_TOKEN"])
        (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, REGION).add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.aws.url).port)
        connection.request(method, target, body, {**dict(request.headers), "Host": urlsplit(self.aws.url).netloc})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def json(self, service: str, target: str, body: Any, path: str = "/", **headers: str) -> tuple[int, str]:
        kind = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        return self.send(service, "POST", path, json.dumps(body).encode(), {**kind, **headers})


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        yield Stage(aws)


GET = "secretsmanager.GetSecretValue"
BODIES: dict[str, Any] = {
    "other-case": {"SecretId": "secret", "secretId": "open"},
    "form-in-a-text": {"SecretId": "open", "Note": "&SecretId=secret&"},
    "operation-in-a-text": {"SecretId": "open", "Note": "&Action=DeleteSecret&SecretId=secret&"},
}


@pytest.mark.parametrize("content_type", ["application/x-amz-json-1.1", FORM["Content-Type"]], ids=["json", "form"])
@pytest.mark.parametrize("path", ["/", "/?SecretId=secret"], ids=["", "query"])
@pytest.mark.parametrize("body", BODIES)
def test_json_is_read_once(stage: Stage, body: str, path: str, content_type: str) -> None:
    stage.may(f"secretsmanager:* arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:open-*")
    assert stage.json("secretsmanager", GET, {"SecretId": "open"})[0] == 200
    _, text = stage.json("secretsmanager", GET, BODIES[body], path, **{"Content-Type": content_type})
    assert ":secret:secret-" not in text or "AccessDenied" in text
    assert stage.own("secretsmanager").get_secret_value(SecretId="secret")["SecretString"] == "secret"


def test_names_in_another_case_are_not_members(stage: Stage) -> None:
    stage.may(f"ssm:* arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/open")
    told = stage.json("ssm", "AmazonSSM.GetParameter", {"Name": "/secret", "name": "/open"})
    assert told[0] == 400
    assert "ssm:GetParameter on resource" in told[1]


FORMS = {
    "operation-in-both": ("/?Action=ReceiveMessage", "Action=PurgeQueue&QueueUrl=http://h/1/open"),
    "queue-in-both": ("/?QueueUrl=http://h/1/open", "Action=ReceiveMessage&QueueUrl=http://h/1/secret"),
    "queue-in-query-and-path": ("/1/secret?QueueUrl=http://h/1/open", "Action=ReceiveMessage"),
    "queue-twice": ("/", "Action=ReceiveMessage&QueueUrl=http://h/1/open&QueueUrl=http://h/1/secret"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_says_everything_once(stage: Stage, name: str) -> None:
    stage.may(f"sqs:* arn:aws:sqs:{REGION}:*:open")
    target, body = FORMS[name]
    status, text = stage.send("sqs", "POST", target, f"{body}&Version=2012-11-05".encode(), FORM)
    assert status == 400
    assert "MalformedQueryString" in text


@pytest.mark.parametrize("url", ["{}open?/secret", "{}open/secret", "{}secret"])
def test_the_end_of_a_url_is_the_name_of_the_queue(stage: Stage, url: str) -> None:
    stage.may(f"sqs:* arn:aws:sqs:{REGION}:{ACCOUNT}:open")
    asked = {"QueueUrl": url.format(f"{stage.aws.url}/{ACCOUNT}/")}
    status, text = stage.json(
        "sqs", "AmazonSQS.ReceiveMessage", asked, **{"Content-Type": "application/x-amz-json-1.0"}
    )
    assert status == 400
    assert "sqs:ReceiveMessage on resource" in text


def test_both_topics_of_a_message_are_asked(stage: Stage) -> None:
    place = f"arn:aws:sns:{REGION}:{ACCOUNT}:"
    stage.may(f"sns:* {place}open")
    body = f"Action=Publish&Version=2010-03-31&TopicArn={place}open&TargetArn={place}secret&Message=m"
    status, text = stage.send("sns", "POST", "/", body.encode(), FORM)
    assert status == 403
    assert f"on resource: {place}secret" in text


def test_the_key_of_a_text_is_asked_whatever_key_is_named(stage: Stage) -> None:
    own = stage.own("kms")
    keys = [own.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    text = own.encrypt(KeyId=keys[1], Plaintext=b"x")["CiphertextBlob"]
    stage.may(f"kms:* {keys[0]}")
    asked = {"SourceKeyId": keys[0], "DestinationKeyId": keys[0], "CiphertextBlob": base64.b64encode(text).decode()}
    status, told = stage.json("kms", "TrentService.ReEncrypt", asked)
    assert status == 400
    assert f"kms:ReEncryptFrom on resource: {keys[1]}" in told


def test_members_of_a_path_are_read_from_the_path(stage: Stage) -> None:
    stage.may(f"lambda:* arn:aws:lambda:{REGION}:{ACCOUNT}:function:open")
    for target, body in (
        ("/2015-03-31/functions/open/policy?FunctionName=secret", b""),
        ("/2015-03-31/functions/open/concurrency", b'{"FunctionName": "secret"}'),
    ):
        status, text = stage.send("lambda", "GET", target, body)
        assert status == 400
        assert "FunctionName does not belong in the" in text


S3 = {
    "policy-as-versions": ("PUT", "/secret-1?policy&versions", "s3:ListBucketVersions arn:aws:s3:::secret-1"),
    "list-as-analytics": ("GET", "/secret-1?analytics", "s3:GetAnalyticsConfiguration arn:aws:s3:::secret-1"),
    "list-as-replication": (
        "GET", "/secret-1?replication&list-type=2", "s3:GetReplicationConfiguration arn:aws:s3:::secret-1"
    ),
    "bucket-as-logging": ("DELETE", "/secret-1?logging", "s3:PutBucketLogging arn:aws:s3:::secret-1"),
    "object-as-retention": ("GET", "/secret-1/secret?retention", "s3:GetObjectRetention arn:aws:s3:::secret-1/*"),
    "object-as-list": ("GET", "/secret-1/secret?list-type=2&acl", "s3:GetObject arn:aws:s3:::secret-1/*"),
    "upload-as-tags": ("POST", "/secret-1/new?tagging&uploads", "s3:PutObjectTagging arn:aws:s3:::secret-1/*"),
    "object-as-part": ("PUT", "/secret-1/new?uploadId=1", "s3:PutObject arn:aws:s3:::secret-1/*"),
    "version-twice": ("GET", "/secret-1/secret?versionId=1&versionId=2", "s3:* arn:aws:s3:::secret-1/*"),
    "form-without-key": ("POST", "/secret-1?key=new", "s3:PutObject arn:aws:s3:::secret-1"),
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in S3])
def test_s3_does_one_thing(stage: Stage, name: str) -> None:
    method, target, allowed = S3[name]
    stage.may(allowed)
    status, text = stage.send("s3", method, target)
    assert status in (400, 403, 501), text
    assert "secret text" not in text
    own = stage.own("s3")
    assert [one["Key"] for one in own.list_objects_v2(Bucket="secret-1")["Contents"]] == ["open/a", "secret"]
    assert "Uploads" not in own.list_multipart_uploads(Bucket="secret-1")


def test_all_subresources_are_known() -> None:
    model = botocore.session.get_session().get_service_model("s3")
    queries = [model.operation_model(name).http["requestUri"].partition("?")[2] for name in model.operation_names]
    found = {part for query in queries for part in query.split("&") if part and "=" not in part}
    assert found <= SUBRESOURCES


@pytest.mark.parametrize("source", ["//open-1/secret-1/secret", "/open-1/secret-1/secret", "open-1/secret-1%2Fsecret"])
def test_the_source_of_a_copy_is_what_was_asked_for(stage: Stage, source: str) -> None:
    stage.may("s3:GetObject arn:aws:s3:::open-1/*", "s3:PutObject arn:aws:s3:::open-1/*")
    assert stage.send("s3", "PUT", "/open-1/copy", headers={"x-amz-copy-source": source})[0] == 200
    assert stage.own("s3").get_object(Bucket="open-1", Key="copy")["Body"].read() == b"open"


@pytest.mark.parametrize("source", ["secret-1/secret#/open", "secret-1/secret;open", "secret-1/secret?x=open"])
def test_the_source_of_a_copy_has_no_end_that_is_left_out(stage: Stage, source: str) -> None:
    stage.may("s3:GetObject arn:aws:s3:::secret-1/*open", "s3:PutObject arn:aws:s3:::open-1/*")
    assert stage.send("s3", "PUT", "/open-1/copy", headers={"x-amz-copy-source": source})[0] == 403


def test_the_parts_of_an_upload_are_of_its_object(stage: Stage) -> None:
    own = stage.own("s3")
    started = own.create_multipart_upload(Bucket="secret-1", Key="secret")["UploadId"]
    stage.may("s3:* arn:aws:s3:::secret-1/open/*")
    for method, more in (("PUT", "&partNumber=1"), ("GET", ""), ("POST", ""), ("DELETE", "")):
        status, text = stage.send("s3", method, f"/secret-1/open/a?uploadId={started}{more}")
        assert status == 404
        assert "NoSuchUpload" in text
    own.abort_multipart_upload(Bucket="secret-1", Key="secret", UploadId=started)


def test_a_form_with_an_acl_needs_the_permission_for_it(stage: Stage) -> None:
    stage.may("s3:PutObject arn:aws:s3:::open-1/*")
    body = b"key=new&acl=public-read&file=text"
    status, text = stage.send("s3", "POST", "/open-1", body, FORM)
    assert status == 403
    assert "s3:PutObjectAcl" in text


def test_a_retention_is_passed_by_who_may(stage: Stage) -> None:
    stage.own("s3").create_bucket(
        Bucket="locked-1", CreateBucketConfiguration={"LocationConstraint": REGION}, ObjectLockEnabledForBucket=True
    )
    stage.own("s3").put_object(Bucket="locked-1", Key="k", Body=b"x", ChecksumAlgorithm="SHA256")
    stage.may("s3:DeleteObject arn:aws:s3:::locked-1/*")
    bypassing = {"x-amz-bypass-governance-retention": "true"}
    status, text = stage.send("s3", "DELETE", "/locked-1/k", headers=bypassing)
    assert status == 403
    assert "s3:BypassGovernanceRetention" in text
    assert stage.send("s3", "DELETE", "/locked-1/k")[0] == 204
