"""What became of steps in an execution, as pictures show it."""

from __future__ import annotations

from typing import NamedTuple

COLOURS = {
    "Succeeded": "#d5f0d5",
    "Failed": "#f6cccc",
    "Stopped": "#f6ecc2",
    "Stopping": "#f6ecc2",
    "Executing": "#cfe3f7",
    "Starting": "#cfe3f7",
}
"""How the nodes of a picture are filled, by the status of a step."""


class State(NamedTuple):
    """What became of a step. ``text``: its status in words, with how long it took."""

    status: str
    text: str
