"""The patterns of schemas and of service models, which are Java's, judged in bounded time.

The library ``regex``, of the extra ``[local]``, knows what ``re`` does not: properties of Unicode, and an end to a
match that would take for ever.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

_SCHEMA_SECONDS = 0.2
_REQUEST_SECONDS = 0.5
"""A pattern that takes longer over a text judges nothing: some grow beyond all bounds with what they are given."""
_BEYOND = r"\uD800\uDC00-\uDBFF\uDFFF"
"""The characters that Java writes as two."""
_REPEATED_END = re.compile(r"\$\{\d+(?:,\d*)?\}$")
_TOKEN = re.compile(r"\\p\{\w+\}|\\.|\[\^?|\]|[^\\\[\]]+", re.DOTALL)
_ASCII = {
    r"\w": "A-Za-z0-9_",
    r"\d": "0-9",
    r"\s": r" \t\n\x0b\f\r",
    r"\p{Alnum}": "A-Za-z0-9",
    r"\p{Alpha}": "A-Za-z",
    r"\p{Digit}": "0-9",
    r"\p{Lower}": "a-z",
    r"\p{Upper}": "A-Z",
    r"\p{Space}": r" \t\n\x0b\f\r",
}
"""What Java means by these: nothing beyond ASCII."""


def occurs(pattern: str, text: str) -> bool:
    """Whether the pattern of a schema is found in the text; True also where that cannot be told."""
    return _judged(_as_written, pattern, lambda known: known.search(text, timeout=_SCHEMA_SECONDS))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern of a service model takes the whole text; True also where that cannot be told."""
    return _judged(compiled, pattern, lambda known: known.fullmatch(text, timeout=_REQUEST_SECONDS))


def _judged(understood: Callable[[str], Any], pattern: str, match: Callable[[Any], Any]) -> bool:
    try:
        return match(understood(pattern)) is not None
    except (TimeoutError, importlib.import_module("regex").error):
        return True


@cache
def _as_written(pattern: str) -> Any:
    return importlib.import_module("regex").compile(pattern)


@cache
def compiled(pattern: str) -> Any:
    """The pattern of a service model, which says nothing of line ends, ready. Raises regex.error for a foreign one."""
    regex = importlib.import_module("regex")
    return regex.compile(translated(pattern), regex.DOTALL)


def translated(pattern: str) -> str:
    """The pattern in the syntax of `regex`."""
    pattern = _REPEATED_END.sub("$", pattern.replace(_BEYOND, r"\U00010000-\U0010FFFF"))
    written: list[str] = []
    inside = after_class = False
    for token in _TOKEN.findall(pattern):
        is_class = inside and token in _ASCII
        if token.startswith("[") and not inside:
            inside = True
        elif token == "]":
            inside = False
        elif token == "[":
            token = r"\["
        elif is_class:
            token = _ASCII[token]
            if written[-1][0] != "\\" and written[-1].endswith("-"):  # which is no range in Java either
                written[-1] = written[-1][:-1] + r"\-"
        elif token in _ASCII:
            token = f"[{_ASCII[token]}]"
        elif after_class and token.startswith("-"):
            token = rf"\{token}"
        written.append(token)
        after_class = is_class
    return "".join(written)
