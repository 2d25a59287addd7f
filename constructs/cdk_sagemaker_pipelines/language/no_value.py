"""What stands for no value of a definition: in a text it would be what Python writes of an object, so it refuses."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from .errors import an


class NoValue:
    """A step, a condition, a piece of configuration: given as it is, never put into a text. Its ``repr`` is for people.

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
        raise TypeError(f"{name} is no value and cannot stand in a text; {self._instead}")
