"""The pipelines of tests/goldens/services.py that call functions and queues, written with this library."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import (
    CacheConfig,
    CallbackStep,
    Channel,
    ExecutionVariables,
    FailStep,
    Join,
    LambdaStep,
    Parameter,
    Pipeline,
)
from tests.steps.sdk.pipelines import Place, scenario, train_on_xgboost

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:notify"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:approvals"
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/approvals"


def approvals(pipeline: Pipeline) -> sqs.IQueue:
    return sqs.Queue.from_queue_attributes(pipeline, "Approvals", queue_arn=QUEUE, queue_url=QUEUE_URL)


@scenario
def callback_and_lambda(place: Place) -> Pipeline:
    pipeline = place.pipeline("CallbackAndLambda")
    queue = approvals(pipeline)
    notify = lambda_.Function.from_function_arn(place, "Notify", FUNCTION)
    day = CacheConfig(cdk.Duration.days(1))
    wait = CallbackStep(
        pipeline,
        "Wait",
        display_name="Wait for approval",
        description="a person answers",
        cache=day,
        queue=queue,
        inputs={
            "text": Parameter.string("Text", default="v"),
            "count": Parameter.integer("Count", default=3),
            "rate": Parameter.float("Rate", default=0.5),
            "flag": Parameter.boolean("Flag", default=True),
            "literal": 1,
            "fraction": 0.25,
            "off": False,
            "joined": Join("/", ["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID]),
        },
        outputs={"name": "String", "count": "Integer", "score": "Float", "good": "Boolean"},
    )
    call = LambdaStep(
        pipeline,
        "Call",
        display_name="Notify",
        description="tells the team",
        cache=day,
        function=notify,
        inputs={"name": wait.output("name"), "score": wait.output("score")},
        outputs={"status": "String", "rows": "Integer"},
    )
    version = lambda_.Version.from_version_arn(place, "Version", f"{FUNCTION}:7")
    least = LambdaStep(pipeline, "Least", function=version, depends_on=[wait])
    CallbackStep(pipeline, "Empty", queue=queue, depends_on=[least])
    FailStep(pipeline, "Stop", message=f"status: {call.output('status')}")
    return pipeline


@scenario
def depends_on_triggers(place: Place) -> Pipeline:
    pipeline = place.pipeline("DependsOnTriggers")
    queue = approvals(pipeline)

    def tell(name: str, what: str, **fields: Any) -> CallbackStep:
        return CallbackStep(pipeline, name, queue=queue, inputs={"what": what}, **fields)

    train = train_on_xgboost(
        pipeline,
        inputs={"train": Channel("s3://my-bucket/train", content_type="text/csv", input_mode="File")},
        hyperparameters={"num_round": 50},
        max_runtime=3600,
        overrides={"OutputDataConfig": {"CompressionType": "GZIP"}},
    )
    failed = tell("OnFailure", "failed")
    train.on_failure(failed)
    train.on_stop(tell("OnStop", "stopped"))
    train.on_end(tell("Always", "ended"))
    tell("OnSuccess", "both succeeded", depends_on=[train, failed])
    failed.on_end(FailStep(pipeline, "Stop", message="not trained"))
    return pipeline
