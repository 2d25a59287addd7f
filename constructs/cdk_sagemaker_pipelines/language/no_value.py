"""Objects that are not values of a definition: they refuse to be formatted, which would give Python's ``repr``."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from .errors import an


class NoValue:
    """A step, a condition or a piece of configuration: passed as it is, never formatted into a text.

    ``instead``: what of it can be put into one.
    """

    _instead: ClassVar[str] = "give it as it is"

    def __str__(self) -> str:
        self._refuse_text()

    def __format__(self, spec: str) -> str:
        self._refuse_text()

    def _refuse_text(self) -> NoReturn:
        words: object = type(self).__repr__
        name = an(type(self).__name__) if words is object.__repr__ else repr(self)
        raise TypeError(f"{name} is not a value and cannot be put into a text; {self._instead}")
