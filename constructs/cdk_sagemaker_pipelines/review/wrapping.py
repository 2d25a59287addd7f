"""Lines that fit a width: nothing of them is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .words import printable

_BREAK = re.compile(r"(?<=[/:,=])(?! )|(?=\$)")
"""Where a long word may be broken."""


def wrapped(line: str, indent: int, width: int | None) -> Iterator[str]:
    """The line, indented and wrapped to the width, if there is one; continuation lines are indented further."""
    line, space = printable(line), " " * indent
    if width is None:
        yield space + line
        return
    room = max(width - indent, 20)
    while len(line) > room:
        cut = line.rfind(" ", 0, room + 1)
        if cut < room // 2:
            cut = max(
                (match.start() for match in _BREAK.finditer(line, 0, room + 1) if match.start() <= room), default=0
            )
        cut = cut if cut > room // 3 else room
        yield (space + line[:cut]).rstrip()
        line, space = line[cut:].lstrip(), " " * (indent + 4)
        room = max(width - indent - 4, 20)
    yield space + line
