"""What the functions need that answer callback steps, and do not have."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import CallbackStep, LambdaHandler, cli
from tests.pipeline.support import Bench, pipeline

LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")
TAKE = "sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage"
ANSWER = "sagemaker:SendPipelineExecutionStepFailure, sagemaker:SendPipelineExecutionStepSuccess"
AT = "SqsQueueUrl, whose messages it takes: the role"


def seen(bench: Bench, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What ``smpipe check`` says is not granted."""
    cli.main(["check", bench.app.synth().directory])
    return [line.partition(": not-granted: warning: ")[2] for line in capsys.readouterr().out.splitlines()]


def warned(bench: Bench) -> list[str]:
    """What the synthesis says is not granted."""
    bench.app.synth()
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(r".*\[not-granted\].*")
    )
    return [str(warning.entry.data).partition(" [")[0] for warning in found]


@pytest.fixture
def handler(tmp_path: Path) -> LambdaHandler:
    (tmp_path / "review.py").write_text("def handler(inputs):\n    return {}\n")
    return LambdaHandler(tmp_path / "review.py")


def function(bench: Bench, role: iam.IRole) -> lambda_.Function:
    return lambda_.Function(
        bench.stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_12,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        role=role,
    )


def test_a_worker_that_has_all(bench: Bench, capsys: pytest.CaptureFixture[str], handler: LambdaHandler) -> None:
    key = kms.Key(bench.stack, "Key")
    CallbackStep(pipeline(bench), "Ask", encryption_master_key=key).add_worker(handler)
    assert warned(bench) == []
    assert seen(bench, capsys) == []
    cli.main(["explain", bench.app.synth().directory])
    told = capsys.readouterr().out
    assert "role Stack/Pipeline/Ask/WorkerRole\n  of Ask: SqsQueueUrl, whose messages it takes\n" in told
    assert "other roles" not in told


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ("sqs:*", f"{TAKE} on ${{PipelineAskQueue.Arn}}"),
        ("kms:*", "kms:Decrypt on ${Key.Arn}"),
        (
            "sagemaker:*",
            f"{ANSWER} on arn:${{AWS::Partition}}:sagemaker:eu-west-1:111122223333:pipeline/pipeline/execution/*",
        ),
    ],
    ids=["sqs", "kms", "sagemaker"],
)
def test_a_worker_that_is_refused_something(
    bench: Bench, capsys: pytest.CaptureFixture[str], handler: LambdaHandler, refused: str, told: str
) -> None:
    made = pipeline(bench, pipeline_name="Pipeline")
    worker = CallbackStep(made, "Ask", encryption_master_key=kms.Key(bench.stack, "Key")).add_worker(handler)
    refusal = iam.PolicyStatement(effect=iam.Effect.DENY, actions=[refused], resources=["*"])
    worker.add_to_role_policy(refusal)
    role = "Stack/Pipeline/Ask/WorkerRole"
    assert seen(bench, capsys) == [f"{AT} {role} is not granted {told}, denied in {role}/DefaultPolicy"]


@pytest.mark.parametrize("by", ["construct", "arn", "name"])
def test_a_function_of_ones_own_that_gets_the_messages(
    bench: Bench, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    role = iam.Role(bench.stack, "Role", assumed_by=LAMBDA)
    made = function(bench, role)
    step = CallbackStep(pipeline(bench), "Ask")
    target = made.function_arn if by == "arn" else made.function_name
    if by == "construct":
        made.add_event_source_mapping("Queue", event_source_arn=step.callback_queue.queue_arn)
    else:
        lambda_.CfnEventSourceMapping(
            bench.stack, "Mapping", function_name=target, event_source_arn=step.callback_queue.queue_arn
        )
    (line,) = seen(bench, capsys)
    assert line.startswith(f"{AT} Stack/Role is not granted {TAKE} on ${{PipelineAskQueue.Arn}}; {ANSWER} on arn:")


def test_a_function_of_ones_own_that_is_granted_all(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    made = function(bench, iam.Role(bench.stack, "Role", assumed_by=LAMBDA))
    step = CallbackStep(pipeline(bench), "Ask")
    made.add_event_source_mapping("Queue", event_source_arn=step.callback_queue.queue_arn)
    step.grant_send_result(made)
    assert seen(bench, capsys) == []
    assert warned(bench) == []


def test_a_function_of_another_queue_is_no_worker(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    made = function(bench, iam.Role(bench.stack, "Role", assumed_by=LAMBDA))
    made.add_event_source_mapping("Queue", event_source_arn=sqs.Queue(bench.stack, "Other").queue_arn)
    CallbackStep(pipeline(bench), "Ask")
    assert seen(bench, capsys) == []


def test_a_worker_that_cdk_may_not_change(bench: Bench) -> None:
    fixed = iam.Role.from_role_arn(bench.stack, "Known", "arn:aws:iam::111122223333:role/Known", mutable=False)
    step = CallbackStep(pipeline(bench), "Ask")
    step.grant_send_result(fixed)
    (told,) = warned(bench)
    why = (
        "step 'Ask': CDK may not change the role arn:aws:iam::111122223333:role/Known, so nothing is granted to it here"
    )
    assert told.startswith(f"{why}; it needs: sqs:ReceiveMessage")
    assert ANSWER in told
    assert "Token" not in told


def test_a_worker_that_is_to_stay_as_it_is(bench: Bench) -> None:
    role = iam.Role(bench.stack, "Role", assumed_by=LAMBDA)
    step = CallbackStep(pipeline(bench), "Ask")
    step.callback_queue.grant_consume_messages(role)
    step.grant_send_result(role.without_policy_updates())
    (told,) = warned(bench)
    assert told.startswith(f"step 'Ask': CDK may not change the role Stack/Role, which lacks: {ANSWER} on arn:")
    assert "sqs:" not in told
