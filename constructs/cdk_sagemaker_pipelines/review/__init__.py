"""From a definition to something that a reviewer reads. Pure: a definition or a cdk.out goes in, text comes out.

The names are loaded when they are first used: a synthesis reads policies as this room does, and draws nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .draw.dot import dot
    from .draw.mermaid import mermaid
    from .draw.text import text
    from .reading.files import Found, Unreadable, read, read_text

__all__ = ["Found", "Unreadable", "dot", "mermaid", "read", "read_text", "text"]

_HOMES = {"dot": "draw.dot", "mermaid": "draw.mermaid", "text": "draw.text"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES.get(name, 'reading.files')}", __name__), name)
    return value
