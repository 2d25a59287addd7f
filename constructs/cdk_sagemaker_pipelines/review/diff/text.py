"""The differences between two definitions, as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from ...language.expressions import MISSING
from ..words import printable
from .changes import Change, Difference, Position, Wait

CONTEXT = 12
"""How many equal characters are kept before the first difference if two long values begin alike."""


def lines(difference: Difference, *, width: int = 80, unicode: bool = True) -> Iterator[str]:
    """For people: ``+`` is new, ``-`` is gone, ``>`` has moved, ``~`` has changed, with the changes below it.

    No line is longer than ``width``, which is at least 40: names are broken, values are cut.
    """
    width = max(width, 40)
    for line in _lines(difference, width, unicode):
        yield from textwrap.wrap(line, width, subsequent_indent=" " * 8, break_on_hyphens=False)


def _lines(difference: Difference, width: int, unicode: bool) -> Iterator[str]:
    if difference.document:
        yield "pipeline"
        yield from _changes(difference.document, width, unicode)
    if difference.parameters:
        yield "parameters"
        for sign, items in (("+", difference.parameters.added), ("-", difference.parameters.removed)):
            for name, declared in items.items():
                yield _cut(printable(f"  {sign} {name} ({declared.get('Type')}){_default(declared)}"), width)
        for name, changes in difference.parameters.changed.items():
            yield printable(f"  ~ {name}")
            yield from _changes(changes, width, unicode)
    if difference.steps or difference.moved:
        yield "steps"
        for sign, places in (("+", difference.steps.added), ("-", difference.steps.removed)):
            for name, place in places.items():
                yield printable(f"  {sign} {name} ({place.type}), {_at(place)}")
        for name, (old, new) in difference.moved.items():
            yield printable(f"  > {name}, from {old} to {new}")
        for name, changes in difference.steps.changed.items():
            yield printable(f"  ~ {name}")
            yield from _changes(changes, width, unicode)
    if difference.waits_added or difference.waits_removed:
        yield "order"
        yield from (f"  + {_wait(wait)}" for wait in difference.waits_added)
        yield from (f"  - {_wait(wait)}" for wait in difference.waits_removed)


def as_json(difference: Difference) -> dict[str, Any]:
    """What ``smpipe diff --json`` prints for one pipeline; docs/checks.md lists the members."""
    return {
        "document": _json_changes(difference.document),
        "parameters": {
            "added": difference.parameters.added,
            "removed": difference.parameters.removed,
            "changed": _by_name(difference.parameters.changed.items()),
        },
        "steps": {
            "added": {name: place._asdict() for name, place in difference.steps.added.items()},
            "removed": {name: place._asdict() for name, place in difference.steps.removed.items()},
            "changed": _by_name(difference.steps.changed.items()),
            "moved": {name: {"old": old, "new": new} for name, (old, new) in difference.moved.items()},
        },
        "order": {
            "added": [wait._asdict() for wait in difference.waits_added],
            "removed": [wait._asdict() for wait in difference.waits_removed],
        },
    }


def _by_name(items: Iterable[tuple[str, Iterable[Change]]]) -> dict[str, Any]:
    return {name: _json_changes(changes) for name, changes in items}


def _json_changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [{key: value for key, value in change._asdict().items() if value is not MISSING} for change in changes]


def _at(position: Position) -> str:
    return f"at {position.inside}" if position.inside == "the top" else f"in {position.inside}"


def _wait(wait: Wait) -> str:
    ends = {"Completed": "", "Any": ", however it ends"}
    return printable(f"{wait.step} waits for {wait.waits_for}{ends.get(wait.trigger, f', on {wait.trigger}')}")


def _default(declared: Any) -> str:
    return f" = {_value(declared['DefaultValue'])}" if "DefaultValue" in declared else ""


def _changes(changes: Iterable[Change], width: int, unicode: bool) -> Iterator[str]:
    """One line per change, or three if the values are too long for one."""
    for path, old, new in changes:
        where, left, right = printable(path), printable(_value(old)), printable(_value(new))
        if old is MISSING or new is MISSING:
            sign, value = ("+", right) if old is MISSING else ("-", left)
            yield _cut(f"      {sign} {where}: {value}", width)
            continue
        line = f"      {where}: {left} {'→' if unicode else '->'} {right}"
        if len(line) <= width:
            yield line
            continue
        differ = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
        alike = next(differ, min(len(left), len(right)))
        start = alike - CONTEXT if 2 * alike > width else 0
        yield f"      {where}:"
        for sign, value in (("-", left), ("+", right)):
            yield _cut(f"        {sign} {'...' if start else ''}{value[start:]}", width)


def _value(value: Any) -> str:
    """A value as JSON; what is read of others as its path."""
    if isinstance(value, dict) and value.keys() == {"Get"} and isinstance(value["Get"], str):
        return value["Get"]
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 3, 0)] + "..."
