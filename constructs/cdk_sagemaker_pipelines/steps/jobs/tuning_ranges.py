"""The ranges that a tuning searches for hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...language import Expression, FloatLike, IntegerLike, PipelineError
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...language.tokens import is_number_token
from ..base.field_checks import entries, items, one_of, shown, text

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
_MOST_VALUES = 30


@documented
@dataclass(frozen=True)
class IntegerRange(NoValue):
    """A range of whole numbers, with both bounds included.

    ```python
    TrainingDefinition(
        image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", objective=Objective.minimize("validation:rmse"),
        ranges={"max_depth": IntegerRange(2, 8)},
    )
    ```

    API: [IntegerParameterRange](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IntegerParameterRange.html).
    """

    min: IntegerLike
    """The least number, which is included."""
    max: IntegerLike
    """The greatest number, which is included."""
    scaling: Scaling = "Auto"
    """How the numbers are sampled: "Auto", "Linear" or "Logarithmic", which needs bounds above 0."""

    def to_json(self, name: str) -> dict[str, Any]:
        """The range as the API expects it, with texts as bounds; the step calls this.

        Args:
            name: The name of the hyperparameter.

        Raises:
            PipelineError: Bounds or a scaling that the API does not take.
        """
        return _bounded(name, self, int, "a whole number", ("Auto", "Linear", "Logarithmic"))


@documented
@dataclass(frozen=True)
class ContinuousRange(NoValue):
    """A range of numbers, with both bounds included.

    ```python
    TrainingDefinition(
        image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", objective=Objective.minimize("validation:rmse"),
        ranges={"eta": ContinuousRange(0.01, 0.5, "Logarithmic")},
    )
    ```

    API: [ContinuousParameterRange](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContinuousParameterRange.html).
    """

    min: FloatLike
    """The least number, which is included."""
    max: FloatLike
    """The greatest number, which is included."""
    scaling: Scaling = "Auto"
    """How the numbers are sampled: "Auto", "Linear", "Logarithmic" or "ReverseLogarithmic".

    Logarithmic needs bounds above 0, ReverseLogarithmic bounds from 0 to below 1.
    """

    def to_json(self, name: str) -> dict[str, Any]:
        """The range as the API expects it, with texts as bounds; the step calls this.

        Args:
            name: The name of the hyperparameter.

        Raises:
            PipelineError: Bounds or a scaling that the API does not take.
        """
        return _bounded(name, self, (int, float), "a number", ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic"))


@documented
@dataclass(frozen=True)
class CategoricalRange(NoValue):
    """A list of values, one of which each training job gets.

    ```python
    TrainingDefinition(
        image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", objective=Objective.minimize("validation:rmse"),
        ranges={"booster": CategoricalRange(["gbtree", "dart"])},
    )
    ```

    API: [CategoricalParameterRange](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CategoricalParameterRange.html).
    """

    values: Sequence[Any]
    """The values to try, 1 to 30."""


Range = IntegerRange | ContinuousRange | CategoricalRange


def parameter_ranges(ranges: Mapping[str, Range], encoded: Callable[[Any, str], Any]) -> dict[str, Any]:
    """The API's ``ParameterRanges``. ``encoded``: encodes a value as the algorithm or the script reads it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, range_ in entries(ranges, "ranges").items():
        what = f"ranges[{name!r}]"
        if isinstance(range_, IntegerRange):
            found.setdefault("IntegerParameterRanges", []).append(range_.to_json(name))
        elif isinstance(range_, ContinuousRange):
            found.setdefault("ContinuousParameterRanges", []).append(range_.to_json(name))
        elif isinstance(range_, CategoricalRange):
            given = items(range_.values, f"{what}: values")
            if not 1 <= len(given) <= _MOST_VALUES:
                raise PipelineError(f"{what}: values must be 1 to {_MOST_VALUES}, not {len(given)}")
            values = [encoded(value, f"{what}: values[{index}]") for index, value in enumerate(given)]
            found.setdefault("CategoricalParameterRanges", []).append({"Name": name, "Values": values})
        else:
            raise PipelineError(
                f"{what} takes IntegerRange(...), ContinuousRange(...) or CategoricalRange([...]), not {shown(range_)}"
            )
    if not found:
        raise PipelineError("ranges must not be empty, or there is nothing to tune")
    return dict(found)


def _bounded(
    name: str, range_: IntegerRange | ContinuousRange, kind: Any, needed: str, scalings: Sequence[str]
) -> dict[str, Any]:
    what = f"ranges[{name!r}]"
    one_of(range_.scaling, scalings, f"{what}: scaling")
    bounds = {"min": range_.min, "max": range_.max}
    known: dict[str, float] = {}
    for side, bound in bounds.items():
        if isinstance(bound, Expression) or is_number_token(bound):
            continue
        if not isinstance(bound, kind) or isinstance(bound, bool) or not math.isfinite(bound):
            raise PipelineError(f"{what}: {side} must be {needed} or an expression, not {shown(bound)}")
        known[side] = bound
        if range_.scaling == "Logarithmic" and bound <= 0:
            raise PipelineError(f"{what}: {side} is {bound}; Logarithmic needs bounds above 0")
        if range_.scaling == "ReverseLogarithmic" and not 0 <= bound < 1:
            raise PipelineError(f"{what}: {side} is {bound}; ReverseLogarithmic needs bounds from 0 to below 1")
    if len(known) == 2 and known["min"] > known["max"]:
        raise PipelineError(f"{what}: min is {known['min']}, above max, which is {known['max']}")
    return {
        "Name": name,
        "MinValue": text(range_.min, f"{what}: min"),
        "MaxValue": text(range_.max, f"{what}: max"),
        "ScalingType": range_.scaling,
    }
