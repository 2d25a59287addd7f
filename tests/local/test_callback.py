"""Callback steps: message, answer, stop; and workers that are Lambda functions with an event source."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.embedding import Embedded, end, finished, start, steps_of
from tests.local.support import step
from tests.local.test_lambda import function

OUTPUTS = [{"OutputName": "n", "OutputType": "Integer"}]


def queue(account: Embedded, name: str, **attributes: str) -> str:
    url: str = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def queue_arn(account: Embedded, url: str) -> str:
    answer = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn


def receive(account: Embedded, url: str) -> dict[str, Any]:
    """The next message, removed."""
    sqs = account.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def wait_step(url: str, **keys: Any) -> dict[str, Any]:
    return step("Wait", "Callback", {"who": {"Get": "Execution.PipelineName"}, "n": 5}, SqsQueueUrl=url, **keys)


def test_success(embedded: Embedded) -> None:
    url, sagemaker = queue(embedded, "success"), embedded.client("sagemaker")
    fail = {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["got", {"Get": "Steps.Wait.OutputParameters['n']"}]}}}
    arn = start(embedded, "success", [wait_step(url, OutputParameters=OUTPUTS), step("F", "Fail", fail)])
    message = receive(embedded, url)
    token = message.pop("token")
    assert message == {"pipelineExecutionArn": arn, "arguments": {"who": "success", "n": 5}, "status": "Executing"}
    assert steps_of(embedded, arn)["Wait"]["Metadata"] == {"Callback": {"CallbackToken": token, "SqsQueueUrl": url}}
    given = {"CallbackToken": token, "OutputParameters": [{"Name": "n", "Value": "7"}], "ClientRequestToken": "c" * 32}
    assert sagemaker.send_pipeline_execution_step_success(**given)["PipelineExecutionArn"] == arn
    assert sagemaker.send_pipeline_execution_step_success(**given)["PipelineExecutionArn"] == arn
    assert end(embedded, arn)["FailureReason"] == "got 7"
    told = steps_of(embedded, arn)["Wait"]["Metadata"]["Callback"]
    assert told["OutputParameters"] == [{"Name": "n", "Value": "7"}]
    with pytest.raises(sagemaker.exceptions.ConflictException, match="has already ended"):
        sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="late")


def test_failure(embedded: Embedded) -> None:
    url, sagemaker = queue(embedded, "failure"), embedded.client("sagemaker")
    arn = start(embedded, "failure", [wait_step(url)])
    sagemaker.send_pipeline_execution_step_failure(CallbackToken=receive(embedded, url)["token"], FailureReason="no")
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Failed"
    assert steps_of(embedded, arn)["Wait"]["FailureReason"] == "no"


def test_an_unknown_token(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound, match="no step is waiting with the callback token"):
        sagemaker.send_pipeline_execution_step_success(CallbackToken="abcdefghij")


def test_outputs_that_are_not_as_declared(embedded: Embedded) -> None:
    url = queue(embedded, "outputs")
    arn = start(embedded, "outputs", [wait_step(url, OutputParameters=OUTPUTS)])
    embedded.client("sagemaker").send_pipeline_execution_step_success(CallbackToken=receive(embedded, url)["token"])
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Failed"
    assert "did not give the output parameter 'n'" in steps_of(embedded, arn)["Wait"]["FailureReason"]


def test_no_queue(embedded: Embedded) -> None:
    url = queue(embedded, "near").replace("near", "nowhere")
    done = finished(embedded, "no-queue", [wait_step(url)])
    assert "Failed to invoke sqs:SendMessage" in done.steps["Wait"]["FailureReason"]


@pytest.mark.parametrize("answer", ["success", "failure"])
def test_a_stop_waits_for_the_answer(embedded: Embedded, answer: str) -> None:
    url, sagemaker = queue(embedded, f"stop-{answer}"), embedded.client("sagemaker")
    arn = start(embedded, f"stop-{answer}", [wait_step(url), step("After", "Athena", DependsOn=["Wait"])])
    token = receive(embedded, url)["token"]
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=answer.ljust(32, "t"))
    message = receive(embedded, url)
    assert (message["token"], message["status"], message["pipelineExecutionArn"]) == (token, "Stopping", arn)
    assert steps_of(embedded, arn)["Wait"]["StepStatus"] == "Stopping"
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Stopping"
    if answer == "success":
        sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    else:
        sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="gave up")
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
    assert set(steps_of(embedded, arn)) == {"Wait"}


WORKER = """
import boto3, json
def handler(event, context):
    for record in event["Records"]:
        message = json.loads(record["body"])
        assert record["eventSource"] == "aws:sqs"
        if message["arguments"]["n"] < 0:
            raise ValueError("cannot")
        outputs = [{"Name": "n", "Value": str(message["arguments"]["n"] * 2)}]
        boto3.client("sagemaker").send_pipeline_execution_step_success(
            CallbackToken=message["token"], OutputParameters=outputs)
