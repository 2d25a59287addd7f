"""Whether the fields of a value object hold what their annotations say, where no shape of an API tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ...language import Expression, PipelineError
from ...language.tokens import is_number_token
from .field_checks import shown

_WORDS = {str: ("a text", "texts"), int: ("a whole number", "whole numbers"), float: ("a number", "numbers")}
_WORDS[bool] = ("a boolean", "booleans")


def check_fields(value: Any, where: str) -> None:
    """Raises ``PipelineError`` for a field of another type; what takes expressions is checked where it is used.

    ``where``: what holds the value object, for messages.
    """
    hints = get_type_hints(type(value))
    for name in (item.name for item in fields(value)):
        given, hint = getattr(value, name), hints[name]
        if _fits(given, hint) or any(get_origin(one) is Expression for one in get_args(hint)):
            continue
        if isinstance(given, Expression):
            raise PipelineError(
                f"{where}: {name} {shown(given)} must be literal, since the file is written before the pipeline runs"
            )
        raise PipelineError(f"{where}: {name} takes {_words(hint)}, not {shown(given)}")


def _fits(value: Any, hint: Any) -> bool:
    kind, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if kind in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if kind is Sequence:
        return isinstance(value, (list, tuple)) and all(_fits(item, inner[0]) for item in value)
    if kind is Mapping:
        return isinstance(value, Mapping) and all(_fits(item, inner[1]) for item in value.values())
    if hint in (int, float):
        number = isinstance(value, int if hint is int else (int, float)) and not isinstance(value, bool)
        return (number and math.isfinite(value)) or is_number_token(value)
    return isinstance(value, kind or hint)


def _words(hint: Any, many: bool = False) -> str:
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return " or ".join(dict.fromkeys(_words(one, many) for one in inner if one is not NoneType))
    if kind is Sequence:
        return f"a list of {_words(inner[0], many=True)}"
    if kind is Mapping:
        return "a dict by name"
    return "values" if hint is Any else _WORDS[hint][many] if hint in _WORDS else f"{hint.__name__}(...)"
