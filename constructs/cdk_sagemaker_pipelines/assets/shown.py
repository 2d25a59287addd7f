"""Values in messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import an
from ..language.expressions import readable


def shown(value: Any) -> str:
    """The value as the user wrote it; an object without a ``repr`` of its own by its type alone."""
    if isinstance(value, str):
        return repr(readable(value))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{shown(key)}: {shown(item)}' for key, item in value.items())}}}"
    words: Any = type(value).__repr__
    name = type(value).__name__
    return an(name) if words is object.__repr__ else repr(value)
