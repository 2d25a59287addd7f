"""Tuning jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made
from ...steps.jobs.tuning import Objective, TrainingDefinition, WarmStart
from ...steps.jobs.tuning_ranges import CategoricalRange, ContinuousRange, IntegerRange
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    equal,
    literal,
    made,
    number_or_text,
    of_step,
    plain,
    read,
)
from .training import TUNED, TUNED_ALIKE, training_fields

_LIMITS = "HyperParameterTuningJobConfig.ResourceLimits"
_TUNING: Table = {
    "max_jobs": (f"{_LIMITS}.MaxNumberOfTrainingJobs", plain),
    "max_parallel_jobs": (f"{_LIMITS}.MaxParallelTrainingJobs", plain),
    "max_runtime": (f"{_LIMITS}.MaxRuntimeInSeconds", duration),
    "strategy": ("HyperParameterTuningJobConfig.Strategy", literal),
    "early_stopping": ("HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", literal),
    "random_seed": ("HyperParameterTuningJobConfig.RandomSeed", plain),
}


def tuning(request: Request) -> dict[str, Any]:
    """Those of a ``TuningStep``."""
    config = request.at("HyperParameterTuningJobConfig")
    several = dicts(request.at("TrainingJobDefinitions"))
    if several:
        training: Any = {
            one.get("DefinitionName"): _definition(one, one.get("TuningObjective"), one.get("HyperParameterRanges"))
            for one in several
        }
    else:
        objective, ranges = at(config, "HyperParameterTuningJobObjective"), at(config, "ParameterRanges")
        training = _definition(request.at("TrainingJobDefinition"), objective, ranges)
    found = {**read(request.arguments, _TUNING), "training": training}
    warm = request.at("WarmStartConfig")
    if isinstance(warm, Mapping):
        parents = [
            _parent(one.get("HyperParameterTuningJobName")) for one in dicts(warm.get("ParentHyperParameterTuningJobs"))
        ]
        found["warm_start"] = made(WarmStart, type=warm.get("WarmStartType"), parents=parents)
    return found


_parent = of_step("HyperParameterTuningJobName", "TuningStep")


def _definition(given: Any, objective: Any, ranges: Any) -> Made:
    goal = at(objective, "Type")
    better = {"Minimize": "minimize", "Maximize": "maximize"}.get(goal) if isinstance(goal, str) else None
    fields = {
        **training_fields(given, TUNED if at(given, "ResourceConfig") is None else TUNED_ALIKE),
        "objective": Made(f"Objective.{better}", positional=(at(objective, "MetricName"),))
        if better
        else made(Objective, metric=at(objective, "MetricName"), type=goal),
        "ranges": _ranges(ranges),
    }
    defaults = TrainingDefinition._declared_fields
    said = {name: value for name, value in fields.items() if not equal(defaults.get(name), value)}
    return Made(TrainingDefinition.__name__, said)


def _ranges(given: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for kind, member in ((IntegerRange, "IntegerParameterRanges"), (ContinuousRange, "ContinuousParameterRanges")):
        for one in dicts(at(given, member)):
            scaling = one.get("ScalingType")
            bounds = [_number(one.get(side)) for side in ("MinValue", "MaxValue")]
            more = {} if scaling in (None, "Auto") else {"scaling": scaling}
            found[one.get("Name")] = Made(kind.__name__, more, tuple(bounds))
    for one in dicts(at(given, "CategoricalParameterRanges")):
        values = one.get("Values")
        found[one.get("Name")] = Made(CategoricalRange.__name__, positional=(values,))
    return found


def _number(value: Any) -> Any:
    """A bound: the number of a text, or the parameter that a join of one makes a text."""
    values = at(value, "Std:Join.Values") if isinstance(value, Mapping) else None
    if isinstance(value, Mapping) and "Std:Join" in value:
        values = value["Std:Join"].get("Values")
    return values[0] if isinstance(values, list) and len(values) == 1 else number_or_text(value)
