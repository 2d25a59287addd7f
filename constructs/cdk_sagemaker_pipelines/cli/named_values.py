"""Options that name something and give it a value."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import CommandError


def pairs(texts: Iterable[str], option: str = "--parameter") -> dict[str, str]:
    """``NAME=VALUE`` texts by name; a value may contain ``=``, a name must be unique."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandError(f"{option} {text!r}: write it as NAME=VALUE")
        if name in found:
            raise CommandError(f"{option} {name!r} is given twice")
        found[name] = value
    return found
