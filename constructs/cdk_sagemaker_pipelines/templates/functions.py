"""What is known about a value of a template before its functions and dynamic references are evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language.tokens import DYNAMIC_REFERENCE

_TEXTS = ("Fn::Base64", "Fn::ImportValue", "Fn::Join", "Fn::Sub", "Fn::ToJsonString")
_LISTS = ("Fn::Cidr", "Fn::GetAZs", "Fn::Split")


class Unknown:
    """A value that is only known at deployment; ``kind`` is ``string``, ``array`` or, if that is open, empty."""

    def __init__(self, kind: str = "") -> None:
        self.kind = kind


def alternatives(value: Any) -> Iterator[Any]:
    """What a value may be: itself, each branch of an ``Fn::If``, something unknown, or nothing for ``AWS::NoValue``."""
    function = _function(value)
    if function is None:
        yield Unknown("string") if _is_filled_in(value) else value
    elif function == "Fn::If" and isinstance(value[function], list) and len(value[function]) == 3:
        for branch in value[function][1:]:
            yield from alternatives(branch)
    elif value != {"Ref": "AWS::NoValue"}:
        yield Unknown("string" if function in _TEXTS else "array" if function in _LISTS else "")


def present(value: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an object that are not ``AWS::NoValue``."""
    return {str(key): member for key, member in value.items() if any(True for _ in alternatives(member))}


def elements(value: list[Any]) -> list[Any]:
    """The elements of a list that are not ``AWS::NoValue``."""
    return [element for element in value if any(True for _ in alternatives(element))]


def is_known(value: Any) -> bool:
    """Whether a value contains no function and no dynamic reference."""
    if isinstance(value, Mapping):
        return _function(value) is None and all(map(is_known, value.values()))
    if isinstance(value, list):
        return all(map(is_known, value))
    return not isinstance(value, Unknown) and not _is_filled_in(value)


def _is_filled_in(value: Any) -> bool:
    """Whether a text contains a dynamic reference."""
    return isinstance(value, str) and DYNAMIC_REFERENCE.search(value) is not None


def _function(value: Any) -> str | None:
    """The function that a value calls, or that is one of its keys."""
    if not isinstance(value, Mapping):
        return None
    if len(value) == 1 and "Ref" in value:
        return "Ref"
    return next((key for key in value if str(key).startswith("Fn::")), None)
