"""The error that ends a command with one line instead of a traceback."""

from __future__ import annotations


class CommandError(Exception):
    """Something that the user can fix; the text says what was found and what to change."""
