"""Who signed an upload form of S3, and whether the form matches the policy that was signed.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from botocore.auth import HmacV1Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import parse_form_data
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from .refusal import Refused
from .request import HttpRequest
from .signature import V4, Caller, Find, claim, known, same, wrong

_ROOT = re.compile(r"/([A-Za-z0-9._-]+)/?", re.ASCII)
_UNTOLD = ("policy", "x-amz-signature", "signature", "awsaccesskeyid", "file")
"""Fields that the policy need not mention."""
_LARGEST_BEGINNING = 1 << 16
"""Bytes before the file of a form, which anybody may send."""


def verify_upload(request: HttpRequest, find: Find, content_type: str) -> Caller:
    """Who signed the policy of the form in the body. Raises ``Refused``, also if the form does not match it."""
    bucket = _bucket(request)
    fields = _fields_before_file(request, content_type)
    policy = fields.get("policy", "")
    token = fields.get("x-amz-security-token")
    if "x-amz-signature" in fields:
        if fields.get("x-amz-algorithm") != V4:
            raise Refused(400, "IncompleteSignature", f"signatures are verified of {V4}")
        asked = claim(
            fields.get("x-amz-credential", ""), "host", fields.get("x-amz-date", ""), fields["x-amz-signature"], token
        )
        key = known(find, asked.key_id, token)
        stamped = AWSRequest("", "")
        stamped.context["timestamp"] = asked.timestamp
        auth = SigV4Auth(Credentials(key.id, key.secret), asked.service, asked.region)
        right, region = same(auth.signature(policy, stamped), asked.signature), asked.region
    else:
        key = known(find, fields.get("awsaccesskeyid", ""), token)
        older = HmacV1Auth(Credentials(key.id, key.secret))
        right, region = same(older.sign_string(policy), fields.get("signature", "")), "us-east-1"
    if not right:
        raise wrong(key)
    early = fields
    fields, name, size = _fields(request, content_type)
    if any(fields.get(field) != value for field, value in early.items()):
        raise Refused(400, "MalformedPOSTRequest", "the body is not an upload form")
    _check_policy(policy, {**fields, "bucket": bucket}, name, size)
    return Caller(key, "s3", region)


def is_upload(request: HttpRequest, content_type: str) -> bool:
    """Whether the request can be such a form."""
    return request.method == "POST" and content_type.startswith("multipart/form-data")


def _fields_before_file(request: HttpRequest, content_type: str) -> Mapping[str, str]:
    """The fields that stand before the file, by their names in lower case: no more is read before the sender is known.

    In S3, too, the file is the last field.
    """
    _, options = parse_options_header(content_type)
    fields: dict[str, str] = {}
    name, value = "", b""
    decoder = MultipartDecoder(options.get("boundary", "").encode("latin-1", "replace"), max_parts=100)
    try:
        decoder.receive_data(request.beginning(_LARGEST_BEGINNING))
        while not isinstance(event := decoder.next_event(), (Epilogue, NeedData)):
            if isinstance(event, (Field, File)):
                name, value = event.name.lower(), b""
                if name == "file" or isinstance(event, File):
                    return fields
            elif isinstance(event, Data):
                value += event.data
                if not event.more_data:
                    fields.setdefault(name, value.decode("utf-8", "replace"))
    except (ValueError, HTTPException) as error:
        raise Refused(400, "MalformedPOSTRequest", "the body is not an upload form") from error
    if isinstance(event, NeedData) and len(request.beginning(_LARGEST_BEGINNING)) == _LARGEST_BEGINNING:
        text = f"the fields before the file have more than {_LARGEST_BEGINNING} bytes"
        raise Refused(400, "MaxPostPreDataLengthExceeded", text)
    return fields


def _fields(request: HttpRequest, content_type: str) -> tuple[Mapping[str, str], str | None, int]:
    """The fields by their names in lower case; the name and size of the file, a name only if it came as one.

    All of it as moto will store it: of a file's path, the last part is its name.
    """
    body = request.body()
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    try:
        _, form, files = parse_form_data(environ, silent=False, max_form_memory_size=1024 * 1024, max_form_parts=100)
    except Exception as error:
        raise Refused(400, "MalformedPOSTRequest", "the body is not an upload form") from error
    fields: dict[str, str] = {}
    for field, value in form.items(multi=True):
        if field.lower() in fields:
            raise Refused(400, "MalformedPOSTRequest", f"the form has several fields named {field}")
        fields[field.lower()] = value
    uploaded = list(files.items(multi=True))
    if any(field != "file" for field, _ in uploaded) or len(uploaded) + ("file" in fields) > 1:
        raise Refused(400, "MalformedPOSTRequest", "the form must have exactly one file, in the field named file")
    if not uploaded:
        return fields, None, len(fields.get("file", "").encode())
    file = uploaded[0][1]
    size = file.stream.seek(0, io.SEEK_END)
    file.close()
    return fields, os.path.basename(file.filename or ""), size


def _bucket(request: HttpRequest) -> str:
    """The bucket that the form is sent to. Its policy covers the form and nothing else in the request."""
    root = _ROOT.fullmatch(request.place)
    if root is None or "?" in request.target:
        raise Refused(405, "MethodNotAllowed", "upload forms are only accepted at the bucket's root, without a query")
    return root.group(1)


def _check_policy(policy: str, fields: Mapping[str, str], file: str | None, size: int) -> None:
    """The conditions, one for every field. Expiry of the policy is not checked, as with any signature."""
    try:
        conditions = json.loads(base64.b64decode(policy, validate=True))["conditions"]
        told = {_check_condition(condition, fields, file, size) for condition in conditions}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(400, "InvalidPolicyDocument", "the policy of the form cannot be read") from error
    extra = [name for name in fields if name not in {*told, *_UNTOLD} and not name.startswith("x-ignore-")]
    if extra:
        raise Refused(403, "AccessDenied", f"the policy of the form does not mention the field {extra[0]}")


def _check_condition(condition: Any, fields: Mapping[str, str], file: str | None, size: int) -> str:
    """Raises ``Refused`` if a condition does not hold; returns the field that it is about."""
    if isinstance(condition, Mapping):
        ((name, value),) = condition.items()
        kind, name = "eq", name.lower()
    else:
        kind, name, value = condition
        if kind.lower() == "content-length-range":
            if not int(name) <= size <= int(value):
                raise Refused(400, "EntityTooLarge", f"the file has {size} bytes; the policy allows {name} to {value}")
            return ""
        kind, name = kind.lower(), name.removeprefix("$").lower()
    found = fields.get(name, "")
    if name == "key" and file is not None:
        found = found.replace("${filename}", file)
    holds = found.startswith(value) if kind == "starts-with" else kind == "eq" and found == value
    if not holds:
        raise Refused(403, "AccessDenied", f"the policy of the form does not allow this {name}")
    return str(name)
