"""Faults by name: how a valid definition becomes wrong, and where that must be found.

A fault breaks a definition in one place, yields the place where the finding must stand, and mends the definition when
it goes on to the next. A near miss changes it in much the same way, yields, and no rule may find more than before.

    @fault("unknown-step")
    def a_dependency_that_does_not_exist(document: Document) -> Places:
        for step in steps(document):
            with changed(step, "DependsOn", ["Nowhere"]):
                yield step["Name"], "DependsOn"

The modules ``faults_of_...`` fill the table. What they add to a definition for all of their samples
may stay there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis.strategies import SearchStrategy

from .support import CORPUS, GOLDENS

Document = dict[str, Any]
Places = Iterator[tuple[str | None, str]]
"""The step and the ``where`` of the finding; None for one of the document."""

GONE: Any = object()


@dataclass(frozen=True)
class Fault:
    """``breaks(document)`` or, with ``values``, ``breaks(document, value)`` for each value of the strategy."""

    code: str
    level: str
    breaks: Callable[..., Places]
    values: SearchStrategy[Any] | None

    def __str__(self) -> str:
        return f"{self.code}-{self.breaks.__name__}"


@dataclass(frozen=True)
class NearMiss:
    """``changes(document)`` yields at each change that is nearly the fault of ``code``."""

    code: str
    changes: Callable[[Document], Iterator[None]]

    def __str__(self) -> str:
        return f"{self.code}-{self.changes.__name__}"


FAULTS: list[Fault] = []
NEAR_MISSES: list[NearMiss] = []


def fault(
    code: str, level: str = "error", values: SearchStrategy[Any] | None = None
) -> Callable[[Callable[..., Places]], Callable[..., Places]]:
    """Enters a fault into the table."""

    def enter(breaks: Callable[..., Places]) -> Callable[..., Places]:
        FAULTS.append(Fault(code, level, breaks, values))
        return breaks

    return enter


def near(code: str) -> Callable[[Callable[[Document], Iterator[None]]], Callable[[Document], Iterator[None]]]:
    """Enters a near miss into the table."""

    def enter(changes: Callable[[Document], Iterator[None]]) -> Callable[[Document], Iterator[None]]:
        NEAR_MISSES.append(NearMiss(code, changes))
        return changes

    return enter


@contextmanager
def changed(holder: Any, key: Any, value: Any = GONE) -> Iterator[None]:
    """The value at ``holder[key]`` (of an object or a list) is another one, or gone, for a while; the order stays."""
    before = holder.copy()
    if value is GONE:
        del holder[key]
    else:
        holder[key] = value
    try:
        yield
    finally:
        holder.clear()
        holder.update(before) if isinstance(holder, dict) else holder.extend(before)


@contextmanager
def added(holder: list[Any], *values: Any) -> Iterator[None]:
    """A list is longer for a while."""
    before = holder.copy()
    holder.extend(values)
    try:
        yield
    finally:
        holder[:] = before


@cache
def _texts_of_valid() -> dict[str, str]:
    paths = [*CORPUS.glob("*.json"), *(p for p in GOLDENS.glob("*.json") if not p.stem.endswith(("uploads", "uris")))]
    return {f"{path.parent.name}-{path.stem}": path.read_text(encoding="utf-8") for path in sorted(paths)}


def valid() -> Iterator[tuple[str, Document]]:
    """Every valid definition, by name, to be broken: those of the SDK and the gallery."""
    for name, text in _texts_of_valid().items():
        yield name, json.loads(text)


def steps(holder: Document, *types: str) -> Iterator[dict[str, Any]]:
    """Every step, those in branches and bodies too; of these types, where some are given."""
    for step in [*holder.get("Steps", [])]:
        yield from _with_inner(step, types)


def _with_inner(step: dict[str, Any], types: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if not types or step["Type"] in types:
        yield step
    for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
        for inner in [*step["Arguments"].get(branch, [])]:
            yield from _with_inner(inner, types)


def nested(value: Any, where: str) -> Iterator[tuple[Any, str]]:
    """Every object and list under a value, with its path."""
    if isinstance(value, dict):
        yield value, where
        for key, item in list(value.items()):
            yield from nested(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        yield value, where
        for index, item in enumerate(list(value)):
            yield from nested(item, f"{where}[{index}]")


def own_values(document: Document) -> Iterator[tuple[dict[str, Any], Any, str]]:
    """Every object and list of every step with its path, without those of the steps inside of it."""
    for step in steps(document):
        for key, item in list(step.items()):
            if key != "Arguments":
                yield from ((step, value, where) for value, where in nested(item, key))
        for key, item in list(step["Arguments"].items()):
            if key not in ("IfSteps", "ElseSteps", "ForEachBody"):
                yield from ((step, value, where) for value, where in nested(item, f"Arguments.{key}"))


def expressions(document: Document, *kinds: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Every expression of the kinds (``Get``, ``Std:Join``, ``Std:JsonGet``) in the steps: the step, it, its path."""
    for step, value, where in own_values(document):
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in kinds:
            yield step, value, where
