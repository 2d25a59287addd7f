"""A training step: its JSON with every field and with the fewest, its hyperparameters, and what others read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Channel,
    Checkpoints,
    Image,
    Parameter,
    Pipeline,
    S3Location,
    TrainingStep,
)
from tests.steps.support import (
    ASSETS,
    IMAGE,
    JOB,
    KEY,
    NETWORK,
    OTHER_KEY,
    ROLE,
    SKLEARN,
    arguments,
    findings,
    get,
    join,
    keys,
    network,
    processing,
    rendered,
    run_place,
    source,
)


def test_every_field(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    step = TrainingStep(
        pipeline,
        "Train",
        step_name="Train-It",
        image=Image.sklearn("1.2-1"),
        source=source(tmp_path),
        instance_type="ml.m5.large",
        instance_count=2,
        volume_size_in_gb=Parameter.integer("Volume", default=10),
        environment={"A": "1"},
        inputs={
            "train": first.output("data"),
            "prefix": S3Location(bucket, "validation/"),
            "special": Channel(
                "s3://my-bucket/x",
                content_type="text/csv",
                input_mode="FastFile",
                s3_data_type="ManifestFile",
                s3_data_distribution_type="ShardedByS3Key",
                compression_type="Gzip",
                record_wrapper_type="RecordIO",
            ),
        },
        output=S3Location(bucket, "models"),
        hyperparameters={"depth": 5, "name": "x"},
        input_mode="Pipe",
        metric_definitions={"loss": "loss=(.*)"},
        checkpoints=Checkpoints(S3Location(bucket, "checkpoints"), "/opt/ml/there"),
        max_runtime=cdk.Duration.hours(1),
        max_wait=7200,
        enable_network_isolation=Parameter.boolean("Isolated", default=False),
        encrypt_inter_container_traffic=True,
        overrides={"RetryStrategy": {"MaximumRetryAttempts": 2}},
        **network(stack),
        **keys(stack),
    )
    # an isolation that is only known at run time must be taken for one: the code comes in a channel
    code = "/opt/ml/input/data/code/<hash>.gz"
    assert rendered(step) == {
        "Name": "Train-It",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": SKLEARN,
                "TrainingInputMode": "Pipe",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
            },
            "RoleArn": ROLE,
            "InputDataConfig": [
                channel("train", get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri")),
                channel("prefix", "s3://my-bucket/validation/"),
                {
                    "ChannelName": "special",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "ManifestFile",
                            "S3Uri": "s3://my-bucket/x",
                            "S3DataDistributionType": "ShardedByS3Key",
                        }
                    },
                    "ContentType": "text/csv",
                    "CompressionType": "Gzip",
                    "InputMode": "FastFile",
                    "RecordWrapperType": "RecordIO",
                },
                channel("code", f"{ASSETS}/<hash>.gz"),
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://my-bucket/models", "KmsKeyId": KEY},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "VolumeSizeInGB": get("Parameters.Volume"),
                "VolumeKmsKeyId": OTHER_KEY,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
            "HyperParameters": {
                "depth": "5",
                "name": '"x"',
                "sagemaker_submit_directory": f'"{code}"',
                "sagemaker_program": '"train.py"',
                "sagemaker_container_log_level": "20",
                "sagemaker_region": '"eu-west-1"',
            },
            "Environment": {"A": "1"},
            "VpcConfig": NETWORK,
            "EnableNetworkIsolation": get("Parameters.Isolated"),
            "EnableInterContainerTrafficEncryption": True,
            "EnableManagedSpotTraining": True,
            "CheckpointConfig": {"S3Uri": "s3://my-bucket/checkpoints", "LocalPath": "/opt/ml/there"},
            "RetryStrategy": {"MaximumRetryAttempts": 2},
        },
    }
    assert findings(step) == []


def channel(name: str, uri: Any) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        },
    }


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", image=Image.from_uri(IMAGE), instance_type="ml.m5.large")
    assert rendered(step) == {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": run_place("Train")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        },
    }


@pytest.mark.parametrize("isolated", [None, False])
def test_the_code_of_a_job_with_a_network_is_fetched_by_the_toolkit(
    isolated: bool | None, pipeline: Pipeline, tmp_path: Path
) -> None:
    found = arguments(
        TrainingStep(pipeline, "Train", **JOB, source=source(tmp_path), enable_network_isolation=isolated)
    )
    assert "InputDataConfig" not in found
    assert found["HyperParameters"]["sagemaker_submit_directory"] == f'"{ASSETS}/<hash>.gz"'


def hyperparameters(pipeline: Pipeline, **fields: Any) -> dict[str, Any]:
    rate = Parameter.float("Rate", default=0.1)
    name = Parameter.string("Name", default="x")
    values = {
        "int": 5,
        "float": 0.5,
        "bool": True,
        "text": "reg:squarederror",
        "quoted": 'a "b"',
        "list": [1, [2.5, "x"]],
        "dict": {"a": {"b": [1]}},
        "number": rate,
        "string": name,
        "joined": f"lr-{rate}",
        "token": cdk.Aws.STACK_NAME,
    }
    step = TrainingStep(pipeline, "Train", **JOB, hyperparameters=values, **fields)
    assert findings(step) == []
    found: dict[str, Any] = arguments(step)["HyperParameters"]
    return found


def test_hyperparameters_of_an_algorithm_are_texts_as_they_are_and_json(pipeline: Pipeline) -> None:
    assert hyperparameters(pipeline) == {
        "int": "5",
        "float": "0.5",
        "bool": "true",
        "text": "reg:squarederror",
        "quoted": 'a "b"',
        "list": '[1, [2.5, "x"]]',
        "dict": '{"a": {"b": [1]}}',
        "number": join(get("Parameters.Rate")),
        "string": get("Parameters.Name"),
        "joined": join("lr-", get("Parameters.Rate")),
        "token": {"Ref": "AWS::StackName"},
    }


def test_hyperparameters_of_a_script_are_json(pipeline: Pipeline, tmp_path: Path) -> None:
    found = hyperparameters(pipeline, source=source(tmp_path))
    assert {name: value for name, value in found.items() if not name.startswith("sagemaker_")} == {
        "int": "5",
        "float": "0.5",
        "bool": "true",
        "text": '"reg:squarederror"',
        "quoted": '"a \\"b\\""',
        "list": '[1, [2.5, "x"]]',
        "dict": '{"a": {"b": [1]}}',
        "number": join(get("Parameters.Rate")),
        "string": get("Parameters.Name"),
        "joined": join('"lr-', get("Parameters.Rate"), '"'),
        "token": {"Fn::Join": ["", ['"', {"Ref": "AWS::StackName"}, '"']]},
    }


def test_references(pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", **JOB)
    assert step.model_artifacts.to_json() == get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    assert step.properties.model_artifacts.s3_model_artifacts.to_json() == step.model_artifacts.to_json()
    assert step.properties.final_metric_data_list["loss"].value.to_json() == get(
        "Steps.Train.FinalMetricDataList['loss'].Value"
    )
    assert step.reference("ResourceConfig.InstanceCount").to_json() == get("Steps.Train.ResourceConfig.InstanceCount")


def test_instances_that_are_kept_warm(pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", **JOB, keep_alive_period=cdk.Duration.minutes(10))
    assert arguments(step)["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 600
    assert findings(step) == []
