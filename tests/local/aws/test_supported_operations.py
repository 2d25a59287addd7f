"""Calls that start something: done, recorded or refused, and never a success that nothing is behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from moto.core.responses import BaseResponse

from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.aws.sagemaker.api import SageMakerApi
from cdk_sagemaker_pipelines.local.aws.sagemaker.supported_operations import (
    DONE,
    HOSTED,
    READS,
    RECORDED,
    STEPS,
    refusal,
)
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.aws.conftest import ACCOUNT, REGION

LOCAL_MD = Path(__file__).parents[3] / "docs" / "local.md"
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
IMAGE = {"TrainingImage": "image", "TrainingInputMode": "File"}
OUTPUT = {"S3OutputPath": "s3://bucket/out"}
LIMIT = {"MaxRuntimeInSeconds": 60}
TRANSFORM = {
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
    "TransformOutput": OUTPUT,
    "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
}
CALLS: dict[str, dict[str, Any]] = {
    "CreateTrainingJob": {
        "TrainingJobName": "j", "RoleArn": ROLE, "AlgorithmSpecification": IMAGE, "OutputDataConfig": OUTPUT,
        "ResourceConfig": CLUSTER, "StoppingCondition": LIMIT,
    },
    "CreateProcessingJob": {
        "ProcessingJobName": "j", "RoleArn": ROLE, "AppSpecification": {"ImageUri": "image"},
        "ProcessingResources": {"ClusterConfig": CLUSTER},
    },
    "CreateTransformJob": {"TransformJobName": "j", "ModelName": "m", **TRANSFORM},
    "CreateHyperParameterTuningJob": {
        "HyperParameterTuningJobName": "j",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random", "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        },
    },
    "CreateAutoMLJobV2": {
        "AutoMLJobName": "j", "RoleArn": ROLE, "OutputDataConfig": OUTPUT,
        "AutoMLProblemTypeConfig": {"TextClassificationJobConfig": {
            "ContentColumn": "a", "TargetLabelColumn": "b",
        }},
        "AutoMLJobInputDataConfig": [
            {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}}
        ],
    },
    "CreateCompilationJob": {
        "CompilationJobName": "j", "RoleArn": ROLE, "StoppingCondition": LIMIT,
        "OutputConfig": {"S3OutputLocation": "s3://bucket/out", "TargetDevice": "ml_c5"},
    },
    "UpdateEndpointWeightsAndCapacities": {
        "EndpointName": "e", "DesiredWeightsAndCapacities": [{"VariantName": "v", "DesiredWeight": 1.0}],
    },
    "CreateInferenceComponent": {"InferenceComponentName": "i", "EndpointName": "e"},
    "UpdateInferenceComponent": {"InferenceComponentName": "i"},
    "CreateCluster": {"ClusterName": "c"},
    "CreateNotebookInstance": {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": ROLE},
    "StartNotebookInstance": {"NotebookInstanceName": "n"},
}  # fmt: skip
"""Every call that moto or a step answers with a success although nothing runs, with a valid request."""


def offered() -> set[str]:
    """The operations that have code, ours or moto's, except those that only read or end something."""
    names = set(dir(SageMakerApi)) - set(dir(BaseResponse))
    return {one for one in MODEL.operation_names if xform_name(one) in names and not one.startswith(READS)}


def test_every_operation_that_has_code_has_a_row() -> None:
    assert offered() == DONE | RECORDED | CALLS.keys()
    assert not DONE & RECORDED
    assert CALLS.keys() >= HOSTED


def test_whatever_starts_something_is_done_recorded_or_refused() -> None:
    walked = [one for one in MODEL.operation_names if one.startswith(("Create", "Start", "Update", "Retry", "Import"))]
    assert len(walked) > 120
    kept = {one for one in walked if refusal(one) is None}
    assert kept == {one for one in DONE | RECORDED if one in walked}
    for one in set(walked) - kept:
        refused = refusal(one)
        assert refused is not None
        assert (refused.status, refused.message.endswith(f": sagemaker {one}")) == (501, True)
    assert refusal("CreateSomethingNew") is not None
    assert {one for one in walked if refusal(one, by_step=True) is None} == kept | HOSTED


def test_the_steps_that_the_refusals_name_exist() -> None:
    assert set(STEPS.values()) <= STEP_TYPES.keys()
    assert STEPS.keys() <= set(MODEL.operation_names)
    jobs = {f"Create{row.api}" for row in STEP_TYPES.values() if row.api and row.api.endswith("Job")}
    assert len(jobs) == 6
    assert jobs & set(MODEL.operation_names) <= STEPS.keys()


def test_what_is_only_recorded_is_documented() -> None:
    text = LOCAL_MD.read_text("utf-8")
    assert {one for one in RECORDED if not re.search(rf"`{one}`", text)} == set()


@pytest.mark.parametrize("operation", CALLS)
def test_a_client_is_refused(client: Any, operation: str) -> None:
    sagemaker = client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ClientError) as error:
        getattr(sagemaker, xform_name(operation))(**CALLS[operation])
    told = error.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert told["ResponseMetadata"]["RetryAttempts"] == 0
    assert told["Error"]["Code"] == "NotImplemented"
    assert f": sagemaker {operation}" in told["Error"]["Message"]
    if operation in STEPS:
        assert f"use a step of type {STEPS[operation]}" in told["Error"]["Message"]


def test_nothing_is_left_behind(client: Any) -> None:
    sagemaker = client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ClientError):
        sagemaker.create_training_job(**CALLS["CreateTrainingJob"])
    assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    with pytest.raises(sagemaker.exceptions.ClientError, match="Could not find"):
        sagemaker.describe_training_job(TrainingJobName="j")


@pytest.mark.parametrize("body", [b"1,2", b"\x93\x00"], ids=["text", "binary"])
def test_no_endpoint_answers(client: Any, body: bytes) -> None:
    runtime = client("sagemaker-runtime")
    asked: dict[str, dict[str, Any]] = {
        "invoke_endpoint": {"Body": body},
        "invoke_endpoint_async": {"InputLocation": "s3://bucket/in"},
        "invoke_endpoint_with_response_stream": {"Body": body},
    }
    for call, members in asked.items():
        with pytest.raises(runtime.exceptions.ClientError, match="NotImplemented") as error:
            getattr(runtime, call)(EndpointName="e", **members)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_only_steps_record_an_inference_component(aws: EmbeddedAws) -> None:
    services = aws.services()
    sagemaker, step = services.client("sagemaker"), services.step_client()
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "image"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    guess = services._world.new_client("sagemaker", ACCOUNT, REGION)
    guess.meta.events.register(
        "before-call.sagemaker", lambda params, **_: params["headers"].update({"X-Smpipe-Step": "x"})
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"
    component = {"InferenceComponentName": "i", "EndpointName": "e", "Specification": {"ModelName": "m"}}
    for other in (sagemaker, guess):
        with pytest.raises(other.exceptions.ClientError, match="use a step of type InferenceComponent"):
            other.create_inference_component(**component)
    step.create_inference_component(**component)
    assert sagemaker.describe_inference_component(InferenceComponentName="i")["EndpointName"] == "e"
    with pytest.raises(sagemaker.exceptions.ClientError, match="use a step of type InferenceComponent"):
        sagemaker.update_inference_component(InferenceComponentName="i")
