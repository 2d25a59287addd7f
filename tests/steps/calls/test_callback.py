"""Callback steps: their JSON, their queue, their worker, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template
from typing_extensions import assert_type

from cdk_sagemaker_pipelines import (
    CallbackStep,
    ConditionStep,
    ExecutionVariables,
    FailStep,
    LambdaHandler,
    Parameter,
    Pipeline,
    PipelineError,
)
from cdk_sagemaker_pipelines.language import StepReference
from cdk_sagemaker_pipelines.steps.calls.call import OutputType
from tests.steps.support import KEY, arguments, errors, findings, get, join, processing, rendered

URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/approvals"
ARN = "arn:aws:sqs:eu-west-1:111122223333:approvals"


@pytest.fixture
def queue(stack: cdk.Stack) -> sqs.IQueue:
    return sqs.Queue.from_queue_attributes(stack, "Approvals", queue_arn=ARN, queue_url=URL)


@pytest.fixture
def handler(tmp_path: Path) -> LambdaHandler:
    (tmp_path / "review.py").write_text("def handler(inputs):\n    return {}\n")
    return LambdaHandler(tmp_path / "review.py")


def statements(stack: cdk.Stack, policy: str) -> Any:
    """What the policies whose logical ids hold the text allow."""
    found = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    return [
        statement
        for name, resource in found.items()
        if policy in name
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


def sent(pipeline: Pipeline, stack: cdk.Stack) -> Any:
    """The policy of the pipeline's own role."""
    (role,) = Template.from_stack(stack).find_resources("AWS::IAM::Role", {"Properties": {"Policies": [{}]}}).values()
    return role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def test_every_field(pipeline: Pipeline, queue: sqs.IQueue) -> None:
    first = processing(pipeline, "First", outputs=["model"])
    step = CallbackStep(
        pipeline,
        "Wait",
        step_name="Wait-For-It",
        queue=queue,
        inputs={
            "text": "a",
            "whole": 1,
            "number": 0.5,
            "flag": False,
            "model": first.output("model"),
            "joined": f"run {ExecutionVariables.PIPELINE_EXECUTION_ID}",
            "count": Parameter.integer("Count", default=3),
        },
        outputs={"name": "String", "count": "Integer", "good": "Boolean", "score": "Float"},
    )
    assert rendered(step) == {
        "Name": "Wait-For-It",
        "Type": "Callback",
        "SqsQueueUrl": URL,
        "OutputParameters": [
            {"OutputName": "name", "OutputType": "String"},
            {"OutputName": "count", "OutputType": "Integer"},
            {"OutputName": "good", "OutputType": "Boolean"},
            {"OutputName": "score", "OutputType": "Float"},
        ],
        "Arguments": {
            "text": "a",
            "whole": 1,
            "number": 0.5,
            "flag": False,
            "model": get("Steps.First.ProcessingOutputConfig.Outputs['model'].S3Output.S3Uri"),
            "joined": join("run ", get("Execution.PipelineExecutionId")),
            "count": get("Parameters.Count"),
        },
    }
    assert findings(step) == []


def test_the_fewest_fields(pipeline: Pipeline, stack: cdk.Stack) -> None:
    step = CallbackStep(pipeline, "Wait")
    (queue,) = Template.from_stack(stack).find_resources("AWS::SQS::Queue", {"Properties": {"RedrivePolicy": {}}})
    assert rendered(step) == {
        "Name": "Wait",
        "Type": "Callback",
        "SqsQueueUrl": {"Ref": queue},
        "OutputParameters": [],
        "Arguments": {},
    }
    assert errors(pipeline) == []


def test_outputs_are_references(pipeline: Pipeline, queue: sqs.IQueue) -> None:
    step = CallbackStep(pipeline, "Wait", queue=queue, outputs={"score": "Float", "the name": "String"})
    fail = FailStep(pipeline, "Stop", message=f"{step.output('the name')}: {step.output('score')}")
    score, name = get("Steps.Wait.OutputParameters['score']"), get("Steps.Wait.OutputParameters['the name']")
    assert arguments(fail) == {"ErrorMessage": join(name, ": ", score)}
    assert step.properties.output_parameters["score"].to_json() == step.output("score").to_json() == score
    assert step.reference("OutputParameters['score']").to_json() == score
    assert errors(pipeline) == []


