"""Goldens of what stands around the jobs: expressions, conditions, policies, and a whole pipeline."""

from __future__ import annotations

from typing import Any

from common import XGBOOST, sklearn_processor, xgboost_estimator, xgboost_model
from sagemaker.inputs import TrainingInput, TransformInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.transformer import Transformer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep
from shared import ROLE, scenario


@scenario
def conditions(session: PipelineSession) -> Pipeline:
    """Every type of condition, nested in one another; branches with and without steps."""
    integer, number = ParameterInteger("I", 1), ParameterFloat("F", 1.5)
    flag, text = ParameterBoolean("B", default_value=True), ParameterString("S", "x")
    all_of_them = ConditionStep(
        "Check",
        conditions=[
            ConditionEquals(left=text, right="x"),
            ConditionEquals(left=flag, right=True),
            ConditionGreaterThan(left=integer, right=0),
            ConditionGreaterThanOrEqualTo(left=number, right=integer),
            ConditionLessThan(left=integer, right=10),
            ConditionLessThanOrEqualTo(left=number, right=1.5),
            ConditionIn(value=text, in_values=["x", "y", ExecutionVariables.PIPELINE_NAME]),
            ConditionNot(ConditionEquals(left=text, right="z")),
            ConditionOr(
                [
                    ConditionNot(ConditionIn(value=text, in_values=["q"])),
                    ConditionOr(
                        [ConditionLessThan(left=integer, right=5), ConditionGreaterThan(left=number, right=9.0)]
                    ),
                ]
            ),
        ],
        if_steps=[FailStep("Yes", error_message="yes")],
        else_steps=[FailStep("No", error_message="no")],
    )
    outcome = ConditionStep(
        "Outcome",
        conditions=[ConditionEquals(left=all_of_them.properties.Outcome, right=True)],
        if_steps=[],
        else_steps=[FailStep("Never", error_message="never")],
    )
    return Pipeline("Conditions", parameters=[integer, number, flag, text], steps=[all_of_them, outcome])


@scenario
def parameters(session: PipelineSession) -> Pipeline:
    """Each type of parameter, with and without a default, falsy defaults, enum values; all joined in one text."""
    declared = [
        ParameterString("Name", "abc"),
        ParameterString("NoDefault"),
        ParameterString("Empty", ""),
        ParameterString("Choice", "a", ["a", "b"]),
        ParameterInteger("Count", 3),
        ParameterInteger("Zero", 0),
        ParameterInteger("CountNoDefault"),
        ParameterFloat("Rate", 0.5),
        ParameterBoolean("Off", default_value=False),
        ParameterBoolean("On", default_value=True),
    ]
    step = FailStep("Stop", error_message=Join(on=" ", values=list(declared)))
    return Pipeline("Parameters", parameters=list(declared), steps=[step])


