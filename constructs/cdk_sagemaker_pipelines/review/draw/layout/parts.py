"""What is laid out: units, which are boxes or boxes of boxes, and the segments between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Point = tuple[float, float]


class Unit(NamedTuple):
    """A rectangle in a scope."""

    key: str
    width: float
    height: float
    tops: Mapping[str, float] = {}
    """Where links enter it to go on inside, from its left edge, by the name of the gate."""
    bottoms: Mapping[str, float] = {}
    """Where links leave it that begin inside."""
    side: str = ""
    """``top`` or ``bottom`` for a gate of the scope itself."""


class Segment(NamedTuple):
    """A link, or a part of it, between two units of a scope."""

    source: str
    target: str
    leaves: str | None = None
    """The gate in the bottom of the source."""
    enters: str | None = None
    """The gate in the top of the target."""
    label: tuple[float, float] | None = None
    """The size of its label."""
    kind: str = ""
    """Those of one kind may run together where many leave or enter the same unit."""


class Placed(NamedTuple):
    """A scope that is laid out: everything from its left upper corner."""

    width: float
    height: float
    units: Mapping[str, Point]
    """The left upper corner of each; of a gate, its place on the edge."""
    paths: list[list[Point]]
    """By segment, the points that it passes, from its source to its target."""
    labels: Mapping[int, Point]
    """By segment, the middle of its label."""
