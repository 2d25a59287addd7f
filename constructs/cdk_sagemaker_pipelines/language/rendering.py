"""From values to the JSON of a definition, and from JSON to the lines of its text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

from .conditions import Condition
from .errors import shown
from .expressions import Expression, Parameter, expression_of, has_placeholder, loop_of_item, pipeline_of, readable
from .findings import Finding
from .misplaced import LIST, problem
from .paths import StepName
from .tokens import is_list_token

OTHER_PIPELINE = "other-pipeline"


@dataclass
class Rendering:
    """One pass over a pipeline's values, collecting the parameters they use and whatever cannot be in a definition."""

    parameters: dict[str, Parameter[Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    step: str | None = None
    """The step whose values are being rendered, for findings."""
    loop: str | None = None
    """The for-each whose body is being rendered."""

    def declare(self, parameter: Parameter[Any], where: str = "Parameters") -> None:
        """Registers a parameter; a second one with the same name must be declared alike."""
        known = self.parameters.setdefault(parameter.name, parameter)
        if known is not parameter and known.declaration() != parameter.declaration():
            self.find(
                where,
                "parameter-declared-twice",
                f"parameter '{parameter.name}' is declared as {json.dumps(parameter.declaration())} and as "
                f"{json.dumps(known.declaration())}; declare it once and pass it on",
            )

    def find(self, where: str, code: str, text: str) -> None:
        """Notes a finding at a field of the current step."""
        self.findings.append(Finding(code, text, step=self.step, where=where))

    def render(self, value: Any, where: str = "") -> Any:
        """The value as JSON: expressions and placeholders as the service's objects, the rest as it is."""
        if isinstance(value, str):
            if isinstance(value, Enum):
                value = value.value
            if has_placeholder(value):
                value = expression_of(value)
            if isinstance(value, str):
                self._check_text(value, where)
                return value
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, (list, tuple)):
            if is_list_token(value):
                self.find(where, *LIST)
                return []
            return [self.render(item, f"{where}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, Expression):
            self._gather(value, where)
            return value.to_json()
        if isinstance(value, Condition):
            return value.to_json(lambda operand: self.render(operand, where))
        if isinstance(value, float):
            if not math.isfinite(value):
                self.find(where, "not-finite", f"{value!r} cannot be written as JSON")
                return None
            return value
        if isinstance(value, (dict, Mapping)):
            return {
                self._key(key, where): self.render(item, f"{where}.{key}" if where else str(key))
                for key, item in value.items()
            }
        self.find(
            where,
            "no-json",
            f"a value of type {type(value).__name__} cannot be in a definition; allowed are texts, numbers, "
            "booleans, lists, dicts, expressions and CDK tokens as text",
        )
        return None

    def _gather(self, expression: Expression[Any], where: str) -> None:
        if isinstance(expression, Parameter):
            self.declare(expression, where)
        theirs = pipeline_of(expression)
        if theirs and isinstance(self.step, StepName) and self.step.pipeline not in ("", theirs):
            text = f"it reads {shown(expression.to_json()['Get'])} of another pipeline, '{theirs}'"
            mend = "a pipeline can only read its own steps: pass the value on as a parameter or through S3"
            self.find(where, OTHER_PIPELINE, f"{text}; {mend}")
            return
        loop = loop_of_item(expression)
        if loop is not None and self.loop not in (None, loop):  # outside a body, a rule reports it
            text = f"it reads an item of for-each '{loop}', but is in the body of '{self.loop}'"
            self.find(where, "for-each-item", f"{text}, and only that item is known here")
        for operand in expression.operands():
            if isinstance(operand, str):
                operand = expression_of(operand)
            if isinstance(operand, Expression):
                self._gather(operand, where)
            elif isinstance(operand, str):
                self._check_text(operand, where)

    def _check_text(self, text: str, where: str) -> None:
        found = problem(text)
        if found:
            self.find(where, *found)

    def _key(self, key: Any, where: str) -> str:
        if not isinstance(key, str):
            self.find(where, "no-json", f"the key {key!r} must be a text")
            return str(key)
        if has_placeholder(key):
            self.find(where, "expression-as-key", f"the key {readable(key)!r} must be literal")
            return "expression"
        return key


_INDENT = "  "
_SCALARS = (str, int, float, type(None))
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def lines(value: Any) -> list[str]:
    """JSON as readable lines: each element on its own line, a reference or an empty container on a single one.

    So changing one value changes one line, whatever its length.
    """
    found: list[str] = []
    _write(value, "", "", "", found)
    return found


def _write(value: Any, indent: str, head: str, tail: str, found: list[str]) -> None:
    """Appends the lines of a value, which are very many, so that none goes through the hands of all around it."""
    is_object = not isinstance(value, _SCALARS) and isinstance(value, (dict, Mapping))
    if not value or not (is_object or isinstance(value, (list, tuple))):
        found.append(indent + head + _JSON(value) + tail)
        return
    if is_object and len(value) == 1 and "Get" in value:
        get = value["Get"]
        found.append(f'{indent}{head}{{"Get": {encode_basestring(get) if isinstance(get, str) else _JSON(get)}}}{tail}')
        return
    opening, closing = ("{", "}") if is_object else ("[", "]")
    found.append(indent + head + opening)
    last, inside = len(value) - 1, indent + _INDENT
    for position, item in enumerate(value.items() if is_object else value):
        key, inner = (encode_basestring_ascii(item[0]) + ": ", item[1]) if is_object else ("", item)
        end = "," if position < last else ""
        if isinstance(inner, str):
            found.append(inside + key + encode_basestring(inner) + end)
        elif type(inner) is int:
            found.append(f"{inside}{key}{inner}{end}")
        else:
            _write(inner, inside, key, end, found)
    found.append(indent + closing + tail)
