"""Where the data of a step is in S3: what it reads, and what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_NAMES = ("InputName", "ChannelName", "OutputName", "ModelName")
"""Members that name the part of a request in which a place is."""
_S3 = "s3://"


class Place(NamedTuple):
    """A place in S3."""

    name: str
    """As the request calls it, else the path of the member."""
    uri: str


def places(request: Any, outputs: Mapping[str, str]) -> tuple[list[Place], list[Place]]:
    """The places that a step reads and those that it writes.

    ``request``: its arguments with their values, or the description of its job. ``outputs``: what it is known to have
    written. Where else it may write is not to be seen from where it reads.
    """
    written = {Place(name, uri): None for name, uri in outputs.items() if uri.startswith(_S3)}
    uris = {place.uri for place in written}
    read = {place: None for place in _found(request, "", "") if place.uri not in uris}
    return list(read), list(written)


def _found(value: Any, name: str, path: str) -> Iterator[Place]:
    if isinstance(value, str):
        if value.startswith(_S3):
            yield Place(name or path, value)
    elif isinstance(value, Mapping):
        named = next((str(value[key]) for key in _NAMES if isinstance(value.get(key), str)), name)
        for key, item in value.items():
            if "Output" not in str(key):
                yield from _found(item, named, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _found(item, name, f"{path}[{index}]")
