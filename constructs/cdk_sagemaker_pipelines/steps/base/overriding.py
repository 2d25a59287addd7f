"""Overrides: how what a user says in the API's own words goes into what a step writes, and loses nothing of it.

Objects merge member by member. The elements of a list merge by the list's own key, such as ``InputName``; one with a
key that the step does not write is appended. Anything else is replaced, and None takes a member out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...language import Expression, PipelineError, is_expression_json
from ...language.expressions import has_placeholder, readable
from ...language.tokens import has_string_token
from ...properties.service_model import Shape, request_shape

HOSTNAME = "ContainerHostname"


def merged(
    arguments: Mapping[str, Any], overrides: Mapping[str, Any], shape: Shape | None, where: str = "overrides"
) -> dict[str, Any]:
    """The arguments with the overrides merged in.

    ``shape``: what the service's model says of them; None for what it does not describe. ``where``: the field, for
    messages. Raises ``PipelineError`` where a list would lose what the step wrote, or what the overrides say.
    """
    result = dict(arguments)
    for name, value in overrides.items():
        at, below, inner = f"{where}.{name}", result.get(name), _below(shape, name)
        if value is None:
            result.pop(name, None)
        elif _is_object(value):
            result[name] = merged(below if isinstance(below, Mapping) and _is_object(below) else {}, value, inner, at)
        elif isinstance(value, (list, tuple)):
            result[name] = _list(below if isinstance(below, (list, tuple)) else (), value, inner, at)
        else:
            result[name] = value
    return result


def shape_at(step_type: str, *names: str) -> Shape | None:
    """What the model says of a member of a step's arguments; None where it says nothing."""
    shape = request_shape(step_type)
    for name in names:
        shape = _below(shape, name)
    return shape


def _list(written: Sequence[Any], given: Sequence[Any], shape: Shape | None, where: str) -> list[Any]:
    element = shape.member if shape is not None and shape.kind == "list" else None
    if element is None or element.kind != "structure":
        _refuse_loss(written, given, where)
        return list(given)
    result = list(written)
    changed: dict[int, int] = {}
    for index, one in enumerate(given):
        position = _position(written, one, index, element, f"{where}[{index}]")
        if position in changed:
            raise PipelineError(
                f"{where}[{index}]: it changes the same element as {where}[{changed[position]}]; write both as one"
            )
        if position is not None:
            changed[position] = index
        before = {} if position is None else written[position]
        after = merged(before, one, element, f"{where}[{index}]") if _is_object(one) else one
        if position is None:
            result.append(after)
        else:
            result[position] = after
    return result


def _position(written: Sequence[Any], one: Any, index: int, element: Shape, where: str) -> int | None:
    """The position of the element that is meant, of those that the step writes; None for a new one."""
    if not written:
        return None
    key = element.key_member
    name = _named(one, key)
    if name is not None:
        return next((position for position, other in enumerate(written) if _named(other, key) == name), None)
    if key == HOSTNAME:  # containers stand in the order in which they are called, mostly without names
        return index if index < len(written) else None
    lack = f"it has no {key}, by which it merges" if key else "elements of this list have no name of their own"
    raise PipelineError(
        f"{where}: {lack}, and what the step writes there would be lost; say it with the step's own fields"
    )


def _named(value: Any, key: str | None) -> str | None:
    """What an element is called, in a form that can be compared; None where it has no name."""
    name = value.get(key) if _is_object(value) and key is not None else None
    if isinstance(name, Expression):
        name = name.to_json()
    if isinstance(name, Mapping):
        return json.dumps(name, sort_keys=True)
    return name if isinstance(name, str) and name else None


def _refuse_loss(written: Sequence[Any], given: Sequence[Any], where: str) -> None:
    """Raises when a list is replaced in which the step named something of AWS, or of the run, that would be lost."""
    kept = set(_naming(given))
    lost = next((text for text in _naming(written) if text not in kept), None)
    if lost is not None:
        raise PipelineError(
            f"{where}: the list takes the place of the step's own, and {readable(lost)} would be lost; say it with the "
            "step's own fields, or write the whole list"
        )


def _naming(value: Any) -> Iterator[str]:
    """The texts and expressions in a value that name something: a place, a resource, what is known later."""
    if isinstance(value, Expression):
        value = value.to_json()
    if isinstance(value, str):
        known = value.startswith(("s3://", "arn:")) or ".dkr.ecr." in value
        if known or has_string_token(value) or has_placeholder(value):
            yield value
    elif is_expression_json(value):
        yield json.dumps(value, sort_keys=True)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _naming(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _naming(inner)


def _below(shape: Shape | None, name: str) -> Shape | None:
    """The shape of a member, or of a map's values."""
    if shape is None:
        return None
    return shape.members.get(name) if shape.kind == "structure" else shape.value if shape.kind == "map" else None


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and not is_expression_json(value)
