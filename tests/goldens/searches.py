"""Goldens of the steps that search for a model: tuning and AutoML."""

from __future__ import annotations

from common import XGBOOST, xgboost_estimator
from sagemaker.automl.automl import AutoML, AutoMLInput
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.pytorch import PyTorch
from sagemaker.tuner import HyperparameterTuner, WarmStartConfig, WarmStartTypes
from sagemaker.workflow.automl_step import AutoMLStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, TuningStep
from shared import KEY, ROLE, SECURITY_GROUPS, SUBNETS, scenario

DAY = CacheConfig(enable_caching=True, expire_after="P1D")
RMSE = [{"Name": "validation:rmse", "Regex": "rmse=(.*)"}]


@scenario
def tuning_single(session: PipelineSession) -> Pipeline:
    """One definition a step: an algorithm with all range kinds and a warm start, used best model; a script."""
    depth = ParameterInteger("MaxDepth", 8)
    jobs = ParameterInteger("Jobs", 6)
    algorithm = HyperparameterTuner(
        xgboost_estimator(session, hyperparameters={"num_round": 50, "eta": 0.3, "objective": "reg:squarederror"}),
        "validation:rmse",
        {
            "eta": ContinuousParameter(0.1, 0.5, scaling_type="Logarithmic"),
            "alpha": ContinuousParameter(0, 2),
            "max_depth": IntegerParameter(2, depth),
            "booster": CategoricalParameter(["gbtree", "dart"]),
        },
        objective_type="Minimize",
        metric_definitions=RMSE,
        strategy="Bayesian",
        max_jobs=jobs,
        max_parallel_jobs=2,
        max_runtime_in_seconds=36000,
        early_stopping_type="Auto",
        random_seed=42,
        warm_start_config=WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, {"parent-job"}),
        tags=[{"Key": "team", "Value": "ml"}],
    )
    tune = TuningStep(
        "Tune",
        step_args=algorithm.fit(
            {
                "train": TrainingInput("s3://my-bucket/train", content_type="text/csv"),
                "validation": TrainingInput("s3://my-bucket/validation", content_type="text/csv"),
            }
        ),
        cache_config=DAY,
        retry_policies=[
            SageMakerJobStepRetryPolicy(
                exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], interval_seconds=60, max_attempts=5
            )
        ],
    )
    best = Model(XGBOOST, model_data=tune.get_top_model_s3_uri(0, "my-bucket", "models"), role=ROLE)
    best.sagemaker_session = session
    script = HyperparameterTuner(
        PyTorch(
            entry_point="train.py",
            source_dir="code",
            framework_version="2.1",
            py_version="py310",
            instance_count=1,
            instance_type="ml.g5.xlarge",
            role=ROLE,
            output_path="s3://my-bucket/models",
            hyperparameters={"epochs": 3, "name": "resnet"},
            sagemaker_session=session,
        ),
        "accuracy",
        {
            "lr": ContinuousParameter(0.0001, 0.1, scaling_type="ReverseLogarithmic"),
            "layers": IntegerParameter(2, 8, scaling_type="Linear"),
            "optimizer": CategoricalParameter(["adam", "sgd"]),
        },
        metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=(.*)"}],
        strategy="Random",
        max_jobs=4,
        base_tuning_job_name="tune",
    )
    steps = [
        tune,
        ModelStep("Best", step_args=best.create("ml.m5.large")),
        TuningStep("TuneScript", step_args=script.fit({"training": TrainingInput("s3://my-bucket/train")})),
    ]
    return Pipeline("TuningSingle", parameters=[depth, jobs], steps=steps)


@scenario
def tuning_multi(session: PipelineSession) -> Pipeline:
    """Two definitions in one step, each with objective, ranges, instances and limits of its own."""
    booster = ParameterString("Booster", "gbtree")
    estimators = {
        "small": xgboost_estimator(session, hyperparameters={"num_round": 20, "booster": booster}),
        "large": xgboost_estimator(
            session,
            instance_type="ml.m5.4xlarge",
            volume_size=100,
            max_run=7200,
            max_wait=9000,
            use_spot_instances=True,
            checkpoint_s3_uri="s3://my-bucket/checkpoints",
            subnets=SUBNETS,
            security_group_ids=SECURITY_GROUPS,
            encrypt_inter_container_traffic=True,
            volume_kms_key=KEY,
            output_kms_key=KEY,
            hyperparameters={"num_round": 200},
        ),
    }
    tuner = HyperparameterTuner.create(
        estimators,
        {"small": "validation:rmse", "large": "validation:mae"},
        {
            "small": {"eta": ContinuousParameter(0.1, 0.5)},
            "large": {"max_depth": IntegerParameter(2, 8), "booster": CategoricalParameter(["gbtree", "dart"])},
        },
        metric_definitions_dict={"small": RMSE, "large": [{"Name": "validation:mae", "Regex": "mae=(.*)"}]},
        strategy="Bayesian",
        objective_type="Minimize",
        max_jobs=10,
        max_parallel_jobs=3,
    )
    channels = {"train": TrainingInput("s3://my-bucket/train", content_type="text/csv")}
    step = TuningStep("Tune", step_args=tuner.fit({"small": channels, "large": channels}, include_cls_metadata={}))
    model = Model(XGBOOST, model_data=step.get_top_model_s3_uri(1, "my-bucket"), role=ROLE)
    model.sagemaker_session = session
    second = ModelStep("Second", step_args=model.create("ml.m5.large"))
    return Pipeline("TuningMulti", parameters=[booster], steps=[step, second])


@scenario
def automl(session: PipelineSession) -> Pipeline:
    """Ensembling with two channels and all its limits; its best candidate registered with its own reports."""
    data = ParameterString("Data", "s3://my-bucket/train.csv")
    search = AutoML(
        role=ROLE,
        target_attribute_name="age",
        problem_type="Regression",
        job_objective={"MetricName": "MSE"},
        mode="ENSEMBLING",
        output_path="s3://my-bucket/automl",
        output_kms_key=KEY,
        volume_kms_key=KEY,
        encrypt_inter_container_traffic=True,
        vpc_config={"Subnets": SUBNETS, "SecurityGroupIds": SECURITY_GROUPS},
        max_candidates=5,
        max_runtime_per_training_job_in_seconds=600,
        total_job_runtime_in_seconds=3600,
        sagemaker_session=session,
        tags=[{"Key": "team", "Value": "ml"}],
    )
    inputs = [
        AutoMLInput(data, "age", channel_type="training", content_type="text/csv;header=present"),
        AutoMLInput("s3://my-bucket/validation.csv", "age", compression="Gzip", channel_type="validation"),
    ]
    step = AutoMLStep(
        "Search",
        step_args=search.fit(inputs=inputs),
        cache_config=DAY,
        retry_policies=[
            StepRetryPolicy(exception_types=[StepExceptionTypeEnum.THROTTLING], interval_seconds=10, max_attempts=3)
        ],
    )
    best = step.get_best_auto_ml_model(ROLE, sagemaker_session=session)
    reports = step.properties.BestCandidateProperties
    register = ModelStep(
        "Register",
        step_args=best.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="abalone",
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource("application/json", reports.ModelInsightsJsonReportPath),
                explainability=MetricsSource("application/json", reports.ExplainabilityJsonReportPath),
            ),
        ),
    )
    return Pipeline("AutoML", parameters=[data], steps=[step, register])
