"""Who is let in: every way in which clients sign, and requests that are unsigned or wrongly signed."""

from __future__ import annotations

import base64
import http.client
import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from hashlib import sha256
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION
from .wire import call, credentials, send, signed

OTHER = "444455556666"
SCOPE = f"{ACCOUNT}/20260101/us-east-1/sagemaker/aws4_request"
KEYS = ["plain", "a b/c+d=é~!'()*.txt", "x//y/../z", "per%20cent", "nasty&?#=", "/first"]
STYLES = [(style, version) for style in ("path", "virtual") for version in ("s3v4", "s3")]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(REGION, ACCOUNT) as embedded:
        connect(embedded, "s3").create_bucket(Bucket="data-1", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield embedded


@pytest.fixture(autouse=True)
def _names_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """``*.localhost`` resolves to this machine, as with systemd and on macOS."""
    found = socket.getaddrinfo

    def lookup(host: Any, *rest: Any, **more: Any) -> Any:
        return found("127.0.0.1" if str(host).endswith("localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def connect(aws: EmbeddedAws, service: str, key: Mapping[str, str] | None = None, **config: Any) -> Any:
    told = key or aws.environment()
    return boto3.client(  # type: ignore[call-overload]
        service, region_name=REGION, endpoint_url=aws.url,
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"], aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=told.get("AWS_SESSION_TOKEN"), config=Config(retries={"max_attempts": 0}, **config),
    )  # fmt: skip


def refusal(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        act()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# What is let in


@pytest.mark.parametrize(("style", "version"), STYLES)
@pytest.mark.parametrize("in_body", [True, False])
def test_objects_of_any_name_by_every_signature(aws: EmbeddedAws, style: str, version: str, in_body: bool) -> None:
    s3 = connect(
        aws, "s3", signature_version=version, s3={"addressing_style": style, "payload_signing_enabled": in_body}
    )
    for name in KEYS if version == "s3v4" else KEYS[:2]:
        s3.put_object(Bucket="data-1", Key=name, Body=io.BytesIO(b"hello"), Metadata={"my_key": "v  v"})
        assert s3.get_object(Bucket="data-1", Key=name)["Body"].read() == b"hello"
        assert s3.head_object(Bucket="data-1", Key=name)["Metadata"]
        assert name in [
            one["Key"] for one in s3.list_objects_v2(Bucket="data-1", Prefix=name[:1], Delimiter="$")["Contents"]
        ]
        s3.delete_objects(Bucket="data-1", Delete={"Objects": [{"Key": name}]})
    assert s3.list_buckets()["Buckets"]


@pytest.mark.parametrize(("style", "version"), STYLES)
@pytest.mark.parametrize("session", [True, False])
def test_presigned_urls_and_forms(aws: EmbeddedAws, style: str, version: str, session: bool) -> None:
    key = aws.services().environment("role", "me") if session else None
    s3 = connect(aws, "s3", key, signature_version=version, s3={"addressing_style": style})
    place = {"Bucket": "data-1", "Key": "a b/é+.txt"}
    url = s3.generate_presigned_url("put_object", Params={**place, "ContentType": "text/x"})
    assert requests.put(url, b"put", headers={"Content-Type": "text/x"}, timeout=9).status_code == 200
    url = s3.generate_presigned_url("get_object", Params={**place, "ResponseContentType": "text/y"})
    assert requests.get(url, timeout=9).text == "put"
    form = s3.generate_presigned_post(
        "data-1", "up/${filename}", Fields={"acl": "private"}, Conditions=[{"acl": "private"}]
    )
    answer = requests.post(form["url"], form["fields"], files={"file": ("f.txt", b"posted")}, timeout=9)
    assert answer.status_code == 204, answer.text
    assert s3.get_object(Bucket="data-1", Key="up/f.txt")["Body"].read() == b"posted"


@pytest.mark.parametrize(("style", "version"), STYLES)
def test_a_key_that_moto_would_take_for_another_service(aws: EmbeddedAws, style: str, version: str) -> None:
    """Without ``Authorization``, moto reads service and region from the path, and the operation from a form."""
    s3 = connect(aws, "s3", signature_version=version, s3={"addressing_style": style})
    form = {} if version == "s3" else {"Content-Type": "application/x-www-form-urlencoded"}
    keys = "my_data/file.csv", "cloudformation_us-east-1/cfnresponse", "v20180820/tags/x", "a/.well-known/jwks.json"
    for key in keys:
        place = {"Bucket": "data-1", "Key": key}
        body = b"Action=ListStacks&Version=2010-05-15"
        stored = requests.put(s3.generate_presigned_url("put_object", Params=place), body, headers=form, timeout=9)
        assert (stored.status_code, stored.text) == (200, "")
        assert requests.get(s3.generate_presigned_url("get_object", Params=place), timeout=9).content == body


@pytest.mark.parametrize("bucket", ["data-1.more", "www.data-1"])
def test_a_bucket_in_the_host_is_the_whole_name(aws: EmbeddedAws, bucket: str) -> None:
    """moto takes the first part of it, without ``www``."""
    s3 = connect(aws, "s3", s3={"addressing_style": "virtual"})
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="/k", Body=b"here")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["/k"]
    assert refusal(lambda: s3.head_object(Bucket="data-1", Key="/k"))[0] == "404"


def test_s3_control_which_signs_like_s3(aws: EmbeddedAws) -> None:
    control, block = connect(aws, "s3control"), {"BlockPublicAcls": True}
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=block)
    told = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert told["BlockPublicAcls"] is True


def test_a_presigned_call_of_another_service(aws: EmbeddedAws) -> None:
    sts = connect(aws, "sts")
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    assert f"<Account>{ACCOUNT}</Account>" in requests.get(url, timeout=9).text
    assert requests.post(url, timeout=9).status_code == 403


def test_the_oldest_signature_of_a_form(aws: EmbeddedAws) -> None:
    simple = connect(aws, "sdb")
    simple.create_domain(DomainName="domain")
    assert simple.list_domains()["DomainNames"] == ["domain"]


def test_parts_of_a_large_object(aws: EmbeddedAws) -> None:
    s3, content = connect(aws, "s3"), bytes(range(256)) * 40_000  # 10 MB, in two parts
    s3.upload_fileobj(io.BytesIO(content), "data-1", "large")
    target = io.BytesIO()
    s3.download_fileobj("data-1", "large", target)
    assert target.getvalue() == content


def test_a_body_that_is_signed_in_chunks(aws: EmbeddedAws) -> None:
    request = AWSRequest("PUT", f"{aws.url}/data-1/chunks")
    content = b"chunked" * 10_000
    auth, headers = _chunk_signer(aws, len(content))
    stamped, seed = auth(request, headers)
    body, before = b"", seed
    for piece in (content[:65536], content[65536:], b""):
        before = stamped(before, piece)
        body += f"{len(piece):x};chunk-signature={before}\r\n".encode() + piece + b"\r\n"
    told = dict(request.headers.items())
    assert send(aws, "PUT", "/data-1/chunks", body, told).status == 200
    assert connect(aws, "s3").get_object(Bucket="data-1", Key="chunks")["Body"].read() == content
    changed = body.replace(b"chunked", b"changed", 1)
    assert "SignatureDoesNotMatch" in send(aws, "PUT", "/data-1/chunks", changed, told).text
    assert connect(aws, "s3").get_object(Bucket="data-1", Key="chunks")["Body"].read() == content


def _chunk_signer(aws: EmbeddedAws, length: int) -> Any:
    class Streaming(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    signer = Streaming(credentials(aws.environment()), "s3", REGION)

    def sign(request: AWSRequest, headers: dict[str, str]) -> Any:
        for name, value in headers.items():
            request.headers[name] = value
        signer.add_auth(request)
        stamp, scope = request.context["timestamp"], signer.credential_scope(request)

        def chunk(before: str, piece: bytes) -> str:
            hashes = sha256(b"").hexdigest(), sha256(piece).hexdigest()
            parts = ("AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, before, *hashes)
            return str(signer.signature("\n".join(parts), request))

        return chunk, request.headers["Authorization"].rpartition("=")[2]

    return sign, {"x-amz-decoded-content-length": str(length), "Content-Encoding": "aws-chunked", "Host": aws.url[7:]}


def test_a_body_without_a_length(aws: EmbeddedAws) -> None:
    headers = signed(aws, "PUT", "/data-1/pieces", b"one and two", service="s3", region=REGION)
    connection = http.client.HTTPConnection("127.0.0.1", int(aws.url.rpartition(":")[2]), timeout=9)
    connection.request("PUT", "/data-1/pieces", iter([b"one ", b"and ", b"two"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert connect(aws, "s3").get_object(Bucket="data-1", Key="pieces")["Body"].read() == b"one and two"


def test_keys_that_iam_makes_are_valid_while_they_and_their_user_exist(aws: EmbeddedAws) -> None:
    iam = connect(aws, "iam")
    iam.create_user(UserName="one")
    made = iam.create_access_key(UserName="one")["AccessKey"]
    key = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    sts = connect(aws, "sts", key)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/one"
    iam.update_access_key(UserName="one", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName="one", AccessKeyId=made["AccessKeyId"], Status="Active")
    iam.update_user(UserName="one", NewUserName="two")
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    iam.delete_user(UserName="two")
    assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_the_age_of_a_signature_is_not_checked(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for year in (2001, 2099):
        moment = datetime(year, 1, 2, tzinfo=timezone.utc)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda moment=moment: moment)
        assert connect(aws, "sts").get_caller_identity()["Account"] == ACCOUNT
        url = connect(aws, "s3").generate_presigned_url("list_buckets", ExpiresIn=1)
        assert requests.get(url, timeout=9).status_code == 200


# What is not


@pytest.mark.parametrize(
    ("service", "call", "wrong", "unknown"),
    [
        ("sagemaker", "list_models", "InvalidSignatureException", "UnrecognizedClientException"),
        ("lambda", "list_functions", "InvalidSignatureException", "UnrecognizedClientException"),
        ("cloudformation", "list_stacks", "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("s3", "list_buckets", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        ("ec2", "describe_vpcs", "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("sqs", "list_queues", "InvalidSignatureException", "UnrecognizedClientException"),
    ],
)
def test_a_wrong_key_is_refused_in_the_words_of_the_service(
    aws: EmbeddedAws, service: str, call: str, wrong: str, unknown: str
) -> None:
    for key_id, code in ((ACCOUNT, wrong), ("AKIAIOSFODNN7EXAMPLE", unknown)):
        client = connect(aws, service, {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": "embedded"})
        told = refusal(getattr(client, call))
        assert told[0] == code
        assert "smpipe local --env" in told[1]


def test_what_is_not_signed_is_refused(aws: EmbeddedAws) -> None:
    assert send(aws, "GET", "/").status == 403
    assert send(aws, "GET", "/data-1/plain").status == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    web = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/x"
    answer = send(aws, "POST", "/", web + b"&RoleSessionName=me&WebIdentityToken=t", form)
    assert "MissingAuthenticationToken" in answer.text
    told = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    answer = send(aws, "POST", "/", b"{}", told)
    assert (answer.status, json.loads(answer.text)["__type"]) == (403, "MissingAuthenticationTokenException")


def test_no_account_signs_as_another(aws: EmbeddedAws) -> None:
    own, other = aws.environment(), aws.environment(OTHER)
    assert own["AWS_SECRET_ACCESS_KEY"] != other["AWS_SECRET_ACCESS_KEY"]
    mixed = {**own, "AWS_ACCESS_KEY_ID": OTHER}
    assert refusal(connect(aws, "sts", mixed).get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert connect(aws, "sts", other).get_caller_identity()["Account"] == OTHER


def test_a_session_needs_its_token_and_no_other(aws: EmbeddedAws) -> None:
    one = dict(aws.services().environment("one", "me"))
    two = dict(aws.services().environment("two", "me"))
    assert connect(aws, "sts", one).get_caller_identity()["Arn"].endswith("assumed-role/one/me")
    for token in ("", two["AWS_SESSION_TOKEN"]):
        client = connect(aws, "sts", {**one, "AWS_SESSION_TOKEN": token})
        assert refusal(client.get_caller_identity)[0] == "InvalidClientTokenId"
    told = refusal(connect(aws, "sts", {**aws.environment(), "AWS_SESSION_TOKEN": "t"}).get_caller_identity)
    assert "unset AWS_SESSION_TOKEN" in told[1]


def test_a_session_does_not_expire(aws: EmbeddedAws) -> None:
    told = connect(aws, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", RoleSessionName="me", DurationSeconds=900
    )
    assert told["Credentials"]["Expiration"]  # which is told, and not judged


@pytest.mark.parametrize(
    "part", ["path", "query", "method", "header", "body", "target", "host", "service", "signature"]
)
def test_what_was_changed_after_it_was_signed_is_refused(aws: EmbeddedAws, part: str) -> None:
    body, path = b'{"NameContains": "a"}', "/?a=1&b=2"
    told = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.ListModels"}
    headers = signed(aws, "POST", path, body, told)
    assert send(aws, "POST", path, body, headers).status == 200
    authorization = headers["Authorization"]
    other = "0" if authorization[-1] != "0" else "1"
    changed: dict[str, dict[str, Any]] = {
        "path": {"path": "/x?a=1&b=2"},
        "query": {"path": "/?a=1&b=3"},
        "method": {"method": "PUT"},
        "header": {"headers": {**headers, "X-Amz-Meta": "more"}},
        "body": {"body": b'{"NameContains": "b"}'},
        "target": {"headers": {**headers, "X-Amz-Target": "SageMaker.ListPipelines"}},
        "host": {"headers": {**headers, "Host": headers["Host"].replace("localhost", "127.0.0.1")}},
        "service": {"headers": {**headers, "Authorization": authorization.replace("/sagemaker/", "/lambda/")}},
        "signature": {"headers": {**headers, "Authorization": authorization[:-1] + other}},
    }
    request = {"method": "POST", "path": path, "body": body, "headers": headers, **changed[part]}
    assert send(aws, **request).status == 403


def test_the_body_is_the_one_whose_hash_was_signed(aws: EmbeddedAws) -> None:
    headers = signed(aws, "PUT", "/data-1/hashed", b"one", service="s3", region=REGION)
    assert "XAmzContentSHA256Mismatch" in send(aws, "PUT", "/data-1/hashed", b"two", headers).text
    missing = connect(aws, "s3")
    assert refusal(lambda: missing.get_object(Bucket="data-1", Key="hashed"))[0] == "NoSuchKey"
    assert send(aws, "PUT", "/data-1/hashed", b"one", headers).status == 200


def test_a_presigned_url_is_for_what_it_says_and_no_more(aws: EmbeddedAws) -> None:
    s3 = connect(aws, "s3")
    s3.put_object(Bucket="data-1", Key="secret", Body=b"secret")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "data-1", "Key": "mine"})
    assert requests.put(url.replace("/mine", "/other"), b"x", timeout=9).status_code == 403
    assert requests.delete(url, timeout=9).status_code == 403
    copied = requests.put(url, headers={"x-amz-copy-source": "data-1/secret"}, timeout=9)
    assert (copied.status_code, "x-amz-copy-source" in copied.text) == (403, True)
    assert requests.put(f"{url}&acl=", b"x", timeout=9).status_code == 403
    assert requests.put(f"{url}&X-Amz-Signature=0", b"x", timeout=9).status_code == 400
    assert send(aws, "PUT", f"{url[len(aws.url) :]}#x", b"x").status == 400
    assert requests.put(url, b"x", headers={"Authorization": "AWS a:b"}, timeout=9).status_code == 400
    assert requests.put(url, b"x", timeout=9).status_code == 200


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_is_what_its_policy_says(aws: EmbeddedAws, version: str) -> None:
    s3 = connect(aws, "s3", signature_version=version)
    conditions: list[Any] = [["starts-with", "$key", "up/"], {"acl": "private"}, ["content-length-range", 1, 10]]
    form = s3.generate_presigned_post("data-1", "up/x", Fields={"acl": "private"}, Conditions=conditions)

    def status(file: bytes = b"file", **changed: str) -> int:
        fields = {**form["fields"], **changed}
        return requests.post(form["url"], fields, files={"file": ("f", file)}, timeout=9).status_code

    assert status() == 204
    assert status(b"") == status(b"x" * 11) == 400
    assert status(key="elsewhere/x") == status(acl="public-read") == status(tagging="x") == 403
    other = json.loads(base64.b64decode(form["fields"]["policy"]))
    other["conditions"] = []
    assert status(policy=base64.b64encode(json.dumps(other).encode()).decode()) == 403
    assert requests.post(form["url"], form["fields"], timeout=9).status_code in (400, 403)  # no form with a file
    elsewhere = form["url"].replace("data-1", "data-2")
    assert requests.post(elsewhere, form["fields"], files={"file": ("f", b"file")}, timeout=9).status_code == 403


def test_a_form_has_one_file(aws: EmbeddedAws) -> None:
    """moto stores the last file of a form, whatever field it is in."""
    s3 = connect(aws, "s3")
    form = s3.generate_presigned_post("data-1", "up/one", Conditions=[["content-length-range", 1, 10]])

    def answer(*files: tuple[str, bytes], **fields: str) -> requests.Response:
        parts = [(field, ("f", content)) for field, content in files]
        return requests.post(form["url"], {**form["fields"], **fields}, files=parts, timeout=9)

    large = b"x" * 1000
    for more in ("other", "key", "File", "file"):
        refused = answer(("file", b"small"), (more, large))
        assert (refused.status_code, "exactly one file" in refused.text) == (400, True), more
    assert answer(("other", b"small")).status_code == 400
    assert answer(("file", large), file="small").status_code == 400
    assert answer(("file", b"small")).status_code == 204
    assert s3.get_object(Bucket="data-1", Key="up/one")["Body"].read() == b"small"


@pytest.mark.parametrize(
    ("signed_key", "sent_key", "name", "stored"),
    [
        ("up/${filename}", "up/${filename}", "path/to/x", "up/x"),
        ("up/alice/${filename}", "up/${filename}", "alice/x", None),
        ("deep/x", "${filename}", "deep/x", None),
        ("x", "${filename}", "deep/x", "x"),
        ("up/", "up/${filename}", None, None),
    ],
    ids=["last-part", "prefix", "whole", "equal", "no-file"],
)
def test_the_key_that_the_policy_allows_is_the_one_that_is_stored(
    aws: EmbeddedAws, signed_key: str, sent_key: str, name: str | None, stored: str | None
) -> None:
    s3 = connect(aws, "s3")
    s3.create_bucket(Bucket="forms", CreateBucketConfiguration={"LocationConstraint": REGION})
    form = s3.generate_presigned_post("forms", signed_key)
    file = ("file", (name, b"content"))
    sent = requests.post(form["url"], {**form["fields"], "key": sent_key}, files=[file], timeout=9)
    found = [one["Key"] for one in s3.list_objects_v2(Bucket="forms").get("Contents", [])]
    assert (sent.status_code, found) == ((403, []) if stored is None else (204, [stored]))
    s3.delete_objects(Bucket="forms", Delete={"Objects": [{"Key": key} for key in found or ["none"]]})
    s3.delete_bucket(Bucket="forms")


@pytest.mark.parametrize("host", ["data-1.localhost", "localhost"])
def test_a_form_is_for_its_bucket_and_for_nothing_else(aws: EmbeddedAws, host: str) -> None:
    """What the policy does not mention could be a call of any service."""
    s3 = connect(aws, "s3")
    form = s3.generate_presigned_post("data-1", "up/only")
    root = f"http://{host}:{aws.url.rpartition(':')[2]}/{'' if '-' in host else 'data-1'}"

    def answer(more: str) -> requests.Response:
        return requests.post(root + more, form["fields"], files={"file": ("f", b"file")}, timeout=9)

    stack = "Action=CreateStack&StackName=evil&Version=2010-05-15&TemplateBody={}"
    slash = "" if root.endswith("/") else "/"
    for more in (f"{slash}cloudformation_us-east-1/x?{stack}", f"{slash}other", f"{slash}up/only", "?delete", "?acl"):
        refused = answer(more)
        assert (refused.status_code, "MethodNotAllowed" in refused.text) == (405, True)
    assert connect(aws, "cloudformation").list_stacks()["StackSummaries"] == []
    assert answer("").status_code == 204


@pytest.mark.parametrize(
    "authorization",
    [
        "", "x", "Bearer x", "Basic eDp4", "AWS x", "AWS :", f"AWS {ACCOUNT}:", "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=/////", "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/aws4_request",
        f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=x",
        f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=, Signature=",
        f"AWS4-HMAC-SHA256 Credential={SCOPE[:-13]}, SignedHeaders=host, Signature=é",
    ],
)  # fmt: skip
def test_an_invalid_signature_is_refused(aws: EmbeddedAws, authorization: str) -> None:
    told = {"Authorization": authorization, "X-Amz-Date": "20260101T000000Z"}
    assert send(aws, "GET", "/", b"", told).status in (400, 403)


def test_only_the_signature_chooses_the_account(aws: EmbeddedAws) -> None:
    sts = {"Content-Type": "application/x-www-form-urlencoded", "X-Moto-Account-Id": OTHER}
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    answer = send(aws, "POST", "/", body, signed(aws, "POST", "/", body, sts, service="sts"))
    assert (answer.status, OTHER in answer.text, ACCOUNT in answer.text) == (200, False, True)


def test_a_large_body_is_not_read_for_strangers(aws: EmbeddedAws) -> None:
    told = {"X-Amz-Target": "SageMaker.ListModels", "Content-Length": str(1 << 40), "X-Amz-Date": "20260101T000000Z"}
    authorization = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"
    assert send(aws, "POST", "/", b"", {**told, "Authorization": authorization}).status == 413


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_large_form_is_not_read_for_strangers(aws: EmbeddedAws) -> None:
    answer = send(aws, "POST", "/", b"", {**FORM, "Content-Length": str((1 << 20) + 1)})
    assert (answer.status, "EntityTooLarge" in answer.text) == (413, True)


def test_a_large_upload_is_not_read_for_strangers(aws: EmbeddedAws) -> None:
    told = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(200 << 20)}
    field = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + b"x" * (1 << 16)
    for body, status in ((field % b"key" + b"x\r\n" + file, 403), (field % b"key" + b"x" * (1 << 17), 400)):
        # answered although most of what was announced never comes
        assert send(aws, "POST", "/data-1", body, told).status == status


COST = """
import io, tracemalloc
from cdk_sagemaker_pipelines.local.aws.front.callers import caller
from cdk_sagemaker_pipelines.local.aws.front.refusal import Refused
from cdk_sagemaker_pipelines.local.aws.front.request import RAW_HEADERS, HttpRequest

TYPE = [("Content-Type", "application/x-www-form-urlencoded")]
for form in (b"a&" * (1 << 19), b"AWSAccessKeyId=1" + b"&a" * (1 << 18)):
    for sent in (form[:64], form):  # what the first request of a process loads is not its form's
        said = {"REQUEST_METHOD": "POST", "RAW_URI": "/", RAW_HEADERS: TYPE, "CONTENT_LENGTH": str(len(sent))}
        request = HttpRequest({**said, "wsgi.input": io.BytesIO(sent)})
        tracemalloc.start()
        try:
            caller(request, lambda _: None)
        except Refused as error:
            code = error.code
        cost = tracemalloc.get_traced_memory()[1] / len(sent)
        tracemalloc.stop()
    print(code, cost < 4)
"""


def test_a_form_of_many_fields_costs_little_memory() -> None:
    """In a process of its own: memory is counted of all threads."""
    done = subprocess.run([sys.executable, "-c", COST], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["MissingAuthenticationToken True", "InvalidRequest True"]


def test_the_operation_that_is_named_is_the_one_that_runs(aws: EmbeddedAws) -> None:
    """moto also accepts any text in the body that calls itself Action."""
    body = {"ModelPackageGroupName": "kept", "ModelPackageGroupDescription": "x&Action=ListModels&y="}
    assert "kept" in call(aws, "SageMaker.CreateModelPackageGroup", json.dumps(body).encode(), region=REGION).text
    assert "kept" in call(aws, "SageMaker.ListModelPackageGroups", b"{}", region=REGION).text


def test_presigned_by_hand_with_a_token_in_the_query(aws: EmbeddedAws) -> None:
    told = aws.services().environment("role", "me")
    key = Credentials(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], told["AWS_SESSION_TOKEN"])
    request = AWSRequest("GET", f"{aws.url}/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(key, "sts", REGION).add_auth(request)
    assert "assumed-role/role/me" in requests.get(str(request.url), timeout=9).text
