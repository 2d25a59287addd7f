"""How wide text is, without asking for fonts: as in DejaVu Sans, which is wider than what browsers usually show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_REGULAR = (
    *(32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34),
    *(84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99),
    *(69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52),
    *(39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84),
)
"""The advance of each character from the space to the tilde, in hundredths of the font's size."""
_BOLD = (
    *(35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40),
    *(
        84,
        84,
        84,
        58,
        100,
        77,
        76,
        73,
        83,
        68,
        68,
        82,
        84,
        37,
        37,
        77,
        64,
        100,
        84,
        85,
        73,
        85,
        77,
        72,
        68,
        81,
        77,
        110,
    ),
    *(77, 72, 73, 46, 37, 46, 84, 50, 50, 67, 72, 59, 72, 68, 44, 72, 71, 34, 34, 67, 34, 104, 71, 69, 72, 72, 49),
    *(60, 48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84),
)
_OTHER = 100
LONGEST = 1000
"""Characters of a text that are looked at."""


@lru_cache(8192)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in pixels."""
    table = _BOLD if bold else _REGULAR
    return size * sum(table[ord(c) - 32] if " " <= c <= "~" else _advance(c) for c in text) / 100


def _advance(character: str) -> int:
    return 0 if unicodedata.combining(character) else _OTHER


_PARTS = re.compile(r" *[^\W_][a-z]*[\W_]*|[\W_]+")
"""A name in parts: it may be broken before a capital, and after what separates words."""


def broken(text: str, width: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """The text in lines of at most that width, and at most so many; what is cut off is marked.

    It is broken between words, and inside a word only where that alone is too wide.
    """
    shown = text[:LONGEST]
    lines = [""]
    for word in re.findall(r" *[^ ]+", shown):
        whole = text_width(word.strip(), size, bold=bold) <= width
        for part in [word] if whole else _pieces(word, width, size, bold):
            if lines[-1] and text_width((lines[-1] + part).strip(), size, bold=bold) > width:
                lines.append("")
            lines[-1] += part
    lines = [line.strip() for line in lines]
    if len(lines) > most or len(text) > LONGEST:
        last = lines[most - 1 : most] or [""]
        lines = [*lines[: most - 1], last[0][:-1].rstrip() + "…"]
    return [line for line in lines if line]


def _pieces(name: str, width: float, size: float, bold: bool) -> Iterator[str]:
    for part in _PARTS.findall(name):
        while text_width(part.rstrip(), size, bold=bold) > width:
            fits = next(i for i in range(len(part), 0, -1) if i == 1 or text_width(part[:i], size, bold=bold) <= width)
            yield part[:fits]
            part = part[fits:]
        yield part
