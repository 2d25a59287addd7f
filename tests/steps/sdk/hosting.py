"""The pipelines of tests/goldens/services.py that deploy models and record lineage, written with this library."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines import (
    CacheConfig,
    EndpointConfigStep,
    EndpointStep,
    ExceptionType,
    FailStep,
    InferenceComponentStep,
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageContext,
    LineageStep,
    ModelStep,
    Parameter,
    Pipeline,
    ProductionVariant,
    RetryPolicy,
    ServerlessInference,
)
from cdk_sagemaker_pipelines.language.meaning import ABSENT
from tests.steps.sdk.pipelines import XGBOOST, Place, scenario

DAY = CacheConfig("P1D")
TAGS = {"Tags": [{"Key": "team", "Value": "ml"}]}
RETRIES = [
    RetryPolicy([ExceptionType.SERVICE_FAULT, ExceptionType.THROTTLING], interval_seconds=10, max_attempts=3),
    RetryPolicy([ExceptionType.RESOURCE_LIMIT], max_attempts=2),
]
# the SDK writes an empty list where there are no tags
HOSTING_ON_PURPOSE: dict[str, dict[str, tuple[Any, Any]]] = {
    "endpoint": {"Steps.Serverless.Arguments.Tags": ({}, ABSENT)},
    "inference_component": {f"Steps.{name}.Arguments.Tags": ({}, ABSENT) for name in ("Config", "Endpoint")},
}


def model(pipeline: Pipeline) -> ModelStep:
    return ModelStep(
        pipeline, "Model", step_name="Model-CreateModel", image=XGBOOST, model_data="s3://my-bucket/model.tar.gz"
    )


@scenario
def endpoint(place: Place) -> Pipeline:
    pipeline = place.pipeline("Endpoint")
    made = model(pipeline)
    config = EndpointConfigStep(
        pipeline,
        "Config",
        endpoint_config_name="age-config",
        variants=[
            ProductionVariant(made, instance_type="ml.m5.large", initial_instance_count=1, initial_weight=1),
        ],
        volume_kms_key=place.key,
        display_name="The configuration",
        cache=DAY,
        retry_policies=RETRIES,
        overrides=TAGS,
    )
    EndpointStep(
        pipeline,
        "Endpoint",
        endpoint_name="age",
        config=config,
        description="answers in milliseconds",
        cache=DAY,
        overrides=TAGS,
    )
    EndpointConfigStep(
        pipeline,
        "Serverless",
        endpoint_config_name="age-serverless",
        variants=[ProductionVariant(made, serverless=ServerlessInference(2048, 5))],
    )
    return pipeline


@scenario
def inference_component(place: Place) -> Pipeline:
    pipeline = place.pipeline("InferenceComponent")
    made = model(pipeline)
    variant = ProductionVariant(
        instance_type="ml.g5.xlarge", min_instances=1, max_instances=2, routing_strategy="LEAST_OUTSTANDING_REQUESTS"
    )
    config = EndpointConfigStep(pipeline, "Config", endpoint_config_name="shared-config", variants=[variant])
    shared = EndpointStep(pipeline, "Endpoint", endpoint_name="shared", config=config)
    by_model = InferenceComponentStep(
        pipeline,
        "ByModel",
        inference_component_name="age",
        endpoint=shared,
        model=made,
        accelerators=1,
        min_memory_in_mb=1024,
        copies=Parameter.integer("Copies", default=1),
        description="first",
        overrides=TAGS,
    )
    InferenceComponentStep(
        pipeline,
        "ByContainer",
        inference_component_name="sex",
        endpoint=shared,
        image=XGBOOST,
        model_data="s3://my-bucket/model.tar.gz",
        environment={"K": "V"},
        model_data_download_timeout=600,
        accelerators=1,
        min_memory_in_mb=1024,
        depends_on=[by_model],
    )
    return pipeline


@scenario
def lineage(place: Place) -> Pipeline:
    pipeline = place.pipeline("Lineage")
    training = LineageAction(
        "training",
        "ModelTraining",
        "s3://my-bucket/run",
        {"rounds": "50"},
        source_type="S3",
        description="the run",
        status="Completed",
    )
    made = LineageArtifact("model", "Model", Parameter.string("Source", default="s3://my-bucket/model.tar.gz"))
    data = LineageArtifact("data", "DataSet", "s3://my-bucket/train", {"rows": 4177}, source_ids={"S3ETag": "abc"})
    project = LineageContext(
        "project",
        "Project",
        "https://example.com/abalone",
        {"owner": "ml"},
        source_type="Web",
        description="all of it",
    )
    record = LineageStep(
        pipeline,
        "Record",
        display_name="Record the run",
        actions=[training],
        artifacts=[made, data],
        contexts=[project],
        associations=[
            LineageAssociation(training, made, "Produced"),
            LineageAssociation("arn:aws:sagemaker:us-east-1:111122223333:artifact/0123456789abcdef", training),
        ],
    )
    arns = [record.action_arn("training"), record.artifact_arn("model"), record.context_arn("project")]
    FailStep(pipeline, "Stop", message=f"{arns[0]} {arns[1]} {arns[2]}")
    return pipeline
