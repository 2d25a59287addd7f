"""What the service's API models say about a step's arguments and properties, read from a generated table on first use.

Source: botocore's service models, reduced by scripts/generate_service_model.py; ``version()`` says which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cdk_sagemaker_pipelines.language import Key, PipelineError, an, choices, did_you_mean, is_expression_json
from cdk_sagemaker_pipelines.language.expressions import has_placeholder
from cdk_sagemaker_pipelines.language.findings import Finding, Level
from cdk_sagemaker_pipelines.language.paths import format_path
from cdk_sagemaker_pipelines.language.tokens import STRING_TOKEN, is_token

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

    @cached_property
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

    @cached_property
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

    @cached_property
    def allowed(self) -> frozenset[str] | None:
        """As ``enum``, to look a value up: of instance types there are hundreds."""
        return None if self.enum is None else frozenset(self.enum)

    @property
    def enum_is_open(self) -> bool:
        """Whether the service adds values often, such as instance types."""
        return bool(self._data.get("open", False))

    @property
    def pattern(self) -> str | None:
        """The pattern that a whole string must match, in Python's syntax, or None."""
        return self._data.get("pattern")

    @cached_property
    def form(self) -> re.Pattern[str] | None:
        """The pattern, compiled; the service's match the whole text, and their dots match line ends."""
        return None if self.pattern is None else re.compile(self.pattern, re.DOTALL)

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
    kind_of: KindOf = lambda expression: None,
) -> list[ArgumentFinding]:
    """What the API would refuse in a step's rendered ``Arguments``, in their order; empty for an unknown step type.

    These are unknown and missing members, wrong types, and literals that violate an enum, pattern, length or range.
    A CDK token passes as any scalar, an expression where the kind that it gives, as ``kind_of`` says, fits.
    """
    shape = request_shape(step_type)
    return [] if shape is None else _Request(kind_of).check(shape, arguments)


def wrong_numbers(shape: Shape, value: Any) -> Iterator[ArgumentFinding]:
    """The literals in a request that are not yet rendered, and do not fit where a whole number belongs."""
    if shape.kind == "integer":
        if isinstance(value, (str, int, float)):
            yield from _check_scalar(shape, value)
    elif shape.kind == "structure" and isinstance(value, dict):
        members = shape.members
        for name, item in value.items():
            if name in members:
                yield from _below(name, [*wrong_numbers(members[name], item)])
    elif shape.kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(index, [*wrong_numbers(shape.member, item)])


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
        known: _Expressions = []
        if shape is not None:
            _collect(shape, arguments, (), known)
        for path, expression, found in known:
            if kind_of(expression) in _FITS[found.kind]:
                yield format_path(path).lstrip("."), expression, found.name

    def check_scalar(self, shape: str, value: Any) -> list[Finding]:
        """What is wrong with a value of a shape that ``scalar_expressions`` returned."""
        return [Finding(found.code, found.text, level=found.level) for found in _check_scalar(_shape(shape), value)]

    def check_property(self, step_type: str, path: Sequence[PathPart]) -> str | None:
        """What is wrong with a property path, or None."""
        found = _resolved(step_type, tuple(path))
        return found if isinstance(found, str) else None

    def property_kind(self, step_type: str, path: Sequence[PathPart]) -> str | None:
        """The kind of value at a property path; None if it is not known."""
        shape = _resolved(step_type, tuple(path))
        return None if isinstance(shape, str) or shape.kind == "any" else shape.kind


@lru_cache(4096)  # properties recur from step to step, and several rules ask for each
def _resolved(step_type: str, path: tuple[PathPart, ...]) -> Shape | str:
    """As ``resolve``; what is wrong with a path that does not lead to a property."""
    try:
        return resolve(step_type, path)
    except PropertyPathError as error:
        return str(error)


