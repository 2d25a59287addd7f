"""Objects in S3, looked into: as text, as a table, or as an image, and never as what a browser would run."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..executions.lookup import NotFound
from . import images
from .text import indented

LARGEST = 64 * 1024
"""Bytes that are read of an object."""
LISTED = 100
ROWS, COLUMNS, CELL = 50, 20, 200
"""Of a table, and the characters of a cell."""


class Object(NamedTuple):
    """An object below a place. ``key``: what follows the place; empty where the place is the object."""

    key: str
    size: int
    changed: datetime


class Listing(NamedTuple):
    """The objects below a place. ``more``: whether there are others."""

    objects: Sequence[Object]
    more: bool


class Preview(NamedTuple):
    """The beginning of an object; one of ``text``, ``table`` and ``image``, or none of what is neither."""

    size: int
    cut: bool
    text: str | None = None
    table: Sequence[Sequence[str]] | None = None
    image: str | None = None
    """As the address of an ``img``."""


def listing(s3: Any, uri: str) -> Listing:
    """The first objects below a place."""
    bucket, prefix = _parts(uri)
    answer = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=LISTED)
    found = [
        Object(each["Key"].removeprefix(prefix), int(each["Size"]), each["LastModified"])
        for each in answer.get("Contents", [])
        if _below(each["Key"], prefix)
    ]
    return Listing(found, bool(answer.get("IsTruncated")))


def preview(s3: Any, uri: str, key: str) -> Preview:
    """The beginning of the object with a key below a place. Raises ``NotFound`` for one that is not below it."""
    bucket, prefix = _parts(uri)
    if not _below(prefix + key, prefix):
        raise NotFound(f"{key!r} is not below {uri}")
    answer = s3.get_object(Bucket=bucket, Key=prefix + key, Range=f"bytes=0-{LARGEST - 1}")
    content = answer["Body"].read(LARGEST)
    size = int(str(answer.get("ContentRange", "")).rpartition("/")[2] or answer.get("ContentLength", len(content)))
    return shown(content, size, (prefix + key).rpartition("/")[2])


def shown(content: bytes, size: int, name: str) -> Preview:
    """The preview of an object from its first bytes, its size and its name."""
    cut = size > len(content)
    kind = images.kind(content)
    if kind:
        encoded = base64.b64encode(content).decode()
        hidden = cut or not images.is_shown(content, kind)
        return Preview(size, cut, image=None if hidden else f"data:image/{kind};base64,{encoded}")
    text = _text(content, cut)
    if text is None:
        return Preview(size, cut)
    if name.lower().endswith(".csv"):
        return Preview(size, cut, table=_table(text))
    return Preview(size, cut, text=_document(text) if not cut else text)


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix


def _below(key: str, prefix: str) -> bool:
    """Whether a key is a place itself or below it, and does not only begin with the same characters."""
    rest = key[len(prefix) :]
    return key.startswith(prefix) and (not rest or not prefix or prefix.endswith("/") or rest.startswith("/"))


def _text(content: bytes, cut: bool) -> str | None:
    """The text; None for what is none. The last character of what was cut may be broken."""
    if b"\0" in content:
        return None
    for end in range(4 if cut else 1):
        try:
            text = content[: len(content) - end].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").expandtabs(4)
    return None


def _table(text: str) -> list[list[str]]:
    found = []
    reader = csv.reader(text.splitlines()[:ROWS])
    try:
        for row in reader:
            found.append([cell[:CELL] for cell in row[:COLUMNS]])
    except csv.Error:
        return [[line[:CELL]] for line in text.splitlines()[:ROWS]]
    return found


def _document(text: str) -> str:
    """JSON with indentation, unless that is very long; other text as it is."""
    try:
        return indented(json.loads(text)) or text
    except (ValueError, RecursionError):
        return text
