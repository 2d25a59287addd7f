"""Ids of parametrized tests: short, one word, the same on every machine."""

from __future__ import annotations

import re
from types import FunctionType

LONGEST = 72
"""An id is at most so long, so that it fits on a line and into a shell's command without quotes."""
_CONSTRUCT = re.compile(r"^\w+ 'Stack/[^']*': ")


def short(text: str, limit: int = 24) -> str:
    """Both ends of a text without the construct's path that begins a message; hyphens stand for what shells read."""
    words = re.sub(r"[^\w.:/@*=+-]+", "-", _CONSTRUCT.sub("", text), flags=re.ASCII).strip("-")
    if len(words) <= limit:
        return words
    half = (limit - 2) // 2
    return f"{words[:half].rstrip('-')}..{words[-half:].lstrip('-')}"


def id_of(value: object, name: str) -> str | None:
    """The id of the value of an argument of this name; None leaves it to pytest."""
    if isinstance(value, FunctionType) and value.__name__ == "<lambda>":
        return name
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return short(value) or name if isinstance(value, str) else None
