"""The patterns of schemas, which are Java's: close to those of the library ``regex``, of the extra ``[local]``."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

_SECONDS = 0.2
"""A pattern that takes longer over a text judges nothing: some grow beyond all bounds with what they are given."""


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; True also where that cannot be told."""
    compiled = _compiled(pattern)
    try:
        return compiled is None or compiled.search(text, timeout=_SECONDS) is not None
    except TimeoutError:
        return True


@cache
def _compiled(pattern: str) -> Any:
    regex = importlib.import_module("regex")
    try:
        return regex.compile(pattern)
    except regex.error:
        return None
