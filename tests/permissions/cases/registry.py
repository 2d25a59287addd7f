"""Pipelines that register models, and check data and models against what is registered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyModel,
    ClarifyShap,
    DataQualityCheck,
    DatasetFormat,
    ExplainabilityCheck,
    Image,
    ModelStep,
    Pipeline,
    QualityCheckStep,
    RegisterModelStep,
    S3Location,
    Trust,
)

from .case import Case, Synthesized, Use, Uses
from .jobs import KEYS, below, bucket, key, private_image, private_network


def _register(stack: cdk.Stack) -> Uses:
    """Into a group by name, with capital letters, and into one of the stack."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Register", trust=Trust.everything())
    group = sagemaker.CfnModelPackageGroup(stack, "Group", model_package_group_name="forests")
    data = S3Location(bucket(stack, "models", keyed=True), "model.tar.gz")
    model: dict[str, Any] = {"image": private_image(stack), "model_data": data}
    secured = {"SecurityConfig": {"KmsKeyId": KEYS + "package"}}
    RegisterModelStep(pipeline, "Named", model_package_group="Abalone", overrides=secured, **model)
    RegisterModelStep(pipeline, "Made", model_package_group=group, **model)

    def uses(s: Synthesized) -> Iterator[Use]:
        roles = {"pipeline": s.pipeline_role}
        data = {"registered_bucket": "models", "registered_file": "model.tar.gz", "repository": "team/own"}
        data |= {"registered_bucket_key": KEYS + "models", "package_key": KEYS + "package"}
        yield Use("RegisterModel", roles, {"group": "Abalone", "group_lower": "abalone", **data})
        yield Use("RegisterModel", roles, {"group": "forests", **data})

    return uses


def _checks(stack: cdk.Stack) -> Uses:
    """A check of data with all that it can have, and one of a model, which it serves for itself."""
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Check")
    data, known = bucket(stack, "train-data", keyed=True), bucket(stack, "baselines", keyed=True)
    everything: dict[str, Any] = {
        "image": private_image(stack),
        "instance_type": "ml.m5.large",
        "output_kms_key": key(stack, "output"),
        "volume_kms_key": key(stack, "volume"),
        **private_network(stack),
    }
    QualityCheckStep(
        pipeline,
        "Quality",
        check=DataQualityCheck(),
        dataset=S3Location(data, "orders/"),
        dataset_format=DatasetFormat.csv(),
        output=S3Location(bucket(stack, "reports", keyed=True), "orders/"),
        model_package_group="Abalone",
        supplied_baseline_constraints=S3Location(known, "constraints.json"),
        supplied_baseline_statistics=S3Location(known, "statistics.json"),
        **everything,
    )
    model = ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data="s3://models/model.tar.gz")
    ClarifyCheckStep(
        pipeline,
        "Explain",
        check=ExplainabilityCheck(ClarifyModel(model, "ml.m5.large"), ClarifyShap(baseline=S3Location(known, "shap/"))),
        dataset=ClarifyDataset(S3Location(data, "orders/"), headers=["age", "sex"], label="age"),
        output=S3Location(bucket(stack, "reasons", keyed=True), "orders/"),
        model_package_group="Abalone",
        supplied_baseline_constraints=S3Location(known, "reasons.json"),
        **everything,
    )

    def uses(s: Synthesized) -> Iterator[Use]:
        role = s.argument("Quality", "RoleArn")
        yield Use(
            "QualityCheck",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "step": "Quality",
                "job_role": role,
                **EVERYTHING,
                **_baseline("constraints", "constraints.json"),
                **_baseline("statistics", "statistics.json"),
                **below("output", "reports", "orders/"),
            },
            ALL,
        )
        role = s.argument("Explain", "RoleArn")
        inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in s.argument("Explain", "ProcessingInputs")}
        yield Use(
            "ClarifyCheck",
            {"pipeline": s.pipeline_role, "job": role},
            {
                "step": "Explain",
                "job_role": role,
                "model_step": "create",
                "run": "1746251067-14e5",
                **EVERYTHING,
                **_baseline("constraints", "reasons.json"),
                **s.asset("config", inputs["analysis_config"]),
                **below("output", "reasons", "orders/"),
            },
            ALL | {"predictor", "config as input"},
        )
        # what its configuration names, the job reads by itself
        yield Use("ClarifyCheck", {"job": role}, below("input", "baselines", "shap/"))
        model_role = s.argument("Create", "ExecutionRoleArn")
        yield Use(
            "Model",
            {"pipeline": s.pipeline_role, "model": model_role},
            {"step": "create", "job_role": model_role, "model_bucket": "models", "model_file": "model.tar.gz"},
        )

    return uses


def _baseline(what: str, file: str) -> dict[str, str]:
    return {f"{what}_bucket": "baselines", f"{what}_file": file, f"{what}_bucket_key": KEYS + "baselines"}


ALL = frozenset({"vpc", "private image"})
EVERYTHING = {
    **below("input", "train-data", "orders/"),
    "group": "Abalone",
    "group_lower": "abalone",
    "repository": "team/own",
    "output_key": KEYS + "output",
    "volume_key": KEYS + "volume",
}


CASES = (Case("register", _register), Case("checks", _checks))
