"""Texts of others in Markdown: as code, in which nothing is Markdown, HTML, a mention or a link."""

from __future__ import annotations

import re

from ..words import printable
from .entry import Entry


def span(text: str) -> str:
    """A text as code; in a table, too."""
    plain = printable(text)
    if not plain:
        return ""
    if "`" in plain or "|" in plain or plain != plain.strip() or "\\" in plain:
        return f"<code>{entities(plain)}</code>"
    return f"`{plain}`"


def noted(entry: Entry) -> str:
    """The note of an entry, after its text."""
    return f" {span(entry.note)}" if entry.note else ""


def entities(text: str) -> str:
    """A text in which every sign that could mean something is an entity."""
    return re.sub(r"[^A-Za-z0-9 ]", lambda match: f"&#{ord(match[0])};", printable(text))
