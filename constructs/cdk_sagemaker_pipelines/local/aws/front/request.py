"""One request as it came over the wire, before anything has decoded or joined its parts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from werkzeug.wsgi import get_input_stream

from .refusal import Refused

RAW_HEADERS = "smpipe.headers"
"""Where the server's handler leaves the headers as pairs of name and value: WSGI keeps neither case nor doubles."""

MAX_UNKNOWN_BODY = 256 * 1024 * 1024
"""Bytes of a body that are read before it is known who sends them. The largest request that is not S3's is a function's
archive of some 70 MB."""


class HttpRequest:
    """The method, the target and the headers of a request, and its body when it is asked for."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.target: str = environ.get("RAW_URI", "")
        self.host: str = environ.get("HTTP_HOST", "").lower()
        self.path_info: str = environ.get("PATH_INFO", "")
        """The path as moto will read it: decoded, and without a slash that stands twice at its beginning."""
        path, _, query = self.target.partition("?")
        self.path, self.query = path, query

    @property
    def place(self) -> str:
        """The path of a request of S3 with the bucket first, also where the bucket stands in the host's name."""
        name = self.host.rpartition(":")[0]
        bucket = name.removesuffix(".localhost")
        return self.path if bucket == name else f"/{bucket}{self.path}"

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in their order, names in lower case."""
        pairs: Iterable[tuple[str, str]] = self._environ.get(RAW_HEADERS, ())
        return [(name.lower(), _decoded(value)) for name, value in pairs]

    @cached_property
    def arguments(self) -> list[tuple[str, str]]:
        """The pairs of the query as they stand in it, still encoded."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(name, value) for name, _, value in pairs]

    def header(self, name: str) -> str | None:
        """The value of a header, of several joined by commas; None without one."""
        values = [value for other, value in self.headers if other == name]
        return ",".join(values) if values else None

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return any(other == name for other, _ in self.headers)

    def amazon_headers(self) -> Iterator[str]:
        """The names of the headers that AWS gives a meaning."""
        return (name for name, _ in self.headers if name.startswith("x-amz-"))

    def body(self, limit: int | None = MAX_UNKNOWN_BODY) -> bytes:
        """The whole body, which is read once and stays there for what comes after. Raises Refused beyond the limit."""
        if "smpipe.body" not in self._environ:
            self._environ["smpipe.body"] = self._read(limit)
            self._environ["wsgi.input"] = io.BytesIO(self._environ["smpipe.body"])
            # so that what comes after gets these very bytes and no copy of them
            self._environ["wsgi.input_terminated"] = True
        content: bytes = self._environ["smpipe.body"]
        return content

    def _read(self, limit: int | None) -> bytes:
        if self._environ.get("wsgi.input_terminated"):
            stream = get_input_stream(self._environ)
            content: bytes = stream.read(-1 if limit is None else limit + 1)
        else:
            length = self._environ.get("CONTENT_LENGTH") or "0"
            if not length.isascii() or not length.isdigit():
                raise Refused(400, "InvalidRequest", "the Content-Length is not a number")
            if limit is not None and int(length) > limit:
                raise _too_large(limit)
            content = self._environ["wsgi.input"].read(int(length))
            if len(content) < int(length):
                raise Refused(400, "IncompleteBody", "the body ended before its Content-Length")
        if limit is not None and len(content) > limit:
            raise _too_large(limit)
        return content


def only(pairs: Iterable[tuple[str, str]], names: Iterable[str]) -> Mapping[str, str]:
    """Of the pairs those of the names. Raises Refused for a name that stands twice."""
    found: dict[str, str] = {}
    wanted = set(names)
    for name, value in pairs:
        if name in wanted:
            if name in found:
                raise Refused(400, "InvalidRequest", f"the request has several values of {name}")
            found[name] = value
    return found


def _decoded(value: str) -> str:
    """A header's text. HTTP's has no encoding: what is UTF-8 was meant as that, all else is taken byte by byte."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _too_large(limit: int) -> Refused:
    return Refused(413, "EntityTooLarge", f"a body of more than {limit} bytes is taken only with a signed hash of it")
