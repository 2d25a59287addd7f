"""What a pipeline can take at most, with its default parameters, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language import CycleError, Definition
from .counts import Doubt, gpus_at_once
from .hours import cost, instance_hours


@dataclass(frozen=True)
class Capacity:
    """GPUs at once, and instance-hours and money of one execution, with the steps that take them."""

    gpus: Mapping[str, float] = field(default_factory=dict)
    """Of the steps that can run at once, by step."""
    hours: Mapping[str, float] = field(default_factory=dict)
    without_hours: tuple[str, ...] = ()
    """Steps that ``hours`` cannot count, or not all of, such as those without a time limit."""
    cost: Mapping[str, float] | None = None
    """None without prices."""
    doubts: tuple[str, ...] = ()
    """What could not be counted, in words."""


def capacity(definition: Definition, parallelism: Any = None, prices: Mapping[str, float] | None = None) -> Capacity:
    """Counts a definition; one whose steps wait for one another takes nothing, since it cannot run."""
    at_once = parallelism if isinstance(parallelism, int) and parallelism > 0 else None
    try:
        _, gpus, doubts = gpus_at_once(definition, at_once)
        hours, more = instance_hours(definition)
        money, unpriced = (None, []) if prices is None else cost(definition, prices)
    except CycleError:
        return Capacity()
    told = dict.fromkeys(map(_told, [*doubts, *more, *unpriced]))
    uncounted = tuple(dict.fromkeys(doubt.step.name for doubt in more if not doubt.bounded))
    return Capacity(gpus, hours, uncounted, money, tuple(told))


def _told(doubt: Doubt) -> str:
    return f"{doubt.step.name}: {doubt.where} {doubt.text}"
