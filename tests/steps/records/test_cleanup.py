"""Cleanup steps."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import (
    CleanupSource,
    CleanupStep,
    FailStep,
    Image,
    ModelStep,
    Parameter,
    Pipeline,
    StepGroup,
    TrainingStep,
    TransformStep,
)
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import IMAGE, JOB, errors, findings, get, join, network, processing, rendered

RUN = Parameter.string("Run", default="r")
PLACE = Parameter.string("Place", default="s3://b/place/")
URI = "s3://b/x.csv"


def train(pipeline: Any, name: str = "Train", **fields: Any) -> TrainingStep:
    return TrainingStep(pipeline, name, **JOB, **fields)


def clean(pipeline: Any, *sources: Any, **fields: Any) -> CleanupStep:
    return CleanupStep(pipeline, "Clean", sources=list(sources), **fields)


def test_every_field(pipeline: Pipeline) -> None:
    model = ModelStep(pipeline, "Model", image=Image.from_uri(IMAGE))
    prepare = processing(pipeline, outputs=["o"])
    apply = TransformStep(pipeline, "Apply", model=model, input="s3://b/in", instance_type="ml.m5.large")
    last = processing(pipeline, "Last")
    step = CleanupStep(
        pipeline,
        "Clean",
        step_name="Clean-Up",
        depends_on=[last, prepare],
        sources=[
            train(pipeline),
            CleanupSource(prepare, [f"{prepare.output('o')}/{RUN}.csv"]),
            CleanupSource(apply, [URI, PLACE]),
        ],
    )
    uri = get("Steps.Prepare.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri")
    assert rendered(step) == {
        "Name": "Clean-Up",
        "Type": "Cleanup",
        "DependsOn": ["Last", "Prepare", "Train", "Apply"],
        "Arguments": {
            "Resources": {
                "S3": [
                    {"StepName": "Train"},
                    {"StepName": "Prepare", "S3Uris": [join(uri, "/", get("Parameters.Run"), ".csv")]},
                    {"StepName": "Apply", "S3Uris": [URI, get("Parameters.Place")]},
                ]
            }
        },
    }
    assert findings(step) == []


def test_objects_of_a_training_step_can_be_named(pipeline: Pipeline) -> None:
    step = clean(pipeline, CleanupSource(train(pipeline), [URI]))
    assert rendered(step)["Arguments"] == {"Resources": {"S3": [{"StepName": "Train", "S3Uris": [URI]}]}}
    assert findings(step) == []


def test_another_trigger_stands_for_the_success(pipeline: Pipeline) -> None:
    first, second = train(pipeline, "First"), train(pipeline, "Second")
    step = clean(pipeline, first, second)
    second.on_end(step)
    assert rendered(step)["DependsOn"] == [{"Step": "Second", "Trigger": "Any"}, "First"]
    assert errors(pipeline) == []


def test_a_cleanup_in_a_group(pipeline: Pipeline) -> None:
    group = StepGroup(pipeline, "G", depends_on=[processing(pipeline, "Last")])
    step = clean(group, train(group))
    assert rendered(step)["DependsOn"] == ["Last", "G-Train"]
    assert rendered(step)["Arguments"] == {"Resources": {"S3": [{"StepName": "G-Train"}]}}
    assert errors(pipeline) == []


AT = "CleanupStep 'Stack/P/Clean'"
REFUSED: list[Case] = [
    (lambda p: clean(p), f"{AT}: sources: there are 0; 1 to 100 are allowed"),
    (
        lambda p: CleanupStep(p, "Clean", sources=train(p)),
        f"{AT}: sources must be a list, not <TrainingStep 'Train'>",
    ),
    (lambda p: clean(p, "Train"), f"{AT}: sources[0] takes a step or CleanupSource(...), not 'Train'"),
    (lambda p: clean(p, CleanupSource("Train", [URI])), f"{AT}: sources[0].step takes a step, not 'Train'"),
    (
        lambda p: clean(p, processing(p)),
        f"{AT}: sources[0]: 'Prepare' is a Processing step, whose objects must be named; give CleanupSource(step, ['s3://...'])",
    ),
    (
        lambda p: clean(p, CleanupSource(processing(p), [])),
        f"{AT}: sources[0]: 'Prepare' is a Processing step, whose objects must be named; give CleanupSource(step, ['s3://...'])",
    ),
    (
        lambda p: clean(p, CleanupSource(processing(p), URI)),
        f"{AT}: sources[0].uris must be a list, not '{URI}'",
    ),
    (
        lambda p: clean(p, ModelStep(p, "Model", image=Image.from_uri(IMAGE))),
        f"{AT}: sources[0]: outputs of training, processing and transform steps are deleted, not those of "
        "<ModelStep 'Model'>",
    ),
    (
        lambda p: clean(p, FailStep(p, "Stop")),
        f"{AT}: it cannot depend on 'Stop', the execution ends at a FailStep",
    ),
    (
        lambda p: (lambda t: clean(p, t, t))(train(p)),
        f"{AT}: sources: 'Train' occurs twice",
    ),
    (
        lambda p: clean(p, train(p, **network(cdk.Stack.of(p)))),
        f"{AT}: sources[0]: 'Train' runs in a VPC, and the service does not clean up such steps",
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_nothing_can_be_read_of_it(pipeline: Pipeline) -> None:
    step = clean(pipeline, train(pipeline))
    assert not hasattr(step, "properties")
    with pytest.raises(ValueError, match="'X' is not a property of a Cleanup step; allowed are none"):
        step.reference("X")


def test_a_list_is_told_whole(pipeline: Pipeline) -> None:
    steps = [train(pipeline, f"T{i}") for i in range(3)]
    assert [source["StepName"] for source in rendered(clean(pipeline, *steps))["Arguments"]["Resources"]["S3"]] == [
        "T0",
        "T1",
        "T2",
    ]