def test_the_queue_is_encrypted_and_has_dead_letters(pipeline: Pipeline, stack: cdk.Stack) -> None:
    CallbackStep(pipeline, "Wait")
    template = Template.from_stack(stack)
    queues = template.find_resources("AWS::SQS::Queue")
    dead, queue = sorted(queues, key=lambda name: "RedrivePolicy" in queues[name]["Properties"])
    assert queues[dead]["Properties"] == {"MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": True}
    assert queues[queue]["Properties"] == {
        "MessageRetentionPeriod": 1209600,
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": 5},
        "SqsManagedSseEnabled": True,
    }
    policies = template.find_resources("AWS::SQS::QueuePolicy").values()
    assert sorted(policy["Properties"]["Queues"][0]["Ref"] for policy in policies) == sorted([dead, queue])
    for policy in policies:
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_queue_keeps_messages_as_long_as_is_said_under_a_key_of_ones_own(stack: cdk.Stack) -> None:
    pipeline, key = Pipeline(stack, "P"), kms.Key(stack, "Key")
    CallbackStep(pipeline, "Wait", retention_period=Duration.days(3), encryption_master_key=key)
    queues = [queue["Properties"] for queue in Template.from_stack(stack).find_resources("AWS::SQS::Queue").values()]
    assert sorted(queue["MessageRetentionPeriod"] for queue in queues) == [259_200, 1_209_600]
    assert [queue["KmsMasterKeyId"] for queue in queues] == [stack.resolve(key.key_arn)] * 2
    assert sent(pipeline, stack)[1]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"retention_period": Duration.days(15)}, "retention_period is 15 days; SQS allows 1 minute to 14 days"),
        ({"retention_period": Duration.seconds(59)}, "retention_period is 59 seconds; SQS allows 1 minute to 14 days"),
        ({"retention_period": "4 days"}, "retention_period takes a Duration"),
        ({"encryption_master_key": "alias/a"}, "encryption_master_key takes a KMS key such as"),
    ],
)
def test_what_the_queue_does_not_take(pipeline: Pipeline, fields: Any, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        CallbackStep(pipeline, "Wait", **fields)


@pytest.mark.parametrize("name", ["retention_period", "encryption_master_key"])
def test_options_of_a_queue_that_is_given(pipeline: Pipeline, stack: cdk.Stack, queue: sqs.IQueue, name: str) -> None:
    value: Any = Duration.days(1) if name == "retention_period" else kms.Key.from_key_arn(stack, "Key", KEY)
    with pytest.raises(PipelineError, match=f"{name} is for the queue that the step creates"):
        CallbackStep(pipeline, "Wait", queue=queue, **{name: value})


def test_the_pipeline_may_send_to_the_queue(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P")
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    encrypted = sqs.Queue(stack, "Encrypted", encryption_master_key=key)
    imported = sqs.Queue.from_queue_arn(stack, "Imported", ARN)
    made = CallbackStep(pipeline, "Made").callback_queue
    CallbackStep(pipeline, "Encrypted", queue=encrypted)
    CallbackStep(pipeline, "Imported", queue=imported)
    assert sent(pipeline, stack) == stack.resolve(
        [
            {
                "Action": "sqs:SendMessage",
                "Effect": "Allow",
                "Resource": [made.queue_arn, encrypted.queue_arn, ARN],
            },
            {"Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Effect": "Allow", "Resource": KEY},
        ]
    )


CONSUME = [
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
]
ANSWER = {
    "Action": ["sagemaker:SendPipelineExecutionStepFailure", "sagemaker:SendPipelineExecutionStepSuccess"],
    "Effect": "Allow",
    "Resource": {
        "Fn::Join": [
            "",
            ["arn:", {"Ref": "AWS::Partition"}, ":sagemaker:eu-west-1:111122223333:pipeline/my-pipe/execution/*"],
        ]
    },
}


def test_a_worker_may_take_messages_and_answer(stack: cdk.Stack, queue: sqs.IQueue) -> None:
    step = CallbackStep(Pipeline(stack, "P", pipeline_name="My-Pipe"), "Wait", queue=queue)
    worker = iam.Role(stack, "Worker", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    step.grant_send_result(worker)
    assert statements(stack, "Worker") == [{"Action": CONSUME, "Effect": "Allow", "Resource": ARN}, ANSWER]


def test_a_worker_of_a_handler(stack: cdk.Stack, handler: LambdaHandler) -> None:
    step = CallbackStep(Pipeline(stack, "P", pipeline_name="My-Pipe"), "Wait")
    function = step.add_worker(handler, batch_size=5, max_concurrency=2)
    template = Template.from_stack(stack)
    queue, name = stack.resolve(step.callback_queue.queue_arn), stack.resolve(function.function_name)
    (mapping,) = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    assert mapping["Properties"] == {
        "BatchSize": 5,
        "EventSourceArn": queue,
        "FunctionName": name,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    log, consume, answer = statements(stack, "Worker")
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert consume == {"Action": CONSUME, "Effect": "Allow", "Resource": queue}
    assert answer == ANSWER
    (made,) = template.find_resources("AWS::Lambda::Function").values()
    assert made["Properties"]["Handler"] == "callback_worker.handle"
    assert made["Properties"]["Environment"] == {"Variables": {"CALLBACK_HANDLER": "review.handler"}}
    for role in template.find_resources("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]
    # six times the two minutes of the function
    template.has_resource_properties("AWS::SQS::Queue", {"VisibilityTimeout": 720, "RedrivePolicy": {}})


TAKES = "inputs['a'] takes a text, a number, a boolean, an expression or an S3Location"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"queue": URL}, "queue takes an SQS queue such as sqs.Queue.from_queue_arn(...), not " + repr(URL)),
        (
            {"queue": Parameter.string("Q", default="x")},
            "queue takes an SQS queue such as sqs.Queue.from_queue_arn(...), not <Parameter 'Parameters.Q'>",
        ),
        ({"cache": True}, "cache takes CacheConfig(...), not True"),
        ({"inputs": ["a"]}, "inputs must be a dict by name, not ['a']"),
        ({"inputs": {"a": [1]}}, f"{TAKES}, not [1]; write a list or dict as JSON"),
        ({"inputs": {"a": None}}, f"{TAKES}, not None; write a list or dict as JSON"),
        ({"inputs": {"a": float("nan")}}, f"{TAKES}, not nan; write a list or dict as JSON"),
        ({"outputs": ["a"]}, "outputs must be a dict by name, not ['a']"),
        (
            {"outputs": {"a": "string"}},
            "outputs['a']: 'string'; allowed are 'String', 'Integer', 'Boolean', 'Float'; did you mean 'String'?",
        ),
        ({"outputs": {"a": int}}, "outputs['a']: <class 'int'>; allowed are 'String', 'Integer', 'Boolean', 'Float'"),
        ({"outputs": {"it's": "String"}}, 'outputs: the name "it\'s" must have 1 to 256 characters and no quote'),
        ({"outputs": {f"o{i}": "String" for i in range(51)}}, "outputs: there are 51; at most 50 are allowed"),
    ],
)
def test_bad_fields(pipeline: Pipeline, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        CallbackStep(pipeline, "Wait", **fields)
    assert str(error.value) == f"CallbackStep '{pipeline.node.path}/Wait': {message}"


def test_a_queue_of_an_expression(pipeline: Pipeline, stack: cdk.Stack) -> None:
    url = f"https://sqs.eu-west-1.amazonaws.com/111122223333/{Parameter.string('Q', default='q')}"
    queue = sqs.Queue.from_queue_attributes(stack, "Queue", queue_arn=ARN, queue_url=url)
    with pytest.raises(PipelineError) as error:
        CallbackStep(pipeline, "Wait", queue=queue)
    shown = "https://sqs.eu-west-1.amazonaws.com/111122223333/{Parameters.Q}"
    assert str(error.value).endswith(
        f"queue: the URL '{shown}' must be literal, the service substitutes no value there"
    )


def test_an_output_that_is_not_there(pipeline: Pipeline, queue: sqs.IQueue) -> None:
    step = CallbackStep(pipeline, "Wait", queue=queue, outputs={"score": "Float"})
    for name, message in (
        ("scor", "it has no output 'scor'; did you mean 'score'?"),
        ("x", "it has no output 'x'; it has 'score'"),
        (5, "it has no output 5; it has 'score'"),
    ):
        with pytest.raises(PipelineError) as error:
            step.output(name)  # type: ignore[arg-type]
        assert str(error.value) == f"CallbackStep '{step.path}': {message}"
    bare = CallbackStep(pipeline, "Bare", queue=queue)
    with pytest.raises(PipelineError, match="it has no output 'x'; it has none"):
        bare.output("x")


def test_outputs_are_typed(pipeline: Pipeline, queue: sqs.IQueue) -> None:
    kinds: dict[str, OutputType] = {"name": "String", "count": "Integer", "good": "Boolean", "score": "Float"}
    step = CallbackStep(pipeline, "Wait", queue=queue, outputs=kinds)
    assert_type(step.output("name", str), StepReference[str])
    assert_type(step.output("count", int), StepReference[int])
    assert_type(step.output("good", bool), StepReference[bool])
    assert_type(step.output("score", float), StepReference[float])
    assert_type(step.output("score"), StepReference[Any])
    conditions = [step.output("score", float) >= 0.5, step.output("good", bool).equals(True)]
    check = ConditionStep(pipeline, "Check", condition=conditions)
    output = "Steps.Wait.OutputParameters"
    assert arguments(check)["Conditions"] == [
        {"Type": "GreaterThanOrEqualTo", "LeftValue": get(f"{output}['score']"), "RightValue": 0.5},
        {"Type": "Equals", "LeftValue": get(f"{output}['good']"), "RightValue": True},
    ]
    step.output("count", int).equals("three")  # type: ignore[arg-type]  # which the type checker refuses
    for name, kind, message in (
        ("count", str, "the output 'count' is an Integer, whose kind is int, not str"),
        ("good", int, "the output 'good' is a Boolean, whose kind is bool, not int"),
        ("score", int, "the output 'score' is a Float, whose kind is float, not int"),
        ("name", "String", "the output 'name' is a String, whose kind is str, not 'String'"),
    ):
        with pytest.raises(PipelineError) as error:
            step.output(name, kind)  # type: ignore[arg-type]
        assert str(error.value) == f"CallbackStep '{step.path}': {message}"


def test_bad_workers(pipeline: Pipeline, stack: cdk.Stack, handler: LambdaHandler) -> None:
    short = sqs.Queue(stack, "Short")
    step = CallbackStep(pipeline, "Wait", queue=short)
    bad: list[tuple[Any, dict[str, Any], str]] = [
        ("review.py", {}, "handler takes LambdaHandler('functions/review.py'), not 'review.py'"),
        (handler, {"batch_size": 11}, "batch_size takes 1 to 10, not 11"),
        (handler, {"batch_size": True}, "batch_size takes 1 to 10, not True"),
        (handler, {"max_concurrency": 1}, "max_concurrency takes 2 to 1000, not 1"),
        (handler, {"max_concurrency": "2"}, "max_concurrency takes 2 to 1000, not '2'"),
        (
            handler,
            {},
            "handler: its timeout of 2 minutes is longer than the 30 seconds that the queue hides a received message; "
            "give the queue a visibility_timeout of six times that",
        ),
    ]
    for given, options, message in bad:
        with pytest.raises(PipelineError) as error:
            step.add_worker(given, **options)
        assert str(error.value) == f"CallbackStep '{step.path}': {message}"

    long = CallbackStep(pipeline, "Long", queue=sqs.Queue(stack, "Long", visibility_timeout=Duration.minutes(12)))
    long.add_worker(handler)
    with pytest.raises(PipelineError, match="it already has a worker; two would take each other's messages"):
        long.add_worker(handler)
    late = CallbackStep(pipeline, "Late")
    pipeline.host.seal()
    with pytest.raises(PipelineError, match="it cannot get a worker: pipeline 'P' has been synthesized"):
        late.add_worker(handler)


def test_steps_of_one_queue_share_a_worker(pipeline: Pipeline, stack: cdk.Stack, handler: LambdaHandler) -> None:
    shared = sqs.Queue(stack, "Shared", visibility_timeout=Duration.minutes(12))
    CallbackStep(pipeline, "First", queue=shared).add_worker(handler)
    for scope in (pipeline, Pipeline(stack, "Q", pipeline_name="Q")):
        second = CallbackStep(scope, "Second", queue=shared)
        with pytest.raises(PipelineError) as error:
            second.add_worker(handler)
        assert str(error.value) == (
            f"CallbackStep '{second.path}': its queue already has a worker, of CallbackStep 'Stack/P/First'; two would "
            "take each other's messages"
        )
    other = sqs.Queue(stack, "Other", visibility_timeout=Duration.minutes(12))
    CallbackStep(pipeline, "Third", queue=other).add_worker(handler)
    assert errors(pipeline) == []
