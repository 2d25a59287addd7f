"""Turns a definition or a cdk.out into text for a reviewer, without side effects.

The names are loaded on first use, since a synthesis reads policies with this room but draws nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .draw.document import document
    from .draw.dot import dot
    from .draw.folding import folded
    from .draw.graph import graph
    from .draw.mermaid import mermaid
    from .draw.svg import svg
    from .draw.text import text
    from .reading.files import Found, Unreadable, read, read_text

__all__ = [
    "Found",
    "Unreadable",
    "document",
    "dot",
    "folded",
    "graph",
    "mermaid",
    "read",
    "read_text",
    "svg",
    "text",
]

_DRAWN = ("document", "dot", "graph", "mermaid", "svg", "text")
_HOMES = {"folded": "draw.folding", **{name: f"draw.{name}" for name in _DRAWN}}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES.get(name, 'reading.files')}", __name__), name)
    return value
