"""What the service's API models say about a step's arguments and properties, read from a generated table on first use.

Source: botocore's service models, reduced by scripts/generate_service_model.py; ``version()`` says which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cdk_sagemaker_pipelines.language import Key, PipelineError, an, choices, did_you_mean, is_expression_json
from cdk_sagemaker_pipelines.language.expressions import has_placeholder
from cdk_sagemaker_pipelines.language.findings import Finding, Level
from cdk_sagemaker_pipelines.language.paths import format_path
from cdk_sagemaker_pipelines.language.tokens import is_token

PathPart = str | int
Kind = Literal["structure", "list", "map", "string", "integer", "float", "boolean", "timestamp", "scalar", "any"]


class PropertyPathError(PipelineError):
    """A path that does not lead to a property of a step."""


class Shape:
    """A view of one shape of the model; two views of the same shape are equal."""

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name = name
        self._data = data

    @cached_property
    def kind(self) -> Kind:
        """``scalar`` is a text, number or boolean; ``any`` is a value that the model does not describe."""
        kind: Kind = self._data["type"]
        return kind

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """The members of a structure by name, in the model's order; empty for all other kinds."""
        return {name: _shape(target) for name, target in self._data.get("members", {}).items()}

    @property
    def member(self) -> Shape:
        """The elements of a list."""
        return _shape(self._data["member"])

    @property
    def key(self) -> Shape:
        """The keys of a map."""
        return _shape(self._data["key"])

    @property
    def value(self) -> Shape:
        """The values of a map."""
        return _shape(self._data["value"])

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self._data.get("required", ()))

    @property
    def is_union(self) -> bool:
        """Whether a structure must have exactly one of its members."""
        return bool(self._data.get("union", False))

    @property
    def key_member(self) -> str | None:
        """The member that tells elements of a list of this structure apart; None if there is none."""
        return next((name for name in self.members if name in _NAMING), None)

    @cached_property
    def enum(self) -> tuple[str, ...] | None:
        """The allowed values of a string, or None."""
        values = self._data.get("enum")
        return None if values is None else tuple(values)

    @property
    def enum_is_open(self) -> bool:
        """Whether the service adds values often, such as instance types."""
        return bool(self._data.get("open", False))

    @property
    def pattern(self) -> str | None:
        """The pattern that a whole string must match, in Python's syntax, or None."""
        return self._data.get("pattern")

    @property
    def or_text(self) -> bool:
        """Whether a list may be given by an expression for its JSON as a text."""
        return bool(self._data.get("or_text", False))

    @cached_property
    def min(self) -> float | None:
        """The least length of a string, list or map, or the least number."""
        return self._data.get("min")

    @cached_property
    def max(self) -> float | None:
        """The greatest length of a string, list or map, or the greatest number."""
        return self._data.get("max")

    def __repr__(self) -> str:
        return f"<Shape {self.name}: {self.kind}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


_NAMING = frozenset(
    {
        "ActionName",
        "AlgorithmName",
        "ArtifactName",
        "ChannelName",
        "ChannelType",
        "Classification",
        "CollectionName",
        "ContainerHostname",
        "ContextName",
        "DefinitionName",
        "HyperParameterTuningJobName",
        "InputName",
        "InstanceGroupName",
        "Key",
        "Name",
        "OutputName",
        "ProfileName",
        "RuleConfigurationName",
        "StepName",
        "VariantName",
        "classification",
    }
)
"""Members that name an element within its list; other names, such as ``ModelName``, refer to something else."""

ANY = Shape("any", {"type": "any"})


class ArgumentFinding(NamedTuple):
    """What is wrong at a location in a step's arguments; ``path`` has members and indexes, and map keys as ``Key``."""

    path: tuple[PathPart, ...]
    text: str
    level: Level = "error"
    """The level: a warning if a newer service may well accept the value."""
    code: str = "argument"


Findings = Iterator[ArgumentFinding]
KindOf = Callable[[Any], str | None]
"""The kind of value that an expression gives; None if that cannot be known."""


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
    """The structure of a step's ``Arguments``; None for a type that has no API request or is unknown."""
    name = _table()["requests"].get(step_type)
    return None if name is None else _shape(name)


