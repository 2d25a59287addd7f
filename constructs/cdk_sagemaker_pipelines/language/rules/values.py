"""One walk over all values of a definition, for the rules that judge each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..definition import Definition


class Location(NamedTuple):
    """The location of a value: its step (None outside of steps), its container, and where it is in that.

    The path is only built for a report, since nearly all values are fine.
    """

    step: str | None
    around: Location | None
    part: str | int

    @property
    def where(self) -> str:
        """The path, such as ``Arguments.Inputs[0].Uri``."""
        parts: list[str] = []
        location: Location | None = self
        while location is not None and location.part != "":
            parts.append(f"[{location.part}]" if isinstance(location.part, int) else f".{location.part}")
            location = location.around
        return "".join(reversed(parts)).removeprefix(".")

    def names(self) -> Iterator[str]:
        """The keys of the objects around the value, the innermost first."""
        location: Location | None = self
        while location is not None:
            if isinstance(location.part, str):
                yield location.part
            location = location.around


class Text(NamedTuple):
    """A text, or a key with characters other than letters and digits, which has the location of its object."""

    location: Location
    text: str


class Call(NamedTuple):
    """An object that is an expression, or looks like one: with ``Get`` or a key that begins with ``Std:``."""

    location: Location
    content: Mapping[str, Any]


_WALKED = (str, dict, list, tuple)


class Values:
    """The texts and the expressions of a definition: those of the steps, then those of the rest of the document."""

    def __init__(self, definition: Definition) -> None:
        self.texts: list[Text] = []
        self.calls: list[Call] = []
        for step in definition.all_steps():
            self._walk(step.own_json, Location(step.name, None, ""))
        self._walk({key: value for key, value in definition.json.items() if key != "Steps"}, Location(None, None, ""))

    def _walk(self, value: Any, location: Location) -> None:
        if isinstance(value, str):
            self.texts.append(Text(location, value))
        elif isinstance(value, dict):
            looks_like_a_call = "Get" in value
            for key, item in value.items():
                if not key.isalnum():
                    self.texts.append(Text(location, key))
                    looks_like_a_call = looks_like_a_call or key.startswith("Std:")
                if isinstance(item, _WALKED):
                    self._walk(item, Location(location.step, location, key))
            if looks_like_a_call:
                self.calls.append(Call(location, value))
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                if isinstance(item, _WALKED):
                    self._walk(item, Location(location.step, location, index))
