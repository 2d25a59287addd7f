"""A resource's properties checked against the schema of its type, as CloudFormation does before calling its handler.

What intrinsic functions will return is unknown, so only whether it is a text or a list is checked. A text
counts as a number or a boolean if it reads as one, and vice versa: the parameters of templates are texts.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..language import did_you_mean
from .functions import Unknown, alternatives, elements, is_known, present
from .patterns import occurs

Path = tuple[str | int, ...]

_SHOWN = 60
"""How many characters of a value a message repeats."""
_NAMES = {
    "object": ("JSONObject", "an object"),
    "array": ("JSONArray", "a list"),
    "string": ("String", "a text"),
    "number": ("Number", "a number"),
    "integer": ("Integer", "a whole number"),
    "boolean": ("Boolean", "true or false"),
    "null": ("Null", "nothing"),
}
"""JSON Schema's types: in the service's words, and for our messages."""


_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "minimum": operator.lt,
    "maximum": operator.gt,
    "exclusiveMinimum": operator.le,
    "exclusiveMaximum": operator.ge,
}
"""Whether a number is beyond a bound."""


@dataclass(frozen=True)
class Violation:
    """What is wrong at a location in a value."""

    path: Path
    keyword: str
    text: str
    """The message for the author; empty where the violations that follow say what is wrong."""
    answer: str
    """The message in the service's words, which do not repeat values."""

    def __str__(self) -> str:
        return f"#{''.join(f'/{part}' for part in self.path)}: {self.answer}"


def violations(schema: Mapping[str, Any], properties: Any) -> list[Violation]:
    """What the schema of a resource's type does not allow in its properties."""
    judge = _Judge(schema)
    try:
        return list(dict.fromkeys(judge.all({"type": "object", **schema}, properties, ())))
    except RecursionError:  # for a type whose schema is as deep as the value
        return [_refused((), "type", "it is nested too deeply to be judged")]


