"""The roles of rules and schedules: whether they may do what their targets are for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.enforcement import Mode

REGION, ACCOUNT = "eu-central-1", "111122223333"
HERE = f"{REGION}:{ACCOUNT}"
ROLE, GHOST = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("target", "ghost"))
RULE, SCHEDULE = f"arn:aws:events:{HERE}:rule/r", f"arn:aws:scheduler:{HERE}:schedule/default/s"
QUEUE, DEAD = f"arn:aws:sqs:{HERE}:q", f"arn:aws:sqs:{HERE}:dead"
PIPELINE = f"arn:aws:sagemaker:{HERE}:pipeline/Train"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(REGION, ACCOUNT) as served:
        client = served.services().client
        principal = {"Service": ["events.amazonaws.com", "scheduler.amazonaws.com"]}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        client("iam").create_role(RoleName="target", AssumeRolePolicyDocument=document(trust))
        for name in ("q", "dead"):
            client("sqs").create_queue(QueueName=name)
        yield served


def may(aws: EmbeddedAws, action: str, resource: str = "*") -> None:
    policy = document({"Effect": "Allow", "Action": action, "Resource": resource})
    aws.services().client("iam").put_role_policy(RoleName="target", PolicyName="own", PolicyDocument=policy)


@pytest.mark.parametrize(
    ("arn", "action"),
    [
        (QUEUE, "sqs:SendMessage"),
        (f"arn:aws:sns:{HERE}:t", "sns:Publish"),
        (PIPELINE, "sagemaker:StartPipelineExecution"),
        (f"arn:aws:lambda:{HERE}:function:f", "lambda:InvokeFunction"),
        (f"arn:aws:events:{HERE}:event-bus/mine", "events:PutEvents"),
        (f"arn:aws:states:{HERE}:stateMachine:m", "states:StartExecution"),
    ],
    ids=["queue", "topic", "pipeline", "function", "bus", "machine"],
)
def test_what_a_target_needs(aws: EmbeddedAws, arn: str, action: str) -> None:
    roles = aws._world.target_roles
    may(aws, "sts:GetCallerIdentity")
    for name, source in (("events", RULE), ("scheduler", SCHEDULE)):
        refused = roles.refusal(name, ROLE, source, arn)
        assert refused is not None
        assert f"is not authorized to perform: {action} on resource: {arn} because no identity-based policy" in refused
        assert roles.refusal(name, GHOST, source, arn) is None
    may(aws, action, arn)
    assert roles.refusal("events", ROLE, RULE, arn) is None


def test_a_pipeline_may_be_named_in_lower_case(aws: EmbeddedAws) -> None:
    may(aws, "sagemaker:StartPipelineExecution", PIPELINE.lower())
    assert aws._world.target_roles.refusal("events", ROLE, RULE, PIPELINE) is None


def test_an_operation_of_a_schedule_is_asked_as_a_request(aws: EmbeddedAws) -> None:
    roles, request = aws._world.target_roles, {"PipelineName": "Train"}
    may(aws, "sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:{HERE}:pipeline/Other")
    refused = roles.refusal_of_call(ROLE, SCHEDULE, "sagemaker", "startPipelineExecution", request)
    assert refused is not None
    assert f"sagemaker:StartPipelineExecution on resource: {PIPELINE}" in refused
    may(aws, "sagemaker:StartPipelineExecution", PIPELINE)
    assert roles.refusal_of_call(ROLE, SCHEDULE, "sagemaker", "startPipelineExecution", request) is None


def test_a_role_must_trust_the_service_for_the_source(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    iam, roles = aws.services().client("iam"), aws._world.target_roles
    before = iam.get_role(RoleName="target")["Role"]["AssumeRolePolicyDocument"]
    group = f"arn:aws:scheduler:{HERE}:schedule-group/default"
    trust = {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "scheduler.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": group, "aws:SourceAccount": ACCOUNT}},
    }  # fmt: skip
    may(aws, "sqs:SendMessage")
    try:
        iam.update_assume_role_policy(RoleName="target", PolicyDocument=document(trust))
        assert roles.refusal("scheduler", ROLE, SCHEDULE, QUEUE) is None
        other = SCHEDULE.replace("/default/", "/other/")
        assert "sts:AssumeRole" in str(roles.refusal("scheduler", ROLE, other, QUEUE))
        assert "no role trust policy allows the sts:AssumeRole" in str(roles.refusal("events", ROLE, RULE, QUEUE))
        monkeypatch.setattr(aws._world.judge, "mode", Mode.TELL)
        assert roles.refusal("events", ROLE, RULE, QUEUE) is None
    finally:
        iam.update_assume_role_policy(RoleName="target", PolicyDocument=json.dumps(before))


def test_what_the_role_may_not_deliver_goes_to_the_queue_for_it(aws: EmbeddedAws) -> None:
    events, sqs = aws.services().client("events"), aws.services().client("sqs")
    urls = {name: sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("q", "dead")}
    let_in = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": DEAD}
    sqs.set_queue_attributes(QueueUrl=urls["dead"], Attributes={"Policy": document(let_in)})
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["mine"]}))
    target = {"Id": "1", "Arn": QUEUE, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": DEAD}}
    events.put_targets(Rule="r", Targets=[target])
    may(aws, "sts:GetCallerIdentity")
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    lost = received(sqs, urls["dead"])["MessageAttributes"]
    assert lost["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert "sqs:SendMessage" in lost["ERROR_MESSAGE"]["StringValue"]
    may(aws, "sqs:SendMessage")
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    assert json.loads(received(sqs, urls["q"])["Body"])["source"] == "mine"


def received(sqs: Any, url: str) -> Any:
    for _ in range(100):
        found = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("no message comes")


def test_the_end_of_a_call_is_sent_as_the_role_of_the_function(aws: EmbeddedAws) -> None:
    roles = aws._world.target_roles
    may(aws, "sts:GetCallerIdentity")
    assert "sqs:SendMessage" in str(roles.refusal_of_function(ROLE, ACCOUNT, QUEUE))
    may(aws, "sqs:SendMessage")
    assert roles.refusal_of_function(ROLE, ACCOUNT, QUEUE) is None
