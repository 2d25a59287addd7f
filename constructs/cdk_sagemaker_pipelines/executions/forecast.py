"""What a start would do: what becomes of its steps, what its parameters touch, and what it uses at most."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..capacity.hours import gpu_hours, instance_hours
from ..language import Definition, StepGraph, choices
from ..language.field import in_arguments
from .forecast_steps import LEFT_OUT, NOT_RUN, REUSED, StepForecast, forecast_steps
from .forecast_values import ReadObject
from .resolved import Resolution
from .rows import hours as hours_text
from .selection import Selection


@dataclass(frozen=True)
class AtMost:
    """Hours of instances and of GPUs, by step."""

    instance_hours: Mapping[str, float] = field(default_factory=dict)
    gpu_hours: Mapping[str, float] = field(default_factory=dict)
    uncounted: Sequence[str] = ()
    """Steps that the hours cannot count, or not all of, such as those without a time limit."""
    doubts: Sequence[str] = ()
    """What could not be counted, in words."""


@dataclass(frozen=True)
class Touch:
    """What a given parameter touches."""

    name: str
    value: str
    default: str | None
    fields: Sequence[tuple[str, str]]
    """The steps that read it, each with the path of the field."""
    after: Sequence[str]
    """The steps that come after these."""


@dataclass(frozen=True)
class Forecast:
    """What an execution would do."""

    steps: Sequence[StepForecast]
    parameters: Sequence[Touch]
    at_most: AtMost
    """What the steps that run, or may run, use."""


def forecast(
    client: Any,
    pipeline: str,
    definition: Definition,
    given: Mapping[str, str],
    values: Mapping[str, Any],
    now: datetime,
    selection: Selection | None = None,
    source: str | None = None,
    kept: MutableMapping[str, Resolution] | None = None,
    read_object: ReadObject | None = None,
) -> Forecast:
    """What a start with the parameters that are ``given`` would do.

    ``values``: of all parameters; the rest as in ``forecast_steps``.
    """
    steps = forecast_steps(client, pipeline, definition, values, now, selection, source, kept, read_object)
    return Forecast(steps, touches(definition, given), at_most(definition, values, steps))


def at_most(definition: Definition, values: Mapping[str, Any], steps: Sequence[StepForecast]) -> AtMost:
    """The most that the steps of a forecast use which run, or may run, with these ``values`` of all parameters."""
    idle = {each.step.name for each in steps if each.outcome in (REUSED, NOT_RUN, LEFT_OUT)}
    known = _with_values(definition, values)
    hours, doubts = instance_hours(known, idle)
    gpus, more = gpu_hours(known, idle)
    told = dict.fromkeys(f"{each.step.name}: {each.where} {each.text}" for each in (*doubts, *more))
    uncounted = dict.fromkeys(each.step.name for each in (*doubts, *more) if not each.bounded)
    return AtMost(_some(hours), _some(gpus), tuple(uncounted), tuple(told))


def in_words(used: AtMost) -> str:
    """``at most 4.00 instance-hours, 16.00 GPU-hours; without a limit: 'Free'``."""
    total = f"at most {hours_text(sum(used.instance_hours.values()))} instance-hours" if used.instance_hours else ""
    gpus = f", {hours_text(sum(used.gpu_hours.values()))} GPU-hours" if used.gpu_hours else ""
    unlimited = f"without a limit: {choices(used.uncounted)}" if used.uncounted else ""
    return "; ".join(part for part in (total + gpus, unlimited) if part) or "no instance-hours"


def _with_values(definition: Definition, values: Mapping[str, Any]) -> Definition:
    """The definition with parameters that can only have these values."""
    declared = [
        {"Name": name, "Type": each.type, "DefaultValue": values[name], "EnumValues": [values[name]]}
        for name, each in definition.parameters.items()
        if name in values
    ]
    return Definition({**definition.json, "Parameters": declared})


def _some(hours: Mapping[str, float]) -> dict[str, float]:
    return {name: number for name, number in hours.items() if number}


def touches(definition: Definition, given: Mapping[str, str]) -> list[Touch]:
    """What each given parameter touches."""
    graph, read = StepGraph(definition), readers(definition)
    return [_touch(definition, graph, name, value, read.get(name, [])) for name, value in given.items()]


def readers(definition: Definition) -> dict[str, list[tuple[str, str]]]:
    """The steps that read each parameter, with the paths of the fields; without those that nothing reads."""
    found: dict[str, list[tuple[str, str]]] = {}
    for step in definition.all_steps():
        for where, get in step.gets:
            kind, dot, name = str(get).partition(".")
            if kind == "Parameters" and dot:
                found.setdefault(name, []).append((step.name, in_arguments(where.partition(".Std:")[0])))
    return found


def _touch(definition: Definition, graph: StepGraph, name: str, value: str, fields: Sequence[tuple[str, str]]) -> Touch:
    direct = {step for step, _ in fields}
    later = {each for step in direct for each in graph.after(step)} - direct
    declared = definition.parameters[name]
    default = str(declared.default) if declared.has_default else None
    return Touch(name, value, default, fields, [each for each in graph.names if each in later])


def as_json(told: Forecast) -> dict[str, Any]:
    """What ``smpipe start --dry-run --json`` prints; docs/executions.md lists the members."""
    return {
        "steps": [
            {
                "name": each.step.name,
                "type": each.step.type,
                "outcome": each.outcome,
                "why": each.why,
                "source": each.source,
            }
            for each in told.steps
        ],
        "parameters": [
            {
                "name": each.name,
                "value": each.value,
                "default": each.default,
                "fields": [{"step": step, "field": where} for step, where in each.fields],
                "after": list(each.after),
            }
            for each in told.parameters
        ],
        "atMost": {
            "instanceHours": dict(told.at_most.instance_hours),
            "gpuHours": dict(told.at_most.gpu_hours),
            "uncounted": list(told.at_most.uncounted),
            "doubts": list(told.at_most.doubts),
        },
    }
