"""How code reads what a step gives, found by trying what the class offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...language import Expression, PipelineError, Reference
from ...language.paths import Key, format_path
from ...properties.base import ListOf, MapOf, Member, Structure, Untyped
from ...steps.base.step import Step
from .texts import literal

_BY_NAME = ("output", "action_arn", "artifact_arn", "context_arn")


_LONGEST = 50
"""The longest chain of members that is written out."""


def accessor(step: Step, get: str, *, any_kind: bool = False) -> tuple[str, Sequence[str]] | None:
    """What follows the step's variable for ``get``: members, or a method and its arguments; None where nothing does.

    ``any_kind``: what type checkers take for a value of any kind, whatever its type is.
    """
    reference = Reference.of(get)
    if reference is None or not reference.path:
        return None
    for method, key in _methods(step, reference, get):
        return method, [literal(key)]
    for code in () if any_kind else _typed(step, reference, get):
        if len(code) <= _LONGEST:
            return code, []
    path = format_path(reference.path).removeprefix(".")
    try:
        found = step.reference(path)
    except PipelineError:
        return None
    return (".reference", [literal(path)]) if _reads(found, get) else None


def shortest(step: Step, get: str) -> str | None:
    """The name of the output or the attribute that reads ``get``; None where there is none."""
    reference = Reference.of(get)
    if reference is None or not reference.path:
        return None
    for method, key in _methods(step, reference, get):
        if method == ".output":
            return key
    typed = [code for code in _typed(step, reference, get) if code.count(".") == 1 and "[" not in code]
    return typed[0].removeprefix(".") if typed else None


def reads(step: Step, path: str, get: str) -> bool:
    """Whether ``step.reference(path)`` reads ``get``."""
    try:
        return _reads(step.reference(path), get)
    except PipelineError:
        return False


def _reads(value: Any, get: str) -> bool:
    return isinstance(value, Expression) and value.to_json() == {"Get": get}


def _methods(step: Step, reference: Reference, get: str) -> Iterator[tuple[str, str]]:
    keys = [part for part in reference.path if isinstance(part, Key)]
    for method in _BY_NAME:
        if keys and callable(getattr(type(step), method, None)):
            try:
                found = getattr(step, method)(str(keys[-1]))
            except PipelineError:
                continue
            if _reads(found, get):
                yield f".{method}", keys[-1]


def _typed(step: Step, reference: Reference, get: str) -> Iterator[str]:
    for kind in type(step).__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, property) and not name.startswith("_") and name not in ("properties", "node", "path"):
                found = getattr(step, name, None)
                if _reads(found, get):
                    yield f".{name}"
    value, code = getattr(step, "properties", None), ".properties"
    for part in reference.path:
        if isinstance(value, Structure) and not isinstance(part, (int, Key)):
            member = _member(value, part)
            if member is None:
                return
            value, code = getattr(value, member), f"{code}.{member}"
        elif isinstance(value, (ListOf, MapOf, Untyped)) and isinstance(part, (int, Key)):
            try:
                value = value[str(part) if isinstance(part, Key) else part]  # type: ignore[index]
            except (PipelineError, TypeError):
                return
            code += f"[{literal(part) if isinstance(part, Key) else part}]"
        else:
            return
    if _reads(value, get):
        yield code


def _member(structure: Structure, name: str) -> str | None:
    """The attribute of a structure for a member of the API."""
    members = (item for kind in type(structure).__mro__ for item in vars(kind).items())
    return next((key for key, one in members if isinstance(one, Member) and one.name == name), None)