def properties_shape(step_type: str) -> Shape | None:
    """The structure of a step's properties, without members for a Fail step; None for an unknown type."""
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
            raise PropertyPathError(f"'{part}' is not a property of {where}{hint}")
        return members[part]
    if shape.kind in ("structure", "map"):
        raise PropertyPathError(f"{where} is {an(shape.kind)} and has no position {part}; give a name")
    raise PropertyPathError(f"{where} is {an(shape.kind)} and has no {part!r}; the path must end there")


def check_request(
    step_type: str,
    arguments: Any,
    *,
    is_expression: Callable[[Any], bool] = is_expression_json,
    kind_of: KindOf = lambda expression: None,
) -> list[ArgumentFinding]:
    """What the API would refuse in a step's rendered ``Arguments``, in their order; empty for an unknown step type.

    These are unknown and missing members, wrong types, and literals that violate an enum, pattern, length or range.
    A CDK token passes as any scalar, an expression where the kind that it gives fits. ``is_expression`` says which
    values the service substitutes at run time, ``kind_of`` what they give.
    """
    shape = request_shape(step_type)
    return [] if shape is None else list(_Request(is_expression, kind_of).check(shape, arguments, ()))


class Model:
    """The table in the form that the rules of ``language.check`` take."""

    def check_request(
        self, step_type: str, arguments: Mapping[str, Any], kind_of: KindOf = lambda expression: None
    ) -> list[Finding]:
        """What is wrong in a step's arguments; ``where`` is the location inside them."""
        found = check_request(step_type, arguments, kind_of=kind_of)
        return [
            Finding(finding.code, finding.text, where=format_path(finding.path).lstrip("."), level=finding.level)
            for finding in found
        ]

    def scalar_expressions(
        self, step_type: str, arguments: Mapping[str, Any], kind_of: KindOf
    ) -> Iterator[tuple[str, Any, str]]:
        """The expressions where the request takes a scalar of the kind that they give: the place, it, and the shape."""
        shape = request_shape(step_type)
        for path, expression, found in _scalar_expressions(shape, arguments, ()) if shape is not None else ():
            if kind_of(expression) in _FITS[found.kind]:
                yield format_path(path).lstrip("."), expression, found.name

    def check_scalar(self, shape: str, value: Any) -> list[Finding]:
        """What is wrong with a value of a shape that ``scalar_expressions`` returned."""
        return [Finding(found.code, found.text, level=found.level) for found in _check_scalar(_shape(shape), value, ())]

    def check_property(self, step_type: str, path: Sequence[PathPart]) -> str | None:
        """What is wrong with a property path, or None."""
        try:
            resolve(step_type, path)
        except PropertyPathError as error:
            return str(error)
        return None

    def property_kind(self, step_type: str, path: Sequence[PathPart]) -> str | None:
        """The kind of value at a property path; None if it is not known."""
        try:
            shape = resolve(step_type, path)
        except PropertyPathError:
            return None
        return None if shape == ANY or shape.kind == "any" else shape.kind


