"""The pipelines of tests/goldens/checks.py, written with this library."""

from __future__ import annotations

from functools import partial
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import (
    CacheConfig,
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ClarifyModel,
    ClarifyShap,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    ExecutionVariables,
    ExplainabilityCheck,
    FailStep,
    Join,
    ModelBiasCheck,
    ModelQualityCheck,
    MonitoredTransform,
    Parameter,
    Pipeline,
    QualityCheckStep,
    Script,
    TransformInput,
    TransformStep,
)
from tests.steps.sdk.pipelines import Place, scenario

SCRIPTS = {"before.py": "print('before')\n", "after.py": "print('after')\n"}
DAY = CacheConfig(cdk.Duration.days(1))
INSTANCE = "ml.c5.xlarge"
SUPPLIED: dict[str, Any] = {
    "supplied_baseline_statistics": "s3://my-bucket/statistics.json",
    "supplied_baseline_constraints": "s3://my-bucket/constraints.json",
}


_SCRIPTS = "s3://my-bucket/model-monitor/baselining/baseline-suggestion-job-TIME/input"
_INPUTS = "Steps.DataQuality.Arguments.ProcessingInputs"

CHECKS_ON_PURPOSE: dict[str, dict[str, tuple[Any, Any]]] = {
    # what the transform has written, wherever that is
    "monitor_batch_transform": {
        "Steps.After-monitoring.Arguments.ProcessingInputs.baseline_dataset_input.S3Input.S3Uri": (
            "s3://my-bucket/after",
            {"Get": "Steps.After-transform.TransformOutput.S3OutputPath"},
        )
    },
    # one file each, where the SDK writes the folder that it has put it into
    "quality_checks": {
        f"{_INPUTS}.{name}_input.S3Input.S3Uri": (f"{_SCRIPTS}/{name}_input", f"s3://code/{file}")
        for name, file in (
            ("record_preprocessor_script", "before.py"),
            ("post_analytics_processor_script", "after.py"),
        )
    },
}


def full_job(place: Place) -> dict[str, Any]:
    return {
        "volume_size_in_gb": 60,
        "volume_kms_key": place.key,
        "output_kms_key": place.key,
        "max_runtime": cdk.Duration.minutes(30),
        "enable_network_isolation": False,
        "overrides": {"Tags": [{"Key": "team", "Value": "ml"}]},
        **place.network(),
    }


def script(place: Place, name: str) -> Script:
    # beside the code of the other scenarios, which goes up as a whole
    folder = place.code.parent / "monitor"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(SCRIPTS[name], encoding="utf-8")
    return Script(folder / name)


def messages(*values: Any) -> Join:
    return Join(" ", values)


