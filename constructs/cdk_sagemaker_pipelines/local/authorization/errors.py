"""What cannot be read, and what cannot be decided: never a silent answer."""

from __future__ import annotations


class PolicyError(ValueError):
    """A policy that cannot be read: no policy at all, or an element, operator or value that is not known here."""


class UndecidedError(Exception):
    """The answer depends on what is not known here, such as a condition key of which the request says nothing.

    ``why``: what it depends on, without what was asked.
    """

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why or text
