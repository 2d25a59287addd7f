"""The rows of the step types say where members of requests are, as in the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdk_sagemaker_pipelines.language.step_types import (
    STEP_TYPES,
    TRAINING_REQUEST,
    TUNED_REQUEST,
    JobRequest,
    StepType,
    row_of,
)
from cdk_sagemaker_pipelines.properties.service_model import Shape, properties_shape, request_shape

EVERY = [pytest.param(row, id=row.name) for row in STEP_TYPES.values()]
OF_DEFINITIONS = [
    pytest.param(request, path, id=f"{name}-{path.removesuffix('[]')}")
    for name, request in (("training", TRAINING_REQUEST), ("tuned", TUNED_REQUEST))
    for path in ("TrainingJobDefinition", "TrainingJobDefinitions[]")
]


def follow(shape: Shape | None, path: str) -> Shape | None:
    """What a dotted path leads to; None where it leads nowhere."""
    for part in path.split(".") if path else ():
        if shape is None:
            return None
        name = part.removesuffix("[]")
        if name == "*":
            shape = shape.value if shape.kind == "map" else None
        else:
            shape = shape.members.get(name) if shape.kind == "structure" else None
        if shape is not None and shape.kind == "list":
            shape = shape.member
    return shape


def paths(request: JobRequest | None) -> Iterator[str]:
    for name in JobRequest._fields if request is not None else ():
        path = getattr(request, name)
        if path is not None:
            yield path


def written(row: StepType) -> Iterator[str]:
    """All paths in the arguments that a row names."""
    yield from paths(row.job)
    for output in row.outputs:
        yield f"{output.holder}.{output.uri}"
        yield f"{output.holder}.{output.key}"
    yield from row.other_roles
    yield from (name for name in (row.apart, row.above, row.role, row.name_prefix) if name)
    yield from row.optional
    yield from (path for path in row.cache_keys if path not in row.own_keys)
    yield from (path for path in row.texts if path != "*")


@pytest.mark.parametrize("row", EVERY)
def test_the_request_has_what_the_row_names(row: StepType) -> None:
    shape = request_shape(row.name)
    assert [path for path in written(row) if follow(shape, path) is None] == []


@pytest.mark.parametrize(("request_of", "above"), OF_DEFINITIONS)
def test_a_training_of_a_tuning_has_it_too(request_of: JobRequest, above: str) -> None:
    shape = follow(request_shape("Tuning"), above)
    assert [path for path in paths(request_of) if follow(shape, path) is None] == []


@pytest.mark.parametrize("row", EVERY)
def test_the_properties_have_what_the_row_names(row: StepType) -> None:
    shape = properties_shape(row.name)
    assert [name for name in row.below_output if follow(shape, name) is None] == []
    described = [f"{row.times}StartTime", f"{row.times}EndTime"] if row.times else []
    assert [name for name in described if row.family == "jobs" and follow(shape, name) is None] == []


def test_unknown_types_are_ignored() -> None:
    row = row_of("OfTomorrow")
    assert row == StepType("", None)
    assert row.name_prefix is None
    assert not row.has_default_role