class _Request(NamedTuple):
    """One look at a request."""

    is_expression: Callable[[Any], bool]
    kind_of: KindOf

    def check(self, shape: Shape, value: Any, path: tuple[PathPart, ...]) -> Findings:
        kind = shape.kind
        if kind == "any":
            return
        if self.is_expression(value):
            yield from self._check_expression(shape, value, path)
        elif kind == "structure" and isinstance(value, (dict, Mapping)):
            yield from self._check_structure(shape, value, path)
        elif kind == "map" and isinstance(value, (dict, Mapping)):
            yield from _check_length(shape, value, path)
            for key, item in value.items():
                yield from self.check(shape.key, key, (*path, Key(key)))
                yield from self.check(shape.value, item, (*path, Key(key)))
        elif kind == "list" and isinstance(value, (list, tuple)):
            yield from _check_length(shape, value, path)
            for index, item in enumerate(value):
                yield from self.check(shape.member, item, (*path, index))
        elif kind in _NESTED:
            yield ArgumentFinding(path, f"is {_found(value)}; needs a {kind}")
        else:
            yield from _check_scalar(shape, value, path)

    def _check_structure(self, shape: Shape, value: Mapping[str, Any], path: tuple[PathPart, ...]) -> Findings:
        members = shape.members
        for name, item in value.items():
            if name in members:
                yield from self.check(members[name], item, (*path, name))
            else:
                hint = _inside(shape, name) or did_you_mean(name, members) or f"; allowed are {choices(members)}"
                yield ArgumentFinding((*path, name), f"{name!r} is not a member here{hint}")
        for name in shape.required:
            if name not in value:
                yield ArgumentFinding(path, f"needs the member {name!r}")
        if shape.is_union and len(value) != 1:
            yield ArgumentFinding(path, f"has {len(value)} members; needs exactly one of {choices(members)}")

    def _check_expression(self, shape: Shape, value: Any, path: tuple[PathPart, ...]) -> Findings:
        """Checks that the value that an expression gives fits the shape.

        The service refuses a ``Get`` for a list ("Expecting start of Json Array") and one of a parameter that is not a
        text for a text ("Cannot assign property reference [...] to argument of type [String]"); only among
        hyperparameters does it accept that. Whether it accepts a text for a number is not known.
        """
        kind = self.kind_of(value)
        get = value.get("Get") if isinstance(value, (dict, Mapping)) else None
        found = f"is {_found(value)}"
        if shape.kind in _NESTED:
            text_only = isinstance(value, (dict, Mapping)) and get is None
            if shape.or_text and kind in (None, "string", "list"):
                return
            if text_only or (kind is not None and kind != shape.kind):
                gives = _GIVES.get(kind or "string", f"a {kind}")
                yield ArgumentFinding(path, f"{found}, which gives {gives}; needs a {shape.kind}", code=FIT)
            elif isinstance(value, (dict, Mapping)):
                text = f"{found}; the service wants the {shape.kind} written out, with expressions inside it"
                yield ArgumentFinding(path, text, "warning", FIT)
        elif kind is not None and kind not in _FITS[shape.kind]:
            words = f"{found}, which gives {_GIVES.get(kind, f'a {kind}')}; needs {_SCALARS[shape.kind][1]}"
            if shape.kind == "string" and shape.name == "HyperParameterValue" and kind not in _NESTED:
                return
            refused = kind in _NESTED or (shape.kind == "string" and str(get).startswith("Parameters."))
            if shape.kind == "string" and kind not in _NESTED:
                words += "; a Std:Join with an empty On makes it one"
            level: Level = "error" if refused and shape.kind != "scalar" else "warning"
            yield ArgumentFinding(path, words, level, FIT)


def _inside(shape: Shape, name: str) -> str:
    """Where a member belongs that is one level too high, such as ``ProcessingOutputs`` of ``ProcessingOutputConfig``.

    Its name is that of a member one level down, possibly with the beginning of the upper one's as a prefix.
    """
    for upper, below in shape.members.items():
        for member in below.members if below.kind == "structure" else ():
            head = name.removesuffix(member)
            if head != name and upper.startswith(head):
                return f"; did you mean '{upper}.{member}'?"
    return ""


def _scalar_expressions(
    shape: Shape, value: Any, path: tuple[PathPart, ...]
) -> Iterator[tuple[tuple[PathPart, ...], Any, Shape]]:
    """The expressions where a scalar belongs, with their path and shape."""
    if is_expression_json(value):
        if shape.kind in _SCALARS:
            yield path, value, shape
    elif shape.kind == "structure" and isinstance(value, (dict, Mapping)):
        members = shape.members
        for name in value:
            if name in members and not isinstance(value[name], str):
                yield from _scalar_expressions(members[name], value[name], (*path, name))
    elif shape.kind == "map" and isinstance(value, (dict, Mapping)):
        for key, item in value.items():
            if not isinstance(item, str):
                yield from _scalar_expressions(shape.value, item, (*path, Key(key)))
    elif shape.kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, str):
                yield from _scalar_expressions(shape.member, item, (*path, index))


FIT = "expression-type"
_NESTED = ("structure", "list", "map")
_TEXTS = ("string", "timestamp")
_FITS: Mapping[str, tuple[str, ...]] = {
    "string": (*_TEXTS, "scalar"),
    "integer": ("integer", "scalar"),
    "float": ("integer", "float", "scalar"),
    "boolean": ("boolean", "scalar"),
    "timestamp": (*_TEXTS, "integer", "float", "scalar"),
    "scalar": (*_TEXTS, "integer", "float", "boolean", "scalar"),
}
"""Which kinds of value an expression may give, by the kind of the shape."""
_GIVES = {"string": "a text", "integer": "a whole number", "float": "a number", "boolean": "true or false"}


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
    if shape.max is not None and len(value) > shape.max:
        return  # some patterns take quadratic time
    # the service's patterns match the whole text, and their dots match line ends
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
