"""Values by name, which answer with the closest name where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from ..language import PipelineError
from ..language.errors import has_no

T_co = TypeVar("T_co", covariant=True)


class Named(Mapping[str, T_co]):
    """An unchangeable mapping. ``whose``: who has the values, and ``kind``: what they are, for messages."""

    def __init__(self, values: Mapping[str, T_co], *, whose: str, kind: str) -> None:
        self._values, self._whose, self._kind = dict(values), whose, kind

    def __getitem__(self, name: str) -> T_co:
        """The value; raises ``PipelineError`` with the closest name."""
        if name not in self._values:
            raise PipelineError(f"{self._whose} {has_no(self._kind, name, list(self._values))}")
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))
