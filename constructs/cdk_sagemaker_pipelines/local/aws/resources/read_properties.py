"""Which properties of a resource its provider has read: what nobody read has no effect, and that is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class ReadProperties(dict[str, Any]):
    """Properties that remember which of them were read; to ask whether one is there does not read it."""

    def __init__(self, properties: dict[str, Any]) -> None:
        super().__init__(properties)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def items(self) -> Any:
        self.read.update(super().keys())
        return super().items()

    def values(self) -> Any:
        self.read.update(super().keys())
        return super().values()

    def __iter__(self) -> Iterator[str]:  # with one of its own, a copy such as {**properties} reads each
        return super().__iter__()

    def unread(self) -> list[str]:
        """The properties that are given and were not read."""
        return sorted(name for name in self if name not in self.read)
