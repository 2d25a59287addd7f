"""Reads the fields of a step out of its JSON: each where the class would write it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..language.references import Reference, is_expression_json
from ..notation.fragments import fragments, joined
from ..notation.nodes import SKIP, Existing, Made, OfStep
from ..properties.image_uris import NamedImage, named_image

Conversion = Callable[[Any], Any]
Table = Mapping[str, tuple[str, Conversion]]
"""By field: where its value stands in the arguments, such as ``ResourceConfig.InstanceType``, and its conversion."""


class Request:
    """A step as it stands in a definition."""

    def __init__(self, step: Mapping[str, Any]) -> None:
        self.step = step
        self.name = str(step.get("Name"))
        given = step.get("Arguments")
        self.arguments: Mapping[str, Any] = given if isinstance(given, Mapping) else {}

    def at(self, path: str) -> Any:
        """The value at a path in the arguments; None where there is nothing."""
        return at(self.arguments, path)


def at(value: Any, path: str) -> Any:
    """The value at a path below another; None where there is nothing."""
    for name in path.split("."):
        if not isinstance(value, Mapping) or is_expression_json(value):
            return None
        value = value.get(name)
    return value


def read(arguments: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """The fields of a table that the arguments have."""
    found = {}
    for name, (path, conversion) in table.items():
        value = at(arguments, path)
        node = SKIP if value is None else conversion(value)
        if node is not SKIP:
            found[name] = node
    return found


def dicts(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is no list."""
    items = value if isinstance(value, (list, tuple)) else ()
    return [item for item in items if isinstance(item, Mapping) and not is_expression_json(item)]


# -- conversions


def plain(value: Any) -> Any:
    """The value as it is."""
    return value


def text_map(value: Any) -> Any:
    """A map of texts by name."""
    return dict(value) if isinstance(value, Mapping) and value and not is_expression_json(value) else SKIP


def literal(value: Any) -> Any:
    """A literal text alone."""
    return value if isinstance(value, str) else SKIP


def one_of(*allowed: str) -> Conversion:
    """One of some texts alone."""
    return lambda value: value if isinstance(value, str) and value in allowed else SKIP


def existing(kind: str, form: str = r"arn:.+") -> Conversion:
    """Something that exists, whose identity is of this form."""
    return lambda value: Existing(kind, value) if isinstance(value, str) and re.fullmatch(form, value) else SKIP


FORMS = {"role": r"arn:[^:]+:iam::[^:]*:role/.+", "bucket": r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"}
"""What the ARNs of roles and the names of buckets look like."""
role = existing("role", FORMS["role"])
key = existing("key", r"arn:[^:]+:kms:[^:]+:[^:]+:key/.+")
topic = existing("topic", r"arn:[^:]+:sns:.+")


def image(value: Any) -> Any:
    """An image by its URI."""
    return Made(BY_URI, positional=(value,))


BY_URI = "Image.from_uri"


def with_names(node: Any, use: str, instance_type: Any) -> Any:
    """The node with AWS's own images by what they are called, as far as their URIs tell."""
    if isinstance(node, Made) and node.function == BY_URI and isinstance(node.positional[0], str):
        known = instance_type if isinstance(instance_type, str) else None
        return _by_name(node, named_image(node.positional[0], scope=use, instance_type=known))
    if isinstance(node, Made):
        inner = "inference" if node.function == "ModelContainer" else use
        kind = node.fields.get("instance_type", None if inner == "inference" else instance_type)
        return replace(node, fields={name: with_names(field, inner, kind) for name, field in node.fields.items()})
    if isinstance(node, list):
        return [with_names(item, use, instance_type) for item in node]
    if isinstance(node, Mapping):
        return {name: with_names(item, use, instance_type) for name, item in node.items()}
    return node


def _by_name(node: Made, found: NamedImage | None) -> Made:
    if found is None:
        return node
    if found.framework in ("sklearn", "xgboost") and not found.options:
        return Made(f"Image.{found.framework}", positional=(found.version,))
    if found.framework in ("pytorch", "tensorflow"):
        return Made(f"Image.{found.framework}", found.options, (found.version,))
    return Made("Image.framework", found.options, (found.framework, found.version))


def place(value: Any) -> Any:
    """A place in S3: in a bucket that is known, else the URI."""
    parts = fragments(value)
    match = re.fullmatch(rf"s3://({FORMS['bucket']})/(?!/)(.*)", parts[0], re.S) if _is_text(parts) else None
    if match is None:
        return value
    bucket = Existing("bucket", match[1])
    rest = [match[2], *parts[1:]] if match[2] else parts[1:]
    if not rest:
        return Made("S3Location", positional=(bucket,))
    prefix = rest[0] if len(rest) == 1 else joined(rest)
    return Made("S3Location", positional=(bucket, prefix))


def _is_text(parts: Sequence[Any]) -> bool:
    return bool(parts) and isinstance(parts[0], str)


def duration(value: Any) -> Any:
    """A time in seconds, in the largest unit."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return value
    for unit, seconds in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if value % seconds == 0:
            return Made(f"Duration.{unit}", positional=(value // seconds,))
    return Made("Duration.seconds", positional=(value,))


def minutes(value: Any) -> Any:
    """A time in minutes, in the largest unit."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return duration(value * 60) if whole else value


def of_step(path: str, class_name: str) -> Conversion:
    """A step that is read at this path, where the field takes the step; else the value."""

    def conversion(value: Any) -> Any:
        get = value.get("Get") if isinstance(value, Mapping) and len(value) == 1 else None
        reference = Reference.of(get) if get is not None else None
        if reference is None or reference.kind != "Steps" or get != f"Steps.{reference.name}.{path}":
            return value
        return OfStep(reference.name, class_name, value)

    return conversion


def made(kind: type, **fields: Any) -> Made:
    """A value object, with the fields that are given and are not what holds anyway."""
    known = {each.name: each.default for each in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else {}
    said = {name: value for name, value in fields.items() if value is not None and not equal(known.get(name), value)}
    return Made(kind.__name__, said)


def or_source(node: Made) -> Any:
    """The source alone of a value object that says nothing else."""
    return node.fields["source"] if set(node.fields) == {"source"} else node


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same, also in their kind: true is not 1."""
    return type(one) is type(other) and bool(one == other)


def unwrapped(node: Any) -> Any:
    """The value, with the only expression of a join in place of the join: many fields make a text of it themselves."""
    if isinstance(node, Made):
        fields = {name: unwrapped(field) for name, field in node.fields.items()}
        return Made(node.function, fields, tuple(unwrapped(item) for item in node.positional))
    if isinstance(node, list):
        return [unwrapped(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if set(node) == {"Std:Join"}:
        parts = fragments(node)
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Mapping) else node
    return node if is_expression_json(node) else {name: unwrapped(item) for name, item in node.items()}


def number_or_text(value: Any) -> Any:
    """A number for a text that is just how JSON writes it; anything else as it is."""
    if not isinstance(value, str) or not re.fullmatch(r"-?(0|[1-9]\d{0,15})(\.\d{1,15})?", value):
        return value
    number = json.loads(value)
    return number if json.dumps(number) == value else value
