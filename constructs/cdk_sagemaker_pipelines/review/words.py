"""Expressions and conditions of a definition in a few words, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..language import Key, PipelineError, Reference
from ..language.errors import escaped
from ..language.later import later_pattern

COMPARISONS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}

_TOKEN = later_pattern(r"\$\{Token\[([^\[\]]*)\]\}")


def with_names(text: str) -> str:
    """The text, with values that are only known at deployment as ``${Name}``."""
    return _TOKEN.sub(r"${\1}", text)


def printable(text: str) -> str:
    """The text, ``with_names``, as one line that is safe to print: control characters and line ends are escaped."""
    return escaped(with_names(text))


def of_value(value: Any) -> str:
    """A value of the definition: ``"a"``, ``6.0``, ``MaxMse``, ``Train.ModelArtifacts``."""
    if isinstance(value, Mapping) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if key == "Get":
            return of_get(inner)
        if key == "Std:Join" and isinstance(inner, Mapping):
            return _join(inner)
        if key == "Std:JsonGet" and isinstance(inner, Mapping):
            path = inner.get("Path")
            file = of_value(inner.get("PropertyFile", inner.get("S3Uri")))
            return f"{file}:{path if isinstance(path, str) else of_value(path)}"
    if isinstance(value, list):
        return "[" + ", ".join(of_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def of_get(get: Any) -> str:
    """The path of a ``Get``: a parameter or variable by its name, a result of a step by the step and ``of_output``."""
    try:
        reference = Reference.parse(get)
    except PipelineError:
        return str(get)
    if reference.kind in ("Parameters", "Execution", "PipelineExperimentConfig"):
        return reference.name
    if reference.kind == "Steps":
        output = of_output(reference)
        return f"{reference.name}.{output}" if output else reference.name
    return str(get)


def of_output(reference: Reference) -> str:
    """What is read from a step: the name of an output or a property file, else the first member of the path."""
    keys = [part for part in reference.path if isinstance(part, Key)]
    if keys:
        return keys[-1]
    members = [part for part in reference.path if isinstance(part, str)]
    if len(members) > 1 and members[0] == "PropertyFiles":
        return members[1]
    return members[0] if members else ""


def of_conditions(conditions: Any) -> str:
    """The conditions of a condition step: ``Evaluate.report:mse <= MaxMse and Region = "eu-west-1"``."""
    return " and ".join(_condition(item) for item in _items(conditions)) or "nothing"


def _condition(condition: Any) -> str:
    if not isinstance(condition, Mapping):
        return of_value(condition)
    kind = str(condition.get("Type"))
    if kind in COMPARISONS:
        return f"{of_value(condition.get('LeftValue'))} {COMPARISONS[kind]} {of_value(condition.get('RightValue'))}"
    if kind == "In":
        values = ", ".join(of_value(value) for value in _items(condition.get("Values")))
        return f"{of_value(condition.get('QueryValue'))} in ({values})"
    if kind == "Not":
        return f"not ({_condition(condition.get('Condition'))})"
    if kind == "Or":
        return "(" + " or ".join(_condition(item) for item in _items(condition.get("Conditions"))) + ")"
    return kind


def _join(join: Mapping[str, Any]) -> str:
    separator = join.get("On", "")
    parts = (value if isinstance(value, str) else f"{{{of_value(value)}}}" for value in _items(join.get("Values")))
    return json.dumps(str(separator).join(parts), ensure_ascii=False)


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
