"""What became of steps in an execution, as pictures show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

SIGNS = {
    "Succeeded": "✓",
    "Failed": "✗",
    "Stopped": "■",
    "Stopping": "■",
    "Executing": "●",
    "Starting": "◌",
    "CompletedWithFailures": "!",
    "waiting": "·",
    "not run": "-",
}
"""The glyph of a status, wherever one is shown beside the word: colors alone say nothing to many."""
UNSTARTED = {"waiting": "· waiting", "not run": "not run"}
_WORST = ("Failed", "Stopped", "Stopping", "Executing", "Starting", "Succeeded")


class State(NamedTuple):
    """What became of a step. ``text``: its status with its glyph and word, and how long it took."""

    status: str
    text: str


def said(status: str, detail: str = "") -> State:
    """The state of one step."""
    text = UNSTARTED.get(status) or f"{SIGNS.get(status, '?')} {status}"
    return State(status, f"{text} {detail}".rstrip())


def together(statuses: Iterable[str]) -> State:
    """The state of several steps that are drawn as one: that of the worst, with how many have each."""
    counted = Counter(statuses)
    known = [*_WORST, *(status for status in counted if status not in _WORST)]
    told = ", ".join(f"{counted[status]} {status}" for status in known if counted[status])
    worst = next((status for status in known if counted[status]), "not run")
    sign = "" if worst in UNSTARTED else SIGNS.get(worst, "?")
    return State(worst, f"{sign} {told}".strip() if told else UNSTARTED["not run"])


def tally(statuses: Iterable[str]) -> State:
    """As ``together``, with glyphs only where there are several statuses: ``17 ✓ 2 ● 1 ✗``."""
    counted = Counter(statuses)
    whole = together(counted.elements())
    if len(counted) < 2:
        return whole
    known = [*reversed(_WORST), *(status for status in counted if status not in _WORST)]
    told = [f"{counted[status]} {SIGNS.get(status, '?')}" for status in known if counted[status]]
    return State(whole.status, " ".join(told))