"""


def test_a_worker_answers(embedded: Embedded) -> None:
    url = queue(embedded, "work")
    function(embedded, "worker", WORKER, Timeout=30)
    functions = embedded.client("lambda")
    mapping = functions.create_event_source_mapping(
        EventSourceArn=queue_arn(embedded, url), FunctionName="worker", BatchSize=1
    )
    loop = {"IterableItems": [1, 2, 3], "MaxConcurrency": 3, "ForEachBody": [
        step("Do", "Callback", {"n": {"Get": "ForEach.CurrentItem"}}, SqsQueueUrl=url, OutputParameters=OUTPUTS)],
        "Selector": {"Pick": "MaxBy", "Field": {"Get": "IterationOutput.Do.OutputParameters['n']"}}}  # fmt: skip
    fail = {"ErrorMessage": {"Std:Join": {"On": "", "Values": [{"Get": "Steps.Fan.Selected.OutputParameters['n']"}]}}}
    done = finished(embedded, "work", [step("Fan", "ForEach", loop), step("Stop", "Fail", fail)])
    assert done.steps.get("Stop", {}).get("FailureReason") == "6", done.steps
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    time.sleep(1.5)
    embedded.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    time.sleep(1.5)
    assert len(embedded.client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_worker_that_fails_leaves_its_message_to_the_dead_letters(embedded: Embedded) -> None:
    dead = queue(embedded, "dead")
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(embedded, dead), "maxReceiveCount": 2})
    url = queue(embedded, "alive", RedrivePolicy=redrive)
    function(embedded, "failing", WORKER, Timeout=30)
    embedded.client("lambda").create_event_source_mapping(
        EventSourceArn=queue_arn(embedded, url), FunctionName="failing"
    )
    embedded.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"arguments": {"n": -1}}))
    (message,) = embedded.client("sqs").receive_message(QueueUrl=dead, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"]) == {"arguments": {"n": -1}}
    assert embedded.log("/aws/lambda/failing").count("ValueError: cannot") == 2


def test_deployed_by_cloudformation(embedded: Embedded) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                            "Principal": {"Service": "lambda.amazonaws.com"}}]}  # fmt: skip
    answering = ["sagemaker:SendPipelineExecutionStep*", "sqs:*"]
    allowed = {"Statement": [{"Effect": "Allow", "Action": answering, "Resource": "*"}]}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", **allowed}}]
    role = {"AssumeRolePolicyDocument": trust, "Policies": policies}
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Worker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"ZipFile": WORKER}, "Handler": "index.handler", "Runtime": "python3.12", "Timeout": 30,
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
            "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Worker"}}},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {
                    "Name": "live", "FunctionName": {"Ref": "Worker"},
                    "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                },
            },
            "Source": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Alias"},
                    "BatchSize": 1,
                },
            },
        },
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}}, "Alias": {"Value": {"Ref": "Alias"}},
                    "Version": {"Value": {"Ref": "Version"}}},
    }  # fmt: skip
    formation = embedded.client("cloudformation")
    formation.create_stack(StackName="worker", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    (stack,) = formation.describe_stacks(StackName="worker")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["Version"].endswith(":1")
    assert outputs["Alias"].endswith(":live")
    done = finished(embedded, "deployed", [wait_step(outputs["Url"], OutputParameters=OUTPUTS)])
    assert done.status == "Succeeded", done.steps
    assert done.steps["Wait"]["Metadata"]["Callback"]["OutputParameters"] == [{"Name": "n", "Value": "10"}]
    formation.delete_stack(StackName="worker")
    assert embedded.client("lambda").list_event_source_mappings(FunctionName="worker")["EventSourceMappings"] == []


def test_the_sdks_own_example(embedded: Embedded) -> None:
    document = json.loads(Path(__file__).parent.parent.joinpath("corpus/callback_and_lambda.json").read_text())
    url = queue(embedded, "sdk")
    arn = function(embedded, "sdk", "def handler(e, c): return {'body': e['path'], 'count': e['n']}", Timeout=30)
    for written in document["Steps"]:
        written.update({"SqsQueueUrl": url} if written["Type"] == "Callback" else {})
        written.update({"FunctionArn": arn} if written["Type"] == "Lambda" else {})
    document["Steps"] = [written for written in document["Steps"] if written["Name"] != "NoIO"]
    execution = start(embedded, "sdk", document["Steps"], parameters=document["Parameters"])
    values = {"path": "s3://b/k", "n": "3", "ok": "true", "score": "0.5"}
    embedded.client("sagemaker").send_pipeline_execution_step_success(
        CallbackToken=receive(embedded, url)["token"],
        OutputParameters=[{"Name": name, "Value": value} for name, value in values.items()],
    )
    assert end(embedded, execution)["FailureReason"] == "got:s3://b/k"
