"""How a local AWS enforces IAM."""

from __future__ import annotations

from enum import Enum


class Mode(str, Enum):
    """What becomes of a call that IAM would refuse.

    Without a mode, calls by roles that exist here are refused, and those by roles that do not exist pass.
    """

    OFF = "off"
    """Nothing is asked."""
    TELL = "tell"
    """Every call passes; what IAM would refuse is noted at the step."""
    ENFORCE = "enforce"
    """It is refused; a role that does not exist may do nothing."""
    STRICT = "strict"
    """As ``ENFORCE``; what cannot be judged or decided is refused as well, and what AWS may not ask for."""


def in_words(mode: Mode | None) -> str:
    """What a mode means, in one line."""
    return f"{mode.value}: {_WORDS[mode]}" if mode else _WORDS[mode]


_WORDS = {
    None: "what roles may not do is refused; roles not here may do everything",
    Mode.OFF: "roles may do everything",
    Mode.TELL: "roles may do everything; steps say what AWS would refuse",
    Mode.ENFORCE: "what roles may not do is refused; roles not here may do nothing",
    Mode.STRICT: "what roles may not do is refused, and what cannot be judged",
}
