"""Bad input to a tuning step."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Objective,
    Pipeline,
    TrainingDefinition,
    TuningStep,
    WarmStart,
)
from tests.steps.bad import CODE, TOOLS, Case, Write, cases, refused

pytestmark = pytest.mark.usefixtures("working_directory")
RANGES = {"eta": ContinuousRange(0.1, 0.5)}
LEAST = {"image": TOOLS, "instance_type": "ml.m5.large"}
A = "TuningStep 'Stack/P/A': "


def definition(**fields: Any) -> TrainingDefinition:
    return TrainingDefinition(**{**LEAST, "objective": Objective("loss"), "ranges": RANGES, **fields})


def tuning(scope: Any, training: Any = None, **fields: Any) -> TuningStep:
    return TuningStep(scope, "A", **{"training": training or definition(), "max_jobs": 4, **fields})


def ranged(scope: Any, range_: Any) -> TuningStep:
    return tuning(scope, definition(ranges={"x": range_}))


REFUSED: list[Case] = [
    (
        lambda p: tuning(p, max_jobs=None),
        A + "max_jobs is needed: only the strategy Grid knows when everything has been tried",
    ),
    (lambda p: tuning(p, max_parallel_jobs=5), A + "max_parallel_jobs is 5, but max_jobs is 4"),
    (lambda p: tuning(p, strategy="bayesian"), A + "strategy is 'bayesian'; did you mean 'Bayesian'?"),
    (lambda p: tuning(p, early_stopping="On"), A + "early_stopping is 'On'; allowed are 'Off', 'Auto'"),
    (
        lambda p: tuning(p, strategy="Hyperband", early_stopping="Auto"),
        A + "early_stopping must be 'Off' with the strategy Hyperband, which stops jobs by itself",
    ),
    (
        lambda p: tuning(p, strategy="Grid"),
        A + "training: ranges['eta']: the strategy Grid only takes CategoricalRange([...])",
    ),
    (
        lambda p: tuning(p, LEAST),
        A + "training['image'] takes TrainingDefinition(...), not an Image",
    ),
    (
        lambda p: tuning(p, "x"),
        A + "training takes TrainingDefinition(...) or a dict of them by name, not 'x'",
    ),
    (
        lambda p: tuning(p, {f"d{n}": definition() for n in range(11)}),
        A + "training must be 1 to 10 definitions, not 11",
    ),
    (
        lambda p: tuning(p, {"a_b": definition()}),
        A + "training: the name 'a_b' must have 1 to 64 letters, digits and single '-' between them",
    ),
    (
        lambda p: tuning(p, {"a": definition(), "b": definition(max_wait=3)}),
        A + "training['b']: max_wait is for spot capacity and needs max_runtime too",
    ),
    (
        lambda p: tuning(p, definition(objective="loss")),
        A + "training: objective takes Objective.minimize(...) or .maximize(...), not 'loss'",
    ),
    (
        lambda p: tuning(p, definition(objective=Objective("loss", "Lower"))),
        A + "training: objective: type is 'Lower'; allowed are 'Minimize', 'Maximize'",
    ),
    (
        lambda p: tuning(p, definition(objective=Objective(None))),
        A + "training: objective: the metric must be a text, not None",
    ),
    (
        lambda p: tuning(p, definition(source=CODE, metric_definitions={"acc": "(.*)"})),
        A + "training: objective: metric_definitions must say how to read the metric 'loss' from the script's log",
    ),
    (
        lambda p: tuning(p, definition(hyperparameters={"eta": 1})),
        A + "training: hyperparameters: 'eta' is tuned by ranges and cannot also have a value",
    ),
    (
        lambda p: tuning(p, definition(ranges={})),
        A + "training: ranges must not be empty, or there is nothing to tune",
    ),
    (
        lambda p: ranged(p, [1, 2]),
        A
        + "training: ranges['x'] takes IntegerRange(...), ContinuousRange(...) or CategoricalRange([...]), not [1, 2]",
    ),
    (lambda p: ranged(p, IntegerRange(3, 2)), A + "training: ranges['x']: min is 3, above max, which is 2"),
    (
        lambda p: ranged(p, IntegerRange(1.5, 2)),
        A + "training: ranges['x']: min must be a whole number or an expression, not 1.5",
    ),
    (
        lambda p: ranged(p, ContinuousRange(0, "1")),
        A + "training: ranges['x']: max must be a number or an expression, not '1'",
    ),
    (
        lambda p: ranged(p, ContinuousRange(0, float("inf"))),
        A + "training: ranges['x']: max must be a number or an expression, not inf",
    ),
    (
        lambda p: ranged(p, ContinuousRange(0, 1, "Logarithmic")),
        A + "training: ranges['x']: min is 0; Logarithmic needs bounds above 0",
    ),
    (
        lambda p: ranged(p, ContinuousRange(0, 1, "ReverseLogarithmic")),
        A + "training: ranges['x']: max is 1; ReverseLogarithmic needs bounds from 0 to below 1",
    ),
    (
        lambda p: ranged(p, IntegerRange(1, 2, "ReverseLogarithmic")),
        A + "training: ranges['x']: scaling is 'ReverseLogarithmic'; did you mean 'Logarithmic'?",
    ),
    (lambda p: ranged(p, CategoricalRange([])), A + "training: ranges['x']: values must be 1 to 30, not 0"),
    (lambda p: ranged(p, CategoricalRange("ab")), A + "training: ranges['x']: values must be a list, not 'ab'"),
    (
        lambda p: ranged(p, CategoricalRange([object()])),
        A + "training: ranges['x']: values[0]: an object is neither an expression nor a value that JSON can write",
    ),
    (lambda p: tuning(p, warm_start="x"), A + "warm_start takes WarmStart(...), not 'x'"),
    (
        lambda p: tuning(p, warm_start=WarmStart("Identical", ["x"])),
        A + "warm_start: type is 'Identical'; did you mean 'IdenticalDataAndAlgorithm'?",
    ),
    (
        lambda p: tuning(p, warm_start=WarmStart("TransferLearning", [])),
        A + "warm_start: parents must be 1 to 5, not 0",
    ),
    (
        lambda p: tuning(p, warm_start=WarmStart("TransferLearning", [3.5, object()])),
        A + "warm_start: parents[1] must be a text, not an object",
    ),
]


@cases(REFUSED)
def test_bad_input_is_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_a_definition_needs_an_objective_and_ranges(pipeline: Pipeline) -> None:
    refused(
        lambda p: tuning(p, training=TrainingDefinition(**LEAST)),
        A + "training: TrainingDefinition needs 'objective', 'ranges'",
        pipeline,
    )
    refused(
        lambda p: TuningStep(p, "B", training={"a": TrainingDefinition()}, max_jobs=4),
        "TuningStep 'Stack/P/B': training['a']: TrainingDefinition needs 'image', 'instance_type', 'objective', "
        "'ranges'",
        pipeline,
    )
    refused(
        lambda p: TrainingDefinition(**LEAST, objektive=1),
        "TrainingDefinition has no field 'objektive'; did you mean 'objective'?",
        pipeline,
        TypeError,
    )
