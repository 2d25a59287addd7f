"""What the service's API models say of a step's arguments and properties; read from a generated table on first use.

Source: botocore's service models, cut down by scripts/generate_service_model.py; ``version()`` tells which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cdk_sagemaker_pipelines.language import Key, PipelineError, an, choices, did_you_mean, is_expression_json
from cdk_sagemaker_pipelines.language.expressions import format_path, has_placeholder
from cdk_sagemaker_pipelines.language.findings import Level
from cdk_sagemaker_pipelines.language.tokens import is_token

PathPart = str | int
Kind = Literal["structure", "list", "map", "string", "integer", "float", "boolean", "timestamp", "scalar", "any"]


class PropertyPathError(PipelineError):
    """A path that leads to no property of a step."""


class Shape:
    """A view of one shape of the model. Two views of one shape are equal."""

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name = name
        self._data = data

    @property
    def kind(self) -> Kind:
        """``scalar`` is a text, number or boolean; ``any`` is a value of which the model says nothing."""
        kind: Kind = self._data["type"]
        return kind

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """The members of a structure by name, in the model's order; empty for every other kind."""
        return {name: _shape(target) for name, target in self._data.get("members", {}).items()}

    @property
    def member(self) -> Shape:
        """What a list holds."""
        return _shape(self._data["member"])

    @property
    def key(self) -> Shape:
        """The keys of a map."""
        return _shape(self._data["key"])

    @property
    def value(self) -> Shape:
        """The values of a map."""
        return _shape(self._data["value"])

    @property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self._data.get("required", ()))

    @property
    def enum(self) -> tuple[str, ...] | None:
        """The only values of a string, or None."""
        values = self._data.get("enum")
        return None if values is None else tuple(values)

    @property
    def enum_is_open(self) -> bool:
        """Whether the service adds values often, such as instance types."""
        return bool(self._data.get("open", False))

    @property
    def pattern(self) -> str | None:
        """What the whole of a string must match, in Python's syntax, or None."""
        return self._data.get("pattern")

    @property
    def or_text(self) -> bool:
        """Whether a list may be given by an expression that gives its JSON as a text."""
        return bool(self._data.get("or_text", False))

    @property
    def min(self) -> float | None:
        """The least length of a string, list or map, or the least number."""
        return self._data.get("min")

    @property
    def max(self) -> float | None:
        """The greatest length of a string, list or map, or the greatest number."""
        return self._data.get("max")

    def __repr__(self) -> str:
        return f"<Shape {self.name}: {self.kind}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


ANY = Shape("any", {"type": "any"})


class ArgumentFinding(NamedTuple):
    """What is wrong at a place of a step's arguments. ``path`` holds members and indexes, and map keys as ``Key``."""

    path: tuple[PathPart, ...]
    text: str
    level: Level = "error"
    """A warning says that a newer service may well accept the value."""


Findings = Iterator[ArgumentFinding]


@cache
def _table() -> Any:
    return json.loads(Path(__file__).with_name("service_model.json").read_text(encoding="utf-8"))


@cache
def _shape(name: str) -> Shape:
    return Shape(name, _table()["shapes"][name])


def version() -> str:
    """The version of botocore that the table was made from."""
    return str(_table()["botocore"])


def request_shape(step_type: str) -> Shape | None:
    """The structure of a step's ``Arguments``; None for a type that has no API request or is not known."""
    name = _table()["requests"].get(step_type)
    return None if name is None else _shape(name)


def properties_shape(step_type: str) -> Shape | None:
    """The structure of a step's properties, without members for a Fail step; None for a type that is not known."""
    name = _table()["properties"].get(step_type)
    return None if name is None else _shape(name)


def resolve(step_type: str, path: Sequence[PathPart]) -> Shape:
    """The shape at ``path``, members and keys as str and positions as int, below a step's properties.

    A list takes a position or the name of an element. Of an unknown step type, and below a value of kind ``any``, every
    path leads to ``ANY``. Raises ``PropertyPathError``.
    """
    shape = properties_shape(step_type) or ANY
    where = f"{'an' if step_type[:1] in 'AEIOU' else 'a'} {step_type} step"
    for part in path:
        shape = _descend(shape, part, where)
        where = f"[{part!r}]" if isinstance(part, int) else repr(str(part))
    return shape


def _descend(shape: Shape, part: PathPart, where: str) -> Shape:
    if shape.kind == "any":
        return ANY
    if shape.kind == "list":
        return shape.member
    if shape.kind == "map" and isinstance(part, str):
        return shape.value
    if shape.kind == "structure" and isinstance(part, str):
        members = shape.members
        if part not in members:
            hint = did_you_mean(part, members) or f"; allowed are {choices(members)}"
            raise PropertyPathError(f"'{part}' is no property of {where}{hint}")
        return members[part]
    if shape.kind in ("structure", "map"):
        raise PropertyPathError(f"{where} is {an(shape.kind)} and has no position {part}; give a name")
    raise PropertyPathError(f"{where} is {an(shape.kind)} and has no {part!r}; the path must end there")


