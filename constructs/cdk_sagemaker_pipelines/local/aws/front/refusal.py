"""A request that is answered before any service sees it, in the words and the shape of the service it was meant for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

Protocol = Literal["json", "rest-json", "query", "ec2", "rest-xml", "text"]
"""How a service speaks; `text` is for who is no client of AWS."""


class Refused(Exception):
    """The request is not carried out. `code` is the error's name in the service's answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def answer(refused: Refused, protocol: Protocol, service: str = "") -> Answer:
    """The refusal as a client of the protocol reads errors."""
    refused = Refused(refused.status, _CODES.get((protocol, refused.code), refused.code), refused.message)
    if protocol == "rest-xml" and service in _S3:
        refused.code = _S3_CODES.get(refused.code, refused.code)
    kind, body = _body(refused, protocol, service)
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        # the texts of others stand in it: no browser is to see more in them than text
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    if protocol in ("json", "rest-json"):
        headers.append(("x-amzn-ErrorType", refused.code))
    return Answer(refused.status, tuple(headers), body)


def protocol_of(service: str, content_type: str, has_target: bool) -> Protocol:
    """The protocol of a request that nobody has looked into yet, by what clients of each send."""
    if has_target or content_type.startswith("application/x-amz-json"):
        return "json"
    if service == "ec2":
        return "ec2"
    if content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    if service in ("", *_XML):
        return "rest-xml"
    return "query" if service in _QUERY else "rest-json"


_S3 = ("", "s3", "s3express", "s3-object-lambda")
_XML = ("s3", "s3control", "s3-control", "s3-object-lambda", "s3express", "cloudfront", "route53")
_QUERY = ("sts", "iam", "cloudformation", "sdb", "sns", "elasticloadbalancing", "autoscaling", "rds", "redshift")
_CODES: Mapping[tuple[str, str], str] = {
    (protocol, code): name
    for protocol in ("json", "rest-json")
    for code, name in (
        ("InvalidClientTokenId", "UnrecognizedClientException"),
        ("SignatureDoesNotMatch", "InvalidSignatureException"),
        ("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
        ("IncompleteSignature", "IncompleteSignatureException"),
        ("AccessDenied", "AccessDeniedException"),
    )
}
_S3_CODES: Mapping[str, str] = {
    "InvalidClientTokenId": "InvalidAccessKeyId",
    "MissingAuthenticationToken": "AccessDenied",
    "IncompleteSignature": "AuthorizationHeaderMalformed",
}
"""What the services call it; the names above are those of the services that speak in forms."""


def _body(refused: Refused, protocol: Protocol, service: str) -> tuple[str, bytes]:
    if protocol == "text":
        return "text/plain; charset=utf-8", f"{refused.message}\n".encode()
    if protocol in ("json", "rest-json"):
        told = {"__type": refused.code, "message": refused.message}
        kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        return kind, json.dumps(told).encode()
    details = f"<Code>{escape(refused.code)}</Code><Message>{escape(_printable(refused.message))}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{details}</Error></Errors><RequestID>-</RequestID></Response>"
    elif protocol == "rest-xml" and service in _S3:
        text = f"<Error>{details}<RequestId>-</RequestId></Error>"
    else:
        sender = "" if refused.status >= 500 else "<Type>Sender</Type>"
        text = f"<ErrorResponse><Error>{sender}{details}</Error><RequestId>-</RequestId></ErrorResponse>"
    return "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _printable(text: str) -> str:
    """The text without what XML cannot hold."""
    return "".join(character if character in "\t\n\r" or character >= " " else "?" for character in text).encode(
        "utf-8", "replace"
    ).decode("utf-8").replace("\ufffe", "?").replace("\uffff", "?")  # fmt: skip
