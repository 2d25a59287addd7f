"""A transform step: its JSON with every field and with the fewest."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    ExceptionType,
    Image,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    RetryPolicy,
    S3Location,
    TransformInput,
    TransformStep,
)
from tests.steps.support import (
    IMAGE,
    KEY,
    OTHER_KEY,
    arguments,
    codes,
    get,
    keys,
    processing,
    rendered,
    run_place,
)

THROTTLED = RetryPolicy([ExceptionType.THROTTLING])
THROTTLED_JSON = [{"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 5}]


def test_every_field_of_a_transform(pipeline: Pipeline, stack: cdk.Stack) -> None:
    model = ModelStep(pipeline, "Model", image=Image.from_uri(IMAGE))
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    step = TransformStep(
        pipeline,
        "Score",
        step_name="Score-It",
        model=model,
        input=TransformInput(
            S3Location(bucket, "batch/"),
            content_type=Parameter.string("Type", default="text/csv"),
            split_type="Line",
            compression_type="Gzip",
            s3_data_type="ManifestFile",
        ),
        instance_type="ml.m5.large",
        instance_count=2,
        output=S3Location(bucket, "out"),
        accept="text/csv",
        assemble_with="Line",
        strategy="MultiRecord",
        max_concurrent_transforms=4,
        max_payload_in_mb=0,
        environment={"A": "1"},
        input_filter="$[1:]",
        output_filter=Parameter.string("Kept", default="$[0,-1]"),
        join_source="Input",
        **keys(stack),
    )
    assert rendered(step) == {
        "Name": "Score-It",
        "Type": "Transform",
        "Arguments": {
            "ModelName": get("Steps.Model.ModelName"),
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://my-bucket/batch/"}},
                "ContentType": get("Parameters.Type"),
                "CompressionType": "Gzip",
                "SplitType": "Line",
            },
            "TransformOutput": {
                "S3OutputPath": "s3://my-bucket/out",
                "Accept": "text/csv",
                "AssembleWith": "Line",
                "KmsKeyId": KEY,
            },
            "TransformResources": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "VolumeKmsKeyId": OTHER_KEY,
            },
            "BatchStrategy": "MultiRecord",
            "MaxConcurrentTransforms": 4,
            "MaxPayloadInMB": 0,
            "DataProcessing": {
                "InputFilter": "$[1:]",
                "OutputFilter": get("Parameters.Kept"),
                "JoinSource": "Input",
            },
            "Environment": {"A": "1"},
        },
    }
    assert codes(step) == ["same-place"]
    assert step.output_path.to_json() == get("Steps.Score-It.TransformOutput.S3OutputPath")
    assert step.properties.transform_job_name.to_json() == get("Steps.Score-It.TransformJobName")


def test_the_fewest_fields_of_a_transform(pipeline: Pipeline) -> None:
    step = TransformStep(pipeline, "Score", model="model", input="s3://bucket/in", instance_type="ml.m5.large")
    assert rendered(step) == {
        "Name": "Score",
        "Type": "Transform",
        "Arguments": {
            "ModelName": "model",
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
            "TransformOutput": {"S3OutputPath": run_place("Score")},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    }


def test_a_model_whose_name_is_given_at_the_start(pipeline: Pipeline) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    step = TransformStep(
        pipeline,
        "Score",
        model=Parameter.string("Model"),
        input=first.output("data"),
        output=first.output("data"),
        instance_type="ml.m5.large",
    )
    data = get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri")
    found = arguments(step)
    assert found["ModelName"] == get("Parameters.Model")
    assert found["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == data
    assert found["TransformOutput"]["S3OutputPath"] == data


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"join_source": "input"}, "join_source is 'input'; did you mean 'Input'?"),
        ({"join_source": Parameter.string("Join")}, "join_source .* must be literal; allowed are"),
        ({"input_filter": ["$"]}, "input_filter must be a text, not"),
        ({"output_filter": True}, "output_filter must be a text, not True"),
    ],
    ids=["case", "expression", "list", "boolean"],
)
def test_bad_filters_and_joins(fields: dict[str, Any], message: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=message.replace("?", r"\?")):
        TransformStep(pipeline, "A", model="m", input="s3://b/in", instance_type="ml.m5.large", **fields)


def test_a_filter_is_a_path_from_the_root(pipeline: Pipeline) -> None:
    step = TransformStep(
        pipeline, "A", model="m", input="s3://b/in", instance_type="ml.m5.large", input_filter="features"
    )
    assert codes(step) == ["transform-filter"]
