"""What a field names, followed to the step of the same definition that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import Definition, StepView
from ..language.loops import source_of
from .patterns import HOPS, element


def step_of(definition: Definition, name: Any) -> StepView | None:
    """The step that a reference leads to; None for what is no reference to a step."""
    followed = source_of(definition, _get(name))
    return None if followed is None else followed[0]


def maker(definition: Definition, name: Any, kind: str, named: str = "", hops: int = HOPS) -> StepView | None:
    """The step of type ``kind`` that makes what ``name`` names; None for what exists already.

    References are followed from step to step. ``named``: the argument in which such a step says the name itself, where
    the service adds nothing to it.
    """
    followed = source_of(definition, _get(name))
    if followed is not None:
        step, path = followed
        if step.type == kind:
            return step
        value: Any = step.arguments
        for part in path:
            value = element(value, part)
        return maker(definition, value, kind, named, hops - 1) if hops else None
    if not named or not name:
        return None
    return next((s for s in definition.all_steps() if s.type == kind and s.arguments.get(named) == name), None)


def _get(name: Any) -> Any:
    return name.get("Get") if isinstance(name, Mapping) else None