class _Request(NamedTuple):
    """One look at a request.

    Paths begin at the value that is looked at and are completed on the way back: nearly all values are fine.
    """

    kind_of: KindOf

    def check(self, shape: Shape, value: Any) -> list[ArgumentFinding]:
        kind = shape.kind
        if kind == "any":
            return []
        if isinstance(value, str) and kind not in _NESTED:
            return _check_scalar(shape, value)
        if is_expression_json(value):
            return self._check_expression(shape, value)
        if kind == "structure" and isinstance(value, (dict, Mapping)):
            return self._check_structure(shape, value)
        if kind == "map" and isinstance(value, (dict, Mapping)):
            found = _check_length(shape, value)
            for key, item in value.items():
                found += _below(Key(key), [*self.check(shape.key, key), *self.check(shape.value, item)])
            return found
        if kind == "list" and isinstance(value, (list, tuple)):
            found = _check_length(shape, value)
            for index, item in enumerate(value):
                found += _below(index, self.check(shape.member, item))
            return found
        if kind in _NESTED:
            return [ArgumentFinding((), f"is {_found(value)}; needs a {kind}")]
        return _check_scalar(shape, value)

    def _check_structure(self, shape: Shape, value: Mapping[str, Any]) -> list[ArgumentFinding]:
        members = shape.members
        found: list[ArgumentFinding] = []
        for name, item in value.items():
            if name in members:
                inner = self.check(members[name], item)
                if inner:
                    found += _below(name, inner)
            else:
                hint = _inside(shape, name) or did_you_mean(name, members) or f"; allowed are {choices(members)}"
                found.append(ArgumentFinding((name,), f"{name!r} is not a member here{hint}"))
        for name in shape.required:
            if name not in value:
                found.append(ArgumentFinding((), f"needs the member {name!r}"))
        if shape.is_union and len(value) != 1:
            text = f"has {len(value)} members; needs exactly one of {choices(members)}"
            found.append(ArgumentFinding((), text))
        return found

    def _check_expression(self, shape: Shape, value: Any) -> list[ArgumentFinding]:
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
                return []
            if text_only or (kind is not None and kind != shape.kind):
                gives = _GIVES.get(kind or "string", f"a {kind}")
                return [ArgumentFinding((), f"{found}, which gives {gives}; needs a {shape.kind}", code=FIT)]
            if isinstance(value, (dict, Mapping)):
                text = f"{found}; the service wants the {shape.kind} written out, with expressions inside it"
                return [ArgumentFinding((), text, "warning", FIT)]
        elif kind is not None and kind not in _FITS[shape.kind]:
            words = f"{found}, which gives {_GIVES.get(kind, f'a {kind}')}; needs {_SCALARS[shape.kind][1]}"
            if shape.kind == "string" and shape.name == "HyperParameterValue" and kind not in _NESTED:
                return []
            refused = kind in _NESTED or (shape.kind == "string" and str(get).startswith("Parameters."))
            if shape.kind == "string" and kind not in _NESTED:
                words += "; a Std:Join with an empty On makes it one"
            level: Level = "error" if refused and shape.kind != "scalar" else "warning"
            return [ArgumentFinding((), words, level, FIT)]
        return []


def _below(part: PathPart, found: list[ArgumentFinding]) -> list[ArgumentFinding]:
    """What was found in a value, as it is reported of what holds the value there."""
    return [each._replace(path=(part, *each.path)) for each in found]


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


_Expressions = list[tuple[tuple[PathPart, ...], Any, Shape]]


def _collect(shape: Shape, value: Any, path: tuple[PathPart, ...], found: _Expressions) -> None:
    """Appends the expressions where a scalar belongs, with their path and shape."""
    if is_expression_json(value):
        if shape.kind in _SCALARS:
            found.append((path, value, shape))
    elif shape.kind == "structure" and isinstance(value, (dict, Mapping)):
        members = shape.members
        for name, item in value.items():
            if isinstance(item, _HOLDERS) and name in members:
                _collect(members[name], item, (*path, name), found)
    elif shape.kind == "map" and isinstance(value, (dict, Mapping)):
        for key, item in value.items():
            if isinstance(item, _HOLDERS):
                _collect(shape.value, item, (*path, Key(key)), found)
    elif shape.kind == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, _HOLDERS):
                _collect(shape.member, item, (*path, index), found)


_HOLDERS = (dict, list)
"""What an expression is, or holds one; in a definition there are no other mappings."""


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


def _check_scalar(shape: Shape, value: Any) -> list[ArgumentFinding]:
    if isinstance(value, str):
        if "{" in value and (is_token(value) or has_placeholder(value)):
            return [] if shape.kind != "string" else _check_known_length(shape, value)
    elif is_token(value) and not (isinstance(value, float) and shape.kind in ("string", "boolean")):
        return []
    allowed, words = _SCALARS[shape.kind]
    found = type(value)
    if not issubclass(found, allowed) or (found is bool and shape.kind not in ("boolean", "scalar")):
        return [ArgumentFinding((), f"is {_found(value)}; needs {words}")]
    if shape.kind == "string":
        return _check_string(shape, value)
    if shape.kind == "scalar" and found is str:
        return _check_length(shape, value)
    if shape.kind in ("integer", "float") and not _in_range(shape, value):
        return [ArgumentFinding((), f"is {value}; allowed is {_range(shape)}")]
    return []


def _check_string(shape: Shape, value: str) -> list[ArgumentFinding]:
    if shape.allowed is not None and value not in shape.allowed:
        known = shape.enum or ()
        hint = did_you_mean(value, known)
        if shape.enum_is_open:
            text = f"is {value!r}, which is unknown to botocore {version()}{hint}"
            return [ArgumentFinding((), text, "warning")]
        return [ArgumentFinding((), f"is {value!r}; allowed are {choices(known)}{hint}")]
    found = _check_length(shape, value)
    if shape.max is not None and len(value) > shape.max:
        return found  # some patterns take quadratic time
    if shape.form is not None and not shape.form.fullmatch(value):
        found.append(ArgumentFinding((), f"is {_found(value)}, which does not match {shape.pattern}"))
    return found


def _check_length(shape: Shape, value: Any) -> list[ArgumentFinding]:
    length = len(value)
    if _in_range(shape, length):
        return []
    unit = "characters" if isinstance(value, str) else "elements"
    return [ArgumentFinding((), f"has {length} {unit}; allowed is {_range(shape)}")]


def _check_known_length(shape: Shape, value: str) -> list[ArgumentFinding]:
    """Of a text that the deployment completes: whether it is too long already."""
    known = len(STRING_TOKEN.sub("", value))
    if shape.max is None or known <= shape.max or has_placeholder(value):
        return []
    return [ArgumentFinding((), f"has {known} characters before the deployment adds some; allowed is {_range(shape)}")]


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
