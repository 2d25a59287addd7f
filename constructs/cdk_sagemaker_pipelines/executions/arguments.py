"""The arguments of a step, one by one: as written, what they came to in an execution, and where that is from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..language import PipelineError, Reference, StepView, is_expression_json, references
from ..local.engine.values import to_text
from ..review.words import of_value
from .resolved import Resolution

_KINDS = {"Parameters": "parameter", "Execution": "execution", "Steps": "step"}


class Source(NamedTuple):
    """Where a value is from. ``kind``: ``parameter``, ``step`` or ``execution``, else as the reference has it."""

    kind: str
    name: str


class Argument(NamedTuple):
    """A value in the arguments of a step."""

    path: str
    written: str
    """In a few words where it is an expression, else JSON."""
    value: str | None
    """What it came to; None if that is not known."""
    sources: tuple[Source, ...] = ()
    problem: str = ""
    """Why it is not known."""


def arguments(resolution: Resolution, step: StepView) -> Iterator[Argument]:
    """The values in the arguments of a step, in the order of the document."""
    if step.own_arguments:
        yield from _of(resolution, step, step.own_arguments, "")


def _of(resolution: Resolution, step: StepView, value: Any, path: str) -> Iterator[Argument]:
    if is_expression_json(value):
        yield _expression(resolution, step, value, path)
    elif isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _of(resolution, step, item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and value:
        for index, item in enumerate(value):
            yield from _of(resolution, step, item, f"{path}[{index}]")
    else:
        yield Argument(path, json.dumps(value, ensure_ascii=False), to_text(value))


def _expression(resolution: Resolution, step: StepView, value: Any, path: str) -> Argument:
    found: dict[Source, None] = {}
    for _, get in references(value):
        reference = Reference.of(get)
        if reference is not None:
            found[Source(_KINDS.get(reference.kind, reference.kind), reference.name)] = None
    try:
        return Argument(path, of_value(value), to_text(resolution.value(step, value)), tuple(found))
    except PipelineError as error:
        return Argument(path, of_value(value), None, tuple(found), str(error))
