"""Goldens of the checks of data and models, alone and around a batch transform; with the files that they read."""

from __future__ import annotations

from typing import Any

from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from sagemaker.model_monitor import DatasetFormat
from sagemaker.network import NetworkConfig
from sagemaker.transformer import Transformer
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.quality_check_step import (
    DataQualityCheckConfig,
    ModelQualityCheckConfig,
    QualityCheckStep,
)
from sagemaker.workflow.steps import CacheConfig
from shared import KEY, ROLE, SECURITY_GROUPS, SUBNETS, scenario, scenario_with_uploads

HEADERS = ["age", "sex", "length"]
DAY = CacheConfig(enable_caching=True, expire_after="P1D")


def job(session: PipelineSession, **options: Any) -> CheckJobConfig:
    return CheckJobConfig(ROLE, instance_type="ml.c5.xlarge", sagemaker_session=session, **options)


def full_job(session: PipelineSession) -> CheckJobConfig:
    return job(
        session,
        instance_count=1,
        volume_size_in_gb=60,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        max_runtime_in_seconds=1800,
        tags=[{"Key": "team", "Value": "ml"}],
        network_config=NetworkConfig(subnets=SUBNETS, security_group_ids=SECURITY_GROUPS),
    )


@scenario_with_uploads
def clarify_checks(session: PipelineSession) -> Pipeline:
    """Bias in data, bias of a model, SHAP values; baselines from a group, given and computed; outputs read."""
    model = ParameterString("Model", "my-model")
    skip = ParameterBoolean("Skip", default_value=False)
    bias = BiasConfig([1], "sex", facet_values_or_threshold=[0], group_name="length")
    endpoint = ModelConfig(model, 1, "ml.m5.large", accept_type="text/csv", content_type="text/csv")

    def data(name: str, **options: Any) -> DataConfig:
        output = Join(on="/", values=["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
        return DataConfig(
            "s3://my-bucket/data.csv",
            options.pop("output", output),
            s3_analysis_config_output_path=f"s3://my-bucket/analysis/{name}",
            label="age",
            headers=HEADERS,
            **options,
        )

    steps = [
        ClarifyCheckStep(
            "DataBias",
            DataBiasCheckConfig(data("data-bias"), data_bias_config=bias, methods=["CI", "DPL"], kms_key=KEY),
            full_job(session),
            skip_check=True,
            register_new_baseline=True,
            model_package_group_name="abalone",
            display_name="Bias of the data",
            cache_config=DAY,
        ),
        ClarifyCheckStep(
            "ModelBias",
            ModelBiasCheckConfig(
                data("model-bias"),
                data_bias_config=bias,
                model_config=endpoint,
                model_predicted_label_config=ModelPredictedLabelConfig(label=0, probability_threshold=0.7),
            ),
            job(session),
            skip_check=skip,
            fail_on_violation=False,
            supplied_baseline_constraints="s3://my-bucket/constraints.json",
        ),
    ]
    explain = ClarifyCheckStep(
        "Explain",
        ModelExplainabilityCheckConfig(
            data("explain", output="s3://my-bucket/explain"),
            model_config=endpoint,
            explainability_config=SHAPConfig([[0, 0.5]], num_samples=10, agg_method="mean_abs", seed=1),
            model_scores=0,
        ),
        job(session),
        model_package_group_name=Join(on="-", values=["group", model]),
        depends_on=["ModelBias"],
    )
    outputs = explain.properties
    stop = FailStep(
        "Stop",
        error_message=Join(
            on=" ", values=[outputs.CalculatedBaselineConstraints, outputs.BaselineUsedForDriftCheckConstraints]
        ),
    )
    return Pipeline("ClarifyChecks", parameters=[model, skip], steps=[*steps, explain, stop])


@scenario_with_uploads
def quality_checks(session: PipelineSession) -> Pipeline:
    """Quality of data with scripts before and after, of a regression, of a classification; outputs read."""
    register = ParameterBoolean("Register", default_value=True)
    group = ParameterString("Group", "abalone")
    predictions = ParameterString("Predictions", "s3://my-bucket/predictions.csv")
    data = QualityCheckStep(
        "DataQuality",
        DataQualityCheckConfig(
            baseline_dataset="s3://my-bucket/train.csv",
            dataset_format=DatasetFormat.csv(header=True),
            output_s3_uri="s3://my-bucket/data-quality",
            record_preprocessor_script="monitor/before.py",
            post_analytics_processor_script="monitor/after.py",
        ),
        full_job(session),
        skip_check=True,
        register_new_baseline=register,
        model_package_group_name=group,
        supplied_baseline_statistics="s3://my-bucket/statistics.json",
        supplied_baseline_constraints="s3://my-bucket/constraints.json",
    )
    regression = QualityCheckStep(
        "Regression",
        ModelQualityCheckConfig(
            baseline_dataset=predictions,
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri=Join(on="/", values=["s3://my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID]),
            problem_type="Regression",
            inference_attribute="_c0",
            ground_truth_attribute="_c1",
        ),
        job(session),
        fail_on_violation=False,
        model_package_group_name=group,
        cache_config=DAY,
    )
    classification = QualityCheckStep(
        "Classification",
        ModelQualityCheckConfig(
            baseline_dataset="s3://my-bucket/predictions.jsonl",
            dataset_format=DatasetFormat.json(lines=True),
            output_s3_uri="s3://my-bucket/classification",
            problem_type="BinaryClassification",
            inference_attribute="predicted",
            probability_attribute="probability",
            ground_truth_attribute="actual",
            probability_threshold_attribute="0.5",
        ),
        job(session, env={"MODE": "full"}),
        model_package_group_name=group,
        depends_on=[regression],
    )
    outputs = data.properties
    stop = FailStep(
        "Stop",
        error_message=Join(
            on=" ",
            values=[
                outputs.CalculatedBaselineConstraints,
                outputs.CalculatedBaselineStatistics,
                outputs.BaselineUsedForDriftCheckConstraints,
                outputs.BaselineUsedForDriftCheckStatistics,
            ],
        ),
    )
    steps = [data, regression, classification, stop]
    return Pipeline("QualityChecks", parameters=[register, group, predictions], steps=steps)


@scenario
def monitor_batch_transform(session: PipelineSession) -> Pipeline:
    """A check of the data before a batch transform, and one of the predictions after another."""

    def transform(name: str) -> Any:
        transformer = Transformer(
            "my-model", 1, "ml.m5.xlarge", output_path=f"s3://my-bucket/{name}", sagemaker_session=session
        )
        return transformer.transform(data="s3://my-bucket/batch", content_type="text/csv", split_type="Line")

    before = MonitorBatchTransformStep(
        "Before",
        transform("before"),
        DataQualityCheckConfig(
            baseline_dataset="s3://my-bucket/batch",
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri="s3://my-bucket/quality",
        ),
        job(session),
        monitor_before_transform=True,
        supplied_baseline_statistics="s3://my-bucket/statistics.json",
        supplied_baseline_constraints="s3://my-bucket/constraints.json",
        display_name="Score",
        description="scores the batch",
    )
    after = MonitorBatchTransformStep(
        "After",
        transform("after"),
        ModelQualityCheckConfig(
            baseline_dataset="s3://my-bucket/after",
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri="s3://my-bucket/quality",
            problem_type="Regression",
            inference_attribute="_c0",
            ground_truth_attribute="_c1",
        ),
        job(session),
        fail_on_violation=False,
        supplied_baseline_statistics="s3://my-bucket/statistics.json",
        supplied_baseline_constraints="s3://my-bucket/constraints.json",
    )
    return Pipeline("MonitorBatchTransform", steps=[before, after])