@scenario
def clarify_checks(place: Place) -> Pipeline:
    pipeline = place.pipeline("ClarifyChecks")
    model = Parameter.string("Model", default="my-model")
    bias: dict[str, Any] = {
        "label_values_or_threshold": [1],
        "facet": [ClarifyFacet("sex", [0])],
        "group_variable": "length",
    }
    served = partial(ClarifyModel, model, "ml.m5.large", accept_type="text/csv", content_type="text/csv", label=0)

    def fields(name: str) -> dict[str, Any]:
        return {
            "dataset": ClarifyDataset("s3://my-bucket/data.csv", headers=["age", "sex", "length"], label="age"),
            "output": Join("/", ["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, name]),
            "instance_type": INSTANCE,
        }

    ClarifyCheckStep(
        pipeline,
        "DataBias",
        display_name="Bias of the data",
        check=DataBiasCheck(methods=["CI", "DPL"], **bias),
        skip_check=True,
        register_new_baseline=True,
        model_package_group="abalone",
        cache=DAY,
        **fields("data-bias"),
        **full_job(place),
    )
    by_model = ClarifyCheckStep(
        pipeline,
        "ModelBias",
        check=ModelBiasCheck(predictor=served(probability_threshold=0.7), **bias),
        skip_check=Parameter.boolean("Skip", default=False),
        fail_on_violation=False,
        supplied_baseline_constraints="s3://my-bucket/constraints.json",
        **fields("model-bias"),
    )
    explain = ClarifyCheckStep(
        pipeline,
        "Explain",
        depends_on=[by_model],
        check=ExplainabilityCheck(
            served(), ClarifyShap(baseline=[[0, 0.5]], num_samples=10, agg_method="mean_abs", seed=1)
        ),
        model_package_group=Join("-", ["group", model]),
        **{**fields("explain"), "output": "s3://my-bucket/explain"},
    )
    FailStep(
        pipeline,
        "Stop",
        message=messages(explain.calculated_baseline_constraints, explain.baseline_used_for_drift_check_constraints),
    )
    return pipeline


@scenario
def quality_checks(place: Place) -> Pipeline:
    pipeline = place.pipeline("QualityChecks")
    group = Parameter.string("Group", default="abalone")
    data = QualityCheckStep(
        pipeline,
        "DataQuality",
        check=DataQualityCheck(record_preprocessor_script=script(place, "before.py")),
        post_analytics_processor_script=script(place, "after.py"),
        dataset="s3://my-bucket/train.csv",
        dataset_format=DatasetFormat.csv(header=True),
        output="s3://my-bucket/data-quality",
        instance_type=INSTANCE,
        skip_check=True,
        register_new_baseline=Parameter.boolean("Register", default=True),
        model_package_group=group,
        **SUPPLIED,
        **full_job(place),
    )
    regression = QualityCheckStep(
        pipeline,
        "Regression",
        check=ModelQualityCheck("Regression", inference_attribute="_c0", ground_truth_attribute="_c1"),
        dataset=Parameter.string("Predictions", default="s3://my-bucket/predictions.csv"),
        dataset_format=DatasetFormat.csv(header=False),
        output=Join("/", ["s3://my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID]),
        instance_type=INSTANCE,
        fail_on_violation=False,
        model_package_group=group,
        cache=DAY,
    )
    QualityCheckStep(
        pipeline,
        "Classification",
        depends_on=[regression],
        check=ModelQualityCheck(
            "BinaryClassification",
            inference_attribute="predicted",
            probability_attribute="probability",
            ground_truth_attribute="actual",
            probability_threshold_attribute=0.5,
        ),
        dataset="s3://my-bucket/predictions.jsonl",
        dataset_format=DatasetFormat.json(),
        output="s3://my-bucket/classification",
        environment={"MODE": "full"},
        instance_type=INSTANCE,
        model_package_group=group,
    )
    FailStep(
        pipeline,
        "Stop",
        message=messages(
            data.calculated_baseline_constraints,
            data.calculated_baseline_statistics,
            data.baseline_used_for_drift_check_constraints,
            data.baseline_used_for_drift_check_statistics,
        ),
    )
    return pipeline


@scenario
def monitor_batch_transform(place: Place) -> Pipeline:
    pipeline = place.pipeline("MonitorBatchTransform")

    def transform(name: str, **fields: Any) -> partial[TransformStep]:
        return partial(
            TransformStep,
            model="my-model",
            input=TransformInput("s3://my-bucket/batch", content_type="text/csv", split_type="Line"),
            output=f"s3://my-bucket/{name}",
            instance_type="ml.m5.xlarge",
            **fields,
        )

    def check(**fields: Any) -> partial[QualityCheckStep]:
        return partial(
            QualityCheckStep,
            dataset_format=DatasetFormat.csv(header=False),
            output="s3://my-bucket/quality",
            instance_type=INSTANCE,
            **SUPPLIED,
            **fields,
        )

    MonitoredTransform(
        pipeline,
        "Before",
        check_first=True,
        transform=transform("before", display_name="Score-transform", description="scores the batch"),
        check=check(check=DataQualityCheck(), display_name="Score-monitoring", description="scores the batch"),
    )
    MonitoredTransform(
        pipeline,
        "After",
        transform=transform("after"),
        check=check(
            check=ModelQualityCheck("Regression", inference_attribute="_c0", ground_truth_attribute="_c1"),
            fail_on_violation=False,
        ),
    )
    return pipeline
