"""Checks of data and of a model."""

from __future__ import annotations

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ClarifyModel,
    ClarifyShap,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    ExplainabilityCheck,
    Image,
    LambdaHandler,
    LambdaStep,
    ModelStep,
    Parameter,
    Pipeline,
    QualityCheckStep,
    S3Location,
)
from tests.gallery.data import table
from tests.gallery.reasons import acknowledge_file_deployment, acknowledge_no_access_logs


class QualityCheckStack(Stack):
    """Compares a table with the baseline of the latest approved model."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        first_run = Parameter.boolean("FirstRun", default=True)
        QualityCheckStep(
            pipeline,
            "Quality",
            check=DataQualityCheck(),
            dataset=table(self, "ages.csv"),
            dataset_format=DatasetFormat.csv(),
            instance_type="ml.c5.xlarge",
            model_package_group="ages-quality",
            skip_check=first_run,
            register_new_baseline=first_run,
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class ClarifyCheckStack(Stack):
    """Looks for bias in a table, and at what moves a model's answers."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        data = s3.Bucket(self, "Data", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        pipeline = Pipeline(self, "Pipeline")
        first_run = Parameter.boolean("FirstRun", default=True)
        common: dict[str, Any] = {
            "dataset": ClarifyDataset(table(self, "ages.csv"), headers=["age", "sex", "length"], label="age"),
            "instance_type": "ml.c5.xlarge",
            "model_package_group": "ages-clarify",
            "skip_check": first_run,
            "register_new_baseline": first_run,
        }
        bias = ClarifyCheckStep(
            pipeline,
            "Bias",
            check=DataBiasCheck(label_values_or_threshold=[1], facet=[ClarifyFacet("sex", ["F"])]),
            **common,
        )
        model = ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data=S3Location(data, "model.tar.gz"))
        explain = ClarifyCheckStep(
            pipeline,
            "Explain",
            check=ExplainabilityCheck(
                ClarifyModel(model, "ml.m5.large"), ClarifyShap(baseline=S3Location(data, "baseline.csv"))
            ),
            **common,
        )
        baselines = {
            "bias": bias.baseline_used_for_drift_check_constraints,
            "explain": explain.baseline_used_for_drift_check_constraints,
        }
        LambdaStep(
            pipeline, "Tell", handler=LambdaHandler("code/tell.py"), inputs=baselines, outputs={"told": "String"}
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        acknowledge_file_deployment(self, pipeline)
