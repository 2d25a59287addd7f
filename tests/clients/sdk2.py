"""A data scientist's session with SDK 2, run by its own Python against a local AWS.

Prints a line of JSON for each moment: what the SDK was told.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.parameter import ContinuousParameter
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.session import Session
from sagemaker.sklearn import SKLearn, SKLearnModel, SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionGreaterThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.selective_execution_config import SelectiveExecutionConfig
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep, TuningStep

ROLE, QUEUE, FUNCTION, BUCKET = sys.argv[1:]
CODE = Path(__file__).parent / "code"
TYPE = "ml.m5.large"


def tell(moment: str, **found: Any) -> None:
    print(json.dumps({"moment": moment, **found}, default=str), flush=True)


def pipeline(session: PipelineSession) -> Pipeline:
    """Nine types of steps: prepared data, a training, a search, a report, a choice, a model, answers, a version."""
    least = ParameterFloat("Least", default_value=0.5)
    processor = SKLearnProcessor("1.2-1", role=ROLE, instance_type=TYPE, instance_count=1, sagemaker_session=session)
    prepare = ProcessingStep(
        "Prepare",
        step_args=processor.run(
            code=str(CODE / "prepare.py"),
            outputs=[ProcessingOutput(output_name="train", source="/opt/ml/processing/train")],
        ),
    )
    data = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri

    def estimator() -> SKLearn:
        return SKLearn(
            "train.py", source_dir=str(CODE), framework_version="1.2-1", role=ROLE, instance_type=TYPE,
            sagemaker_session=session, metric_definitions=[{"Name": "score", "Regex": "score=(.*)"}],
        )  # fmt: skip

    train = TrainingStep("Train", step_args=estimator().fit({"train": TrainingInput(data)}))
    tuner = HyperparameterTuner(
        estimator(), "score", {"alpha": ContinuousParameter(0.1, 0.9)}, [{"Name": "score", "Regex": "score=(.*)"}],
        max_jobs=2, max_parallel_jobs=1,
    )  # fmt: skip
    search = TuningStep("Search", step_args=tuner.fit({"train": TrainingInput(data)}))
    report = PropertyFile(name="Report", output_name="report", path="report.json")
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=processor.run(
            code=str(CODE / "evaluate.py"),
            inputs=[
                ProcessingInput(train.properties.ModelArtifacts.S3ModelArtifacts, "/opt/ml/processing/model"),
                ProcessingInput(search.get_top_model_s3_uri(top_k=0, s3_bucket=BUCKET), "/opt/ml/processing/best"),
            ],
            outputs=[ProcessingOutput(output_name="report", source="/opt/ml/processing/report")],
        ),
        property_files=[report],
        depends_on=[search],
    )
    score = JsonGet(step_name="Evaluate", property_file=report, json_path="score")
    model = SKLearnModel(
        train.properties.ModelArtifacts.S3ModelArtifacts, ROLE, "inference.py", source_dir=str(CODE),
        framework_version="1.2-1", sagemaker_session=session,
    )  # fmt: skip
    create = ModelStep("Create", step_args=model.create(instance_type=TYPE))
    transformer = Transformer(create.properties.ModelName, 1, TYPE, sagemaker_session=session)
    answers = TransformStep(
        "Predict", step_args=transformer.transform(data, content_type="text/csv", split_type="Line")
    )
    register = ModelStep(
        "Register",
        step_args=model.register(
            content_types=["text/csv"], response_types=["text/csv"], inference_instances=[TYPE],
            transform_instances=[TYPE], model_package_group_name="sdk", approval_status="PendingManualApproval",
        ),
    )  # fmt: skip
    counted = LambdaOutput("rows", LambdaOutputTypeEnum.Integer)
    count = LambdaStep("Count", Lambda(FUNCTION, session=session), inputs={"data": data}, outputs=[counted])
    verdict = CallbackOutput("verdict", CallbackOutputTypeEnum.String)
    ask = CallbackStep("Ask", QUEUE, inputs={"rows": count.properties.Outputs["rows"]}, outputs=[verdict])
    fail = FailStep("Poor", Join(" ", ["score", score, "of", ask.properties.Outputs["verdict"]]))
    check = ConditionStep(
        "Check", conditions=[ConditionGreaterThanOrEqualTo(score, least)], if_steps=[create, answers, register],
        else_steps=[fail], depends_on=[ask],
    )  # fmt: skip
    return Pipeline(
        "Nine", [least], steps=[prepare, train, search, evaluate, count, ask, check], sagemaker_session=session
    )


def answer(execution: Any) -> Any:
    """Answers the callback, as the worker at the queue does, once its message is there; returns what it asks."""
    sqs = session.boto_session.client("sqs")
    while not (messages := sqs.receive_message(QueueUrl=QUEUE, WaitTimeSeconds=5).get("Messages")):
        if execution.describe()["PipelineExecutionStatus"] != "Executing":
            return None
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=messages[0]["ReceiptHandle"])
    body = json.loads(messages[0]["Body"])
    client.send_pipeline_execution_step_success(
        CallbackToken=body["token"], OutputParameters=[{"Name": "verdict", "Value": "people"}]
    )
    return body["arguments"]


def waited(execution: Any, attempts: int = 1500) -> dict[str, Any]:
    """How the SDK's wait ended, and what became of the execution and its steps."""
    try:
        execution.wait(delay=0.2, max_attempts=attempts)
        wait = "ended"
    except Exception as error:
        wait = type(error).__name__
    states = {step["StepName"]: step["StepStatus"] for step in execution.list_steps()}
    return {"wait": wait, "status": execution.describe()["PipelineExecutionStatus"], "states": states}


