"""The lines of an SVG: links between boxes."""

from __future__ import annotations

from collections.abc import Sequence

from .layout.parts import Point


def curve(points: Sequence[Point]) -> str:
    """The path of a link through its points."""
    x, y = points[0]
    drawn = [f"M{x:.6g} {y:.6g}"]
    for to_x, to_y in points[1:]:
        if to_x == x:
            drawn.append(f"V{to_y:.6g}")
        else:
            middle = (y + to_y) / 2
            drawn.append(f"C{x:.6g} {middle:.6g} {to_x:.6g} {middle:.6g} {to_x:.6g} {to_y:.6g}")
        x, y = to_x, to_y
    return "".join(drawn)


def head(points: Sequence[Point]) -> str:
    """The arrow at the end of a link."""
    (_, before), (x, y) = points[-2:]
    back = 7.0 if before > y else -7.0
    return f'<path class="head" d="M{x:.6g} {y:.6g}l-4 {back:g}h8Z"/>'
