"""The places in S3 that steps write to, as they are written: literals, values of the deployment or expressions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..definition import StepView
from ..field import Field
from ..references import is_expression_json, references


class Place(NamedTuple):
    """A place that a step writes out. ``text``: as ``text_of`` has it. ``gets``: what the expressions in it read."""

    field: Field
    text: str
    gets: list[Any]


def overwritten(step: StepView) -> Iterator[Field]:
    """Where a step writes without the job's name in the key."""
    arguments = Field.of_arguments(step)
    places = arguments.every("ProcessingOutputConfig", "Outputs[]", "S3Output", "S3Uri")
    for field in (*places, *arguments.every("TransformOutput", "S3OutputPath")):
        if is_place(field.value):
            yield field


def is_place(value: Any) -> bool:
    """Whether a value is a place that is written out rather than read from the step that writes there."""
    if isinstance(value, str):
        return bool(value)
    return is_expression_json(value) and not any(str(get).startswith("Steps.") for _, get in references(value))


def text_of(value: Any) -> str:
    """A place as one text, whatever it is joined from, without a slash at its end."""
    return joined(value).rstrip("/")


def joined(value: Any) -> str:
    """A place as one text, whatever it is joined from."""
    if isinstance(value, str):
        return value
    join = value.get("Std:Join") if isinstance(value, dict) else None
    if isinstance(join, dict) and isinstance(join.get("On"), str) and isinstance(join.get("Values"), list):
        return str(join["On"]).join(map(joined, join["Values"]))
    return f"{{{_name(value)}}}"


def _name(value: Any) -> str:
    get = value.get("Get") if isinstance(value, dict) else None
    return get if isinstance(get, str) else json.dumps(value, sort_keys=True)
