"""A definition of the SageMaker SDK against one of this library: where code lies is the tool's choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..reviewed.placed import placed_by
from ..reviewed.values import Reviewed

# the SDK: <bucket>/<prefix>/code/<hash>/<name>; this library: <bucket of assets>/<hash>.<extension>, named by now
_OF_SDK = re.compile(r"s3://[^/\"]+/(?:[^/\"]+/)*code/[0-9a-f]{64}/([^/\"]+)")
_OURS = re.compile(r"s3://[^/\"]+/<([^<>\"]+)>")
_NAMED = re.compile(r"<([^<>/\"]+\.\w+)>")
_ARCHIVE = "sourcedir.tar.gz"


def migrated(old: Reviewed, new: Reviewed) -> tuple[Reviewed, Reviewed, tuple[str, ...]]:
    """Both with code by its name alone, if one is the SDK's and the other ours; and what is not compared."""
    sides = [set(_names(old, _OF_SDK)), set(_names(new, _OF_SDK))]
    ours = [bool(set(_names(side, _OURS))) for side in (old, new)]
    if not any(sides) or all(sides) or (ours[0] if sides[0] else ours[1]):
        return old, new, ()
    return _plain(old), _plain(new), tuple(f"the content of {name}" for name in sorted(sides[0] | sides[1]))


def _plain(found: Reviewed) -> Reviewed:
    archives = {name for name, asset in (found.assets or {}).items() if asset.path and asset.path.suffix == ".gz"}

    def text(value: str) -> str:
        value = _OF_SDK.sub(r"s3://code/\1", value)
        value = _OURS.sub(lambda match: f"s3://code/{_ARCHIVE if match[1] in archives else match[1]}", value)
        return _NAMED.sub(r"\1", value)

    return replace(placed_by(found, text), assets=found.assets)


def _names(found: Reviewed, pattern: re.Pattern[str]) -> Iterator[str]:
    for value in _texts({} if found.definition is None else found.definition.json):
        yield from (match[1] for match in pattern.finditer(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
