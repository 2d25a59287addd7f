"""Paths to values inside of a step, as the service writes them: ``.A[0]['x y']``."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import Self

from .errors import PipelineError
from .later import later_pattern

_PATH_PART = later_pattern(r"\.?([A-Za-z0-9_\-]+)|\[([0-9]{1,9})\]|\[(?:'([^']*)'|\"([^\"]*)\")\]")


def format_path(path: Sequence[str | int]) -> str:
    """``(A, 0, 'x y')`` as ``.A[0]['x y']``. A key that is not a plain member name is in brackets.

    Use ``Key`` for a name to be written in brackets although it would be a valid member name.
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif isinstance(part, Key) or not (isinstance(part, StepName) or (part.isascii() and part.isidentifier())):
            text += f"['{part}']"
        else:
            text += f".{part}"
    return text


def parse_path(text: str) -> tuple[str | int, ...]:
    """``.A[0]['x']`` as ``("A", 0, Key("x"))``; raises ``PipelineError`` for a text that is not a path."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PATH_PART.match(text, position)
        if match is None or (match.group(1) and position > 0 and text[position] != "."):
            raise PipelineError(
                f"{text!r} is not a path such as A.B[0]['key']: stuck at {text[position : position + 12]!r}"
            )
        member, index, single, double = match.groups()
        if member is not None:
            parts.append(member)
        elif index is not None:
            parts.append(int(index))
        else:
            parts.append(Key(single if single is not None else double))
        position = match.end()
    return tuple(parts)


class Key(str):
    """A path part in brackets: the key of a map or the name of a list's element."""

    __slots__ = ()


class StepName(str):
    """A step's name; as a part of a path it follows a dot, whatever characters it has.

    ``pipeline``: the path of the pipeline's construct, since a definition knows steps only by their names, and a step
    of another pipeline may have the same. Empty where it is not known.
    """

    __slots__ = ("pipeline",)

    pipeline: str

    def __new__(cls, name: str, pipeline: str = "") -> Self:
        made = super().__new__(cls, name)
        made.pipeline = pipeline
        return made
