"""Pipelines with endpoints, lineage, jobs of the service's own, and cleanup."""

from __future__ import annotations

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from cdk_sagemaker_pipelines import (
    AsyncInference,
    CleanupSource,
    CleanupStep,
    EndpointConfigStep,
    EndpointStep,
    Image,
    InferenceComponentStep,
    JobStep,
    LineageAction,
    LineageArtifact,
    LineageAssociation,
    LineageContext,
    LineageStep,
    ModelStep,
    Pipeline,
    ProcessingStep,
    ProductionVariant,
    S3Location,
    TrainingStep,
)
from tests.permissions.calls import HERE

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, below, bucket, key, private_image, private_network

SKLEARN = Image.sklearn("1.2-1")


def _hosting(stack: cdk.Stack) -> Uses:
    """An asynchronous endpoint of a model, and one that inference components stand on; all with capital letters."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Serve")
    topic = sns.Topic.from_topic_arn(stack, "Topic", f"arn:aws:sns:{HERE['r']}:{HERE['a']}:answered")
    model = ModelStep(pipeline, "Create", image=SKLEARN, model_data="s3://models/model.tar.gz")
    config = EndpointConfigStep(
        pipeline,
        "Config",
        endpoint_config_name="AgeConfig",
        variants=[ProductionVariant(model, instance_type="ml.m5.large")],
        async_inference=AsyncInference(
            S3Location(bucket(stack, "answers", keyed=True), "orders/"), success_topic=topic
        ),
        volume_kms_key=key(stack, "volume"),
    )
    EndpointStep(pipeline, "Deploy", endpoint_name="Age", config=config)
    shared = EndpointConfigStep(
        pipeline,
        "SharedConfig",
        endpoint_config_name="shared-config",
        variants=[ProductionVariant(instance_type="ml.m5.large")],
        **private_network(stack),
    )
    endpoint = EndpointStep(pipeline, "Shared", endpoint_name="Shared", config=shared)
    InferenceComponentStep(
        pipeline,
        "Component",
        inference_component_name="Sex",
        endpoint=endpoint,
        image=private_image(stack),
        model_data=S3Location(bucket(stack, "models", keyed=True), "sex/model.tar.gz"),
        min_memory_in_mb=1024,
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        pipeline_role, role = s.pipeline_role, s.argument("Create", "ExecutionRoleArn")
        known = {"model_bucket": "models", "model_file": "model.tar.gz", "model_bucket_key": KEYS + "models"}
        yield Use("Model", {"pipeline": pipeline_role, "model": role}, {"step": "create", "job_role": role, **known})
        age = {"endpoint_config": "AgeConfig", "endpoint_config_lower": "ageconfig", "endpoint": "Age"}
        yield Use(
            "EndpointConfig",
            {"pipeline": pipeline_role, "model": role},
            {
                **age,
                **below("answers", "answers", "orders/"),
                "topic": f"arn:aws:sns:{HERE['r']}:{HERE['a']}:answered",
            },
        )
        deployed = {**age, "endpoint_lower": "age", "volume_key": KEYS + "volume"}
        yield Use("Endpoint", {"pipeline": pipeline_role}, deployed)
        role = s.argument("SharedConfig", "ExecutionRoleArn")
        shared = {"endpoint_config": "shared-config", "endpoint": "Shared"}
        with_role = {"pipeline": pipeline_role, "config": role}
        yield Use("EndpointConfig", with_role, {**shared, "job_role": role}, frozenset({"vpc"}))
        shared["endpoint_lower"] = "shared"
        yield Use("Endpoint", {"pipeline": pipeline_role}, shared)
        yield Use(
            "InferenceComponent",
            with_role,
            {
                "endpoint": "Shared",
                "endpoint_lower": "shared",
                "inference_component": "Sex",
                "inference_component_lower": "sex",
                "model_bucket": "models",
                "model_file": "sex/model.tar.gz",
                "model_bucket_key": KEYS + "models",
                "repository": "team/own",
            },
            frozenset({"private image"}),
        )

    return uses


def _lineage(stack: cdk.Stack) -> Uses:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Record")
    action = LineageAction("searched", "Search", "s3://runs/1")
    artifact = LineageArtifact("model", "Model", "s3://models/model.tar.gz")
    context = LineageContext("season", "Season", "s3://runs/")
    LineageStep(
        pipeline,
        "Record",
        actions=[action],
        artifacts=[artifact],
        contexts=[context],
        associations=[
            LineageAssociation(action, artifact, "Produced"),
            LineageAssociation(action, context, "AssociatedWith"),
        ],
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        entities = {"action": "searched", "artifact": "d7a8fbb307d7809469ca9abcb0082e4f", "context": "season"}
        yield Use("Lineage", {"pipeline": s.pipeline_role}, entities, frozenset({"associations"}))

    return uses


def _job(stack: cdk.Stack) -> Uses:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Prepare")
    JobStep(
        pipeline,
        "Prepare",
        category="DataTransformation",
        schema_version="1.0.0",
        document={
            "InputDataConfig": {"S3Uri": "s3://raw/orders/"},
            "OutputDataConfig": {"S3OutputPath": "s3://prepared/orders/"},
        },
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Prepare", "RoleArn")
        values = {**below("input", "raw", "orders/"), **below("output", "prepared", "orders/")}
        values = {name: value for name, value in values.items() if not name.endswith("_key")}
        known = {"step": "Prepare", "category": "DataTransformation", "job_role": role}
        yield Use("Job", {"pipeline": s.pipeline_role, "job": role}, {**known, **values})

    return uses


def _cleanup(stack: cdk.Stack) -> Uses:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Clear-Up")
    write = ProcessingStep(
        pipeline,
        "Write",
        image=SKLEARN,
        container_entrypoint=["write"],
        instance_type="ml.m5.large",
        outputs={"files": "s3://scratch/orders"},
    )
    train = TrainingStep(
        pipeline, "Train", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", output="s3://models/orders/"
    )
    CleanupStep(pipeline, "Clean", sources=[CleanupSource(write, [f"{write.output('files')}/drop.csv"]), train])

    def uses(s: Synthesized) -> Iterator[Use]:
        values = {
            "dropped_bucket": "scratch",
            "dropped_file": "orders/drop.csv",
            "cleared_bucket": "models",
            "cleared_prefix": "orders/pipelines-l040kjgtiq4n-Train-eQlNAJKWnc/",
            "cleared_object": "orders/pipelines-l040kjgtiq4n-Train-eQlNAJKWnc/output/model.tar.gz",
        }
        yield Use("Cleanup", {"pipeline": s.pipeline_role}, values)
        role = s.argument("Write", "RoleArn")
        written = {"output_bucket": "scratch", "output_object": "orders/a.csv"}
        both = {"pipeline": s.pipeline_role, "job": role}
        yield Use("Processing", both, {"step": "Write", "job_role": role, **written})
        role = s.argument("Train", "RoleArn")
        written = {"output_bucket": "models", "output_object": "orders/a/output/model.tar.gz"}
        both = {"pipeline": s.pipeline_role, "job": role}
        yield Use("Training", both, {"step": "Train", "job_role": role, **written})

    return uses


CASES = (
    Case("hosting", _hosting),
    Case("lineage", _lineage),
    Case("job", _job),
    Case("cleanup", _cleanup),
)
