"""Rules over how the runs of a for-each's body differ by their item: the places they write, the members they read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .. import loops
from ..definition import StepView
from ..errors import choices, did_you_mean, shown
from ..expressions import MISSING
from ..field import Field
from ..findings import Finding, Level
from ..references import Reference, is_expression_json, references
from ..step_types import JOB_NAMES, row_of
from ..tokens import has_string_token
from .subject import Subject

_OWN = (*(f"Execution.{name}" for name in JOB_NAMES), "Execution.CurrentDateTime")
"""Variables that differ from run to run."""


def shared_by_runs(subject: Subject) -> Iterator[Finding]:
    """The places and names that the runs of a body write to differ from item to item."""
    for loop in subject.by_type.get("ForEach", ()):
        items = loop.arguments.get("IterableItems")
        if isinstance(items, list) and len(items) < 2:
            continue
        inside = {step.name for step in loop.body}
        for step in loop.body:
            for field in _places(step):
                if field.given and not any(_differs(get, inside) for _, get in references(field.value)):
                    what = "written by" if field.where.endswith(("S3Uri", "S3OutputPath")) else "the name of"
                    text = (
                        f"it is {what} all runs of the body of for-each '{loop.name}'; put a value of the item into "
                        "it, such as ForEach.CurrentItem"
                    )
                    yield field.finding("for-each-shared", text, "warning")


def _places(step: StepView) -> Iterator[Field]:
    path, _, below = (row_of(step.type).apart or "").partition("[].")
    field = Field.of_arguments(step).at(*path.split("."))
    yield from (item.at(*below.split(".")) for item in field.items()) if below else [field] if path else []


def _differs(get: Any, inside: set[str]) -> bool:
    """Whether a reference may give each run a different value; wrong references are reported elsewhere."""
    reference = Reference.of(get)
    if reference is None:
        return True
    return reference.kind == "ForEach" or get in _OWN or (reference.kind == "Steps" and reference.name in inside)


def item_members(subject: Subject) -> Iterator[Finding]:
    """What is read from the item exists in the items, where they are literal."""
    known: dict[str, list[Any]] = {}
    for step, where, get in subject.gets:
        loop = loops.loop_of(step) if step is not None else None
        if step is None or loop is None or not (path := _path(get)):
            continue
        if loop.name not in known:
            items = loop.arguments.get("IterableItems")
            known[loop.name] = [_value(item) for item in items] if isinstance(items, list) else []
        values = known[loop.name]
        lacks = [(index, close) for index, value in enumerate(values) if (close := _lack(value, path)) is not None]
        if lacks:
            index, close = lacks[0]
            every = len(lacks) == len(values)
            which = f"no item of for-each '{loop.name}' has it" if every else f"item {index} of '{loop.name}' does not"
            text = f"it reads {shown(get)}, but {which}{close}"
            level: Level = "error" if every else "warning"
            yield Finding("for-each-member", text, step.name, where, level)


def _path(get: Any) -> tuple[str | int, ...]:
    """The path that is read from the item; empty for anything else."""
    reference = Reference.of(get)
    if reference is None or (reference.kind, reference.name) != ("ForEach", "CurrentItem"):
        return ()
    return reference.path


def _value(item: Any) -> Any:
    """The item, parsed where it is JSON; MISSING where it is not known now."""
    if is_expression_json(item) or not isinstance(item, str):
        return MISSING if is_expression_json(item) else item
    try:
        return json.loads(item)
    except (ValueError, RecursionError):
        # the value of a token can turn it into JSON
        return MISSING if has_string_token(item) else item


def _lack(value: Any, path: tuple[str | int, ...]) -> str | None:
    """Advice where an item has nothing at the path; None where it has something, or where that is not known now."""
    for part in path:
        if value is MISSING:
            return None
        names = value if isinstance(value, dict) else {}
        if isinstance(part, int) and isinstance(value, list) and part < len(value):
            value = value[part]
        elif part in names:
            value = value[str(part)]
        elif not isinstance(value, (Mapping, list)):
            return f"; {shown(value)} has no members"
        else:
            return did_you_mean(str(part), names) or (f"; there are {choices(names)}" if names else "")
    return None
