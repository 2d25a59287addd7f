"""What ``overrides`` has to say for a step to write what the service is to get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..language.meaning import same, says_nothing
from ..language.references import is_expression_json
from ..properties.service_model import Shape
from ..steps.base.overriding import HOSTNAME

_ABSENT = object()


class UnsayableError(Exception):
    """Overrides cannot take out what the step writes."""


def overrides(
    written: Mapping[str, Any], wanted: Mapping[str, Any], shape: Shape | None, holder: str = "Arguments"
) -> dict[str, Any]:
    """What makes the wanted arguments of the written ones, where they differ in meaning.

    Raises ``UnsayableError`` where only another field could.
    """
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*written, *wanted]):
        before, after = written.get(name, _ABSENT), wanted.get(name, _ABSENT)
        if after is _ABSENT:
            if not says_nothing(holder, name, before):
                found[name] = None
        elif before is _ABSENT:
            if not says_nothing(holder, name, after):
                found[name] = after
        elif not same(before, after, name):
            found[name] = _changed(before, after, _below(shape, name), name)
    return found


def _changed(before: Any, after: Any, shape: Shape | None, name: str) -> Any:
    if _is_object(before) and _is_object(after):
        return overrides(before, after, shape, name)
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        element = shape.member if shape is not None and shape.kind == "list" else None
        if element is not None and element.kind == "structure" and before:
            return _elements(before, after, element, name)
        return list(after)
    return after


def _elements(before: Sequence[Any], after: Sequence[Any], element: Shape, name: str) -> list[Any]:
    """The elements that are new or differ, told apart by the list's own key."""
    key = element.key_member
    if key == HOSTNAME and not any(_is_object(one) and HOSTNAME in one for one in (*before, *after)):
        if len(before) > len(after):
            raise UnsayableError(name)
        both = zip(before, after, strict=False)
        return [*(overrides(one, other, element, name) for one, other in both), *after[len(before) :]]
    old = {one.get(key): one for one in before if isinstance(one, Mapping)} if key else {}
    new = {one.get(key): one for one in after if isinstance(one, Mapping)} if key else {}
    by_name = all(isinstance(one, str) for one in (*old, *new))
    if not by_name or len(old) != len(before) or len(new) != len(after) or not old.keys() <= new.keys():
        raise UnsayableError(name)
    found = []
    for word, one in new.items():
        changed = overrides(old[word], one, element, name) if word in old else one
        if changed:
            found.append({key: word, **changed} if word in old else one)
    return found


def _below(shape: Shape | None, name: str) -> Shape | None:
    if shape is None:
        return None
    return shape.members.get(name) if shape.kind == "structure" else shape.value if shape.kind == "map" else None


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and not is_expression_json(value)
