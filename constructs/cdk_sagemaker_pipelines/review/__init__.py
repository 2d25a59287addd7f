"""From a definition to something that a reviewer reads. Pure: a definition or a cdk.out goes in, text comes out."""

from .draw.dot import dot
from .draw.mermaid import mermaid
from .draw.text import text
from .reading.files import Found, Unreadable, read, read_text

__all__ = ["Found", "Unreadable", "dot", "mermaid", "read", "read_text", "text"]
