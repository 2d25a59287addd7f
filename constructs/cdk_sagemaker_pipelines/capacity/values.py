"""What a value of a definition can be when the pipeline runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..iam.patterns import UNKNOWN, pattern
from ..language import Definition, PipelineError, Reference, is_expression_json
from ..language.tokens import is_token


@dataclass(frozen=True)
class Possible:
    """``known``: the values that it can have; ``why_more``: why it may have others, in words, or empty."""

    known: tuple[Any, ...]
    why_more: str = ""


def possible(definition: Definition, value: Any) -> Possible:
    """The values that a literal, a parameter (by its default and enum values) or another expression can have."""
    if is_token(value):
        return Possible((), "is only known at deployment")
    if not is_expression_json(value):
        return Possible((value,))
    if "Std:Join" in value and UNKNOWN not in (text := pattern(definition, value)):
        return possible(definition, text)
    try:
        reference = Reference.parse(value.get("Get"))
    except PipelineError:
        return Possible((), "is only known at run time")
    parameter = definition.parameters.get(reference.name) if reference.kind == "Parameters" else None
    if parameter is None:
        return Possible((), "is only known at run time")
    if parameter.enum_values is not None:
        return Possible(tuple(parameter.enum_values))
    default = (parameter.default,) if parameter.has_default else ()
    advice = "; give it enum_values" if parameter.type == "String" else ""
    return Possible(default, f"is parameter '{parameter.name}', for which a start may give any value{advice}")


def greatest(found: Possible) -> float | None:
    """The greatest of the known values as a number; None if there is none."""
    numbers = [number for number in map(_number, found.known) if number is not None]
    return max(numbers, default=None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value) if isinstance(value, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
