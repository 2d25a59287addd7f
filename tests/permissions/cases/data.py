"""Pipelines with data that is no plain prefix in S3, and jobs that name no role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from cdk_sagemaker_pipelines import (
    AthenaDataset,
    FeatureGroupOutput,
    Image,
    ModelStep,
    Pipeline,
    ProcessingStep,
    RawStep,
    RedshiftDataset,
    RegisterModelStep,
    S3Location,
    TrainingStep,
    TransformStep,
    Trust,
)
from tests.permissions.calls import HERE, SAGEMAKER

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, below, bucket

SKLEARN = Image.sklearn("1.2-1")
ROLE = f"arn:aws:iam::{HERE['a']}:role/"
PLAN = SAGEMAKER + "training-plan/autumn"


def _queries(stack: cdk.Stack) -> Uses:
    """A job that asks Athena, one that asks Redshift, and one that fills a feature group."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Query")
    common: dict[str, Any] = {"image": SKLEARN, "container_entrypoint": ["go"], "instance_type": "ml.m5.large"}
    cluster_role = iam.Role(stack, "Redshift", assumed_by=iam.ServicePrincipal("redshift.amazonaws.com"))
    results, unloaded = (kms.Key.from_key_arn(stack, f"Key-{name}", KEYS + name) for name in ("results", "unloaded"))
    athena = AthenaDataset(
        query="select 1",
        database="sales",
        catalog="lake",
        work_group="team",
        output="s3://results/orders/",
        kms_key=results,
    )
    redshift = RedshiftDataset(
        query="select 1",
        database="sales",
        cluster_id="main",
        db_user="reader",
        cluster_role=cluster_role,
        output="s3://unloaded/orders/",
        kms_key=unloaded,
    )
    ProcessingStep(pipeline, "Athena", inputs={"orders": athena}, **common)
    ProcessingStep(pipeline, "Redshift", inputs={"orders": redshift}, **common)
    ProcessingStep(pipeline, "Features", outputs={"filled": FeatureGroupOutput("Orders")}, **common)
    # so that the buckets are known to have keys
    data = [S3Location(bucket(stack, name, keyed=True), "orders/") for name in ("results", "unloaded")]
    ProcessingStep(pipeline, "Look", inputs={"a": data[0], "b": data[1]}, **common)

    def uses(s: Synthesized) -> Iterator[Use]:
        def use(step: str, values: dict[str, str], *has: str) -> Use:
            role = s.argument(step, "RoleArn")
            known = {"step": step, "job_role": role}
            roles = {"pipeline": s.pipeline_role, "job": role, "cluster": s.of(cluster_role.role_arn)}
            return Use("Processing", roles, {**known, **values}, frozenset(has))

        yield use(
            "Athena",
            {
                "work_group": "team",
                "catalog": "lake",
                "database": "sales",
                "table": "orders",
                **below("results", "results", "orders/"),
                "results_key": KEYS + "results",
            },
            "athena",
        )
        yield use(
            "Redshift",
            {
                "redshift": "main",
                "redshift_database": "sales",
                "redshift_user": "reader",
                **below("unloaded", "unloaded", "orders/"),
                "unloaded_key": KEYS + "unloaded",
            },
            "redshift",
        )
        yield use("Features", {"feature_group": "Orders", "feature_group_lower": "orders"})
        for name in ("results", "unloaded"):
            yield use("Look", {**below("input", name, "orders/"), "input_key": KEYS + name})

    return uses


