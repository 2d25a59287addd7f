"""How the states of executions and steps look on a terminal."""

from __future__ import annotations

from rich.text import Text

from ..executions.rows import NOT_RUN, WAITING
from ..review.draw.states import SIGNS

STYLES = {
    "Starting": "cyan",
    "Executing": "bold cyan",
    "Stopping": "yellow",
    "Stopped": "yellow",
    "Failed": "bold red",
    "Succeeded": "green",
    "CompletedWithFailures": "yellow",
    WAITING: "dim",
    NOT_RUN: "dim",
}


def glyph(status: str) -> tuple[str, str]:
    """The sign of a state, and its style. In the columns of a terminal, what did not run has none."""
    return " " if status == NOT_RUN else SIGNS.get(status, "?"), STYLES.get(status, "")


def state(status: str) -> Text:
    """A state with its sign; an empty text for none."""
    sign, style = glyph(status)
    return Text(f"{sign} {status}", style=style) if status else Text()
