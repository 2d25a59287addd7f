"""Models as files instead of an archive."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Image,
    IntegerRange,
    ModelContainer,
    ModelStep,
    Objective,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    S3Location,
    TrainingDefinition,
    TrainingStep,
    TuningStep,
    UncompressedModel,
)
from tests.steps.support import IMAGE, JOB, arguments, codes

OWN = Image.from_uri(IMAGE)


def test_files_in_a_bucket(pipeline: Pipeline, stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Models", "models")
    step = ModelStep(pipeline, "A", containers=[ModelContainer(OWN, UncompressedModel(S3Location(bucket, "one/")))])
    source = {"S3Uri": "s3://models/one/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    assert arguments(step)["PrimaryContainer"] == {"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}}
    assert codes(step) == []


@pytest.mark.parametrize("kind", [ModelStep, RegisterModelStep])
def test_what_a_training_writes_is_what_a_model_reads(kind: Any, pipeline: Pipeline) -> None:
    more = {} if kind is ModelStep else {"model_package_group": "group"}
    files = TrainingStep(pipeline, "Files", **JOB, output_compression="NONE")
    archive = TrainingStep(pipeline, "Archive", **JOB)
    kind(pipeline, "A", image=OWN, model_data=UncompressedModel(files.model_artifacts), **more)
    step = kind(pipeline, "B", image=OWN, model_data=archive.model_artifacts, **more)
    assert codes(step) == []
    kind(pipeline, "C", image=OWN, model_data=files.model_artifacts, **more)
    kind(pipeline, "D", image=OWN, model_data=UncompressedModel(archive.model_artifacts), **more)
    assert codes(step) == ["model-compression", "model-compression"]


def test_the_best_model_of_a_tuning(pipeline: Pipeline) -> None:
    def definition(**fields: Any) -> TrainingDefinition:
        return TrainingDefinition(**JOB, **fields, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)})

    files = TuningStep(pipeline, "A", training=definition(output_compression="NONE"), max_jobs=1)
    assert str(files.best_model().to_json()).count("output/model/'") == 1
    mixed = {"a": definition(output_compression="NONE"), "b": definition()}
    both = TuningStep(pipeline, "B", training=mixed, max_jobs=1)
    with pytest.raises(PipelineError, match="best_model: some definitions compress their models; give all"):
        both.best_model()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (
            lambda p: ModelStep(p, "A", image=OWN, model_data=UncompressedModel("s3://b/model")),
            "model_data: 's3://b/model' must end with '/', since the model's files are below it",
        ),
        (
            lambda p: ModelStep(p, "A", containers=[ModelContainer(OWN, UncompressedModel(5))]),  # type: ignore[arg-type]
            r"containers\[0\].model_data: an S3Location, a step's output or an S3 URI is needed, not 5",
        ),
        (
            lambda p: TrainingStep(p, "A", **JOB, output_compression="None"),  # type: ignore[arg-type]
            "output_compression is 'None'; did you mean 'NONE'",
        ),
    ],
    ids=["folder", "number", "case"],
)
def test_what_is_refused(write: Any, message: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=message):
        write(pipeline)
