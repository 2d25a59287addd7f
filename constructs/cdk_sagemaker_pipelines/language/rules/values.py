"""One walk over all values of a definition, for the rules that judge each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
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
    """A text, or a key with characters other than letters and digits, which has the location of its object.

    Its own location is only made for a report, too. ``around``: that of the object or the list which holds it; None
    for the key of a whole step.
    """

    step: str | None
    around: Location | None
    part: str | int
    text: str

    @property
    def location(self) -> Location:
        """Where it is."""
        return Location(self.step, self.around, self.part)


class Call(NamedTuple):
    """An object that is an expression, or looks like one: with ``Get`` or a key that begins with ``Std:``."""

    location: Location
    content: Mapping[str, Any]


_HOLDERS = (dict, list, tuple)


class Values:
    """The texts and the expressions of a definition: those of the steps, then those of the rest of the document."""

    def __init__(self, definition: Definition) -> None:
        self.texts: list[Text] = []
        self.calls: list[Call] = []
        for step in definition.all_steps():
            self._walk(step.own_json, Location(step.name, None, ""))
        self._walk({key: value for key, value in definition.json.items() if key != "Steps"}, Location(None, None, ""))

    @cached_property
    def distinct(self) -> dict[str, None]:
        """The texts, each once: most recur from step to step, and what they are need not be found out again."""
        return dict.fromkeys(one.text for one in self.texts)

    def _walk(self, value: Any, location: Location) -> None:
        step, texts = location.step, self.texts
        looks_like_a_call = isinstance(value, dict) and "Get" in value
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(part, str) and not part.isalnum():
                texts.append(Text(*location, part))
                looks_like_a_call = looks_like_a_call or part.startswith("Std:")
            if isinstance(item, str):
                texts.append(Text(step, location, part, item))
            elif isinstance(item, _HOLDERS):
                self._walk(item, Location(step, location, part))
        if looks_like_a_call:
            self.calls.append(Call(location, value))
