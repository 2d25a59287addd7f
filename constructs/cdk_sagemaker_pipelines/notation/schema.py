"""The JSON Schema of a file, for editors, from the same annotations that the reader follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File
from typing import Any, Literal, get_args, get_origin

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2

from ..assets import Image, S3Location
from ..language import Condition, Expression
from ..language.documentation import argument_lines, field_lines
from ..language.expressions import PARAMETER_TYPES
from ..steps.base.scope import Dependable
from .declaring import ENDS, HEAD, NAME, SCOPES, SELECTORS, allowed_options, step_classes
from .hints import EXISTING, Taken, classes, methods, of_class, of_function, options

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_EXPRESSION: Json = {
    "anyOf": [
        {"type": "string", "pattern": r"\$\{"},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"enum": ["Get", "Std:Join", "Std:JsonGet"]},
        },
    ]
}
_STEPS: Json = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Step"}}
_NAMES: Json = {"type": "array", "items": _TEXT}
_PARAMETER: Json = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {
            "type": "object",
            "properties": {
                "type": {"enum": list(PARAMETER_TYPES)},
                "default": {"type": ["string", "number", "boolean"]},
                "enum_values": _NAMES,
            },
            "additionalProperties": False,
        },
    ]
}


def schema(pipeline: Callable[..., Any]) -> Json:
    """The schema. ``pipeline``: the class whose options are at the head of a file."""
    return _Schema().whole(pipeline)


class _Schema:
    def __init__(self) -> None:
        self._defs: Json = {}

    def whole(self, pipeline: Callable[..., Any]) -> Json:
        heads = {name: self._of(hint) for name, hint in allowed_options(pipeline).items()}
        lines = argument_lines(pipeline.__doc__)
        lines[NAME] = lines.get("pipeline_name", "")
        known = {name: _said(found, lines.get(name)) for name, found in heads.items() if found is not None}
        parameters = {"type": "object", "additionalProperties": _PARAMETER}
        kinds = step_classes()
        for word, kind in kinds.items():
            self._defs[kind.__name__] = self._step(kind, word)
        self._defs["Step"] = {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": sorted(kinds)}},
            "allOf": [
                {"if": {"properties": {"type": {"const": word}}}, "then": {"$ref": f"#/$defs/{kind.__name__}"}}
                for word, kind in sorted(kinds.items())
            ],
        }
        assert {*HEAD} == {"parameters", "steps"}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A pipeline of Amazon SageMaker for Pipeline.from_file",
            "type": "object",
            "properties": {**known, "parameters": parameters, "steps": _STEPS},
            "required": ["steps"],
            "additionalProperties": False,
            "$defs": dict(sorted(self._defs.items())),
        }

    def _step(self, kind: type, word: str) -> Json:
        own = {
            "type": {"const": word},
            **{key: _STEPS for key in SCOPES if key in kind.__annotations__},
            **dict.fromkeys(ENDS, _NAMES),
            **{key: _EXPRESSION for key in SELECTORS if hasattr(kind, key)},
        }
        return self._object(of_class(kind), own, field_lines(kind), (kind.__doc__ or "").split("\n\n")[0])

    def _object(self, taken: Taken, own: Json, lines: Mapping[str, str], text: str) -> Json:
        """An object with the fields of a class; those that a file cannot say are not among them."""
        found = {name: self._of(hint) for name, hint in taken.fields.items() if name not in ("scope", "construct_id")}
        fields = {name: _said(each, lines.get(name)) for name, each in found.items() if each is not None}
        needed = sorted(name for name in taken.needed if name in fields)
        said = {"description": " ".join(text.split())} if text else {}
        return {
            **said,
            "type": "object",
            "properties": {**own, **fields},
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
        }

    def _of(self, hint: Any) -> Json | None:
        """What a value of an annotation may be; None where a file can say none."""
        if hint is Any:
            return {}
        found: list[Json] = []
        for one in options(hint):
            if one is Any:
                return {}
            found += self._alternatives(one)
        unique = [each for index, each in enumerate(found) if each not in found[:index]]
        if not unique:
            return None
        nothing = [{"type": "null"}] if len(get_args(hint)) > len(options(hint)) else []
        return unique[0] if len(unique) == 1 and not nothing else {"anyOf": [*unique, *nothing]}

    def _alternatives(self, one: Any) -> list[Json]:
        origin = get_origin(one) or one
        if origin is Literal:
            return [{"enum": list(get_args(one))}]
        if origin is Expression:
            return [_EXPRESSION]
        if origin is Sequence:
            return [{"type": "array", "items": self._of(get_args(one)[0]) or {}}]
        if origin is Mapping:
            return [{"type": "object", "additionalProperties": self._of(get_args(one)[1]) or {}}]
        plain = {str: "string", bool: "boolean", int: "integer", float: "number"}.get(origin)
        if plain is not None:
            return [{"type": plain}]
        if origin in EXISTING or origin is File:
            return [_TEXT]
        if origin is Duration:
            return [_TEXT]
        if origin is ec2.SubnetSelection:
            return [_NAMES]
        if origin is Condition:
            return [_TEXT, {"type": "object"}]
        if isinstance(origin, type) and issubclass(origin, Dependable):
            return [_TEXT]
        return self._classes(origin)

    def _classes(self, hint: Any) -> list[Json]:
        """A reference for each class of value objects, or a text where one is made of it."""
        found: list[Json] = []
        for kind in classes(hint):
            name = kind.__name__
            if kind.__module__.endswith(("emr.cluster", "serverless_application", "model_package_group", "resources")):
                continue  # constructs
            if name not in self._defs:
                self._defs[name] = {}  # while it is made, since some hold others of their kind
                self._defs[name] = self._value(kind)
            found.append({"$ref": f"#/$defs/{name}"})
        return found

    def _value(self, kind: type) -> Json:
        lines = (kind.__doc__ or "").split("\n\n")[0]
        fields = self._object(of_class(kind), {}, argument_lines(kind.__doc__), lines)
        ways: list[Json] = [_TEXT]
        if kind not in (S3Location, Image):  # which are texts in a file
            ways += [fields, _alone(kind.__name__, {})]
        ways += [_alone(name, {"description": _line(function)}) for name, function in methods(kind).items()]
        return {"anyOf": ways}


def _said(each: Json, line: str | None) -> Json:
    """A field with its text, if it has one."""
    return {**each, "description": line} if line else each


def _line(function: Callable[..., Any]) -> str:
    takes = ", ".join(of_function(function).fields)
    text = " ".join((function.__doc__ or "").split("\n\n")[0].split())
    return f"{text} ({takes})" if takes else text


def _alone(name: str, value: Json) -> Json:
    """A mapping whose only key names a class, or a method that makes one of its objects."""
    return {"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False}
