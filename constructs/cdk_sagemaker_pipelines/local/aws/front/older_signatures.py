"""Who signed a request: the older signatures that boto3 still makes, as botocore computes them.

These are S3's own version 1, in a header or a presigned URL, and version 2 for services with forms. None of them signs
the body.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html and
https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/HMACAuth.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote, unquote_plus, urlsplit

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
_OWN = ("AWSAccessKeyId", "Signature", "Expires")
_OF_LISTS = (
    "prefix", "delimiter", "encoding-type", "list-type", "fetch-owner", "start-after", "continuation-token", "marker",
    "key-marker", "version-id-marker", "upload-id-marker", "part-number-marker", "max-keys", "max-uploads", "max-parts",
    "max-buckets", "bucket-region",
)  # fmt: skip
"""Arguments that version 1 does not sign, and that select what a listing returns."""
_PLAIN = re.compile(r"[\w.~-]+", re.ASCII)
_S3_REGION = "us-east-1"


def verify_header(request: HttpRequest, authorization: str, find: Find) -> Caller:
    """Who signed an S3 request with ``Authorization: AWS key:signature``. Raises ``Refused``."""
    key_id, colon, signature = authorization.removeprefix(V1).strip().partition(":")
    if not colon:
        raise Refused(400, "IncompleteSignature", "the Authorization header is not AWS key:signature")
    key = known(find, key_id, request.header("x-amz-security-token"))
    # of the two dates, the newer kind is signed with the headers, and then the older one not at all
    date = "" if request.has("x-amz-date") else request.header("date") or ""
    headers = [(name, value) for name, value in request.headers if _is_signed(name)]
    return _s3(request, key, headers, date, signature, request.query)


def verify_query(request: HttpRequest, find: Find) -> Caller:
    """Who presigned an S3 URL of version 1. Raises ``Refused``."""
    found = only(request.arguments, [name for name, _ in request.arguments])
    missing = [name for name in _OWN if name not in found]
    if missing:
        raise Refused(400, "IncompleteSignature", f"the presigned URL lacks {', '.join(missing)}")
    _check_arguments(found)
    moved = [(name.lower(), unquote_plus(value)) for name, value in found.items() if _is_signed(name.lower())]
    hoisted = only(moved, [name for name, _ in moved])
    headers = [(name, value) for name, value in request.headers if _is_signed(name)]
    for name, value in headers:
        if hoisted.get(name, value) != value:
            raise Refused(403, "AccessDenied", f"the header {name} is not the one that was presigned")
    token = hoisted.get("x-amz-security-token") or request.header("x-amz-security-token")
    key = known(find, unquote_plus(found["AWSAccessKeyId"]), token)
    expires, signature = unquote_plus(found["Expires"]), unquote_plus(found["Signature"])
    if not expires.isascii() or not expires.isdigit():
        raise Refused(403, "AccessDenied", "Expires of the presigned URL is not a number of seconds")
    pairs = [*hoisted.items(), *((name, value) for name, value in headers if name not in hoisted)]
    return _s3(request, key, pairs, expires, signature, request.query)


def verify_form(request: HttpRequest, parts: Mapping[str, str], find: Find) -> Caller:
    """Who signed the form or the query of version 2; ``parts`` are all of its fields. Raises ``Refused``."""
    if parts.get("SignatureMethod") != "HmacSHA256":
        raise Refused(400, "IncompleteSignature", "of signature version 2, HmacSHA256 is verified")
    key = known(find, parts["AWSAccessKeyId"], parts.get("SecurityToken"))
    seen = AWSRequest(request.method, f"http://{request.host}{request.path}")
    _, expected = SigV2Auth(Credentials(key.id, key.secret)).calc_signature(seen, dict(parts))
    if not same(expected, parts.get("Signature", "")):
        raise wrong(key)
    return Caller(key, "sdb", _S3_REGION)


def _is_signed(header: str) -> bool:
    return header in _SIGNED or header.startswith("x-amz-")


def _check_arguments(found: Mapping[str, str]) -> None:
    """Raises ``Refused`` for what the holder of a presigned URL could add or leave out without changing the signature.

    Version 1 signs the values of the arguments that it knows, decoded and joined, and nothing of any others; part of
    a value with an ``&`` could also be an argument of its own.
    """
    for name, value in found.items():
        joined = name in HmacV1Auth.QSAOfInterest
        told = joined or name in (*_OWN, *_OF_LISTS) or _is_signed(name.lower())
        if not told or not _PLAIN.fullmatch(name):
            text = f"version 1 does not sign the argument {name[:40]!r}; presign with version 4 (s3v4)"
            raise Refused(403, "AccessDenied", text)
        inner = (part.partition("=")[0] for part in unquote(value).split("&")[1:])
        if joined and any(part in HmacV1Auth.QSAOfInterest for part in inner):
            raise Refused(403, "AccessDenied", f"the value of {name} reads as further arguments that are signed")


def _s3(request: HttpRequest, key: Key, pairs: list[tuple[str, str]], date: str, signature: str, query: str) -> Caller:
    if any("\n" in text for text in (date, *(value for _, value in pairs))):
        raise Refused(403, "AccessDenied", "what is signed has a line break, and would read as several values")
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
    """botocore's signature with the client's date."""

    def __init__(self, key: Key, date: str) -> None:
        super().__init__(Credentials(key.id, key.secret, key.token))
        self._date = date

    def _get_date(self) -> str:
        return self._date


def _resources(request: HttpRequest) -> Iterator[str]:
    """The path that is signed: the bucket first, even if it was in the host name, and followed by a slash, even if none
    was sent.
    """
    yield request.place
    if request.place.count("/") == 1:
        yield f"{request.place}/"
