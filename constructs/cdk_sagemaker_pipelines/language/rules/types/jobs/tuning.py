"""Tuning: what is tuned, over which ranges, how.

Source: API shapes ``HyperParameterTuningJobConfig``, ``HyperParameterTrainingJobDefinition``, ``ParameterRanges`` and
``HyperParameterTuningResourceConfig``; "Define Hyperparameter Ranges" of the developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ....field import Field, repeated
from ....findings import Finding, Level
from ...over import over
from ..base.training_jobs import jobs

KINDS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
INSTANCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
CONFIG = "HyperParameterTuningJobConfig"


def _ranges(arguments: Field) -> list[Field]:
    """The places for ranges: the configuration, or each definition."""
    places = [arguments.at(CONFIG, "ParameterRanges"), *(job.at("HyperParameterRanges") for job in jobs(arguments))]
    return [field for field in places if field.is_object]


@over("Tuning")
def tuning_definitions(arguments: Field) -> Iterator[Finding]:
    """There is one definition of a training job, or a list of several with names."""
    yield from arguments.exactly_one("tuning-definitions", "TrainingJobDefinition", "TrainingJobDefinitions")
    several = arguments.at("TrainingJobDefinitions").items()
    for job in several:
        if job.is_object and not job.at("DefinitionName").given:
            text = "has no DefinitionName, which distinguishes several definitions"
            yield job.finding("tuning-definitions", text, "warning")
        if job.is_object and not job.at("HyperParameterRanges").given:
            text = "has no HyperParameterRanges; with several definitions, each has its own"
            yield job.finding("tuning-definitions", text, "warning")
    names = [job.at("DefinitionName") for job in several]
    yield from repeated("tuning-definitions", names, "definition", "warning")


@over("Tuning")
def tuning_objectives(arguments: Field) -> Iterator[Finding]:
    """There is an objective: for the one definition, or in each of several."""
    strategy = arguments.at(CONFIG, "Strategy").text
    level: Level = "warning" if strategy in ("Random", "Grid") else "error"
    common = arguments.at(CONFIG, "HyperParameterTuningJobObjective").given
    single = arguments.at("TrainingJobDefinition")
    if single.is_object and not common and not single.at("TuningObjective").given:
        text = "needs the member 'HyperParameterTuningJobObjective': the metric by which jobs are compared"
        yield arguments.at(CONFIG).finding("tuning-objective", text, level)
    for job in arguments.at("TrainingJobDefinitions").items():
        if job.is_object and not job.at("TuningObjective").given:
            text = "needs the member 'TuningObjective', as one of several definitions"
            yield job.finding("tuning-objective", text, level)


@over("Tuning")
def tuning_strategies(arguments: Field) -> Iterator[Finding]:
    """Some settings are only for one strategy."""
    config = arguments.at(CONFIG)
    strategy = config.at("Strategy").text
    if config.at("StrategyConfig").given and strategy not in (None, "Hyperband"):
        yield config.at("StrategyConfig").finding("tuning-strategy", f"is only for 'Hyperband', not for {strategy!r}")
    stopping = config.at("TrainingJobEarlyStoppingType")
    if strategy == "Hyperband" and stopping.text == "Auto":
        yield stopping.finding("tuning-strategy", "is 'Auto'; 'Hyperband' stops jobs itself and needs 'Off'")
    for ranges in _ranges(arguments) if strategy == "Grid" else ():
        for kind in KINDS[:2]:
            if ranges.at(kind).items():
                yield ranges.at(kind).finding("tuning-strategy", "'Grid' only takes categorical values")


@over("Tuning")
def tuning_ranges(arguments: Field) -> Iterator[Finding]:
    """Bounds are numbers in texts, in order, and fit the scale."""
    for ranges in _ranges(arguments):
        for kind in KINDS[:2]:
            for each in ranges.at(kind).items():
                yield from _bounds(each, whole=kind == KINDS[0])


def _bounds(each: Field, whole: bool) -> Iterator[Finding]:
    values: dict[str, float] = {}
    for name in ("MinValue", "MaxValue"):
        bound = each.at(name)
        if bound.text is None:
            continue
        value = _number(bound.text, whole)
        if value is None:
            kind = "a whole number" if whole else "a number"
            yield bound.finding("tuning-range", f"is {bound.text!r}; needs {kind} as a text")
        else:
            values[name] = value
    if len(values) < 2:
        return
    least, most = values["MinValue"], values["MaxValue"]
    scale = each.at("ScalingType")
    if least > most:
        yield each.finding("tuning-range", f"goes from {each.at('MinValue').text} down to {each.at('MaxValue').text}")
    elif scale.text == "Logarithmic" and least <= 0:
        yield scale.finding("tuning-range", "'Logarithmic' needs values greater than 0")
    elif scale.text == "ReverseLogarithmic" and (least < 0 or most >= 1):
        yield scale.finding("tuning-range", "'ReverseLogarithmic' needs values from 0 to less than 1")


def _number(text: str, whole: bool) -> float | None:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        return None
    return value if whole or math.isfinite(value) else None


@over("Tuning")
def tuned_names(arguments: Field) -> Iterator[Finding]:
    """A hyperparameter has one range, and no fixed value in addition."""
    for ranges in _ranges(arguments):
        names = [each.at("Name") for kind in KINDS for each in ranges.at(kind).items()]
        yield from repeated("tuned-twice", names, "range for", "warning")
    for job in jobs(arguments):
        own = job.at("HyperParameterRanges")
        ranges = own if own.given else arguments.at(CONFIG, "ParameterRanges")
        fixed = job.at("StaticHyperParameters")
        for name in (each.at("Name").text for kind in KINDS for each in ranges.at(kind).items()):
            if name is not None and isinstance(fixed.value, dict) and name in fixed.value:
                yield fixed.finding("tuned-twice", f"has {name!r}, which also has a range", "warning")


@over("Tuning")
def tuning_resources(arguments: Field) -> Iterator[Finding]:
    """The instances are specified once: as those of a training job, or as a choice for tuning."""
    for job in jobs(arguments):
        yield from job.exactly_one("tuning-resources", "ResourceConfig", "HyperParameterTuningResourceConfig")
        resources = job.at("HyperParameterTuningResourceConfig")
        for name in INSTANCES:
            if resources.at("InstanceConfigs").given and resources.at(name).given:
                yield resources.at(name).finding("tuning-resources", "is in InstanceConfigs already; leave it out")
