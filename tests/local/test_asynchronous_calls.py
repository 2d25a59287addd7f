"""Calls of functions for events that fail: when they are tried again, and where their end is reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import Image, ModelEndpoint, Pipeline, QueuedTrainingStep, TrainingPool
from cdk_sagemaker_pipelines.local.aws import functions
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.functions.function import Answer, CodeError
from tests.local.clocks import SteppedClock
from tests.local.places import REGION, Place
from tests.local.test_events import nothing_more
from tests.local.test_lambda import function, role

ACCOUNT = "123456789012"
BOOM = Answer(b'{"errorMessage": "boom", "errorType": "ValueError"}', "Unhandled")
FINE = Answer(b'"fine"')
UNUSED = "def handler(e, c): raise NotImplementedError"
SIDES = ("OnFailure", "OnSuccess")

Scripted = Callable[..., list[Any]]


@pytest.fixture
def clock(embedded_aws: EmbeddedAws) -> SteppedClock:
    """The clock of what is tried again, a new one for each test."""
    stepped = embedded_aws._world.tries.clock = SteppedClock()
    return stepped


@pytest.fixture
def place(embedded_aws: EmbeddedAws) -> Place:
    return Place(embedded_aws, ACCOUNT)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """``answers(*outcomes)``: what the next calls of functions come to, the last one for ever; the events so far."""

    def scripted(*outcomes: Answer | Exception) -> list[Any]:
        left, heard = list(outcomes), []

        def call(function: Any, event: Any, *more: Any) -> Answer:
            heard.append(event)
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(functions, "call", call)
        return heard

    return scripted


def configured(place: Place, name: str, code: str = UNUSED, **more: Any) -> dict[str, str]:
    """A function with destinations and dead letters; the URLs of their queues."""
    queues = {side: place.queue(f"{name}-{side}") for side in (*SIDES, "dead")}
    function(place, name, code, DeadLetterConfig={"TargetArn": queues["dead"][1]})  # type: ignore[arg-type]
    sides = {side: {"Destination": queues[side][1]} for side in SIDES}
    place.client("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides, **more)
    return {side: url for side, (url, _) in queues.items()}


def invoke(place: Place, name: str) -> None:
    place.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload='{"n": 1}')


def test_a_function_is_called_three_times_in_three_minutes(
    place: Place, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    urls = configured(place, "thrice", "def handler(e, c): raise ValueError(c.aws_request_id)")
    invoke(place, "thrice")
    clock.step(2)
    told, letter = place.received(urls["OnFailure"])["body"], place.received(urls["dead"])
    assert clock.waits == [60, 120]
    about = told["requestContext"]
    assert about == {
        "requestId": told["responsePayload"]["errorMessage"], "condition": "RetriesExhausted",
        "approximateInvokeCount": 3, "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:thrice:$LATEST",
    }  # fmt: skip
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert (told["requestPayload"], letter["body"]) == ({"n": 1}, {"n": 1})
    assert (letter["RequestID"], letter["ErrorCode"]) == (about["requestId"], "200")
    assert "the function thrice failed, and is tried again at 2030-01-01T00:01:00Z" in caplog.text


@pytest.mark.parametrize(
    ("name", "outcomes", "config", "waits", "side", "condition"),
    [
        ("never", [BOOM], {"MaximumRetryAttempts": 0}, [], "OnFailure", "RetriesExhausted"),
        ("once", [BOOM], {"MaximumRetryAttempts": 1}, [60], "OnFailure", "RetriesExhausted"),
        ("second", [BOOM, FINE], {}, [60], "OnSuccess", "Success"),
        ("old", [BOOM], {"MaximumEventAgeInSeconds": 100}, [60], "OnFailure", "EventAgeExceeded"),
        ("system", [OSError("full"), FINE], {"MaximumRetryAttempts": 0}, [1], "OnSuccess", "Success"),
        ("long", [OSError("x")], {"MaximumEventAgeInSeconds": 60}, [1, 2, 4, 8, 16], "OnFailure", "EventAgeExceeded"),
        ("broken", [CodeError("no zip")], {}, [], "OnFailure", "RetriesExhausted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_how_often_a_function_is_called(
    place: Place,
    clock: SteppedClock,
    answers: Scripted,
    name: str,
    outcomes: list[Answer | Exception],
    config: dict[str, Any],
    waits: list[float],
    side: str,
    condition: str,
) -> None:
    heard = answers(*outcomes)
    urls = configured(place, f"f-{name}", **config)
    invoke(place, f"f-{name}")
    clock.step(len(waits))
    about = place.received(urls[side])["body"]["requestContext"]
    assert (about["condition"], about["approximateInvokeCount"]) == (condition, len(waits) + 1)
    assert (clock.waits, heard) == (waits, [{"n": 1}] * (len(waits) + 1))
    if side == "OnFailure":
        assert place.received(urls["dead"])["body"] == {"n": 1}
    else:
        assert "Messages" not in place.client("sqs").receive_message(QueueUrl=urls["dead"])


def test_a_function_without_concurrency_ends_in_the_bus(place: Place, clock: SteppedClock, answers: Scripted) -> None:
    heard, bus = answers(FINE), place.bus("ends")
    url, arn = place.queue("ends", Principal={"Service": "events.amazonaws.com"})
    place.client("events").put_rule(Name="ends", EventBusName="ends", EventPattern='{"source": ["lambda"]}')
    place.client("events").put_targets(Rule="ends", EventBusName="ends", Targets=[{"Id": "q", "Arn": arn}])
    of = function(place, "parked", UNUSED)  # type: ignore[arg-type]
    functions_ = place.client("lambda")
    sides = {side: {"Destination": bus} for side in SIDES}
    functions_.put_function_event_invoke_config(FunctionName="parked", DestinationConfig=sides)
    functions_.put_function_concurrency(FunctionName="parked", ReservedConcurrentExecutions=0)
    invoke(place, "parked")
    event = place.received(url)["body"]
    assert (event["detail-type"], event["source"]) == ("Lambda Function Invocation Result - Failure", "lambda")
    assert event["resources"] == [bus, f"{of}:$LATEST"]
    about = event["detail"]["requestContext"]
    assert (about["condition"], about["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)
    functions_.delete_function_concurrency(FunctionName="parked")
    invoke(place, "parked")
    event = place.received(url)["body"]
    assert (event["detail-type"], event["detail"]["responsePayload"]) == (
        "Lambda Function Invocation Result - Success", "fine",
    )  # fmt: skip
    assert (clock.waits, heard) == ([], [{"n": 1}])


def test_buckets_and_topics_call_functions(
    place: Place, clock: SteppedClock, answers: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    heard, url = answers(BOOM, FINE), configured(place, "told")["OnSuccess"]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:told"
    sns, s3, topic = place.client("sns"), place.client("s3"), place.client("sns").create_topic(Name="t")["TopicArn"]
    for service in ("sns", "s3"):
        place.client("lambda").add_permission(
            FunctionName="told", StatementId=service, Action="lambda:InvokeFunction", SourceAccount=ACCOUNT,
            Principal=f"{service}.amazonaws.com",
        )  # fmt: skip
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes={"FilterPolicy": '{"n": ["1"]}'})
    for number in ("2", "1"):
        attributes = {"n": {"DataType": "String", "StringValue": number}}
        sns.publish(TopicArn=topic, Message="hello", Subject="s", MessageAttributes=attributes)
    clock.step()
    (record,) = place.received(url)["body"]["requestPayload"]["Records"]
    assert (record["EventSource"], record["Sns"]["TopicArn"], record["Sns"]["Message"]) == ("aws:sns", topic, "hello")
    assert record["Sns"]["MessageAttributes"] == {"n": {"Type": "String", "Value": "1"}}
    assert len(heard) == 2
    s3.create_bucket(Bucket="telling", CreateBucketConfiguration={"LocationConstraint": REGION})
    told = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="telling", NotificationConfiguration={"LambdaFunctionConfigurations": [told]}
    )
    s3.put_object(Bucket="telling", Key="a", Body=b"")
    (record,) = place.received(url)["body"]["requestPayload"]["Records"]
    place.client("lambda").remove_permission(FunctionName="told", StatementId="s3")
    s3.put_object(Bucket="telling", Key="b", Body=b"")
    assert "bucket arn:aws:s3:::telling could not reach" in caplog.text
    assert len(heard) == 3
    assert (record["eventSource"], record["s3"]["object"]["key"]) == ("aws:s3", "a")


def _of_this_library() -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    ModelEndpoint(stack, "Endpoint", group="line", endpoint_name="line", reads=["s3://m/"], instance_type="ml.m5.large")
    pool = TrainingPool(stack, "Pool", capacity={"ml.m5.large": 1})
    pool.add_team("nlp", guaranteed={"ml.m5.large": 1}, borrow=0)
    pipeline, image = Pipeline(stack, "Pipeline"), Image.from_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/i:1")
    QueuedTrainingStep(pipeline, "Train", pool=pool, team="nlp", image=image, instance_type="ml.m5.large")
    return dict(cdk.assertions.Template.from_stack(stack).to_json()["Resources"])


def test_unanswered_events_of_this_library_reach_their_queues(
    place: Place, clock: SteppedClock, answers: Scripted
) -> None:
    answers(BOOM)
    resources = _of_this_library()
    configs = [name for name, one in resources.items() if one["Type"] == "AWS::Lambda::EventInvokeConfig"]
    assert len(configs) == 2  # of the endpoint and of the queued steps
    for number, config in enumerate(configs):
        name = resources[config]["Properties"]["FunctionName"]["Ref"]
        queue = resources[config]["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        given = {"Code": {"ZipFile": UNUSED}, "Role": role(place), "Handler": "index.handler"}  # type: ignore[arg-type]
        template = {
            "Resources": {
                name: {"Type": "AWS::Lambda::Function", "Properties": {**given, "Runtime": "python3.12"}},
                queue: {"Type": "AWS::SQS::Queue"},
                config: {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": resources[config]["Properties"]},
            },
            "Outputs": {"Function": {"Value": {"Ref": name}}, "Queue": {"Value": {"Ref": queue}}},
        }
        stacks, stack = place.client("cloudformation"), f"unanswered-{number}"
        stacks.create_stack(StackName=stack, TemplateBody=json.dumps(template))
        (made,) = stacks.describe_stacks(StackName=stack)["Stacks"]
        assert made["StackStatus"] == "CREATE_COMPLETE"
        outputs = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
        invoke(place, outputs["Function"])
        clock.step(2)
        assert place.received(outputs["Queue"])["body"]["requestPayload"] == {"n": 1}
        assert nothing_more(place, outputs["Queue"])  # type: ignore[arg-type]
    assert clock.waits == [60, 120] * 2
