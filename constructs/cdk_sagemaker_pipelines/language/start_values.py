"""What a parameter takes when an execution starts: start values are texts, whatever the parameter's type."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .definition import ParameterDeclaration
from .errors import PipelineError

MAX_START_VALUES = 200
"""Of one ``StartPipelineExecution``, and of a target of EventBridge."""
MAX_VALUE_LENGTH = 1024
UNIVERSAL_TARGET = ":scheduler:::aws-sdk:sagemaker:startpipelineexecution"
"""How the ARN of the Scheduler's universal target that starts pipelines ends, in lower case."""


def converted(name: str, kind: str, text: str) -> Any:
    """``text`` as a value of the declared type ``kind``. Raises ``PipelineError``."""
    if not isinstance(text, str):
        raise PipelineError(f"parameter {name!r} is given as {text!r}; start values are strings, write {str(text)!r}")
    if len(text) > MAX_VALUE_LENGTH:
        raise PipelineError(f"parameter {name!r} has {len(text)} characters, at most {MAX_VALUE_LENGTH} are allowed")
    reader, example = _READERS.get(kind, (str, ""))
    try:
        return reader(text)
    except ValueError:
        message = f"parameter {name!r} is of type {kind}, but its value is {text!r}; write a value such as {example}"
        raise PipelineError(message) from None


def taken(declared: ParameterDeclaration, text: str) -> Any:
    """``text`` as a value of the parameter. Raises ``PipelineError`` also for one that is not in its ``EnumValues``."""
    value = converted(declared.name, declared.type, text)
    if declared.enum_values is not None and value not in declared.enum_values:
        allowed = ", ".join(repr(one) for one in declared.enum_values)
        raise PipelineError(f"parameter {declared.name!r} is {text!r}; allowed are {allowed}")
    return value


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
