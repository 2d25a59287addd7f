"""The values of a pipeline's parameters for one execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import Definition, PipelineError, choices, did_you_mean
from ...language.start_values import MAX_START_VALUES, converted, taken
from ..errors import ParameterError


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
                values[name] = taken(parameter, given[name])
            except PipelineError as error:
                problems.append(str(error))
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
    try:
        return converted(name, kind, text)
    except PipelineError as error:
        raise ParameterError(str(error)) from None
