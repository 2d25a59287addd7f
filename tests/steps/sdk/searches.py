"""The pipelines of tests/goldens/searches.py, and those of services.py that train, written with this library."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import (
    AutoMLInput,
    AutoMLStep,
    CacheConfig,
    CategoricalRange,
    Channel,
    Checkpoints,
    ContinuousRange,
    ExceptionType,
    ExecutionVariables,
    FailStep,
    Image,
    IntegerRange,
    ModelMetrics,
    ModelStep,
    NotebookJobStep,
    Objective,
    Parameter,
    Pipeline,
    RegisterModelStep,
    RepackModelStep,
    RetryPolicy,
    S3Location,
    SourceDir,
    TrainingDefinition,
    TuningStep,
    WarmStart,
)
from cdk_sagemaker_pipelines.language.meaning import ABSENT
from tests.steps.sdk.pipelines import SKLEARN, XGBOOST, Place, scenario, train_on_xgboost

DAY = CacheConfig(cdk.Duration.days(1))
MODELS = "s3://my-bucket/models"
SERVICE_FAULT = RetryPolicy(
    [ExceptionType.SERVICE_FAULT, ExceptionType.THROTTLING], interval_seconds=10, max_attempts=3
)


def _xgboost(**fields: Any) -> TrainingDefinition:
    given = {
        "image": XGBOOST,
        "instance_type": "ml.m5.xlarge",
        "inputs": {"train": Channel("s3://my-bucket/train", content_type="text/csv")},
        "output": MODELS,
        "metric_definitions": {"validation:rmse": "rmse=(.*)"},
        "objective": Objective.minimize("validation:rmse"),
        **fields,
    }
    return TrainingDefinition(**given)


@scenario
def tuning_single(place: Place) -> Pipeline:
    depth = Parameter.integer("MaxDepth", default=8)
    pipeline = place.pipeline("TuningSingle")
    tune = TuningStep(
        pipeline,
        "Tune",
        training=_xgboost(
            inputs={
                name: Channel(f"s3://my-bucket/{name}", content_type="text/csv") for name in ("train", "validation")
            },
            hyperparameters={"num_round": 50, "objective": "reg:squarederror"},
            ranges={
                "eta": ContinuousRange(0.1, 0.5, "Logarithmic"),
                "alpha": ContinuousRange(0, 2),
                "max_depth": IntegerRange(2, depth),
                "booster": CategoricalRange(["gbtree", "dart"]),
            },
        ),
        max_jobs=Parameter.integer("Jobs", default=6),
        max_parallel_jobs=2,
        max_runtime=cdk.Duration.hours(10),
        early_stopping="Auto",
        random_seed=42,
        warm_start=WarmStart("TransferLearning", ["parent-job"]),
        overrides={"Tags": [{"Key": "team", "Value": "ml"}]},
        cache=DAY,
        retry_policies=[RetryPolicy([ExceptionType.RESOURCE_LIMIT], interval_seconds=60, max_attempts=5)],
    )
    ModelStep(pipeline, "Best-CreateModel", image=XGBOOST, model_data=tune.best_model())
    TuningStep(
        pipeline,
        "TuneScript",
        training=TrainingDefinition(
            image=Image.pytorch("2.1", py_version="py310"),
            source=SourceDir(place.code, entry_point="train.py"),
            instance_type="ml.g5.xlarge",
            inputs={"training": "s3://my-bucket/train"},
            output=MODELS,
            hyperparameters={"epochs": 3, "name": "resnet"},
            metric_definitions={"accuracy": "accuracy=(.*)"},
            objective=Objective.maximize("accuracy"),
            ranges={
                "lr": ContinuousRange(0.0001, 0.1, "ReverseLogarithmic"),
                "layers": IntegerRange(2, 8, "Linear"),
                "optimizer": CategoricalRange(["adam", "sgd"]),
            },
        ),
        strategy="Random",
        max_jobs=4,
    )
    return pipeline


@scenario
def tuning_multi(place: Place) -> Pipeline:
    pipeline = place.pipeline("TuningMulti")
    tune = TuningStep(
        pipeline,
        "Tune",
        training={
            "large": _xgboost(
                instance_type="ml.m5.4xlarge",
                volume_size_in_gb=100,
                max_runtime=cdk.Duration.hours(2),
                max_wait=9000,
                checkpoints=Checkpoints("s3://my-bucket/checkpoints"),
                encrypt_inter_container_traffic=True,
                volume_kms_key=place.key,
                output_kms_key=place.key,
                hyperparameters={"num_round": 200},
                metric_definitions={"validation:mae": "mae=(.*)"},
                objective=Objective.minimize("validation:mae"),
                ranges={"max_depth": IntegerRange(2, 8), "booster": CategoricalRange(["gbtree", "dart"])},
                **place.network(),
            ),
            "small": _xgboost(
                hyperparameters={"num_round": 20, "booster": Parameter.string("Booster", default="gbtree")},
                ranges={"eta": ContinuousRange(0.1, 0.5)},
            ),
        },
        max_jobs=10,
        max_parallel_jobs=3,
    )
    # the SDK is told bucket and prefix of the models by hand, and its scenario names the bucket only
    second = tune.training_job_summaries[1].training_job_name
    ModelStep(
        pipeline,
        "Second-CreateModel",
        image=XGBOOST,
        model_data=f"s3://my-bucket/{second}/output/model.tar.gz",
    )
    return pipeline


@scenario
def automl(place: Place) -> Pipeline:
    pipeline = place.pipeline("AutoML")
    search = AutoMLStep(
        pipeline,
        "Search",
        training=AutoMLInput(
            Parameter.string("Data", default="s3://my-bucket/train.csv"), content_type="text/csv;header=present"
        ),
        validation=AutoMLInput("s3://my-bucket/validation.csv", compression_type="Gzip"),
        target_attribute="age",
        problem_type="Regression",
        objective="MSE",
        output="s3://my-bucket/automl",
        output_kms_key=place.key,
        volume_kms_key=place.key,
        encrypt_inter_container_traffic=True,
        max_candidates=5,
        max_runtime_per_training_job=cdk.Duration.minutes(10),
        max_runtime=cdk.Duration.hours(1),
        overrides={"Tags": [{"Key": "team", "Value": "ml"}]},
        cache=DAY,
        retry_policies=[RetryPolicy([ExceptionType.THROTTLING], interval_seconds=10, max_attempts=3)],
        **place.network(),
    )
    RegisterModelStep(
        pipeline,
        "Register-RegisterModel",
        containers=[search.best_model],
        model_package_group="abalone",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_metrics=ModelMetrics(
            model_statistics=search.model_insights_report, explainability=search.explainability_report
        ),
    )
    return pipeline


@scenario
def notebook_job(place: Place) -> Pipeline:
    folder = place.code.parent / "notebook"
    folder.mkdir(exist_ok=True)
    for name, text in {"report.ipynb": "{}\n", "start.sh": "true\n", "tools.py": "print('tools')\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    image = Image.from_uri("885854791233.dkr.ecr.us-east-1.amazonaws.com/sagemaker-distribution-prod:2-cpu")
    pipeline = place.pipeline("NotebookJob")
    report = NotebookJobStep(
        pipeline,
        "Report",
        display_name="Weekly report",
        description="draws the curves",
        notebook_job_name="weekly-report",
        notebook=folder / "report.ipynb",
        image=image,
        instance_type="ml.m5.xlarge",
        output=S3Location(place.bucket, f"notebooks/NotebookJob/{ExecutionVariables.PIPELINE_EXECUTION_ID}/Report"),
        parameters={"bound": Parameter.string("Bound", default="10"), "unit": "mm"},
        environment={"MODE": "full"},
        initialization_script=folder / "start.sh",
        additional_files=[folder / "tools.py"],
        output_kms_key=place.key,
        volume_kms_key=place.key,
        volume_size_in_gb=50,
        encrypt_inter_container_traffic=False,
        max_retry_attempts=3,
        max_runtime=cdk.Duration.hours(1),
        retry_policies=[SERVICE_FAULT],
        **place.network(),
    )
    cdk.Tags.of(pipeline).add("team", "ml")
    NotebookJobStep(
        pipeline,
        "Least",
        notebook_job_name="least",
        notebook=folder / "report.ipynb",
        image=image,
        instance_type="ml.m5.large",
        depends_on=[report],
    )
    FailStep(pipeline, "Stop", message=report.properties.training_job_name)
    return pipeline


@scenario
def model_repack(place: Place) -> Pipeline:
    folder = place.code.parent / "inference"
    folder.mkdir(exist_ok=True)
    (folder / "inference.py").write_text("print('inference')\n", encoding="utf-8")
    (folder / "requirements.txt").write_text("pandas\n", encoding="utf-8")
    pipeline = place.pipeline("ModelRepack")
    train = train_on_xgboost(pipeline)
    source = SourceDir(folder, entry_point="inference.py")
    words = "Used to repack a model with customer scripts for a register/create model step"
    age = RepackModelStep(
        pipeline,
        "Create-RepackModel-age",
        description=words,
        model_data=train.model_artifacts,
        source=source,
        output="s3://my-bucket/age",
        retry_policies=[SERVICE_FAULT],
        depends_on=[train],
    )
    ModelStep(
        pipeline,
        "Create-CreateModel",
        image=XGBOOST,
        model_data=age.model_artifacts,
        environment=age.environment_of_model,
        retry_policies=[SERVICE_FAULT],
    )
    sex = RepackModelStep(
        pipeline,
        "Register-RepackModel-sex",
        description=words,
        model_data=train.model_artifacts,
        source=source,
        output="s3://my-bucket/sex",
        image=SKLEARN,
        instance_type="ml.m5.xlarge",
        volume_size_in_gb=50,
    )
    RegisterModelStep(
        pipeline,
        "Register-RegisterModel",
        image=XGBOOST,
        model_data=sex.model_artifacts,
        environment=sex.environment_of_model,
        model_package_group="abalone",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
    )
    return pipeline


_STATIC = "Steps.TuneScript.Arguments.TrainingJobDefinition.StaticHyperParameters"
_NOTEBOOKS = "Arguments.InputDataConfig.sagemaker_headless_execution_pipelinestep.DataSource.S3DataSource.S3Uri"


def _repacking(step: str, place: str) -> dict[str, tuple[Any, Any]]:
    """The script is one of our own: what it needs stands beside it in its archive."""
    where = f"Steps.{step}.Arguments"
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
        "S3DataDistributionType": "FullyReplicated",
    }

    def channel(name: str) -> dict[str, Any]:
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}}

    return {
        f"{where}.InputDataConfig.training": (channel("training"), ABSENT),
        f"{where}.InputDataConfig.model": (ABSENT, channel("model")),
        f"{where}.HyperParameters.sagemaker_program": ('"_repack_script_launcher.sh"', '"repack.py"'),
        f"{where}.HyperParameters.inference_script": ('"inference.py"', ABSENT),
        f"{where}.HyperParameters.model_archive": ({"Std:Join": [source["S3Uri"]]}, ABSENT),
        f"{where}.HyperParameters.dependencies": ("null", ABSENT),
        f"{where}.HyperParameters.source_dir": ('"inference"', ABSENT),
        f"{where}.DebugHookConfig": ({"S3OutputPath": place, "CollectionConfigurations": []}, ABSENT),
        f"{where}.ProfilerConfig": ({"DisableProfiler": True}, ABSENT),
    }


SEARCHES_ON_PURPOSE: dict[str, dict[str, tuple[Any, Any]]] = {
    "model_repack": {
        "Steps.Train.Arguments.DebugHookConfig": ({"S3OutputPath": MODELS, "CollectionConfigurations": []}, ABSENT),
        "Steps.Train.Arguments.ProfilerConfig": ({"S3OutputPath": MODELS, "DisableProfiler": False}, ABSENT),
        **_repacking("Create-RepackModel-age", "s3://my-bucket/age"),
        **_repacking("Register-RepackModel-sex", "s3://my-bucket/sex"),
    },
    "notebook_job": {
        # below a hash of the files instead of a time: what did not change is found in the cache
        f"Steps.Report.{_NOTEBOOKS}": (
            "s3://my-bucket/notebooks/NotebookJob/Report/input-TIME",
            "s3://my-bucket/NotebookJob/Report/fe554cc8b05742c4a8ffeb86df5b31c86d9ba57b9331f835faf5d542a0d268c0/",
        ),
        f"Steps.Least.{_NOTEBOOKS}": (
            "s3://my-bucket/NotebookJob/Least/input-TIME",
            "s3://my-bucket/NotebookJob/Least/866ea0fef05da3beb1b6299943d18f962309d78bc106d204e2d4109ee16d1448/",
        ),
        # CDK's tags of the pipeline are those of all its jobs
        "Steps.Least.Arguments.Tags.team": (ABSENT, {"Key": "team", "Value": "ml"}),
    },
    "tuning_single": {
        # the SDK's own notes, of which the toolkit knows nothing
        f"{_STATIC}.sagemaker_estimator_class_name": ('"PyTorch"', ABSENT),
        f"{_STATIC}.sagemaker_estimator_module": ('"sagemaker.pytorch.estimator"', ABSENT),
        f"{_STATIC}.sagemaker_job_name": ('"pytorch-training-TIME"', ABSENT),
    },
}
"""By scenario and path: what the SDK writes, and what this library writes instead."""
