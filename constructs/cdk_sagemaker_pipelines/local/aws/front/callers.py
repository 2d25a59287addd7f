"""Who sent a request: of all the ways to sign one, the way that it uses.

Unsigned requests are refused, whatever they ask for. That includes what AWS serves without a signature: public objects
in S3, and the calls that exchange a token of an identity provider for keys (``AssumeRoleWithWebIdentity``,
``AssumeRoleWithSAML``, IAM Identity Center, Cognito). The local AWS cannot verify such a token, and would hand the keys
of an account to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

from . import forms, older_signatures, signature
from .refusal import Refused
from .request import HttpRequest
from .signature import ADVICE, Caller, Find

_LARGEST_FORM = 1 << 20
"""Bytes of a form that signs itself. Reading one costs many times its size, and anybody may send one."""
_MOST_FIELDS = 20_000
"""Of such a form. The largest, SimpleDB's BatchPutAttributes, has 25 items of 256 attributes of 3 fields."""
_KEY_OF_FORM = re.compile(rb"(?:^|&)AWSAccessKeyId=")


def caller(request: HttpRequest, find: Find) -> tuple[Caller, str | None]:
    """Who signed the request, and for signatures of version 4 its Authorization header in the usual form.

    Raises ``Refused``.
    """
    authorization, content_type = request.header("authorization"), request.header("content-type") or ""
    names = {name for name, _ in request.arguments}
    presigned_4 = bool(names & {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Algorithm"})
    presigned_1 = {"AWSAccessKeyId", "Signature"} <= names
    if (authorization is not None) + presigned_4 + presigned_1 > 1:
        raise Refused(400, "InvalidArgument", "the request is signed in several ways")
    if authorization is not None:
        return _of_header(request, authorization, find)
    if presigned_4:
        who, claim = signature.verify_query(request, find)
        return who, claim.authorization
    if presigned_1:
        if "SignatureVersion" not in names:
            return older_signatures.verify_query(request, find), None
        return older_signatures.verify_form(request, _parts(request.query.split("&")), find), None
    if request.method == "POST" and content_type.startswith("application/x-www-form-urlencoded"):
        body = request.body(_LARGEST_FORM)
        if _KEY_OF_FORM.search(body):
            return older_signatures.verify_form(request, _parts(_fields(body)), find), None
    if forms.is_upload(request, content_type):
        return forms.verify_upload(request, find, content_type), None
    raise Refused(403, "MissingAuthenticationToken", f"the local AWS only accepts signed requests; {ADVICE}")


def service_of(request: HttpRequest) -> str:
    """The service that the request claims to be for, before anything is verified; empty if it claims none."""
    authorization = request.header("authorization") or ""
    try:
        if authorization.startswith(signature.V4):
            return signature.claim_of_header(request, authorization).service
        if "X-Amz-Credential" in {name for name, _ in request.arguments}:
            return signature.claim_of_query(request).service
    except Refused:
        pass
    return ""


def _of_header(request: HttpRequest, authorization: str, find: Find) -> tuple[Caller, str | None]:
    kind = authorization.split(" ", 1)[0]
    if kind == signature.V4:
        who, claim = signature.verify_header(request, authorization, find)
        return who, claim.authorization
    if kind == "AWS":
        return older_signatures.verify_header(request, authorization, find), None
    known = f"{signature.V4}, and those of S3's version 1"
    raise Refused(403, "IncompleteSignature", f"signatures of {known} are verified, but not {kind[:40]!r}")


def _fields(form: bytes) -> list[str]:
    if form.count(b"&") >= _MOST_FIELDS:
        raise Refused(400, "InvalidRequest", f"the form has more than {_MOST_FIELDS} fields")
    return form.decode("utf-8", "replace").split("&")


def _parts(pairs: Iterable[str]) -> Mapping[str, str]:
    """The fields of a form or query. Raises ``Refused`` for duplicates."""
    parts: dict[str, str] = {}
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if name in parts:
            raise Refused(400, "InvalidRequest", f"the request has several values of {name}")
        parts[name] = unquote_plus(value)
    return parts
