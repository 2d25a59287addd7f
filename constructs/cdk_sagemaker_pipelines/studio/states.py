"""The states of executions and steps as pages show them: a glyph and a word."""

from __future__ import annotations

from ..review.draw.states import SIGNS

EXECUTIONS = ("Executing", "Stopping", "Stopped", "Failed", "Succeeded", "CompletedWithFailures")
"""The states of executions, ``PipelineExecutionStatus``."""


def glyph(state: str) -> str:
    """The glyph before the word."""
    return SIGNS.get(state, "?")


def style(state: str) -> str:
    """The classes of an element that shows it."""
    return "state s-" + "".join(letter if letter.isalnum() else "-" for letter in state.lower())
