"""The values of a definition's expressions and conditions in one execution.

How values compare if the service does not say: a number and a numeric string compare as numbers (a Join of an Integer
parameter is such a string). Two strings are equal if they are the same; they are ordered as numbers if both are
numeric, else by code point. A boolean equals the string "true" or "false" of its value. All other values of different
types are unequal and have no order.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...language import Definition, PipelineError, Reference, choices, did_you_mean, parse_path
from ..endings import StepFailed
from ..json_text import parsed

MISSING = object()
"""What ``element()`` returns if there is nothing."""

LONGEST = 4 * 2**20
"""Characters of a text that is joined: a small definition can name a large value any number of times."""
_NAMED_LISTS = ("OutputName", "InputName", "MetricName")
"""Members that address a list's element: ['train'] of Outputs, ProcessingInputs, FinalMetricDataList."""


def to_text(value: Any) -> str:
    """A value as a string: true, 5, 0.5; lists and maps as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bool, list, dict)) or value is None:
        return json.dumps(value, default=str)
    return str(value)


@dataclass
class Values:
    """What the expressions of one execution can read; not changed while a step's arguments are evaluated."""

    definition: Definition
    parameters: Mapping[str, Any]
    execution: Mapping[str, Callable[[], Any]]
    """Execution variables by name, such as PipelineName."""
    read_object: Callable[[str, str], bytes]
    """The bytes of an S3 object, by URI; the second argument describes its purpose. Raises ``StepFailed``."""
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The results of the steps that succeeded, by name."""
    item: Any = None
    """In the body of a for-each: the current item."""

    def evaluate(self, value: Any) -> Any:
        """``value`` with every expression in it evaluated. Raises ``StepFailed`` for one without a value."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                name, content = next(iter(value.items()))
                if name == "Get":
                    return self._get(content)
                if name == "Std:Join":
                    return self._join(content)
                if name == "Std:JsonGet":
                    return self._json_get(content)
                if name.startswith("Std:"):
                    raise StepFailed(f"the function {name} is unknown; allowed are Std:Join and Std:JsonGet")
            return {key: self.evaluate(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.evaluate(item) for item in value]
        return value

    def holds(self, conditions: Sequence[Mapping[str, Any]]) -> bool:
        """Whether all ``conditions`` are true. Raises ``StepFailed`` for one that cannot be evaluated."""
        # Every condition is evaluated, so that an invalid one is never overlooked.
        return False not in [self._holds(condition) for condition in conditions]

    def _get(self, get: Any) -> Any:
        try:
            reference = Reference.parse(get)
        except PipelineError as error:
            raise StepFailed(str(error)) from error
        if reference.kind == "Parameters":
            return self._named(self.parameters, reference, "parameter")
        if reference.kind == "Execution":
            value: Any = self._named(self.execution, reference, "execution variable")()
            return value
        if reference.kind == "PipelineExperimentConfig":
            config = self.definition.json.get("PipelineExperimentConfig")
            return self.evaluate(
                self._named(config if isinstance(config, Mapping) else {}, reference, "experiment config value")
            )
        if reference.kind == "Steps":
            if reference.name not in self.properties:
                raise StepFailed(f"{get} is undefined: the step {reference.name!r} has not succeeded in this execution")
            return self._property(self.properties[reference.name], reference)
        if reference.kind == "ForEach" and self.item is not None and reference.name == "CurrentItem":
            return self._current_item(reference)
        raise StepFailed(f"{get} is undefined: {reference.kind} only has a meaning within a ForEach step")

    def _current_item(self, reference: Reference) -> Any:
        if not reference.path:
            return self.item
        try:
            value: Any = parsed(self.item)
        except (TypeError, ValueError):
            raise StepFailed(
                f"{reference.get} is undefined: the current item is {self.item!r}, and only one that is a JSON object "
                "has members"
            ) from None
        for part in reference.path:
            if isinstance(value, Mapping) and part in value and value[part] is None:
                raise StepFailed(f"{reference.get} is undefined: {part!r} is null in the current item {self.item}")
            value = element(value, part)
            if value is MISSING:
                raise StepFailed(f"{reference.get} is undefined: there is no {part!r} in the current item {self.item}")
        return value

    def _named(self, values: Mapping[str, Any], reference: Reference, what: str) -> Any:
        if reference.name not in values or reference.path:
            name = reference.get.partition(".")[2]
            raise StepFailed(f"{reference.get} is undefined: there is no {what} {name!r}{did_you_mean(name, values)}")
        return values[reference.name]

    def _property(self, properties: Mapping[str, Any], reference: Reference) -> Any:
        value: Any = properties
        for part in reference.path:
            following = element(value, part)
            if following is MISSING:
                names = [str(name) for name in value] if isinstance(value, Mapping) else []
                raise StepFailed(
                    f"{reference.get} is undefined: the step {reference.name!r} has no {part!r} there"
                    f"{did_you_mean(str(part), names)}"
                )
            value = following
        return value

    def _join(self, join: Any) -> str:
        given = join if isinstance(join, Mapping) else {}
        on, values = given.get("On", ""), given.get("Values")
        if not isinstance(on, str) or not isinstance(values, list):
            raise StepFailed("Std:Join takes On, a literal text, and Values, a list")
        found, length = [], 0
        for value in values:
            found.append(to_text(self.evaluate(value)))
            length += len(on) + len(found[-1])
            if length > LONGEST:
                raise StepFailed(f"Std:Join makes a text of more than {LONGEST:,} characters")
        return on.join(found)

    def _json_get(self, get: Any) -> Any:
        if not isinstance(get, Mapping):
            raise StepFailed("Std:JsonGet takes a Path, and either PropertyFile or S3Uri")
        path = get.get("Path")
        if not isinstance(path, str):
            raise StepFailed(
                f"the Path of Std:JsonGet is {path!r}; it must be a literal text such as 'metrics.mse.value'"
            )
        if ("PropertyFile" in get) == ("S3Uri" in get):
            raise StepFailed("Std:JsonGet takes either PropertyFile or S3Uri")
        if "PropertyFile" in get:
            what, uri = self._property_file(get["PropertyFile"])
        else:
            what, uri = "S3Uri", to_text(self.evaluate(get["S3Uri"]))
        text = self.read_object(uri, f"Std:JsonGet of {what}")
        try:
            document = parsed(text)
        except ValueError as error:
            raise StepFailed(f"Std:JsonGet cannot read {uri} ({what}): it is not JSON: {error}") from error
        value: Any = document
        for part in _json_path(path):
            following = element(value, part)
            if following is None or (isinstance(value, Mapping) and part in value and value[part] is None):
                raise StepFailed(f"Std:JsonGet finds null at {part!r} of the path {path!r} in {uri} ({what})")
            if following is MISSING:
                names = [str(name) for name in value] if isinstance(value, Mapping) else []
                raise StepFailed(
                    f"Std:JsonGet finds no {part!r} of the path {path!r} in {uri} ({what})"
                    f"{did_you_mean(str(part), names)}"
                )
            value = following
        return value

    def _property_file(self, property_file: Any) -> tuple[str, str]:
        get = property_file.get("Get") if isinstance(property_file, Mapping) else property_file
        try:
            reference = Reference.parse(get)
            if reference.kind != "Steps" or len(reference.path) != 2 or reference.path[0] != "PropertyFiles":
                raise PipelineError(f"{get!r} is not a property file; write Steps.<step>.PropertyFiles.<name>")
            step = self.definition.step(reference.name)
        except PipelineError as error:
            raise StepFailed(str(error)) from error
        name = str(reference.path[1])
        file = step.property_files.get(name)
        if file is None:
            close = did_you_mean(name, step.property_files)
            raise StepFailed(f"{get} is undefined: the step {step.name!r} has no property file {name!r}{close}")
        place = f"Steps.{step.name}.ProcessingOutputConfig.Outputs['{file.output_name}'].S3Output.S3Uri"
        return str(get), f"{to_text(self._get(place)).rstrip('/')}/{file.file_path}"

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        kind = condition.get("Type")
        if kind == "Not":
            return not self._holds(_member(condition, "Condition"))
        if kind == "Or":
            return True in [self._holds(inner) for inner in _member(condition, "Conditions")]
        if kind == "In":
            value = self.evaluate(_member(condition, "QueryValue"))
            return True in [_equal(value, self.evaluate(other)) for other in _member(condition, "Values")]
        left = _scalar(self.evaluate(_member(condition, "LeftValue")), condition)
        right = _scalar(self.evaluate(_member(condition, "RightValue")), condition)
        if kind == "Equals":
            return _equal(left, right)
        if kind in _ORDERS:
            return _ORDERS[kind](*_comparable(left, right, condition))
        raise StepFailed(
            f"the condition type {kind!r} is unknown; allowed are {choices(['Equals', *_ORDERS, 'In', 'Not', 'Or'])}"
        )


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def _member(condition: Mapping[str, Any], name: str) -> Any:
    if name not in condition:
        raise StepFailed(f"the condition {json.dumps(condition)} has no {name}")
    return condition[name]


def _scalar(value: Any, condition: Mapping[str, Any]) -> Any:
    if isinstance(value, (dict, list)) or value is None:
        raise StepFailed(
            f"the condition {json.dumps(condition)} compares {json.dumps(value, default=str)}, not one value"
        )
    return value


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        for read in (int, float):
            try:
                return read(value)
            except ValueError:
                continue
    return None


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return to_text(left) == to_text(right).lower() if isinstance(left, bool) else _equal(right, left)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    numbers = _number(left), _number(right)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return bool(left == right)


def _comparable(left: Any, right: Any, condition: Mapping[str, Any]) -> tuple[Any, Any]:
    numbers = _number(left), _number(right)
    if None not in numbers:
        return numbers
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    raise StepFailed(f"the condition {json.dumps(condition)} compares {left!r} with {right!r}, which have no order")


def element(value: Any, part: str | int) -> Any:
    """The member, key, index or named element of ``value``; MISSING if there is none."""
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else MISSING
    if isinstance(value, Mapping):
        found = value.get(part, MISSING)
        return MISSING if found is None else found
    if isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping) and any(item.get(name) == part for name in _NAMED_LISTS):
                return item
    return MISSING


def _json_path(path: str) -> tuple[str | int, ...]:
    try:
        return parse_path(path)
    except PipelineError as error:
        raise StepFailed(f"the Path of Std:JsonGet is not readable: {error}") from error
