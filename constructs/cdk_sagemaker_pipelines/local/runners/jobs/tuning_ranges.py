"""Values for the hyperparameters that a tuning job searches.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
Scaling Auto is treated as Linear. All values are strings, as a training job expects them.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from ....language import choices
from ...endings import StepFailed

Draw = dict[str, str]

SCALINGS = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")


def random_draws(ranges: Mapping[str, Any], chance: random.Random) -> Iterator[Draw]:
    """Draws values without end. Raises ``StepFailed`` for an invalid range."""
    while True:
        draw = {item["Name"]: chance.choice(item["Values"]) for item in ranges.get("CategoricalParameterRanges", [])}
        for item in ranges.get("IntegerParameterRanges", []):
            low, high = _bounds(item, int)
            value = _scaled(item, float(low), float(high), chance)
            draw[item["Name"]] = str(min(max(round(value), int(low)), int(high)))
        for item in ranges.get("ContinuousParameterRanges", []):
            low, high = _bounds(item, float)
            draw[item["Name"]] = repr(min(max(_scaled(item, low, high, chance), low), high))
        yield draw


def grid_draws(ranges: Mapping[str, Any]) -> Iterator[Draw]:
    """Every combination of categorical values, once. Raises ``StepFailed`` for other kinds of ranges."""
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        if ranges.get(kind):
            name = ranges[kind][0]["Name"]
            raise StepFailed(
                f"ClientError: the strategy Grid only takes categorical ranges, but {name!r} is in {kind}; "
                "list its values in CategoricalParameterRanges, or choose the strategy Random"
            )
    categorical = ranges.get("CategoricalParameterRanges", [])
    names = [item["Name"] for item in categorical]
    for values in itertools.product(*(item["Values"] for item in categorical)):
        yield dict(zip(names, values, strict=True))


def _bounds(item: Mapping[str, Any], kind: type[int] | type[float]) -> tuple[float, float]:
    try:
        low, high = kind(item["MinValue"]), kind(item["MaxValue"])
    except ValueError:
        whole = "whole " if kind is int else ""
        raise StepFailed(
            f"ClientError: the range of {item['Name']!r} goes from {item['MinValue']!r} to {item['MaxValue']!r}; "
            f"both must be strings with {whole}numbers"
        ) from None
    if not low <= high:
        raise StepFailed(f"ClientError: the range of {item['Name']!r} goes from {low} down to {high}")
    return low, high


def _scaled(item: Mapping[str, Any], low: float, high: float, chance: random.Random) -> float:
    scaling, what = item.get("ScalingType", "Auto"), f"ClientError: the range of {item['Name']!r}"
    if scaling not in SCALINGS:
        raise StepFailed(f"{what} has ScalingType {scaling!r}; allowed are {choices(SCALINGS)}")
    if scaling == "Logarithmic":
        if low <= 0:
            raise StepFailed(f"{what} is Logarithmic; it must start above 0")
        return math.exp(chance.uniform(math.log(low), math.log(high)))
    if scaling == "ReverseLogarithmic":
        if low < 0 or high >= 1:
            raise StepFailed(f"{what} is ReverseLogarithmic; it must be within [0, 1)")
        return 1 - math.exp(chance.uniform(math.log(1 - high), math.log(1 - low)))
    return chance.uniform(low, high)