@scenario
def property_files_and_functions(session: PipelineSession) -> Pipeline:
    """JsonGet on a property file and on an object in S3, nested joins; in conditions and in hyperparameters."""
    report = PropertyFile("Report", output_name="report", path="evaluation.json")
    arguments = sklearn_processor(session).run(
        code="code/prepare.py",
        outputs=[
            ProcessingOutput(
                output_name="report", source="/opt/ml/processing/output/report", destination="s3://my-bucket/report"
            )
        ],
    )
    evaluate = ProcessingStep("Evaluate", step_args=arguments, property_files=[report])
    uri = Join(on="/", values=["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, "metrics.json"])
    mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    by_name = JsonGet(step_name=evaluate.name, property_file="Report", json_path="folds[0]['auc']")
    from_s3 = JsonGet(s3_uri=uri, json_path="accuracy")
    estimator = xgboost_estimator(
        session,
        hyperparameters={"base_score": mse, "tag": Join(on="-", values=["a", 1, Join(on="", values=["b", mse])])},
    )
    train = TrainingStep("Train", step_args=estimator.fit({"train": TrainingInput("s3://my-bucket/train")}))
    check = ConditionStep(
        "Check",
        conditions=[
            ConditionLessThanOrEqualTo(left=mse, right=6.0),
            ConditionGreaterThan(left=by_name, right=0.5),
            ConditionEquals(left=from_s3, right="high"),
        ],
        if_steps=[train],
        else_steps=[],
    )
    return Pipeline("Functions", steps=[evaluate, check])


@scenario
def retry_policies(session: PipelineSession) -> Pipeline:
    """Policies of both families on job steps, and of the step family on a model."""
    service = StepRetryPolicy(
        exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
        interval_seconds=5,
        backoff_rate=1.5,
        expire_after_mins=60,
    )
    job = SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT, SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
        interval_seconds=60,
        backoff_rate=2.0,
        max_attempts=10,
    )
    failure = SageMakerJobStepRetryPolicy(
        failure_reason_types=[SageMakerJobExceptionTypeEnum.INTERNAL_ERROR], interval_seconds=30, max_attempts=3
    )
    fit = xgboost_estimator(session).fit({"train": TrainingInput("s3://my-bucket/train")})
    train = TrainingStep("Train", step_args=fit, retry_policies=[service, job, failure])
    model = ModelStep("Create", step_args=xgboost_model(session).create("ml.m5.large"), retry_policies=[service])
    return Pipeline("RetryPolicies", steps=[train, model])


@scenario
def caching(session: PipelineSession) -> Pipeline:
    """A cache that is on, one that is off, and a step without."""
    estimator = xgboost_estimator(session)

    def train(name: str, **options: Any) -> TrainingStep:
        return TrainingStep(name, step_args=estimator.fit({"train": TrainingInput("s3://my-bucket/train")}), **options)

    steps = [
        train("On", cache_config=CacheConfig(enable_caching=True, expire_after="P30D")),
        train("Off", cache_config=CacheConfig(enable_caching=False, expire_after="PT1H")),
        train("Without"),
    ]
    return Pipeline("Caching", steps=steps)


@scenario
def execution_variables_and_experiment(session: PipelineSession) -> Pipeline:
    """All execution variables in one text, an experiment of one's own, and steps that wait for a named one."""
    names = ("START_DATETIME", "CURRENT_DATETIME", "PIPELINE_NAME", "PIPELINE_ARN")
    values = [getattr(ExecutionVariables, name) for name in names]
    values += [ExecutionVariables.PIPELINE_EXECUTION_ID, ExecutionVariables.PIPELINE_EXECUTION_ARN]
    first = ProcessingStep("First", step_args=sklearn_processor(session).run(code="code/prepare.py"))
    stop = FailStep("Stop", error_message=Join(on=" ", values=values), depends_on=[first])
    return Pipeline(
        "ExecutionVariables",
        pipeline_experiment_config=PipelineExperimentConfig(
            "my-experiment", Join(on="-", values=["trial", ExecutionVariables.PIPELINE_EXECUTION_ID])
        ),
        steps=[first, stop],
    )


@scenario
def fail(session: PipelineSession) -> Pipeline:
    """A step that fails, with neither message nor experiment."""
    return Pipeline("Fail", pipeline_experiment_config=None, steps=[FailStep("Stop", error_message="no good")])


@scenario
def abalone(session: PipelineSession) -> Pipeline:
    """The well-known example: prepare, train, evaluate; register, create and transform if good enough, else fail."""
    kind = ParameterString("InstanceType", "ml.m5.xlarge")
    approval = ParameterString("ModelApprovalStatus", "PendingManualApproval")
    data = ParameterString("InputData", "s3://my-bucket/abalone.csv")
    batch = ParameterString("BatchData", "s3://my-bucket/batch")
    limit = ParameterFloat("MaxMse", 6.0)

    prepare = ProcessingStep(
        "Prepare",
        step_args=sklearn_processor(session).run(
            code="code/prepare.py",
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/raw", input_name="raw")],
            outputs=[
                ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}")
                for name in ("train", "validation", "test")
            ],
        ),
    )

    def prepared(name: str) -> Any:
        return prepare.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    estimator = xgboost_estimator(
        session, instance_type=kind, hyperparameters={"objective": "reg:squarederror", "num_round": 50}
    )
    train = TrainingStep(
        "Train",
        step_args=estimator.fit(
            {name: TrainingInput(prepared(name), content_type="text/csv") for name in ("train", "validation")}
        ),
    )
    report = PropertyFile("report", output_name="report", path="evaluation.json")
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=sklearn_processor(session).run(
            code="code/evaluate.py",
            inputs=[
                ProcessingInput(
                    source=train.properties.ModelArtifacts.S3ModelArtifacts,
                    destination="/opt/ml/processing/input/model",
                    input_name="model",
                ),
                ProcessingInput(
                    source=prepared("test"), destination="/opt/ml/processing/input/test", input_name="test"
                ),
            ],
            outputs=[ProcessingOutput(output_name="report", source="/opt/ml/processing/output/report")],
        ),
        property_files=[report],
    )
    model = Model(
        XGBOOST, model_data=train.properties.ModelArtifacts.S3ModelArtifacts, role=ROLE, sagemaker_session=session
    )
    register = ModelStep(
        "Register",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.xlarge"],
            model_package_group_name="abalone",
            approval_status=approval,
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(
                    "application/json",
                    Join(
                        on="/",
                        values=[
                            evaluate.properties.ProcessingOutputConfig.Outputs["report"].S3Output.S3Uri,
                            "evaluation.json",
                        ],
                    ),
                )
            ),
        ),
    )
    create = ModelStep("Create", step_args=model.create("ml.m5.large"))
    transformer = Transformer(
        create.properties.ModelName, 1, "ml.m5.xlarge", output_path="s3://my-bucket/out", sagemaker_session=session
    )
    score = TransformStep("Score", step_args=transformer.transform(TransformInput(data=batch).data, split_type="Line"))
    mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    check = ConditionStep(
        "CheckMse",
        conditions=[ConditionLessThanOrEqualTo(left=mse, right=limit)],
        if_steps=[register, create, score],
        else_steps=[FailStep("TooInaccurate", error_message=Join(on=" ", values=["the error is above", limit]))],
    )
    return Pipeline("Abalone", parameters=[kind, approval, data, batch, limit], steps=[prepare, train, evaluate, check])
