"""The colors and shapes of boxes, by family of step types; a state has a colored edge, beside its glyph and word."""

from __future__ import annotations

from typing import NamedTuple

from .graph import Box


class Colors(NamedTuple):
    """The inside and the edge of a box, on a light and on a dark page."""

    fill: str
    edge: str
    dark_fill: str
    dark_edge: str


TEXT = ("#1f2328", "#e6edf3")
"""Of texts in boxes, light and dark."""
PAGE = ("#ffffff", "#0d1117")
LOOKS = {
    "jobs": Colors("#ddf4ff", "#0969da", "#0c2d4e", "#58a6ff"),
    "models": Colors("#f6edff", "#8250df", "#2f1d52", "#bc8cff"),
    "hosting": Colors("#ffeaf5", "#bf3989", "#44162f", "#f778ba"),
    "checks": Colors("#d5f5ef", "#0f766e", "#0b3631", "#2dd4bf"),
    "calls": Colors("#ffeedd", "#bc4c00", "#42210b", "#f0883e"),
    "emr": Colors("#fff5b8", "#8a6100", "#3b2c05", "#d29922"),
    "records": Colors("#e6eaef", "#57606a", "#272d35", "#8b949e"),
    "control": Colors("#f6f8fa", "#32383f", "#1b2129", "#c9d1d9"),
    "fail": Colors("#ffe4e1", "#b42318", "#4a1512", "#ff7b72"),
    "other": Colors("#ffffff", "#6e7781", "#161b22", "#8b949e"),
}
"""By what ``look`` returns."""
STATE_EDGES = {
    "Succeeded": ("#1a7f37", "#3fb950"),
    "Failed": ("#cf222e", "#f85149"),
    "Stopped": ("#9a6700", "#d29922"),
    "Stopping": ("#9a6700", "#d29922"),
    "Executing": ("#0969da", "#58a6ff"),
    "Starting": ("#0969da", "#58a6ff"),
}
"""By status, on a light and on a dark page. What has not started is dashed."""


def look(box: Box) -> str:
    """The look of a box: its family; a step that ends the execution has its own."""
    return "fail" if box.type == "Fail" else box.family or "other"
