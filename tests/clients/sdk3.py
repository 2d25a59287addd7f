"""A session with SDK 3, run by its own Python against a local AWS: a job, a for-each, a step after a failure.

Prints a line of JSON for each moment: what the SDK was told.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachStep
from sagemaker.mlops.workflow.lambda_step import LambdaStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import TrainingStep
from sagemaker.train.model_trainer import ModelTrainer

ROLE, _, FUNCTION, BUCKET = sys.argv[1:]
CODE = Path(__file__).parent / "code"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/python:1"


def tell(moment: str, **found: Any) -> None:
    print(json.dumps({"moment": moment, **found}, default=str), flush=True)


def waited(execution: Any, attempts: int = 1500) -> dict[str, Any]:
    """How the SDK's wait ended, and what became of the execution and its steps."""
    try:
        execution.wait(delay=0.2, max_attempts=attempts)
        wait = "ended"
    except Exception as error:
        wait = type(error).__name__
    states = {found["StepName"]: found["StepStatus"] for found in execution.list_steps()}
    return {"wait": wait, "status": execution.describe()["PipelineExecutionStatus"], "states": states}


session = PipelineSession(default_bucket=BUCKET)
rows = ParameterString("Rows", f"s3://{BUCKET}/rows/")
trainer = ModelTrainer(
    training_image=IMAGE,
    role=ROLE,
    source_code=SourceCode(source_dir=str(CODE), entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    hyperparameters={"alpha": 0.25},
    sagemaker_session=session,
)
channel = InputData(channel_name="train", data_source=rows)
train = TrainingStep("Train", step_args=trainer.train(input_data_config=[channel]))


def count(name: str, **more: Any) -> LambdaStep:
    return LambdaStep(name, Lambda(FUNCTION, session=session), **more)


each = ForEachStep(
    "Each",
    iterable_items=["a", "b"],
    max_concurrency=2,
    for_each_body=[count("One", inputs={"data": CurrentItem()})],
    depends_on=[train],
)
unless = count("Unless", inputs={"data": "failed"}, depends_on=[StepDependency(train, TriggerCondition.FAILED)])
jobs = Pipeline("Jobs", parameters=[rows], steps=[train, each, unless], sagemaker_session=session)
session.boto_session.client("s3").put_object(Bucket=BUCKET, Key="rows/rows.csv", Body=b"1,2\n3,4\n5,6\n")
tell("create", arn=jobs.upsert(ROLE)["PipelineArn"])
tell("good", **waited(jobs.start()))
failed = jobs.start(parameters={"Rows": f"s3://{BUCKET}/none/"})
while failed.describe()["PipelineExecutionStatus"] == "Executing":
    time.sleep(0.05)
# it would ask for ever: the SDK does not know that CompletedWithFailures is an end
tell("failed", **waited(failed, attempts=1))