def check_request(
    step_type: str, arguments: Any, *, is_expression: Callable[[Any], bool] = is_expression_json
) -> list[ArgumentFinding]:
    """What the API would refuse in a step's rendered ``Arguments``, in their order; empty for an unknown step type.

    Found are unknown and missing members, wrong types, and literals outside of the enum, pattern, length or range.
    A CDK token and an expression pass for every scalar, a ``Get`` for lists and structures too. ``is_expression`` tells
    which values the service substitutes at run time.
    """
    shape = request_shape(step_type)
    return [] if shape is None else list(_check(shape, arguments, (), is_expression))


class Model:
    """The table as the rules of ``language.check`` take it."""

    def check_request(self, step_type: str, arguments: Mapping[str, Any]) -> list[tuple[str, str, Level]]:
        """What is wrong in a step's arguments: path, text and level."""
        found = check_request(step_type, arguments)
        return [(format_path(finding.path).lstrip("."), finding.text, finding.level) for finding in found]

    def check_property(self, step_type: str, path: Sequence[PathPart]) -> str | None:
        """What is wrong with a property path, or None."""
        try:
            resolve(step_type, path)
        except PropertyPathError as error:
            return str(error)
        return None


def _check(shape: Shape, value: Any, path: tuple[PathPart, ...], is_expression: Callable[[Any], bool]) -> Findings:
    nested = shape.kind in ("structure", "list", "map")
    if shape.kind == "any":
        return
    if is_expression(value):
        if nested and isinstance(value, Mapping) and "Get" not in value and not shape.or_text:
            yield ArgumentFinding(path, f"is {_found(value)}, which gives a text; needs {an(shape.kind)}")
    elif shape.kind == "structure" and isinstance(value, Mapping):
        yield from _check_structure(shape, value, path, is_expression)
    elif shape.kind == "map" and isinstance(value, Mapping):
        yield from _check_length(shape, value, path)
        for key, item in value.items():
            yield from _check(shape.key, key, (*path, Key(key)), is_expression)
            yield from _check(shape.value, item, (*path, Key(key)), is_expression)
    elif shape.kind == "list" and isinstance(value, (list, tuple)):
        yield from _check_length(shape, value, path)
        for index, item in enumerate(value):
            yield from _check(shape.member, item, (*path, index), is_expression)
    elif nested:
        yield ArgumentFinding(path, f"is {_found(value)}; needs {an(shape.kind)}")
    else:
        yield from _check_scalar(shape, value, path)


def _check_structure(
    shape: Shape, value: Mapping[str, Any], path: tuple[PathPart, ...], is_expression: Callable[[Any], bool]
) -> Findings:
    members = shape.members
    for name, item in value.items():
        if name in members:
            yield from _check(members[name], item, (*path, name), is_expression)
        else:
            hint = did_you_mean(name, members) or f"; allowed are {choices(members)}"
            yield ArgumentFinding((*path, name), f"{name!r} is no member here{hint}")
    for name in shape.required:
        if name not in value:
            yield ArgumentFinding(path, f"needs the member {name!r}")


def _check_scalar(shape: Shape, value: Any, path: tuple[PathPart, ...]) -> Findings:
    if is_token(value) and not (isinstance(value, float) and shape.kind in ("string", "boolean")):
        return
    if isinstance(value, str) and has_placeholder(value):
        return
    allowed, words = _SCALARS[shape.kind]
    found = type(value)
    if not issubclass(found, allowed) or (found is bool and shape.kind not in ("boolean", "scalar")):
        yield ArgumentFinding(path, f"is {_found(value)}; needs {words}")
    elif shape.kind == "string":
        yield from _check_string(shape, value, path)
    elif shape.kind == "scalar" and found is str:
        yield from _check_length(shape, value, path)
    elif shape.kind in ("integer", "float") and not _in_range(shape, value):
        yield ArgumentFinding(path, f"is {value}; allowed is {_range(shape)}")


def _check_string(shape: Shape, value: Any, path: tuple[PathPart, ...]) -> Findings:
    if shape.enum is not None and value not in shape.enum:
        hint = did_you_mean(value, shape.enum)
        if shape.enum_is_open:
            text = f"is {value!r}, which is unknown to botocore {version()}{hint}"
            yield ArgumentFinding(path, text, "warning")
        else:
            yield ArgumentFinding(path, f"is {value!r}; allowed are {choices(shape.enum)}{hint}")
        return
    yield from _check_length(shape, value, path)
    # the service's patterns hold for the whole text, and say nothing of line ends
    if shape.pattern is not None and not _compiled(shape.pattern).fullmatch(value):
        yield ArgumentFinding(path, f"is {_found(value)}, which does not match {shape.pattern}")


def _check_length(shape: Shape, value: Any, path: tuple[PathPart, ...]) -> Findings:
    length = len(value)
    if not _in_range(shape, length):
        unit = "characters" if isinstance(value, str) else "elements"
        yield ArgumentFinding(path, f"has {length} {unit}; allowed is {_range(shape)}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


_SCALARS: Mapping[str, tuple[Any, str]] = {
    "string": ((str,), "a text"),
    "integer": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "scalar": ((str, int, float, bool), "a text, a number, or true or false"),
    "timestamp": ((str, int, float), "a point in time"),
}


def _in_range(shape: Shape, value: Any) -> bool:
    return bool((shape.min is None or value >= shape.min) and (shape.max is None or value <= shape.max))


def _range(shape: Shape) -> str:
    if shape.max is None:
        return f"at least {shape.min}"
    return f"at most {shape.max}" if shape.min is None else f"{shape.min} to {shape.max}"


def _found(value: Any) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."
