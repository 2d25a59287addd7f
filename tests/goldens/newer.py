"""Goldens of what only SDK 3 writes: run conditions, for-each, cleanup, jobs, EMR Serverless."""

from __future__ import annotations

from typing import Any, ClassVar

from sagemaker.core import image_uris
from sagemaker.core.helper.pipeline_variable import PipelineVariable
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
from sagemaker.core.workflow.pipeline_context import PipelineSession, runnable_by_pipeline
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachSelector, ForEachStep, IterationOutput
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig, JobStep, ProcessingStep, TrainingStep
from sagemaker.train.model_trainer import ModelTrainer
from shared import OWN_IMAGE, QUEUE, REGION, ROLE, scenario

XGBOOST = image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="training")
DAY = CacheConfig(enable_caching=True, expire_after="P1D")
SERVICE_FAULT = StepRetryPolicy(
    exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
    interval_seconds=10,
    max_attempts=3,
)


def tell(name: str, depends_on: list[Any] | None = None, /, **inputs: Any) -> CallbackStep:
    return CallbackStep(name, QUEUE, inputs=inputs, outputs=[], depends_on=depends_on)


def train(session: PipelineSession, name: str, **hyperparameters: Any) -> TrainingStep:
    trainer = ModelTrainer(
        training_image=XGBOOST,
        role=ROLE,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
        hyperparameters=hyperparameters,
        output_data_config=OutputDataConfig(s3_output_path="s3://my-bucket/models"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        sagemaker_session=session,
    )
    channel = InputData(channel_name="train", data_source="s3://my-bucket/train", content_type="text/csv")
    return TrainingStep(name, step_args=trainer.train(input_data_config=[channel]))


@scenario
def depends_on_triggers(session: PipelineSession) -> Pipeline:
    """Steps that run when another one failed, was stopped, has ended either way, or has succeeded."""
    first = train(session, "Train", num_round=50)
    on_failure = tell("OnFailure", [StepDependency(first, TriggerCondition.FAILED)], what="failed")
    on_stop = tell("OnStop", [StepDependency("Train", TriggerCondition.STOPPED)], what="stopped")
    steps = [
        first,
        on_failure,
        on_stop,
        tell("Always", [StepDependency(first, TriggerCondition.ANY)], what="ended"),
        tell("OnSuccess", [StepDependency(first), on_failure], what="both succeeded"),
        FailStep("Stop", error_message="not trained", depends_on=[StepDependency(on_failure, TriggerCondition.ANY)]),
    ]
    return Pipeline("DependsOnTriggers", steps=steps)


@scenario
def for_each(session: PipelineSession) -> Pipeline:
    """Over literal items; over a parameter with a list; over a step's output, with the best of the results picked."""
    items, prefix = ParameterString("Items", '["a", "b"]'), ParameterString("Prefix", "p")
    item = CurrentItem()
    literal = ForEachStep(
        "Literal",
        iterable_items=["x", 1, 2.5, True, prefix],
        max_concurrency=2,
        for_each_body=[tell("TellOne", item=item)],
        display_name="Each of these",
        description="five items",
    )
    listed = ForEachStep(
        "Listed",
        iterable_items=items,
        max_concurrency=50,
        for_each_body=[
            tell("First", name=item.name, deep=item.a.b["c"], joined=Join(on="-", values=[prefix, item.name])),
            tell("Then", ["First"], item=item),
        ],
        depends_on=[literal],
    )
    ask = CallbackStep(
        "Ask", QUEUE, inputs={}, outputs=[CallbackOutput("depths", CallbackOutputTypeEnum.String)], depends_on=[listed]
    )
    body = train(session, "TrainOne", max_depth=item.depth, num_round=50)
    best = ForEachStep(
        "Search",
        iterable_items=ask.properties.Outputs["depths"],
        max_concurrency=5,
        for_each_body=[body],
        selector=ForEachSelector("MinBy", IterationOutput(body).FinalMetricDataList["validation:rmse"].Value),
    )
    found = best.properties
    after = tell(
        "After",
        model=found.Selected.ModelArtifacts.S3ModelArtifacts,
        first=found.IterationOutputs[0].TrainOne.ModelArtifacts.S3ModelArtifacts,
        status=found.Status,
        items=found.InputItemCount,
        steps=found.TotalStepCount,
        succeeded=found.SucceededStepCount,
        failed=found.FailedStepCount,
        stopped=found.StoppedStepCount,
    )
    return Pipeline("ForEach", parameters=[items, prefix], steps=[literal, listed, ask, best, after])


@scenario
def cleanup(session: PipelineSession) -> Pipeline:
    """What a training wrote, whatever became of it; and named objects of a processing step."""
    first = train(session, "Train", num_round=50)
    processor = Processor(ROLE, OWN_IMAGE, 1, "ml.m5.xlarge", sagemaker_session=session)
    output = ProcessingOutput(
        output_name="out",
        s3_output=ProcessingS3Output(
            s3_uri="s3://my-bucket/out", local_path="/opt/ml/processing/output/out", s3_upload_mode="EndOfJob"
        ),
    )
    prepare = ProcessingStep("Prepare", step_args=processor.run(outputs=[output]))
    clean = CleanupStep(
        "Clean",
        [S3CleanupSource(first)],
        display_name="Remove the model",
        description="it was a trial",
        depends_on=[StepDependency(first, TriggerCondition.ANY)],
    )
    named = Join(on="/", values=["s3:/", "my-bucket", "out", ExecutionVariables.PIPELINE_EXECUTION_ID, "b.csv"])
    both = CleanupStep(
        "CleanBoth",
        [S3CleanupSource("Prepare", ["s3://my-bucket/out/a.csv", named]), S3CleanupSource(first)],
        depends_on=["Clean"],
    )
    return Pipeline("Cleanup", steps=[first, prepare, clean, both])


class JobProducer:
    """The least that the SDK takes for a JobStep: its own trainers read model hubs before they give a request."""

    _pipeline_caller_name: ClassVar[str] = "create_job"

    def __init__(self, session: PipelineSession, category: str, document: Any, tags: Any = None) -> None:
        self.sagemaker_session = session
        self.category, self.document, self.tags = category, document, tags

    @runnable_by_pipeline
    def create(self) -> None:
        capture_create_job_request(
            self.sagemaker_session,
            job_name="job",
            role_arn=ROLE,
            job_category=self.category,
            schema_version="1.0.0",
            job_config=self.document() if callable(self.document) else self.document,
            tags=self.tags,
        )


@scenario
def job(session: PipelineSession) -> Pipeline:
    """A document with expressions, which is a join of its text; one without; what a job gives read."""
    data = ParameterString("Data", "s3://my-bucket/evaluation")

    def document(uri: str | PipelineVariable) -> dict[str, Any]:
        source = {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix"}}
        return {
            "InputDataConfig": [{"ChannelName": "evaluation", "DataSource": source}],
            "OutputDataConfig": {"S3OutputPath": "s3://my-bucket/evaluated/"},
            "EvaluationConfig": {"HyperParameters": {"top_p": "1.0"}},
        }

    evaluate = JobStep(
        "Evaluate",
        # a fresh document each time: the SDK changes the one it is given
        step_args=JobProducer(session, "AgentRFTEvaluation", lambda: document(data)).create(),
        display_name="Evaluate the agent",
        description="with a parameter",
        cache_config=DAY,
        retry_policies=[
            SERVICE_FAULT,
            SageMakerJobStepRetryPolicy(exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], max_attempts=2),
        ],
    )
    plain = JobStep(
        "Plain",
        step_args=JobProducer(
            session, "DataTransformation", '{"InputDataConfig": []}', [{"Key": "team", "Value": "ml"}]
        ).create(),
        depends_on=[evaluate],
    )
    # the SDK's docstring says that a path into the document works, but its object has no such attribute
    package = Properties("Evaluate", path="JobConfigDocument.OutputModelPackageArn", step=evaluate)
    after = tell("After", arn=evaluate.properties.JobArn, package=package)
    return Pipeline("Job", parameters=[data], steps=[evaluate, plain, after])


@scenario
def emr_serverless(session: PipelineSession) -> Pipeline:
    """Spark on an application that exists, with all that a job takes; Hive on one that the step makes."""
    script = ParameterString("Script", "s3://my-bucket/count.py")
    role = "arn:aws:iam::111122223333:role/EmrServerlessRole"
    logs = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://my-bucket/logs/"}}}
    spark = EMRServerlessStep(
        "Spark",
        "Count",
        "counts words",
        EMRServerlessJobConfig(
            job_driver={
                "sparkSubmit": {
                    "entryPoint": script,
                    "entryPointArguments": ["--in", "s3://my-bucket/in"],
                    "sparkSubmitParameters": "--conf spark.executor.cores=2",
                }
            },
            execution_role_arn=role,
            configuration_overrides=logs,
            execution_timeout_minutes=30,
            name="count",
            tags={"team": "ml"},
        ),
        application_id="00f1abcdefghij0l",
        cache_config=DAY,
        retry_policies=[SERVICE_FAULT],
    )
    hive = EMRServerlessStep(
        "Hive",
        None,
        None,
        EMRServerlessJobConfig(
            job_driver={"hive": {"query": "s3://my-bucket/query.sql", "parameters": "--hiveconf a=b"}},
            execution_role_arn=role,
        ),
        application_config={
            "name": "own",
            "releaseLabel": "emr-7.1.0",
            "type": "HIVE",
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
            "maximumCapacity": {"cpu": "16 vCPU", "memory": "64 GB"},
        },
        depends_on=[spark],
    )
    return Pipeline("EMRServerless", parameters=[script], steps=[spark, hive])
