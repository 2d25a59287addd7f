"""Refuses a request before any service sees it, in the words and the shape of the service it was meant for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

Protocol = Literal["json", "rest-json", "query", "ec2", "rest-xml", "text"]
"""How a service talks; ``text`` is for anything but an AWS client."""


class Refused(Exception):
    """The request is not carried out; ``code`` is the error's name in the service's response."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Answer:
    """The response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def answer(refused: Refused, protocol: Protocol, service: str = "") -> Answer:
    """The refusal as a client of the protocol reads errors."""
    code = _code(refused.code, protocol, service)
    kind, body = _body(refused, code, protocol, service)
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        # it contains text from others: a browser must treat it as plain text
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    if protocol in ("json", "rest-json"):
        headers.append(("x-amzn-ErrorType", code))
    return Answer(refused.status, tuple(headers), body)


def protocol_of(service: str, content_type: str, has_target: bool) -> Protocol:
    """The protocol of a request that has not been examined yet, by what clients of each send."""
    if has_target or content_type.startswith("application/x-amz-json"):
        return "json"
    if service == "ec2":
        return "ec2"
    if service in _XML:  # there the Content-Type is that of the stored object
        return "rest-xml"
    if content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    if not service:
        return "rest-xml"
    return "query" if service in _QUERY else "rest-json"


_S3 = ("", "s3", "s3express", "s3-object-lambda")
_XML = ("s3", "s3control", "s3-control", "s3-object-lambda", "s3express", "cloudfront", "route53")
_QUERY = ("sts", "iam", "cloudformation", "sdb", "sns", "elasticloadbalancing", "autoscaling", "rds", "redshift")
_JSON_CODES: Mapping[str, str] = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "AccessDenied": "AccessDeniedException",
}
_S3_CODES: Mapping[str, str] = {
    "InvalidClientTokenId": "InvalidAccessKeyId",
    "MissingAuthenticationToken": "AccessDenied",
    "IncompleteSignature": "AuthorizationHeaderMalformed",
}


def _code(code: str, protocol: Protocol, service: str) -> str:
    """The service's name of the error; ours is that of the services that use forms."""
    if protocol in ("json", "rest-json"):
        return _JSON_CODES.get(code, code)
    if protocol == "rest-xml" and service in _S3:
        return _S3_CODES.get(code, code)
    return code


def _body(refused: Refused, code: str, protocol: Protocol, service: str) -> tuple[str, bytes]:
    if protocol == "text":
        return "text/plain; charset=utf-8", f"{refused.message}\n".encode()
    if protocol in ("json", "rest-json"):
        told = {"__type": code, "message": refused.message}
        kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        return kind, json.dumps(told).encode()
    details = f"<Code>{escape(code)}</Code><Message>{escape(_printable(refused.message))}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{details}</Error></Errors><RequestID>-</RequestID></Response>"
    elif protocol == "rest-xml" and service in _S3:
        text = f"<Error>{details}<RequestId>-</RequestId></Error>"
    else:
        sender = "" if refused.status >= 500 else "<Type>Sender</Type>"
        text = f"<ErrorResponse><Error>{sender}{details}</Error><RequestId>-</RequestId></ErrorResponse>"
    return "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _printable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NO_XML.sub("?", text)