class _Judge:
    """Walks a value and its schema together."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def all(self, schema: Any, value: Any, path: Path) -> Iterator[Violation]:
        """What is wrong with a value, in each of the alternatives that it may be."""
        for each in alternatives(value):
            yield from self._one(schema, each, path)

    def _one(self, schema: Any, value: Any, path: Path) -> Iterator[Violation]:
        if not isinstance(schema, Mapping):
            return
        if isinstance(schema.get("$ref"), str):
            yield from self._one(self._definition(schema["$ref"]), value, path)
        if "type" in schema and not _is_of(value, _list(schema["type"])):
            yield _wrong_type(path, _list(schema["type"]), value)
            return
        for inner in schema.get("allOf", ()):
            yield from self._one(inner, value, path)
        if isinstance(value, Unknown):
            return
        if isinstance(value, Mapping):
            yield from self._object(schema, present(value), path)
        elif isinstance(value, list):
            yield from self._elements(schema, elements(value), path)
        else:
            yield from _scalar(schema, value, path)
        yield from self._combined(schema, value, path)

    def _definition(self, pointer: str) -> Any:
        found: Any = self._root
        for part in pointer.removeprefix("#").split("/")[1:]:
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return found

    def _object(self, schema: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Violation]:
        yield from _presence(schema, value, path)
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        others = schema.get("additionalProperties", True)
        for key, member in value.items():
            fitting = [inner for pattern, inner in patterns.items() if occurs(pattern, key)]
            fitting += [known[key]] if key in known else []
            if not fitting and others is False:
                hint = did_you_mean(key, known)
                text = f"there is no member {key!r}{hint or _choice(known)}"
                if patterns and not hint:
                    text = f"the name {key!r} is not allowed: names match {' or '.join(patterns)}"
                yield Violation(path, "additionalProperties", text, f"extraneous key [{key}] is not permitted")
            for inner in fitting or [others]:
                yield from self.all(inner, member, (*path, key))

    def _elements(self, schema: Mapping[str, Any], value: Sequence[Any], path: Path) -> Iterator[Violation]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
        if len(value) < least:
            text = f"at least {least} elements are needed, found {len(value)}"
            yield Violation(path, "minItems", text, f"expected minimum item count: {least}, found: {len(value)}")
        if len(value) > most:
            text = f"at most {most} elements are allowed, found {len(value)}"
            yield Violation(path, "maxItems", text, f"expected maximum item count: {most}, found: {len(value)}")
        if schema.get("uniqueItems") and is_known(list(value)):
            texts = [json.dumps(element, sort_keys=True) for element in value]
            if len(set(texts)) < len(texts):
                yield Violation(path, "uniqueItems", "an element occurs twice", "array items are not unique")
        for index, element in enumerate(value):
            yield from self.all(schema.get("items"), element, (*path, index))

    def _combined(self, schema: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
        for keyword in ("anyOf", "oneOf"):
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                found = [list(self._one(branch, value, path)) for branch in branches]
                fitting = sum(not wrong for wrong in found)
                if not fitting:
                    yield from _none_fits(keyword, found, path)
                elif keyword == "oneOf" and fitting > 1 and is_known(value):
                    text = f"it matches {fitting} of {len(branches)} forms, but must match exactly one"
                    yield Violation(path, "oneOf", text, f"#: {fitting} subschemas matched instead of one")
        if "not" in schema and is_known(value) and not any(self._one(schema["not"], value, path)):
            yield _refused(path, "not", f"{_shown(value)} is not allowed")
        if "if" in schema and is_known(value):
            holds = not any(self._one(schema["if"], value, path))
            yield from self._one(schema.get("then" if holds else "else"), value, path)


def _presence(schema: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Violation(path, "required", f"{name!r} is missing", f"required key [{name}] not found")
    for name, needed in {**schema.get("dependencies", {}), **schema.get("dependentRequired", {})}.items():
        for other in needed if name in value and isinstance(needed, list) else ():
            if other not in value:
                text = f"{name!r} also needs {other!r}"
                yield Violation(path, "dependencies", text, f"property [{other}] is required")
    for name, excluded in schema.get("dependentExcluded", {}).items():
        for other in excluded if name in value else ():
            if other in value:
                yield _refused(path, "dependentExcluded", f"{name!r} and {other!r} exclude one another")
    for keyword, most in (("requiredXor", 1), ("requiredOr", len(value))):
        names = schema.get(keyword, ())
        if names and not 1 <= sum(name in value for name in names) <= most:
            yield _refused(path, keyword, f"{'exactly' if most == 1 else 'at least'} one is needed{_choice(names)}")
    least, most = schema.get("minProperties", 0), schema.get("maxProperties", len(value))
    if not least <= len(value) <= most:
        keyword, bound = ("minProperties", least) if len(value) < least else ("maxProperties", most)
        size = f"{'minimum' if len(value) < least else 'maximum'} size: [{bound}], found: [{len(value)}]"
        yield Violation(path, keyword, f"{len(value)} members are beyond {keyword} {bound}", size)


def _scalar(schema: Mapping[str, Any], value: Any, path: Path) -> Iterator[Violation]:
    if "enum" in schema and _text(value) not in map(_text, schema["enum"]):
        hint = did_you_mean(_text(value), map(_text, schema["enum"])) or _choice(schema["enum"])
        yield _refused(path, "enum", f"{_shown(value)} is not allowed{hint}")
    folded = [_text(each).lower() for each in schema.get("enumCaseInsensitive", ())]
    if folded and _text(value).lower() not in folded:
        yield _refused(path, "enum", f"{_shown(value)} is not allowed{_choice(schema['enumCaseInsensitive'])}")
    if "const" in schema and _text(value) != _text(schema["const"]):
        yield _refused(path, "const", f"{_shown(value)} is not {schema['const']!r}")
    if "string" in _list(schema.get("type", "string")):
        yield from _lengths(schema, _text(value), path)
    number = _number(value)
    if number is not None:
        for keyword, beyond in _BOUNDS.items():
            bound = schema.get(keyword)
            if isinstance(bound, (int, float)) and beyond(number, bound):
                yield _refused(path, keyword, f"{_shown(value)} is beyond the {keyword} {bound}")


def _lengths(schema: Mapping[str, Any], text: str, path: Path) -> Iterator[Violation]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(text))
    if not least <= len(text) <= most:
        keyword, bound = ("minLength", least) if len(text) < least else ("maxLength", most)
        wanted = f"at {'least' if len(text) < least else 'most'} {bound} characters are needed, found {len(text)}"
        yield Violation(path, keyword, wanted, f"expected {keyword}: {bound}, actual: {len(text)}")
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not occurs(pattern, text):
        yield _refused(path, "pattern", f"{_shown(text)} does not match {pattern}")


def _none_fits(keyword: str, found: Sequence[Sequence[Violation]], path: Path) -> Iterator[Violation]:
    """The violation that no form matches, with what is wrong according to the closest one."""
    number = len(found)
    answer = (
        "#: 0 subschemas matched instead of one"
        if keyword == "oneOf"
        else f"#: no subschema matched out of the total {number} subschemas"
    )
    wrong = [each for branch in found for each in branch]
    if all(each.keyword == "required" and each.path == path for each in wrong):
        missing = list(dict.fromkeys(each.text.removesuffix(" is missing") for each in wrong))
        yield Violation(path, keyword, f"one of these is missing: {', '.join(missing)}", answer)
        return
    closest = min(found, key=_distance)
    yield Violation(path, keyword, "", answer)
    yield from closest


def _distance(branch: Sequence[Violation]) -> tuple[int, int, bool]:
    """How far a value is from a form: closer with fewer violations, deeper ones, or a misspelled name among them."""
    return (
        len(branch),
        -max(len(each.path) for each in branch),
        not any("did you mean" in each.text for each in branch),
    )


def _wrong_type(path: Path, wanted: Sequence[Any], value: Any) -> Violation:
    found = _type_of(value)
    text = f"it must be {' or '.join(_NAMES[each][1] for each in wanted if each in _NAMES)}, not {_NAMES[found][1]}"
    name = _NAMES[wanted[0]][0] if len(wanted) == 1 and wanted[0] in _NAMES else f"one of {', '.join(map(str, wanted))}"
    shown = "" if isinstance(value, (Mapping, list, Unknown)) or value is None else f" {_shown(value)}"
    return Violation(path, "type", text + shown, f"expected type: {name}, found: {_NAMES[found][0]}")


def _refused(path: Path, keyword: str, text: str) -> Violation:
    return Violation(path, keyword, text, f"failed validation constraint for keyword [{keyword}]")


def _is_of(value: Any, wanted: Sequence[Any]) -> bool:
    found = _type_of(value)
    if found in wanted or (isinstance(value, Unknown) and not value.kind):
        return True
    if isinstance(value, Unknown):
        return found == "string" and bool({"number", "integer", "boolean"} & set(wanted))
    if found in ("number", "integer", "boolean") and "string" in wanted:
        return True
    number = _number(value)
    if number is not None and ("number" in wanted or ("integer" in wanted and number == int(number))):
        return True
    return "boolean" in wanted and isinstance(value, str) and value.lower() in ("true", "false")


def _type_of(value: Any) -> str:
    if isinstance(value, Unknown):
        return value.kind or "string"
    if isinstance(value, Mapping):
        return "object"
    for kind, name in ((list, "array"), (bool, "boolean"), (str, "string"), (int, "integer"), (float, "number")):
        if isinstance(value, kind):
            return name
    return "null"


def _number(value: Any) -> float | None:
    """A value as a number; None if it is not one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    """A value as a text, as CloudFormation writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _choice(names: Any) -> str:
    """``: it may be 'A', 'B'``; empty if there are too many to list."""
    told = sorted(map(_text, names))
    return f"; it may be {', '.join(map(repr, told))}" if 0 < len(told) <= 8 else ""


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
