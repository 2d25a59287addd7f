"""Pieces of code that know how to stand on one line or on several, laid out as ``ruff format`` does."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 88
"""The longest line, ruff's default."""
_INDENT = "    "


class Piece:
    """A piece of code that is an expression."""

    def flat(self) -> str:
        """It on one line."""
        raise NotImplementedError

    def broken(self, indent: str) -> str:
        """It on several lines, where it has some; those after the first begin with the indent."""
        return self.flat()


@dataclass(frozen=True)
class Atom(Piece):
    """What stands on one line, however long that is."""

    text: str

    def flat(self) -> str:
        return self.text


@dataclass(frozen=True)
class Group(Piece):
    """Pieces between brackets. ``items``: each with what stands before it, such as ``name=`` or ``"key": ``."""

    opening: str
    items: Sequence[tuple[str, Piece]]
    closing: str

    def flat(self) -> str:
        return self.opening + ", ".join(before + piece.flat() for before, piece in self.items) + self.closing

    def broken(self, indent: str) -> str:
        if not self.items:
            return self.flat()
        inner = indent + _INDENT
        lines = [f"{inner}{before}{laid_out(piece, inner, before, ',')},\n" for before, piece in self.items]
        return f"{self.opening}\n{''.join(lines)}{indent}{self.closing}"


@dataclass(frozen=True)
class Either(Piece):
    """What is written in one way where that fits on the line, and in another where it does not."""

    short: Piece
    long: Piece

    def flat(self) -> str:
        return self.short.flat()

    def broken(self, indent: str) -> str:
        return self.long.broken(indent)


def call(function: str, positional: Sequence[Piece] = (), /, **fields: Piece) -> Group:
    """A call."""
    named = [(f"{name}=", piece) for name, piece in fields.items()]
    return Group(f"{function}(", [*(("", piece) for piece in positional), *named], ")")


def listed(items: Sequence[Piece]) -> Group:
    """A list."""
    return Group("[", [("", item) for item in items], "]")


def laid_out(piece: Piece, indent: str, before: str = "", after: str = "") -> str:
    """The piece at an indent, on one line if that is not too long. ``before``, ``after``: what shares the line."""
    flat = piece.flat()
    return flat if width(indent + before + flat + after) <= LONGEST else piece.broken(indent)


def width(text: str) -> int:
    """The columns that a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)
