"""One request as it came over the wire, before anything decodes or joins its parts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from werkzeug.wsgi import get_input_stream

from .refusal import Refused

RAW_HEADERS = "smpipe.headers"
"""Where the server's handler leaves the headers as name-value pairs: WSGI keeps neither case nor duplicates."""

MAX_UNKNOWN_BODY = 256 * 1024 * 1024
"""Bytes of a body that are read before its sender is known. The largest request outside of S3 is a function's archive
of some 70 MB."""


class HttpRequest:
    """The method, the target and the headers of a request, and its body on demand."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.target: str = environ.get("RAW_URI", "")
        self.host: str = environ.get("HTTP_HOST", "").lower()
        self.path_info: str = environ.get("PATH_INFO", "")
        """The path as moto will read it: decoded, with a double slash at its start reduced to one."""
        path, _, query = self.target.partition("?")
        self.path, self.query = path, query
        self._begun = b""

    @property
    def place(self) -> str:
        """The path of an S3 request with the bucket first, even if the bucket is in the host name."""
        name = self.host.rpartition(":")[0]
        bucket = name.removesuffix(".localhost")
        return self.path if bucket == name else f"/{bucket}{self.path}"

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """The headers in their order, with lowercase names."""
        pairs: Iterable[tuple[str, str]] = self._environ.get(RAW_HEADERS, ())
        return [(name.lower(), _decoded(value)) for name, value in pairs]

    @cached_property
    def arguments(self) -> list[tuple[str, str]]:
        """The pairs of the query in their order, still encoded."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(name, value) for name, _, value in pairs]

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas; None without one."""
        values = [value for other, value in self.headers if other == name]
        return ",".join(values) if values else None

    def has(self, name: str) -> bool:
        """Whether there is such a header."""
        return any(other == name for other, _ in self.headers)

    def amazon_headers(self) -> Iterator[str]:
        """The names of the headers that have a meaning for AWS."""
        return (name for name, _ in self.headers if name.startswith("x-amz-"))

    def body(self, limit: int | None = MAX_UNKNOWN_BODY) -> bytes:
        """The whole body, read once and kept for later stages. Raises ``Refused`` beyond the limit."""
        if "smpipe.body" not in self._environ:
            self._environ["smpipe.body"] = self._read(limit)
            self._environ["wsgi.input"] = io.BytesIO(self._environ["smpipe.body"])
            # so that later stages get these very bytes instead of a copy
            self._environ["wsgi.input_terminated"] = True
        content: bytes = self._environ["smpipe.body"]
        return content

    def beginning(self, size: int) -> bytes:
        """The first bytes of the body, which stays whole for ``body``: all of it if it is no longer."""
        if "smpipe.body" in self._environ:
            return self.body()[:size]
        if not self._begun:
            whole = self._environ.get("wsgi.input_terminated")
            stream = get_input_stream(self._environ) if whole else self._environ["wsgi.input"]
            self._begun = stream.read(size if whole else min(size, self._length()))
        return self._begun

    def _length(self) -> int:
        length = self._environ.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit():
            raise Refused(400, "InvalidRequest", "the Content-Length is not a number")
        return int(length)

    def _read(self, limit: int | None) -> bytes:
        begun = self._begun
        if self._environ.get("wsgi.input_terminated"):
            stream = get_input_stream(self._environ)
            content: bytes = begun + stream.read(-1 if limit is None else max(0, limit + 1 - len(begun)))
        else:
            length = self._length()
            if limit is not None and length > limit:
                raise _too_large(limit)
            content = begun + self._environ["wsgi.input"].read(length - len(begun))
            if len(content) < length:
                raise Refused(400, "IncompleteBody", "the body ended before its Content-Length")
        if limit is not None and len(content) > limit:
            raise _too_large(limit)
        return content


def only(pairs: Iterable[tuple[str, str]], names: Iterable[str]) -> Mapping[str, str]:
    """The pairs with these names. Raises ``Refused`` for a name that occurs twice."""
    found: dict[str, str] = {}
    wanted = set(names)
    for name, value in pairs:
        if name in wanted:
            if name in found:
                raise Refused(400, "InvalidRequest", f"the request has several values of {name}")
            found[name] = value
    return found


def _decoded(value: str) -> str:
    """A header's text. HTTP defines no encoding: valid UTF-8 is read as such, anything else byte by byte."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _too_large(limit: int) -> Refused:
    return Refused(413, "EntityTooLarge", f"a body of more than {limit} bytes is only accepted with a signed hash")
