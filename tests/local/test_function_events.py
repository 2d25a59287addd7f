"""Functions that are called for events: what is filtered, throttled, and what becomes of failures."""

from __future__ import annotations

import json

import pytest

from tests.local.embedding import Embedded
from tests.local.test_callback import queue, queue_arn, receive
from tests.local.test_event_targets import open_queue, put, rule
from tests.local.test_lambda import function
from tests.local.test_operations import until


def test_a_failed_event_goes_where_the_function_says(embedded: Embedded) -> None:
    functions, dead, ended = embedded.client("lambda"), queue(embedded, "f-dead"), queue(embedded, "f-ended")
    letters = {"TargetArn": queue_arn(embedded, dead)}
    function(embedded, "breaks", "def handler(e, c): raise ValueError('boom')", DeadLetterConfig=letters)
    for to in (dead, ended):  # the second replaces the first
        destinations = {"OnFailure": {"Destination": queue_arn(embedded, to)}}
        functions.put_function_event_invoke_config(
            FunctionName="breaks", DestinationConfig=destinations, MaximumRetryAttempts=0
        )
    functions.invoke(FunctionName="breaks", InvocationType="Event", Payload='{"n": 1}')
    assert receive(embedded, dead) == {"n": 1}
    told = receive(embedded, ended)
    assert (told["requestPayload"], told["responsePayload"]["errorMessage"]) == ({"n": 1}, "boom")


def test_a_function_without_concurrency_is_not_called(embedded: Embedded) -> None:
    functions = embedded.client("lambda")
    function(embedded, "parked", "def handler(e, c): return 1")
    functions.put_function_concurrency(FunctionName="parked", ReservedConcurrentExecutions=0)
    with pytest.raises(functions.exceptions.TooManyRequestsException, match=r"Rate Exceeded\."):
        functions.invoke(FunctionName="parked")


def test_filters_of_event_sources(embedded: Embedded) -> None:
    functions, sqs, url = embedded.client("lambda"), embedded.client("sqs"), queue(embedded, "filtered")
    code = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("s3").put_object(Bucket="data", Key="filtered/" + record["body"], Body=b"")
"""
    function(embedded, "filtering", code, Timeout=30)
    source = {"EventSourceArn": queue_arn(embedded, url), "FunctionName": "filtering"}
    wrong = {"Filters": [{"Pattern": '{"body": {"n": [{"prefixx": "x"}]}}'}]}
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="Invalid filter pattern"):
        functions.create_event_source_mapping(**source, FilterCriteria=wrong)
    stream = {**source, "EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s"}
    with pytest.raises(functions.exceptions.ClientError, match="polls only queues"):
        functions.create_event_source_mapping(**stream, StartingPosition="LATEST")
    wanted = {"Filters": [{"Pattern": '{"body": {"n": [1]}}'}]}
    mapping = functions.create_event_source_mapping(**source, FilterCriteria=wanted, BatchSize=1)
    for body in ('{"n": 2}', "plain", '{"n": 1}'):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    until(lambda: embedded.keys("filtered/"))
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    assert embedded.keys("filtered/") == ['filtered/{"n": 1}']


def test_an_event_for_a_function_that_cannot_run_here_goes_to_the_dead_letters(embedded: Embedded) -> None:
    dead = queue(embedded, "java-dead")
    target = {"Arn": function(embedded, "java-target", {"a": ""}, Runtime="java21")}
    open_queue(embedded, dead)
    rule(embedded, "java", {**target, "DeadLetterConfig": {"Arn": queue_arn(embedded, dead)}})
    put(embedded, "java")
    assert receive(embedded, dead)["detail-type"] == "java"


def test_destinations_of_a_template(embedded: Embedded) -> None:
    functions, stacks = embedded.client("lambda"), embedded.client("cloudformation")
    function(embedded, "configured", "")
    to = {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:123456789012:q"}}
    given = {"FunctionName": "configured", "Qualifier": "$LATEST", "MaximumRetryAttempts": 0, "DestinationConfig": to}
    config = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": given}
    stacks.create_stack(StackName="destinations", TemplateBody=json.dumps({"Resources": {"C": config}}))
    stacks.get_waiter("stack_create_complete").wait(StackName="destinations", WaiterConfig={"Delay": 1})
    told = functions.get_function_event_invoke_config(FunctionName="configured")
    assert told["DestinationConfig"]["OnFailure"] == to["OnFailure"]
    stacks.delete_stack(StackName="destinations")
    stacks.get_waiter("stack_delete_complete").wait(StackName="destinations", WaiterConfig={"Delay": 1})
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_event_invoke_config(FunctionName="configured")
