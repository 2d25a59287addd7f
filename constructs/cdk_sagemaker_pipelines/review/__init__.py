"""From a definition to something that a reviewer reads. Pure: a definition or a cdk.out goes in, text comes out."""

from .dot import dot
from .mermaid import mermaid
from .reading import Found, Unreadable, read, read_text
from .text import text

__all__ = ["Found", "Unreadable", "dot", "mermaid", "read", "read_text", "text"]
