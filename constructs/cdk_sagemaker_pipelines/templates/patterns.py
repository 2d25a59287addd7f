"""The patterns of schemas and of service models, which are Java regular expressions, matched in bounded time.

The library ``regex``, of the extra ``[local]``, supports what ``re`` does not: Unicode properties, and a timeout for
a match that would take forever.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

_SCHEMA_SECONDS = 0.2
_REQUEST_SECONDS = 0.5
"""A pattern that takes longer is not judged: the time that some take explodes with the length of the text."""
_BEYOND = r"\uD800\uDC00-\uDBFF\uDFFF"
"""The characters that Java writes as surrogate pairs."""
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
"""What these mean in Java: only ASCII."""


def occurs(pattern: str, text: str) -> bool:
    """Whether the pattern of a schema is found in the text; also True if that cannot be determined."""
    return _judged(_as_written, pattern, lambda known: known.search(text, timeout=_SCHEMA_SECONDS))


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern of a service model matches the whole text; also True if that cannot be determined."""
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
    """The compiled pattern of a service model, whose dots match line ends; raises ``regex.error`` if it is invalid."""
    regex = importlib.import_module("regex")
    return regex.compile(translated(pattern), regex.DOTALL)


def translated(pattern: str) -> str:
    """The pattern in the syntax of ``regex``."""
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
            if written[-1][0] != "\\" and written[-1].endswith("-"):  # which is not a range in Java either
                written[-1] = written[-1][:-1] + r"\-"
        elif token in _ASCII:
            token = f"[{_ASCII[token]}]"
        elif after_class and token.startswith("-"):
            token = rf"\{token}"
        written.append(token)
        after_class = is_class
    return "".join(written)
