"""Answers nothing."""

from typing import Any


def handler(event: Any, context: Any = None) -> None:
    """As Lambda calls it, or the worker of a callback."""
