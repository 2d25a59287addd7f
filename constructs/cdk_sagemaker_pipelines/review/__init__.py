"""Turns a definition or a cdk.out into text for a reviewer, without side effects."""

from .draw.dot import dot
from .draw.mermaid import mermaid
from .draw.text import text
from .reading.files import Found, Unreadable, read, read_text

__all__ = ["Found", "Unreadable", "dot", "mermaid", "read", "read_text", "text"]
