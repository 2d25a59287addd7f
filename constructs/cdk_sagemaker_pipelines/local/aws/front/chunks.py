"""Bodies that are signed chunk by chunk, each signature over the one before.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and its page on trailers
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from .refusal import Refused

_LINE = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})\r\n")
_TRAILER = re.compile(rb"([!-9;-~]+):[ \t]*([^\r\n]*?)[ \t]*\r?\n(?:\r\n)?")
_SIGNATURE = b"x-amz-trailer-signature"
_EMPTY = sha256(b"").hexdigest()


def check_chunks(
    body: bytes, seed: str, timestamp: str, scope: str, *, sign: Callable[[str], str], trailer: bool
) -> None:
    """Raises ``Refused`` unless the chunks are complete and signed; ``seed`` is the signature of the request's header.

    ``sign`` returns the signature of a string; ``trailer`` says whether signed headers follow the last chunk.
    """
    view, position, before = memoryview(body), 0, seed

    def expect(kind: str, previous: str, given: str, *hashes: str) -> None:
        text = "\n".join((f"AWS4-HMAC-SHA256-{kind}", timestamp, scope, previous, *hashes))
        if not hmac.compare_digest(sign(text).encode(), given.encode()):
            raise Refused(403, "SignatureDoesNotMatch", "a chunk of the body does not match its signature")

    while True:
        line = _LINE.match(body, position)
        if line is None:
            raise _broken()
        size, given = int(line.group(1), 16), line.group(2).decode()
        chunk = view[line.end() : line.end() + size]
        if len(chunk) < size:
            raise _broken()
        expect("PAYLOAD", before, given, _EMPTY, sha256(chunk).hexdigest())
        position, before = line.end() + size, given
        if size == 0:
            break
        if body[position : position + 2] != b"\r\n":
            raise _broken()
        position += 2
    if trailer:
        headers, given = _trailing(body, position)
        expect("TRAILER", before, given, sha256(headers).hexdigest())
    elif body[position:] not in (b"", b"\r\n"):
        raise _broken()


def _trailing(body: bytes, position: int) -> tuple[bytes, str]:
    """The headers after the last chunk in the form that is signed, and their signature."""
    headers: dict[bytes, bytes] = {}
    while position < len(body):
        line = _TRAILER.match(body, position)
        if line is None:
            if body[position:] == b"\r\n":
                break
            raise _broken()
        headers[line.group(1).lower()] = line.group(2)
        position = line.end()
    given = headers.pop(_SIGNATURE, b"").decode("ascii", "replace")
    return b"".join(name + b":" + value + b"\n" for name, value in sorted(headers.items())), given


def _broken() -> Refused:
    return Refused(400, "IncompleteBody", "the body does not consist of complete signed chunks")
