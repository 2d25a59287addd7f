"""Who signed a request: signature version 4, in its header or in a presigned URL, as botocore computes it.

The signature covers what came: the headers that the client says it signed, and the path and the query exactly as in the
request's target. The age of a signature is never checked: the clock of an execution may run faster than the client's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote, unquote, unquote_plus

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from .chunks import check_chunks
from .keys import Key
from .refusal import Refused
from .request import HttpRequest, only

Find = Callable[[str], Key | None]

V4 = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_CHUNKS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
_SCOPE = re.compile(r"([^/\s,]+)/(\d{8})/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)/aws4_request", re.ASCII)
_TIME = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAY_BE_UNSIGNED = ("x-amz-user-agent", "x-amz-security-token")
"""The token is compared with the session's own; the clients of some services add it after signing."""
_QUERY = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")


@dataclass(frozen=True)
class Caller:
    """Who sent a request, and to which service in which region."""

    key: Key
    service: str
    region: str

    @property
    def account(self) -> str:
        """Twelve digits."""
        return self.key.account


@dataclass(frozen=True)
class Claim:
    """What a request says about its own signature."""

    key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    timestamp: str
    signature: str
    token: str | None

    @property
    def authorization(self) -> str:
        """The header in its usual form."""
        scope = f"{self.key_id}/{self.date}/{self.region}/{self.service}/aws4_request"
        return f"{V4} Credential={scope}, SignedHeaders={';'.join(self.signed_headers)}, Signature={self.signature}"


def claim_of_header(request: HttpRequest, authorization: str) -> Claim:
    """What an Authorization header of version 4 says. Raises ``Refused``."""
    words = (word.strip().partition("=") for word in authorization.removeprefix(V4).split(","))
    parts = {name: value for name, _, value in words}
    if set(parts) != {"Credential", "SignedHeaders", "Signature"}:
        raise Refused(400, "IncompleteSignature", "the Authorization header is not that of signature version 4")
    stamp = request.header("x-amz-date") or request.header("date") or ""
    token = request.header("x-amz-security-token")
    return claim(parts["Credential"], parts["SignedHeaders"], stamp, parts["Signature"], token)


def claim_of_query(request: HttpRequest) -> Claim:
    """What a presigned URL says. Raises ``Refused``."""
    found = only(request.arguments, (*_QUERY, "X-Amz-Security-Token"))
    parts = {name: unquote(value) for name, value in found.items()}
    missing = [name for name in _QUERY if name not in parts]
    if missing:
        raise Refused(400, "IncompleteSignature", f"the presigned URL lacks {', '.join(missing)}")
    if parts["X-Amz-Algorithm"] != V4:
        raise Refused(400, "IncompleteSignature", f"signatures are verified of {V4}, not {parts['X-Amz-Algorithm']}")
    return claim(
        parts["X-Amz-Credential"], parts["X-Amz-SignedHeaders"], parts["X-Amz-Date"], parts["X-Amz-Signature"],
        parts.get("X-Amz-Security-Token") or request.header("x-amz-security-token"),
    )  # fmt: skip


def claim(credential: str, signed_headers: str, stamp: str, signature: str, token: str | None) -> Claim:
    """The parts of a signature of version 4, each checked for its form. Raises ``Refused``."""
    scope = _SCOPE.fullmatch(credential)
    if scope is None:
        raise Refused(400, "IncompleteSignature", "the Credential is not key/date/region/service/aws4_request")
    if not _TIME.fullmatch(stamp) or not stamp.startswith(scope.group(2)):
        raise Refused(400, "IncompleteSignature", "the X-Amz-Date is not a time of the Credential's date")
    names = tuple(name.strip().lower() for name in signed_headers.split(";") if name.strip())
    return Claim(
        scope.group(1), scope.group(2), scope.group(3), scope.group(4).lower(), names, stamp, signature, token or None
    )


def verify_header(request: HttpRequest, authorization: str, find: Find) -> tuple[Caller, Claim]:
    """Who signed with a header. Raises ``Refused`` when nobody did, or the body is a different one."""
    asked = claim_of_header(request, authorization)
    key = known(find, asked.key_id, asked.token)
    told = request.header("x-amz-content-sha256")
    payload = told or sha256(request.body()).hexdigest()
    _verify(request, asked, key, payload, request.query)
    if told is not None:
        _check_body(request, asked, key, told)
    return Caller(key, asked.service, asked.region), asked


