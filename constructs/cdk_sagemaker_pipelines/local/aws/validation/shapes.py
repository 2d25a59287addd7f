"""Checks a value against the shape that a service model gives it."""

from __future__ import annotations

import base64
import math
import reprlib
from collections.abc import Iterator, Mapping, Sized
from typing import Any, NamedTuple

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.utils import parse_timestamp

from ....templates.patterns import matches

_LONGEST_SHOWN = 200
_RANGES = {"byte": 7, "short": 15, "integer": 31, "long": 63}
_FLOATS = ("float", "double", "bigdecimal")
_NOT_A_NUMBER = ("NaN", "Infinity", "-Infinity")


class Violation(NamedTuple):
    """What is wrong at a place in a request, in the words of AWS."""

    text: str
    is_type: bool = False
    """Whether the value has another type than the member."""


def violations(shape: Shape, value: Any, *, fully: bool, as_sent: bool, newer: bool = True) -> Iterator[Violation]:
    """What is wrong with a request: types and required members, and if ``fully`` is set everything the shape says.

    The value has JSON's types, or already those of the shape: bytes and timestamps. Its members have the names with
    which they are sent, or those of the model. ``newer``: the values of an enumeration may be those of a newer service.
    """
    yield from _Look(fully, as_sent, newer).at(shape, value, "")


def sent_name(name: str, member: Shape) -> str:
    """The name with which a member is sent."""
    return str(member.serialization.get("name", name))


class _Look(NamedTuple):
    fully: bool
    as_sent: bool
    newer: bool

    def at(self, shape: Shape, value: Any, path: str) -> Iterator[Violation]:
        if shape.serialization.get("jsonvalue") or getattr(shape, "is_document_type", False):
            return
        if isinstance(shape, StructureShape):
            yield from self._structure(shape, value, path)
        elif isinstance(shape, ListShape):
            yield from self._list(shape, value, path)
        elif isinstance(shape, MapShape):
            yield from self._map(shape, value, path)
        else:
            wrong = _wrong_type(shape.type_name, value)
            if wrong:
                yield Violation(f"{_found(value)} at {_place(path)} is not {wrong}", is_type=True)
            elif self.fully:
                yield from self._limits(shape, value, path)

    def _structure(self, shape: StructureShape, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield Violation(f"{_found(value)} at {_place(path)} is not a structure", is_type=True)
            return
        for name, member in shape.members.items():
            key = sent_name(name, member) if self.as_sent else name
            if value.get(key) is not None:
                yield from self.at(member, value[key], _below(path, name))
            elif name in shape.required_members:
                place = _place(_below(path, name))
                yield Violation(f"Value null at {place} failed to satisfy constraint: Member must not be null")
        given = [name for name, item in value.items() if item is not None]
        if self.fully and getattr(shape, "is_tagged_union", False) and len(given) != 1:
            yield Violation(
                f"Value at {_place(path)} failed to satisfy constraint: Member must have exactly one of "
                f"{', '.join(shape.members)}"
            )

    def _list(self, shape: ListShape, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, (list, tuple)):
            yield Violation(f"{_found(value)} at {_place(path)} is not a list", is_type=True)
            return
        if self.fully:
            yield from self._limits(shape, value, path)
        for index, item in enumerate(value, 1):
            yield from self.at(shape.member, item, f"{path}.{index}.member")

    def _map(self, shape: MapShape, value: Any, path: str) -> Iterator[Violation]:
        if not isinstance(value, Mapping):
            yield Violation(f"{_found(value)} at {_place(path)} is not a map", is_type=True)
            return
        if self.fully:
            yield from self._limits(shape, value, path)
        for key, item in value.items():
            yield from self.at(shape.key, key, f"{path}.key")
            yield from self.at(shape.value, item, f"{path}.{key}.member")

    def _limits(self, shape: Shape, value: Any, path: str) -> Iterator[Violation]:
        place, low, high = _place(path), shape.metadata.get("min"), shape.metadata.get("max")
        told = f"{_found(value)} at {place} failed to satisfy constraint: Member must"
        if shape.type_name == "blob":
            value = _bytes(value)
        if isinstance(value, Sized):
            if low is not None and len(value) < low:
                yield Violation(f"{told} have length greater than or equal to {low}")
            if high is not None and len(value) > high:
                yield Violation(f"{told} have length less than or equal to {high}")
                return
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if low is not None and value < low:
                yield Violation(f"{told} have value greater than or equal to {low}")
            if high is not None and value > high:
                yield Violation(f"{told} have value less than or equal to {high}")
        if not isinstance(value, str):
            return
        if isinstance(shape, StringShape) and shape.enum:
            if value not in shape.enum and not (self.newer and _may_be_newer(value, shape.enum)):
                yield Violation(f"{told} satisfy enum value set: [{', '.join(shape.enum)}]")
            return
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            yield Violation(f"{told} satisfy regular expression pattern: {pattern}")


def _wrong_type(kind: str, value: Any) -> str:
    """What a value should be but is not; empty if it is."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "string" or kind == "character":
        return "" if isinstance(value, str) else "a string"
    if kind == "boolean":
        return "" if isinstance(value, bool) else "a boolean"
    if kind in _RANGES:
        whole = number and (isinstance(value, int) or value.is_integer())
        high = 1 << _RANGES[kind]
        return "" if whole and -high <= value < high else "a whole number in its range"
    if kind in _FLOATS:
        return "" if value in _NOT_A_NUMBER or (number and _is_finite(value)) else f"a {kind}"
    if kind == "timestamp":
        return "" if _is_time(value) else "a timestamp"
    if kind == "blob":
        return "" if _bytes(value) is not None else "base64"
    return ""


def _may_be_newer(value: str, known: list[str]) -> bool:
    """Whether a service newer than the installed botocore may know the value: it is written like the known values, and
    does not differ from one of them only in case.
    """
    written = value.isascii() and value.isprintable() and value.strip() == value != ""
    return written and value.lower() not in {name.lower() for name in known}


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    try:
        return base64.b64decode(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _is_time(value: Any) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, (list, Mapping)):
        return False
    try:
        return parse_timestamp(value) is not None
    except (ValueError, OverflowError, OSError, RuntimeError, TypeError):
        return False


def _found(value: Any) -> str:
    text = value if isinstance(value, str) else reprlib.repr(value)
    return f"Value '{text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '...'}'"


def _place(path: str) -> str:
    return f"'{path}'" if path else "the request"


def _below(path: str, name: str) -> str:
    lower = name[:1].lower() + name[1:]
    return f"{path}.{lower}" if path else lower