def _watched(stack: cdk.Stack) -> Uses:
    """A training that is watched, on reserved capacity; a model that is validated, and a transform that is captured."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Watch", trust=Trust.everything())
    rule = {"RuleConfigurationName": "Loss", "RuleEvaluatorImage": "rules", "S3OutputPath": "s3://found/orders/"}
    TrainingStep(
        pipeline,
        "Train",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.p4d.24xlarge",
        output=S3Location(bucket(stack, "models"), "orders/"),
        overrides={
            "ResourceConfig": {"TrainingPlanArn": PLAN},
            "DebugHookConfig": {"S3OutputPath": "s3://tensors/orders/"},
            "DebugRuleConfigurations": [rule],
        },
    )
    validated = {"ValidationSpecification": {"ValidationRole": ROLE + "Validate", "ValidationProfiles": []}}
    RegisterModelStep(
        pipeline,
        "Register",
        model_package_group="forests",
        image=SKLEARN,
        model_data="s3://models/orders/model.tar.gz",
        overrides=validated,
    )
    model = ModelStep(pipeline, "Create", image=SKLEARN, model_data="s3://models/orders/model.tar.gz")
    captured = {"DestinationS3Uri": "s3://captured/orders/", "KmsKeyId": KEYS + "kept"}
    TransformStep(
        pipeline,
        "Apply",
        model=model,
        input="s3://raw/orders/",
        output="s3://answers/orders/",
        instance_type="ml.m5.large",
        overrides={"DataCaptureConfig": captured},
    )
    watched = {
        name: S3Location(bucket(stack, name, keyed=True), "orders/") for name in ("tensors", "found", "captured")
    }
    ProcessingStep(
        pipeline,
        "Look",
        image=SKLEARN,
        container_entrypoint=["look"],
        instance_type="ml.m5.large",
        inputs=watched,
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        roles = {"pipeline": s.pipeline_role}
        role = s.argument("Train", "RoleArn")
        yield Use(
            "Training",
            {**roles, "job": role},
            {
                "step": "Train",
                "job_role": role,
                "output_bucket": "models",
                "output_object": "orders/a/output/model.tar.gz",
                **below("tensors", "tensors", "orders/"),
                **below("found", "found", "orders/"),
                "training_plan": PLAN,
                "capacity": "1a2b3c",
            },
            frozenset({"rules"}),
        )
        data = {"registered_bucket": "models", "registered_file": "orders/model.tar.gz"}
        yield Use("RegisterModel", roles, {"group": "forests", "validation_role": ROLE + "Validate", **data})
        role = s.argument("Create", "ExecutionRoleArn")
        model = {"model_bucket": "models", "model_file": "orders/model.tar.gz"}
        yield Use("Model", {**roles, "model": role}, {"step": "create", "job_role": role, **model})
        yield Use(
            "Transform",
            {**roles, "model": role},
            {
                "step": "Apply",
                **_open(below("input", "raw", "orders/")),
                **_open(below("output", "answers", "orders/")),
                **below("captured", "captured", "orders/"),
                "captured_key": KEYS + "kept",
            },
        )
        role = s.argument("Look", "RoleArn")
        for name in watched:
            values = {"step": "Look", "job_role": role, **below("input", name, "orders/")}
            if name == "captured":
                values["input_key"] = KEYS + "kept"
            yield Use("Processing", {**roles, "job": role}, values)

    return uses


def _open(values: dict[str, str]) -> dict[str, str]:
    """The variables of a folder in a bucket without a key."""
    return {name: value for name, value in values.items() if not name.endswith("_bucket_key")}


def _without_role(stack: cdk.Stack) -> Uses:
    """A job that names no role, which runs with the pipeline's."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Plain", trust=Trust.everything())
    raw = {"S3Uri": "s3://raw/orders/", "LocalPath": "/opt/ml/processing/raw", "S3DataType": "S3Prefix"}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    request = {
        "ProcessingInputs": [{"InputName": "raw", "S3Input": raw}],
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": f"{HERE['a']}.dkr.ecr.{HERE['r']}.amazonaws.com/team/own:1"},
    }
    RawStep(pipeline, "Bare", step_type="Processing", step_arguments=request)

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.pipeline_role
        values = {"step": "Bare", "job_role": role, **_open(below("input", "raw", "orders/")), "repository": "team/own"}
        yield Use("Processing", {"pipeline": role, "job": role}, values, frozenset({"private image"}))

    return uses


CASES = (Case("queries", _queries), Case("watched", _watched), Case("without-role", _without_role))