def verify_query(request: HttpRequest, find: Find) -> tuple[Caller, Claim]:
    """Who presigned the URL. Raises ``Refused``."""
    asked = claim_of_query(request)
    key = known(find, asked.key_id, asked.token)
    told = request.header("x-amz-content-sha256")
    query = "&".join(pair for pair in request.query.split("&") if not pair.startswith("X-Amz-Signature="))
    payload = told or (UNSIGNED if asked.service == "s3" else sha256(request.body()).hexdigest())
    _verify(request, asked, key, payload, query)
    if told is not None:
        _check_body(request, asked, key, told)
    return Caller(key, asked.service, asked.region), asked


def known(find: Find, key_id: str, token: str | None) -> Key:
    """The key that a signature names, with its token. Raises ``Refused``."""
    key = find(key_id)
    if key is None:
        raise Refused(403, "InvalidClientTokenId", f"the local AWS has no key {key_id!r} (any more); {ADVICE}")
    if key.token is None and token:
        raise Refused(
            403, "InvalidClientTokenId",
            f"the key {key_id} does not belong to a session, but came with a session token: unset AWS_SESSION_TOKEN",
        )  # fmt: skip
    if key.token is not None and not same(key.token, token or ""):
        raise Refused(403, "InvalidClientTokenId", f"the session token of the key {key_id} is missing or wrong")
    return key


ADVICE = 'run eval "$(smpipe local --env)" for the keys of the running one: each start has new keys'


def wrong(key: Key) -> Refused:
    """The refusal of a signature that does not match."""
    of = f"account {key.account}" if key.id == key.account else f"the key {key.id}"
    return Refused(403, "SignatureDoesNotMatch", f"the request is not signed with the secret of {of}; {ADVICE}")


def same(one: str, other: str) -> bool:
    """Whether two strings are equal, in a time that does not reveal where they differ."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))


def _verify(request: HttpRequest, asked: Claim, key: Key, payload: str, query: str) -> None:
    signed = set(asked.signed_headers)
    unsigned = {*request.amazon_headers(), "host"} - signed - set(_MAY_BE_UNSIGNED)
    if unsigned:
        names = ", ".join(sorted(unsigned))
        raise Refused(403, "AccessDenied", f"the request has headers that are not signed: {names}")
    headers = HTTPHeaders()
    for name, value in request.headers:
        if name in signed:
            headers[name] = value
    seen = AWSRequest(request.method, f"http://{request.host}{request.path}", cast(Any, headers))
    seen.context["timestamp"] = asked.timestamp
    for path, arguments in _spellings(asked.service, request.path, query):
        auth = _Received(key, asked, path, arguments, payload)
        canonical = auth.canonical_request(seen)
        if same(auth.signature(auth.string_to_sign(seen, canonical), seen), asked.signature):
            return
    raise wrong(key)


class _Received(SigV4Auth):
    """botocore's signature over what a client says it signed."""

    def __init__(self, key: Key, asked: Claim, path: str, query: str, payload: str) -> None:
        super().__init__(Credentials(key.id, key.secret), asked.service, asked.region)
        self._path, self._query, self._payload = path, query, payload

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers: HTTPHeaders = request.headers
        return headers

    def canonical_query_string(self, request: AWSRequest) -> str:
        return self._query

    def payload(self, request: AWSRequest) -> str:
        return self._payload

    def _normalize_url_path(self, path: str) -> str:
        return self._path


def _spellings(service: str, path: str, query: str) -> Iterator[tuple[str, str]]:
    """How clients write path and query into what they sign: as sent, or in AWS's own encoding.

    A path is encoded once more than it is sent, except for S3, where it is signed as it is.
    """
    signed = path if service.startswith("s3") else quote(normalize_url_path(path), safe="/~")
    pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)]
    as_sent = _joined(pairs)
    yield signed, as_sent
    encoded = _joined((_encoded(name), _encoded(value)) for name, value in pairs)
    if encoded != as_sent:
        yield signed, encoded


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_plus(text), safe="-_.~")


def _check_body(request: HttpRequest, asked: Claim, key: Key, told: str) -> None:
    """Checks that the body is the one whose hash was signed; it is read once, and not at all if nothing is signed."""
    if told in (UNSIGNED, UNSIGNED_CHUNKS):
        return
    if told in SIGNED_CHUNKS:
        auth = _Received(key, asked, "", "", "")
        stamped = AWSRequest("", "")
        stamped.context["timestamp"] = asked.timestamp
        check_chunks(
            request.body(None), asked.signature, asked.timestamp, auth.credential_scope(stamped),
            sign=lambda text: auth.signature(text, stamped), trailer=told.endswith("-TRAILER"),
        )  # fmt: skip
    elif not _HASH.fullmatch(told):
        raise Refused(400, "InvalidRequest", f"bodies of {told!r} are not verified here; sign with {V4}")
    elif not same(sha256(request.body(None)).hexdigest(), told):
        raise Refused(400, "XAmzContentSHA256Mismatch", "the body is not the one whose x-amz-content-sha256 was signed")
