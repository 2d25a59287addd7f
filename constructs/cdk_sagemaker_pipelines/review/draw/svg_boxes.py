"""The boxes of an SVG: their texts, their sizes and their outlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .graph import Box
from .measure import broken, text_width
from .palette import look
from .svg_style import NAME_SIZE, TEXT_SIZE

LINE, NAME_LINE = 15.0, 17.0
"""Pixels from one line of text to the next."""
WIDEST = 230.0
"""Pixels of a text in a box."""
MARGIN, BEHIND = 10.0, 4.0
"""Pixels around the text, and by which the edge of further boxes shows behind one that stands for several."""
SLANT = 12.0
NARROWEST = 64.0


class Text(NamedTuple):
    """A line of text in a box, and how it looks: ``name``, ``quiet`` or ``state``."""

    text: str
    kind: str


class Face(NamedTuple):
    """What a box looks like."""

    look: str
    texts: tuple[Text, ...]
    width: float
    height: float
    """Without what shows behind it."""


def face(box: Box) -> Face:
    """The texts of a box, and the size that they need."""
    texts = tuple(_texts(box))
    look_ = "condition" if box.type == "Condition" else look(box)
    sides = 2 * MARGIN + {"condition": 2 * SLANT, "calls": 2 * SLANT, "emr": 2 * SLANT, "checks": 12.0}.get(look_, 0.0)
    height = text_height(texts) + 2 * MARGIN - 6 + (8.0 if look_ == "models" else 0.0)
    return Face(look_, texts, max(max(map(width_of, texts), default=0.0) + sides, NARROWEST), height)


def width_of(text: Text) -> float:
    """The pixels that a line of text takes at most."""
    if text.kind == "name":
        return text_width(text.text, NAME_SIZE, bold=True)
    return text_width(text.text, TEXT_SIZE, bold=text.kind == "state")


def text_height(texts: tuple[Text, ...]) -> float:
    """The pixels from the top of the first line to the bottom of the last."""
    return sum(NAME_LINE if text.kind == "name" else LINE for text in texts)


def _texts(box: Box) -> Iterator[Text]:
    yield from (Text(line, "name") for line in broken(box.name, WIDEST, NAME_SIZE, 4, bold=True))
    if box.type != "Condition" or not box.says:
        yield from (Text(line, "quiet") for line in broken(box.type, WIDEST, TEXT_SIZE, 2) if line)
    for words in (box.says, box.folded):
        yield from (Text(line, "quiet") for line in phrase(words, WIDEST, 4))
    if box.state:
        yield from (Text(line, "state") for line in phrase(box.state.text, WIDEST, 2))


def phrase(words: str, width: float, most: int) -> list[str]:
    """The words in lines of at most that width, and at most so many."""
    return broken(words, width, TEXT_SIZE, most)


def outline(kind: str, x: float, y: float, w: float, h: float) -> str:
    """The path around a box: a shape for each family of types."""
    right, bottom, middle = x + w, y + h, y + h / 2
    if kind == "condition":
        left, inner = x + SLANT, right - SLANT
        return _polygon((left, y), (inner, y), (right, middle), (inner, bottom), (left, bottom), (x, middle))
    if kind == "calls":
        return _polygon((x + SLANT, y), (right, y), (right - SLANT, bottom), (x, bottom))
    if kind == "emr":
        return _polygon((x, y), (right, y), (right - SLANT, bottom), (x + SLANT, bottom))
    if kind == "fail":
        c = 8.0
        return _polygon(
            *((x + c, y), (right - c, y), (right, y + c), (right, bottom - c)),
            *((right - c, bottom), (x + c, bottom), (x, bottom - c), (x, y + c)),
        )
    if kind == "records":
        c = 10.0
        corner = f"M{right - c:g} {y:g}v{c:g}h{c:g}"
        return _polygon((x, y), (right - c, y), (right, y + c), (right, bottom), (x, bottom)) + corner
    if kind == "models":
        arc = f"a{w / 2:g} 5 0 0 "
        return f"M{x:g} {y + 5:g}{arc}1 {w:g} 0V{bottom - 5:g}{arc}1 {-w:g} 0ZM{x:g} {y + 5:g}{arc}0 {w:g} 0"
    if kind == "checks":
        return f"{_rounded(x, y, w, h, 0)}M{x + 6:g} {y:g}v{h:g}M{right - 6:g} {y:g}v{h:g}"
    return _rounded(x, y, w, h, {"hosting": min(h / 2, 18.0), "other": 0.0}.get(kind, 7.0))


def _polygon(*points: tuple[float, float]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"


def _rounded(x: float, y: float, w: float, h: float, r: float) -> str:
    if not r:
        return f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}Z"
    arc = f"a{r:g} {r:g} 0 0 1 "
    return (
        f"M{x + r:g} {y:g}h{w - 2 * r:g}{arc}{r:g} {r:g}v{h - 2 * r:g}{arc}{-r:g} {r:g}"
        f"h{-(w - 2 * r):g}{arc}{-r:g} {-r:g}v{-(h - 2 * r):g}{arc}{r:g} {-r:g}Z"
    )