session = PipelineSession(default_bucket=BUCKET)
client = session.sagemaker_client
nine = pipeline(session)
tell("create", arn=nine.upsert(ROLE, description="first", tags=[{"Key": "team", "Value": "ml"}])["PipelineArn"])
tell(
    "update",
    arn=nine.upsert(ROLE, description="second")["PipelineArn"],
    description=nine.describe()["PipelineDescription"],
)

good = nine.start(execution_display_name="good")
asked = answer(good)
ended = waited(good)
packages = client.list_model_packages(ModelPackageGroupName="sdk")["ModelPackageSummaryList"]
tell(
    "good", **ended, asked=asked, parameters=good.list_parameters()["PipelineParameters"],
    package=packages[0]["ModelApprovalStatus"],
)  # fmt: skip

job = next(step["Metadata"]["TrainingJob"]["Arn"] for step in good.list_steps() if step["StepName"] == "Train")
# attaching waits for five seconds before it asks once more
attaching = ThreadPoolExecutor().submit(SKLearn.attach, job.split("/")[-1], Session(default_bucket=BUCKET))

poor = nine.start({"Least": 2.0})
answer(poor)
ended = waited(poor)
try:
    client.retry_pipeline_execution(PipelineExecutionArn=poor.arn, ClientRequestToken="p" * 32)
    retry = "accepted"
except client.exceptions.ClientError as error:
    retry = error.response["Error"]["Code"]
tell("poor", **ended, reason=poor.describe()["FailureReason"], retry=retry)

chosen = SelectiveExecutionConfig(
    ["Evaluate"], source_pipeline_execution_arn=good.arn, reference_latest_execution=False
)
selected = nine.start(selective_execution_config=chosen)
ended = waited(selected)
reused = sorted(step["StepName"] for step in selected.list_steps() if "SelectiveExecutionResult" in step)
tell("selected", **ended, reused=reused)

stopped = nine.start()
stopped.stop()
while stopped.describe()["PipelineExecutionStatus"] in ("Executing", "Stopping"):
    time.sleep(0.05)
ended = waited(stopped, attempts=1)  # it would ask for ever: the SDK does not know that Stopped is an end
tell("stopped", wait=ended["wait"], status=ended["status"])
client.retry_pipeline_execution(PipelineExecutionArn=stopped.arn, ClientRequestToken="r" * 32)
answer(stopped)
tell("resumed", **waited(stopped))

attached = attaching.result()
training = client.describe_training_job(TrainingJobName=attached.latest_training_job.name)
tell(
    "attached", model=attached.model_data, seconds=training["BillableTimeInSeconds"],
    metrics={found["MetricName"]: round(found["Value"], 4) for found in training["FinalMetricDataList"]},
)  # fmt: skip

versions = client.list_pipeline_versions(PipelineName="Nine")["PipelineVersionSummaries"]
deleted = nine.delete()["PipelineArn"]
left = client.list_pipelines()["PipelineSummaries"]
tell("end", versions=[found["PipelineVersionId"] for found in versions], deleted=deleted, left=left)
