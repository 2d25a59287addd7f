"""The subset of JSONPath with which a transform filters its records.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

Select = Callable[[Any], Any]
"""What a path finds in a record. Raises ``ValueError`` for a record that lacks it."""

_NAME = re.compile(r"\.([\w-]+)")
_DOT_WILDCARD = re.compile(r"\.\*")
_WILDCARD = re.compile(r"\.?\[\s*\*\s*\]")
_NAMES = re.compile(r"\.?\[\s*('[^'\\]*'(?:\s*,\s*'[^'\\]*')*)\s*\]")
_INDEXES = re.compile(r"\.?\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\.?\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]")


def json_path(text: str) -> Select:
    """Reads a path. Raises ``ValueError`` for one that is not of the documented subset."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} does not begin with '$'")
    steps: list[_Step] = []
    position = 1
    while position < len(text):
        if steps and isinstance(steps[-1], _Names) and len(steps[-1].names) > 1:
            raise ValueError(f"{text!r} goes on behind several names; only the last part may name several")
        step, position = _step(text, position)
        steps.append(step)
    return lambda record: _found(steps, record)


class _Step:
    """One part of a path. ``several`` says that it finds any number of values."""

    several = True

    def values(self, value: Any) -> Iterable[Any]:
        """What it finds in a value. Raises ``ValueError``."""
        raise NotImplementedError


class _Names(_Step):
    several = False

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def values(self, value: Any) -> Iterable[Any]:
        if not isinstance(value, dict):
            raise ValueError(f"it finds no object in which to look for {self.names[0]!r}")
        for name in self.names:
            if name not in value:
                raise ValueError(f"it finds no {name!r}")
        yield value[self.names[0]] if len(self.names) == 1 else {name: value[name] for name in self.names}


class _Indexes(_Step):
    def __init__(self, indexes: list[int]) -> None:
        self.indexes = indexes
        self.several = len(indexes) > 1

    def values(self, value: Any) -> Iterable[Any]:
        for index in self.indexes:
            if not -len(_list(value)) <= index < len(value):
                raise ValueError(f"index {index} is outside of the {len(value)} that there are")
            yield value[index]


class _Slice(_Step):
    def __init__(self, first: int, last: int | None) -> None:
        self.first, self.last = first, last

    def values(self, value: Any) -> Iterable[Any]:
        yield from _list(value)[self.first : None if self.last is None else self.last + 1]


class _Wildcard(_Step):
    def values(self, value: Any) -> Iterable[Any]:
        yield from value.values() if isinstance(value, dict) else _list(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("it finds no array")
    return value


def _found(steps: Iterable[_Step], record: Any) -> Any:
    """One value, or the list of those that the path finds from the first part on that finds several."""
    values, several = [record], False
    for step in steps:
        values = [found for value in values for found in step.values(value)]
        several = several or step.several
    return values if several else values[0]


def _step(text: str, position: int) -> tuple[_Step, int]:
    if match := _NAMES.match(text, position):
        return _Names(re.findall(r"'([^']*)'", match[1])), match.end()
    if match := _INDEXES.match(text, position):
        return _Indexes([int(index) for index in match[1].split(",")]), match.end()
    if match := _SLICE.match(text, position):
        first, last = int(match[1] or 0), None if match[2] is None else int(match[2])
        if last is not None and (last < 0 or first < 0):
            raise ValueError(f"{text!r} counts a slice with an end from behind, of which the guide says nothing")
        return _Slice(first, last), match.end()
    if match := _WILDCARD.match(text, position) or _DOT_WILDCARD.match(text, position):
        return _Wildcard(), match.end()
    if match := _NAME.match(text, position):
        return _Names([match[1]]), match.end()
    rest = json.dumps(text[position:])
    known = "'.name', '.*', \"['name', 'other']\", '[0, -1]' and '[1:3]'"
    raise ValueError(f"{text!r} is not understood from {rest} on; SageMaker knows {known}")
