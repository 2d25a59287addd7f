"""What a presigned URL of S3's version 1, boto3's default, signs; no server is needed to test it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from cdk_sagemaker_pipelines.local.aws.front import older_signatures
from cdk_sagemaker_pipelines.local.aws.front.keys import Keys
from cdk_sagemaker_pipelines.local.aws.front.refusal import Refused
from cdk_sagemaker_pipelines.local.aws.front.request import RAW_HEADERS, HttpRequest

from .conftest import ACCOUNT

KEYS = Keys("0123456789abcdef")
OBJECT = {"Bucket": "mine", "Key": "a/b c"}


def presigned(call: str, style: Any = "path", **parameters: Any) -> str:
    key = KEYS.of_account(ACCOUNT)
    s3 = boto3.client(
        "s3", region_name="us-east-1", endpoint_url="http://localhost:5566",
        aws_access_key_id=key.id, aws_secret_access_key=key.secret,
        config=Config(signature_version="s3", s3={"addressing_style": style}),
    )  # fmt: skip
    return str(s3.generate_presigned_url(call, Params=parameters))


def status(url: str, method: str = "GET", host: str = "", **headers: str) -> int:
    """The response to the URL; 200 if it is the account's own."""
    split = urlsplit(url)
    host = host or split.netloc
    pairs = [("Host", host), *((name.replace("_", "-"), value) for name, value in headers.items())]
    environ = {
        "REQUEST_METHOD": method, "RAW_URI": f"{split.path}?{split.query}", "HTTP_HOST": host, RAW_HEADERS: pairs
    }  # fmt: skip
    try:
        assert older_signatures.verify_query(HttpRequest(environ), KEYS.find).account == ACCOUNT
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("get_object", {**OBJECT, "ResponseContentDisposition": 'attachment; filename="a&b=c d"', "VersionId": "v"}),
        ("list_objects_v2", {"Bucket": "mine", "Prefix": "a&acl/", "MaxKeys": 3, "FetchOwner": True}),
        ("list_objects", {"Bucket": "mine", "Delimiter": "/", "Marker": "a", "EncodingType": "url"}),
        ("list_object_versions", {"Bucket": "mine", "KeyMarker": "a", "VersionIdMarker": "b"}),
        ("list_multipart_uploads", {"Bucket": "mine", "UploadIdMarker": "b", "KeyMarker": "a", "MaxUploads": 3}),
        ("list_parts", {**OBJECT, "UploadId": "u", "MaxParts": 3, "PartNumberMarker": 3}),
        ("get_bucket_acl", {"Bucket": "mine"}),
    ],
)
def test_what_clients_presign(style: str, call: str, parameters: dict[str, Any]) -> None:
    assert status(presigned(call, style, **parameters)) == 200


def test_it_is_only_valid_for_the_signed_bucket() -> None:
    """The client chooses the ``Host``, of which version 1 signs only the bucket."""
    url = presigned("get_object", **OBJECT)
    assert status(url, host="theirs.localhost:5566") == 403
    assert status(url.replace("/mine/", "/", 1), host="mine.localhost:5566") == 200
    assert status(url.replace("/mine/", "/", 1)) == 403
    listed = presigned("list_objects_v2", "virtual", Bucket="mine")
    assert status(listed) == 200
    assert status(listed, host="theirs.localhost:5566") == status(listed, host="localhost:5566") == 403


@pytest.mark.parametrize(
    "more",
    [
        "legal-hold", "attributes", "retention", "publicAccessBlock", "encryption", "policyStatus", "Action=ListUsers",
        "acl", "%61cl", "ac%6C", "%78-amz-acl=public-read", "x-amz-acl=public-read", "x-amz-acl:private", "X-Amz-Acl=x",
        "ACL", "=", "prefi%78=a", "id=a",
    ],
)  # fmt: skip
def test_nothing_unsigned_can_be_added(more: str) -> None:
    for url in (presigned("get_object", **OBJECT), presigned("list_objects", Bucket="mine")):
        assert status(f"{url}&{more}") == 403
        assert status(f"{url}&prefix=a") == 200


@pytest.mark.parametrize("name", ["Expires", "prefix", "response-content-type"])
def test_duplicates_are_refused(name: str) -> None:
    url = presigned("list_objects", Bucket="mine", Prefix="a") + "&response-content-type=a"
    assert status(f"{url}&{name}=1") == 400


def test_no_header_can_be_left_out() -> None:
    """Each signed field is a line, so a line break in the field before it could replace it."""
    url = presigned("put_object", **OBJECT, Tagging="a=b", ACL="private")
    assert status(url, "PUT") == status(url, "PUT", x_amz_tagging="a=b") == 200
    tagging, acl = "&x-amz-tagging=a%3Db", "x-amz-acl=private"
    assert tagging in url
    assert status(url.replace(tagging, ""), "PUT") == 403
    assert status(url.replace(tagging, "").replace(acl, f"{acl}%0Ax-amz-tagging%3Aa%3Db"), "PUT") == 403
    expires = url.replace(tagging, "").replace(f"&{acl}", "").replace(acl, "")
    assert status(expires + "%0Ax-amz-acl%3Aprivate%0Ax-amz-tagging%3Aa%3Db", "PUT") == 403
    coloned = presigned("put_object", **OBJECT, Tagging="a:b")
    assert status(coloned.replace("x-amz-tagging=a%3Ab", "x-amz-tagging:a=b"), "PUT") == 403


@pytest.mark.parametrize(
    ("expires", "told"), [("1", 200), ("", 403), ("x", 403), ("-1", 403), ("1.5", 403), ("\u0661", 403)]
)
def test_when_it_expires_is_a_number(monkeypatch: pytest.MonkeyPatch, expires: str, told: int) -> None:
    monkeypatch.setattr("botocore.auth.HmacV1QueryAuth._get_date", lambda self: expires)
    assert status(presigned("get_object", **OBJECT)) == told


def test_a_header_is_what_was_presigned() -> None:
    url = presigned("put_object", **OBJECT, ContentType="text/x")
    assert status(url, "PUT", Content_Type="text/x") == 200
    assert status(url, "PUT", Content_Type="text/html") == 403


def test_a_value_cannot_pass_for_further_arguments() -> None:
    """Decoded and joined, both are signed as one text."""
    url = presigned("get_object", **OBJECT, ResponseContentType="a", VersionId="b")
    assert status(url) == 200
    merged = url.replace("&versionId=b", "").replace("versionId=b&", "")
    assert status(merged.replace("response-content-type=a", "response-content-type=a%26versionId%3Db")) == 403
