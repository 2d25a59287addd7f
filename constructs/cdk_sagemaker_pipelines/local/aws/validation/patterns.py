"""The patterns of service models, which are written for Java, as Python matches them.

They hold for the whole text, and say nothing of line ends. `regex` knows what `re` does not: properties of Unicode,
and an end to a match that would take for ever.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import regex

_SECONDS = 0.5
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


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern takes the whole text; True when that cannot be found out, or not in time."""
    try:
        return compiled(pattern).fullmatch(text, timeout=_SECONDS) is not None
    except (TimeoutError, regex.error):
        return True


@cache
def compiled(pattern: str) -> Any:
    """The pattern, ready for use. Raises regex.error for one that stays foreign."""
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
