"""The values of a pipeline's parameters for one execution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ...language import Definition, choices, did_you_mean
from ..errors import ParameterError

MAX_START_VALUES = 200  # StartPipelineExecution
MAX_VALUE_LENGTH = 1024


def start_values(definition: Definition, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of every declared parameter, in its declared type.

    ``given`` holds strings, as in StartPipelineExecution. Raises ``ParameterError`` with everything that is wrong.
    """
    declared = definition.parameters
    problems = []
    if len(given) > MAX_START_VALUES:
        problems.append(f"{len(given)} parameters are given, at most {MAX_START_VALUES} are allowed")
    for name in given:
        if name not in declared:
            close = did_you_mean(name, declared) or f"; it declares {choices(declared)}"
            problems.append(f"the pipeline has no parameter {name!r}{close}")
    values: dict[str, Any] = {}
    missing = []
    for name, parameter in declared.items():
        if name in given:
            try:
                values[name] = convert(name, parameter.type, given[name])
            except ParameterError as error:
                problems.append(str(error))
                continue
            if parameter.enum_values is not None and values[name] not in parameter.enum_values:
                allowed = ", ".join(repr(value) for value in parameter.enum_values)
                problems.append(f"parameter {name!r} is {given[name]!r}; allowed are {allowed}")
        elif parameter.has_default:
            values[name] = parameter.default
        else:
            missing.append(name)
    if missing:
        names = ", ".join(repr(name) for name in missing)
        problems.append(f"no value is given for {names}, and the pipeline declares no default")
    if problems:
        raise ParameterError("; ".join(problems))
    return values


def convert(name: str, kind: str, text: str) -> Any:
    """``text`` as a value of the declared type. Raises ``ParameterError``."""
    if not isinstance(text, str):
        raise ParameterError(f"parameter {name!r} is given as {text!r}; start values are strings, write {str(text)!r}")
    if len(text) > MAX_VALUE_LENGTH:
        raise ParameterError(f"parameter {name!r} has {len(text)} characters, at most {MAX_VALUE_LENGTH} are allowed")
    reader, example = _READERS.get(kind, (str, ""))
    try:
        return reader(text)
    except ValueError:
        message = f"parameter {name!r} is of type {kind}, but its value is {text!r}; write a value such as {example}"
        raise ParameterError(message) from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _integer(text: str) -> int:
    if "_" in text:
        raise ValueError(text)
    return int(text)


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "String": (str, '"text"'),
    "Integer": (_integer, '"5"'),
    "Float": (_float, '"0.5"'),
    "Boolean": (_boolean, '"true" or "false"'),
}
