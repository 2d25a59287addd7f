"""Rules over the form of expressions: ``Get``, ``Std:Join`` and ``Std:JsonGet``.

Source: what the SDK emits. Its users have quoted the service's parser, which refuses unknown properties, and its
maintainers say that a path cannot be an expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import PipelineError, did_you_mean, shown
from ..findings import Finding
from ..paths import parse_path
from ..references import Reference, is_expression_json
from ..tokens import is_token
from .subject import Subject
from .values import Location

FUNCTIONS = ("Std:Join", "Std:JsonGet")


def expression_forms(subject: Subject) -> Iterator[Finding]:
    """Expressions have only the members that the service knows."""
    for location, content in subject.values.calls:
        if len(content) == 1 and "Get" in content:
            continue  # what it reads is for another rule
        names = [key for key in content if key == "Get" or key.startswith("Std:")]
        if len(content) > 1:
            yield from _company(location, content, names[0])
            continue
        name, value = names[0], content[names[0]]
        where = f"{location.where}.{name}"
        if name in FUNCTIONS and not isinstance(value, dict):
            members = "On and Values" if name == "Std:Join" else "Path and either PropertyFile or S3Uri"
            yield Finding(
                _CODES[name], f"it must be an object with {members}, not {shown(value)}", location.step, where
            )
        elif name == "Std:Join":
            yield from _join(value, location.step, where)
        elif name == "Std:JsonGet":
            yield from _json_get(value, location.step, where)
        else:
            text = f"the service has no function {name!r}; allowed are 'Std:Join' and 'Std:JsonGet'"
            yield Finding("unknown-function", text + did_you_mean(name, FUNCTIONS), location.step, location.where)


_CODES = {"Std:Join": "join", "Std:JsonGet": "json-get"}


def _company(location: Location, content: Mapping[str, Any], name: str) -> Iterator[Finding]:
    """An expression is the only key of its object; for ``Get``, which may be a key of the user's, it is a warning."""
    others = ", ".join(repr(key) for key in content if key != name)
    if name != "Get":
        text = f"{name!r} must be the only key of its object, which also has {others}"
        yield Finding("unknown-key", text, location.step, location.where)
    elif Reference.of(content["Get"]) is not None:
        text = f"'Get' is read as an expression only where it is the only key of its object, which also has {others}"
        yield Finding("unknown-key", text, location.step, location.where, "warning")


def _join(content: Mapping[str, Any], step: str | None, where: str) -> Iterator[Finding]:
    yield from _unknown_keys(content, ("On", "Values"), step, where)
    if not isinstance(content.get("On"), str):
        text = "On, the text between the values, must be a literal text"
        yield Finding("join", _but(text, content, "On"), step, f"{where}.On")
    values = content.get("Values")
    if not isinstance(values, list):
        yield Finding("join", _but("Values must be a list", content, "Values"), step, f"{where}.Values")
        return
    for index, value in enumerate(values):
        if not _is_operand(value):
            text = f"it joins texts, numbers, booleans and expressions, not {shown(value)}"
            yield Finding("join", text, step, f"{where}.Values[{index}]")


def _json_get(content: Mapping[str, Any], step: str | None, where: str) -> Iterator[Finding]:
    yield from _unknown_keys(content, ("PropertyFile", "S3Uri", "Path"), step, where)
    path = content.get("Path")
    if not isinstance(path, str) or not path:
        text = "Path must be a literal text such as 'metrics.mse', the service substitutes no value there"
        yield Finding("json-get", _but(text, content, "Path"), step, f"{where}.Path")
    elif not _is_path(path):
        text = f"{shown(path)} is not a path such as metrics.mse or folds[0]['auc']; the service may not follow it"
        yield Finding("json-get-path", text, step, f"{where}.Path", "warning")
    if ("PropertyFile" in content) == ("S3Uri" in content):
        found = "both" if "S3Uri" in content else "none"
        yield Finding("json-get", f"give one of PropertyFile and S3Uri, not {found}", step, where)
    if "PropertyFile" in content:
        file = content["PropertyFile"]
        reference = Reference.of(file["Get"]) if isinstance(file, dict) and set(file) == {"Get"} else None
        if reference is None or reference.kind != "Steps" or reference.path[:1] != ("PropertyFiles",):
            text = f"PropertyFile must be {{'Get': 'Steps.<step>.PropertyFiles.<name>'}}, not {shown(file)}"
            yield Finding("json-get", text, step, f"{where}.PropertyFile")
    if "S3Uri" in content:
        uri = content["S3Uri"]
        literal = isinstance(uri, str) and (uri.startswith("s3://") or is_token(uri))
        if not literal and not is_expression_json(uri):
            text = f"S3Uri must be a text that begins with 's3://', or an expression, not {shown(uri)}"
            yield Finding("json-get", text, step, f"{where}.S3Uri")


def _unknown_keys(
    content: Mapping[str, Any], known: tuple[str, ...], step: str | None, where: str
) -> Iterator[Finding]:
    for key in content:
        if key not in known:
            text = f"unknown key; allowed are {' and '.join(known)}{did_you_mean(key, known)}"
            yield Finding("unknown-key", text, step, f"{where}.{key}")


def _but(text: str, content: Mapping[str, Any], key: str) -> str:
    """The message with what was found."""
    return f"{text}; it is {shown(content[key]) if key in content else 'missing'}"


def _is_operand(value: Any) -> bool:
    """Whether it is a literal or an expression, whose form is checked by another rule."""
    if isinstance(value, dict):
        return "Get" in value or any(key.startswith("Std:") for key in value)
    return isinstance(value, (str, int, float))


def _is_path(path: str) -> bool:
    try:
        return bool(parse_path(path))
    except PipelineError:
        return False
