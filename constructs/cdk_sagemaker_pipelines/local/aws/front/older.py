"""Who signed a request: the older signatures that boto3 still makes, as botocore computes them.

S3's own of version 1, in a header or a presigned URL, and version 2 of services with forms. Of these, the body is not
signed.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html and
https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/HMACAuth.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote_plus, urlsplit

from botocore.auth import HmacV1Auth, SigV2Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .keys import Key
from .refusal import Refused
from .request import HttpRequest, only
from .signature import Caller, Find, known, same, wrong

V1 = "AWS "
_SIGNED = ("content-md5", "content-type")
_S3_REGION = "us-east-1"


def verify_header(request: HttpRequest, authorization: str, find: Find) -> Caller:
    """Who signed an S3 request with `Authorization: AWS key:signature`. Raises Refused."""
    key_id, colon, signature = authorization.removeprefix(V1).strip().partition(":")
    if not colon:
        raise Refused(400, "IncompleteSignature", "the Authorization header is not AWS key:signature")
    key = known(find, key_id, request.header("x-amz-security-token"))
    # of the two dates the newer kind is signed with the headers, and the older then not at all
    date = "" if request.has("x-amz-date") else request.header("date") or ""
    headers = [(name, value) for name, value in request.headers if name in _SIGNED or name.startswith("x-amz-")]
    return _s3(request, key, headers, date, signature, request.query)


def verify_query(request: HttpRequest, find: Find) -> Caller:
    """Who presigned an S3 URL of version 1. Raises Refused."""
    names = ("AWSAccessKeyId", "Signature", "Expires")
    found = only(request.arguments, names)
    if set(found) != set(names):
        raise Refused(400, "IncompleteSignature", f"the presigned URL needs {', '.join(names)}")
    arguments = [(name.lower(), unquote_plus(value)) for name, value in request.arguments]
    hoisted = [(name, value) for name, value in arguments if name in _SIGNED or name.startswith("x-amz-")]
    own = {name for name, _ in hoisted}
    headers = [
        (name, value)
        for name, value in request.headers
        if (name in _SIGNED or name.startswith("x-amz-")) and name not in own
    ]
    token = dict(hoisted).get("x-amz-security-token") or request.header("x-amz-security-token")
    key = known(find, unquote_plus(found["AWSAccessKeyId"]), token)
    expires, signature = unquote_plus(found["Expires"]), unquote_plus(found["Signature"])
    return _s3(request, key, [*hoisted, *headers], expires, signature, request.query)


def verify_form(request: HttpRequest, parts: Mapping[str, str], find: Find) -> Caller:
    """Who signed the form or the query of version 2; `parts` are all of its fields. Raises Refused."""
    if parts.get("SignatureMethod") != "HmacSHA256":
        raise Refused(400, "IncompleteSignature", "of signature version 2, HmacSHA256 is verified")
    key = known(find, parts["AWSAccessKeyId"], parts.get("SecurityToken"))
    seen = AWSRequest(request.method, f"http://{request.host}{request.path}")
    _, expected = SigV2Auth(Credentials(key.id, key.secret)).calc_signature(seen, dict(parts))
    if not same(expected, parts.get("Signature", "")):
        raise wrong(key)
    return Caller(key, "sdb", _S3_REGION)


def _s3(
    request: HttpRequest, key: Key, pairs: list[tuple[str, str]], date: str, signature: str, query: str
) -> Caller:
    for resource in _resources(request):
        headers = HTTPHeaders()
        for name, value in pairs:
            headers[name] = value
        auth = _Received(key, date)
        split = urlsplit(f"http://{request.host}{request.path}?{query}")
        expected = auth.get_signature(request.method, split, cast(Any, headers), auth_path=resource)
        if same(expected, signature):
            return Caller(key, "s3", _S3_REGION)
    raise wrong(key)


class _Received(HmacV1Auth):
    """botocore's signature with the date of the client."""

    def __init__(self, key: Key, date: str) -> None:
        super().__init__(Credentials(key.id, key.secret, key.token))
        self._date = date

    def _get_date(self) -> str:
        return self._date


def _resources(request: HttpRequest) -> Iterator[str]:
    """The path that is signed: with the bucket first, also where the bucket stands in the host's name, and with a slash
    behind it, also where none was sent.
    """
    bucket = bucket_of_host(request.host)
    if bucket:
        yield f"/{bucket}{request.path}"
    yield request.path
    if request.path.count("/") == 1:
        yield f"{request.path}/"


def bucket_of_host(host: str) -> str:
    """What stands before `.localhost` in the name of the host; empty without."""
    name = host.rpartition(":")[0]
    return name.removesuffix(".localhost") if name.endswith(".localhost") else ""
