"""What reaches the targets of rules, whoever sends the event, and what schedules start."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from moto.events.models import events_backends

from cdk_sagemaker_pipelines.local.aws.events.schedules import Schedules
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock
from tests.local.embedding import Embedded
from tests.local.support import condition
from tests.local.test_callback import queue, queue_arn, receive
from tests.local.test_events import nothing_more
from tests.local.test_lambda import function
from tests.local.test_operations import until

ROLE = "arn:aws:iam::123456789012:role/pipeline"
TOLD = {
    "id": "1", "account": "1", "source": "mine", "time": "2026-11-30T08:00:00Z", "region": "r", "resources": [],
    "detail-type": "d", "detail": {"items": [{"name": "xy"}, {"name": "z"}]},
}  # fmt: skip
EVENT = {"Source": "mine", "DetailType": "Done", "Detail": json.dumps({"key": "raw/x.csv", "size": 5})}


@pytest.fixture
def pipeline(embedded: Embedded, request: pytest.FixtureRequest) -> str:
    """The ARN of a pipeline with a parameter ``Key``."""
    return create(embedded, request.node.name.replace("_", "-").replace("[", "-").replace("]", ""))


def create(account: Embedded, name: str) -> str:
    document = {"Version": "2020-12-01", "Parameters": [{"Name": "Key", "Type": "String"}],
                "Steps": [condition("C", [])]}  # fmt: skip
    made = account.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(document), RoleArn=ROLE
    )
    return str(made["PipelineArn"])


def keys(account: Embedded, pipeline: str) -> list[str]:
    """What the executions of the pipeline were started with."""
    sagemaker = account.client("sagemaker")
    runs = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    told = [
        sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=run["PipelineExecutionArn"])
        for run in runs
    ]
    return sorted(one["PipelineParameters"][0]["Value"] for one in told)


def rule(account: Embedded, name: str, *targets: Mapping[str, Any], **options: Any) -> None:
    events = account.client("events")
    events.put_rule(Name=name, **{"EventPattern": json.dumps({"source": ["mine"], "detail-type": [name]}), **options})
    bus = {"EventBusName": options["EventBusName"]} if "EventBusName" in options else {}
    told = [{"Id": str(n), "RoleArn": ROLE, **one} for n, one in enumerate(targets)]
    events.put_targets(Rule=name, Targets=told, **bus)


def put(account: Embedded, name: str, **entry: Any) -> None:
    answer = account.client("events").put_events(Entries=[{**EVENT, "DetailType": name, **entry}])
    assert answer["FailedEntryCount"] == 0, answer


def test_what_users_send_reaches_all_kinds_of_targets(embedded: Embedded, pipeline: str) -> None:
    url, topic_url = queue(embedded, "reached"), queue(embedded, "of-topic")
    sns, logs = embedded.client("sns"), embedded.client("logs")
    topic = sns.create_topic(Name="reached")["TopicArn"]
    open_queue(embedded, topic_url, "sns")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn(embedded, topic_url))
    logs.create_log_group(logGroupName="/aws/events/reached")
    called = function(
        embedded, "reached",
        "import boto3\ndef handler(e, c):\n"
        "    boto3.client('s3').put_object(Bucket='data', Key='reached', Body=e['detail']['key'])",
    )  # fmt: skip
    given = {"PipelineParameterList": [{"Name": "Key", "Value": "$.detail.key"}]}
    rule(
        embedded, "all",
        {"Arn": queue_arn(embedded, url)},
        {"Arn": topic, "InputPath": "$.detail.size"},
        {"Arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/reached"},
        {"Arn": called},
        {"Arn": pipeline, "RoleArn": ROLE, "SageMakerPipelineParameters": given},
    )  # fmt: skip
    put(embedded, "all", Resources=["r"], Time=datetime(2026, 11, 30, 8, tzinfo=timezone.utc))
    event = receive(embedded, url)
    assert {name: value for name, value in event.items() if name != "id"} == {
        "version": "0", "source": "mine", "detail-type": "all", "account": "123456789012", "region": "eu-west-1",
        "time": "2026-11-30T08:00:00Z", "resources": ["r"], "detail": json.loads(EVENT["Detail"]),
    }  # fmt: skip
    assert receive(embedded, topic_url)["Message"] == "5"
    until(lambda: embedded.log("/aws/events/reached"))
    assert json.loads(embedded.log("/aws/events/reached"))["detail"]["key"] == "raw/x.csv"
    until(lambda: "reached" in embedded.keys("reached"))
    assert embedded.read("reached") == b"raw/x.csv"
    assert until(lambda: keys(embedded, pipeline)) == ["raw/x.csv"]


def test_an_object_in_s3_starts_a_pipeline(embedded: Embedded, pipeline: str) -> None:
    s3 = embedded.client("s3")
    s3.create_bucket(Bucket="watched", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(
        Bucket="watched", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "raw/"}]}}}
    given = {"PipelineParameterList": [{"Name": "Key", "Value": "$.detail.object.key"}]}
    rule(
        embedded, "s3", {"Arn": pipeline, "RoleArn": ROLE, "SageMakerPipelineParameters": given},
        EventPattern=json.dumps(pattern),
    )  # fmt: skip
    for key in ("other/a", "raw/b"):
        s3.put_object(Bucket="watched", Key=key, Body=b"")
    rule(
        embedded, "last", {"Arn": queue_arn(embedded, url := queue(embedded, "last"))},
        EventPattern=json.dumps({"source": ["aws.s3"], "detail-type": ["Object Tags Added"]}),
    )  # fmt: skip
    s3.put_object_tagging(Bucket="watched", Key="other/a", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert receive(embedded, url)["detail"]["object"]["key"] == "other/a"  # all others have been delivered by now
    assert keys(embedded, pipeline) == ["raw/b"]


def test_disabled_rules_and_schedules_get_no_events(embedded: Embedded) -> None:
    url = queue(embedded, "quiet")
    target = {"Arn": queue_arn(embedded, url)}
    rule(embedded, "quiet", target, State="DISABLED")
    embedded.client("events").put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    embedded.client("events").put_targets(Rule="hourly", Targets=[{"Id": "q", **target}])
    heard = queue(embedded, "heard-instead")
    rule(embedded, "loud", {"Arn": queue_arn(embedded, heard)})
    put(embedded, "quiet")
    put(embedded, "loud")
    assert receive(embedded, heard)["detail-type"] == "loud"
    assert nothing_more(embedded, url)


def test_what_cannot_be_delivered_is_said(embedded: Embedded, pipeline: str, caplog: pytest.LogCaptureFixture) -> None:
    dead = queue(embedded, "dead")
    open_queue(embedded, dead)
    letters = {"DeadLetterConfig": {"Arn": queue_arn(embedded, dead)}}
    given = {"PipelineParameterList": [{"Name": "Kee", "Value": "a"}]}
    rule(
        embedded, "dead",
        {"Arn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s", **letters},
        {"Arn": pipeline, "RoleArn": ROLE, "SageMakerPipelineParameters": given, **letters},
    )  # fmt: skip
    with caplog.at_level(logging.WARNING, "cdk_sagemaker_pipelines.local"):
        put(embedded, "dead")
        letters_read = [_letter(embedded, dead) for _ in range(2)]
    assert [letter["ERROR_MESSAGE"] for letter in letters_read] == [
        "the local AWS does not deliver to targets of kinesis",
        letters_read[1]["ERROR_MESSAGE"],
    ]
    assert "did you mean 'Key'" in letters_read[1]["ERROR_MESSAGE"]
    assert letters_read[1]["ERROR_CODE"] == "ValidationException"
    assert letters_read[1]["body"]["detail-type"] == "dead"
    assert "rule dead could not reach arn:aws:kinesis" in caplog.text


def open_queue(account: Embedded, url: str, service: str = "events") -> None:
    """Lets a service send messages to a queue: rules, what they cannot deliver."""
    statement = {
        "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue_arn(account, url),
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _letter(account: Embedded, url: str) -> dict[str, Any]:
    def read() -> Any:
        return account.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")

    (message,) = until(read)
    account.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    values = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return {**values, "body": json.loads(message["Body"])}


def test_an_event_goes_to_another_account_and_no_further(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    def there(service: str) -> Any:
        return embedded_aws._world.services("444455556666", "eu-west-1").client(service)

    url = there("sqs").create_queue(QueueName="there")["QueueUrl"]
    there("events").put_permission(Action="events:PutEvents", Principal="123456789012", StatementId="in")
    there("events").put_rule(Name="there", EventPattern=json.dumps({"source": ["mine"]}))
    home = "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    there("events").put_targets(
        Rule="there",
        Targets=[
            {
                "Id": "q",
                "Arn": "arn:aws:sqs:eu-west-1:444455556666:there",
                "RoleArn": ROLE.replace("123456789012", "444455556666"),
            },
            {"Id": "back", "Arn": home},
        ],
    )
    rule(embedded, "away", {"Arn": "arn:aws:events:eu-west-1:444455556666:event-bus/default"})
    put(embedded, "away", Resources=["r"])
    (message,) = until(lambda: there("sqs").receive_message(QueueUrl=url).get("Messages"))
    event = json.loads(message["Body"])
    assert (event["account"], event["resources"], event["detail-type"]) == ("123456789012", ["r"], "away")
    assert "Messages" not in there("sqs").receive_message(QueueUrl=url)


def test_a_rule_that_breaks_keeps_no_other_from_its_events(
    embedded: Embedded, caplog: pytest.LogCaptureFixture
) -> None:
    buses = events_backends["123456789012"]["eu-west-1"]
    buses.put_rule("a-broken", event_pattern=json.dumps({"source": [{"prefix": 5}]}))  # as no caller can make it
    url = queue(embedded, "after-broken")
    rule(embedded, "z-good", {"Arn": queue_arn(embedded, url)}, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    sagemaker = embedded.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="after-broken")
    sagemaker.create_model_package(ModelPackageGroupName="after-broken")
    assert receive(embedded, url)["source"] == "aws.sagemaker"
    assert "rule a-broken could not be followed" in caplog.text
    for name in ("a-broken", "z-good"):
        buses.event_buses["default"].rules.pop(name)


def test_an_archive_keeps_events(embedded: Embedded) -> None:
    events = embedded.client("events")
    bus = "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    events.create_archive(
        ArchiveName="kept", EventSourceArn=bus, EventPattern=json.dumps({"source": ["mine"], "detail-type": ["kept"]})
    )
    put(embedded, "kept")
    assert events.describe_archive(ArchiveName="kept")["EventCount"] == 1


# Schedules


@pytest.fixture
def scheduler(embedded: Embedded) -> Any:
    return embedded.client("scheduler")


def schedule(scheduler: Any, name: str, expression: str, target: Mapping[str, Any], **options: Any) -> None:
    scheduler.create_schedule(
        Name=name, ScheduleExpression=expression, Target={"RoleArn": ROLE, **target},
        **{"FlexibleTimeWindow": {"Mode": "OFF"}, **options},
    )  # fmt: skip


def test_a_schedule_on_the_time_of_the_machine(embedded: Embedded, scheduler: Any) -> None:
    url = queue(embedded, "real")
    schedule(scheduler, "real", "rate(1 hour)", {"Arn": queue_arn(embedded, url)})  # which begins at once
    told = receive(embedded, url)
    assert (told["source"], told["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    scheduler.delete_schedule(Name="real")


class Timed:
    """Schedules of the running local AWS on a clock of the test's own, instead of the machine's."""

    def __init__(self, aws: EmbeddedAws, start: datetime) -> None:
        aws._schedules.close()
        self.clock = VirtualClock(start)
        self._schedules = Schedules(aws._world, self.clock)
        self._schedules.begin()

    def until(self, moment: datetime) -> None:
        while self.clock.now() < moment:
            self.clock.advance()


def test_a_schedule_starts_a_pipeline(
    embedded: Embedded, embedded_aws: EmbeddedAws, scheduler: Any, pipeline: str
) -> None:
    begin = datetime.now(timezone.utc).replace(microsecond=0)
    timed = Timed(embedded_aws, begin)
    given = {"PipelineParameterList": [{"Name": "Key", "Value": "k"}]}
    target = {"Arn": pipeline, "SageMakerPipelineParameters": given}
    schedule(scheduler, "minutes", "rate(2 minutes)", target, EndDate=begin + timedelta(minutes=5))
    timed.until(begin + timedelta(minutes=10))
    assert until(lambda: keys(embedded, pipeline) == ["k"] * 3)  # at once, after 2 and after 4 minutes


def test_a_schedule_for_once_is_gone_afterwards(embedded: Embedded, embedded_aws: EmbeddedAws, scheduler: Any) -> None:
    url = queue(embedded, "once")
    begin = datetime.now(timezone.utc).replace(microsecond=0)
    timed = Timed(embedded_aws, begin)
    moment = begin + timedelta(minutes=3)
    text = '{"due": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>"}'
    target = {"Arn": queue_arn(embedded, url), "Input": text}
    when = f"at({moment:%Y-%m-%dT%H:%M:%S})"
    schedule(scheduler, "once", when, target, ActionAfterCompletion="DELETE")
    schedule(scheduler, "never", f"at({begin - timedelta(days=1):%Y-%m-%dT%H:%M:%S})", target)
    schedule(scheduler, "off", when, target, State="DISABLED")
    timed.until(moment - timedelta(seconds=2))
    assert nothing_more(embedded, url)
    timed.until(moment + timedelta(minutes=1))
    told = receive(embedded, url)
    assert told == {"due": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "by": told["by"]}
    assert told["by"].endswith(":schedule/default/once")
    assert nothing_more(embedded, url)
    until(lambda: "once" not in [one["Name"] for one in scheduler.list_schedules()["Schedules"]])
    assert {"never", "off"} <= {one["Name"] for one in scheduler.list_schedules()["Schedules"]}
    for name in ("never", "off"):
        scheduler.delete_schedule(Name=name)


def test_cron_schedules_rules_and_universal_targets(
    embedded: Embedded, embedded_aws: EmbeddedAws, scheduler: Any, pipeline: str
) -> None:
    url = queue(embedded, "rules")
    begin = datetime.now(timezone.utc).replace(microsecond=0)
    timed = Timed(embedded_aws, begin)
    request = {"PipelineName": pipeline, "PipelineParameters": [{"Name": "Key", "Value": "universal"}]}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution", "Input": json.dumps(request)}
    local = (begin + timedelta(minutes=2)) + timedelta(hours=5, minutes=30)  # in India
    schedule(
        scheduler, "cron", f"cron({local.minute} {local.hour} * * ? *)", target,
        ScheduleExpressionTimezone="Asia/Kolkata",
    )  # fmt: skip
    events = embedded.client("events")
    events.put_rule(Name="ticking", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="ticking", Targets=[{"Id": "q", "Arn": queue_arn(embedded, url), "RoleArn": ROLE}])
    timed.until(begin + timedelta(minutes=2, seconds=30))
    assert until(lambda: keys(embedded, pipeline)) == ["universal"]
    ticks = [receive(embedded, url) for _ in range(2)]
    assert nothing_more(embedded, url)
    assert {(one["source"], one["detail-type"]) for one in ticks} == {("aws.events", "Scheduled Event")}
    assert ticks[0]["resources"] == ["arn:aws:events:eu-west-1:123456789012:rule/ticking"]
    events.remove_targets(Rule="ticking", Ids=["q"])


def test_a_machine_that_slept_makes_up_for_nothing(
    embedded: Embedded, embedded_aws: EmbeddedAws, scheduler: Any
) -> None:
    url = queue(embedded, "slept")
    begin = datetime.now(timezone.utc).replace(microsecond=0)
    timed = Timed(embedded_aws, begin)
    schedule(scheduler, "slept", "rate(1 minute)", {"Arn": queue_arn(embedded, url)})
    timed.clock.call_later(24 * 3600, lambda: None)
    timed._schedules.close()
    timed.clock.advance()
    timed._schedules.look()
    due = sorted(receive(embedded, url)["time"] for _ in range(5))
    assert due[0] >= f"{begin + timedelta(hours=23, minutes=55):%Y-%m-%dT%H:%M:%SZ}"
    assert nothing_more(embedded, url)
    scheduler.delete_schedule(Name="slept")


def test_a_failed_start_goes_to_the_queue_for_it(
    embedded: Embedded, embedded_aws: EmbeddedAws, scheduler: Any, pipeline: str
) -> None:
    dead = queue(embedded, "dead-schedule")
    timed = Timed(embedded_aws, datetime.now(timezone.utc))
    given = {"PipelineParameterList": [{"Name": "Kee", "Value": "k"}]}
    letters = {"DeadLetterConfig": {"Arn": queue_arn(embedded, dead)}}
    schedule(
        scheduler, "dead", "rate(1 hour)", {"Arn": pipeline, "SageMakerPipelineParameters": given, **letters}
    )  # fmt: skip
    timed.until(timed.clock.now() + timedelta(minutes=1))
    assert "no parameter 'Kee'" in _letter(embedded, dead)["ERROR_MESSAGE"]


@pytest.mark.parametrize(
    ("expression", "zone", "reason"),
    [
        ("cron(0 0 * * * *)", "UTC", "Invalid Schedule Expression .* exactly one of day-of-month and day-of-week"),
        ("rate(1 fortnight)", "UTC", "Invalid Schedule Expression"),
        ("rate(1 day)", "UTC", ""),
        ("cron(0 0 * * ? *)", "Europe/Atlantis", "there is no time zone 'Europe/Atlantis'"),
    ],
)
def test_schedules_that_are_refused(scheduler: Any, expression: str, zone: str, reason: str) -> None:
    options = {"ScheduleExpressionTimezone": zone, "FlexibleTimeWindow": {"Mode": "OFF"}}
    target = {"Arn": "arn:aws:sqs:eu-west-1:123456789012:none", "RoleArn": ROLE}
    if not reason:
        scheduler.create_schedule(Name="fine", ScheduleExpression=expression, Target=target, **options)
        scheduler.delete_schedule(Name="fine")
        return
    for change in (scheduler.create_schedule, scheduler.update_schedule):
        with pytest.raises(scheduler.exceptions.ClientError, match=rf"\(ValidationException\).*{reason}"):
            change(Name="wrong", ScheduleExpression=expression, Target=target, **options)


def test_rules_that_are_refused(embedded: Embedded) -> None:
    events = embedded.client("events")
    for expression in ("rate(5 minute)", "at(2030-01-01T00:00:00)", "cron(0 0 31W 2 * *)"):
        with pytest.raises(events.exceptions.ClientError, match="Parameter ScheduleExpression is not valid"):
            events.put_rule(Name="wrong", ScheduleExpression=expression)
    bus = "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    refused = events.exceptions.InvalidEventPatternException
    for test in ('[{"prefix": 5}]', '[{"prefixx": "z"}]', "[]"):
        pattern = f'{{"source": {test}}}'
        with pytest.raises(refused, match=r"Event pattern is not valid\. Reason: "):
            events.put_rule(Name="wrong", EventPattern=pattern)
        with pytest.raises(refused):
            events.create_archive(ArchiveName="wrong", EventSourceArn=bus, EventPattern=pattern)
        with pytest.raises(refused):
            events.test_event_pattern(EventPattern=pattern, Event=json.dumps(TOLD))
    rest = {name: value for name, value in TOLD.items() if name not in ("account", "time")}
    with pytest.raises(events.exceptions.ClientError, match="an event has account, time"):
        events.test_event_pattern(EventPattern='{"source": ["mine"]}', Event=json.dumps(rest))


@pytest.mark.parametrize(("source", "expected"), [("mine", True), ("other", False)])
def test_a_pattern_is_tried(embedded: Embedded, source: str, expected: bool) -> None:
    pattern = json.dumps({"source": [source], "detail": {"items": {"name": [{"prefix": "x"}]}}})
    answer = embedded.client("events").test_event_pattern(EventPattern=pattern, Event=json.dumps(TOLD))
    assert answer["Result"] is expected


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Input": "{not json"}, "JSON syntax error in input for target 1"),
        ({"Input": "{}", "InputPath": "$.detail"}, "Only one of Input"),
        ({"InputPath": "detail.bad"}, "Invalid InputPath for target 1"),
        ({"InputTransformer": {"InputTemplate": "{bad"}}, "Invalid InputTemplate"),
        ({"InputTransformer": {"InputTemplate": "<a>", "InputPathsMap": {"a": "zzz"}}}, "Invalid InputPath"),
    ],
)
def test_targets_that_are_refused(embedded: Embedded, target: dict[str, Any], reason: str) -> None:
    with pytest.raises(embedded.client("events").exceptions.ClientError, match=rf"\(ValidationException\).*{reason}"):
        embedded.client("events").put_targets(
            Rule="none", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:123456789012:q", **target}]
        )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"Target": {"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Input": "{bad"}}, "not JSON"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:nope:nope"}}, "no service 'nope'"),
        ({"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:nope"}}, "no operation 'nope'"),
        ({"Target": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q.fifo"}}, "MessageGroupId"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
        ({"StartDate": 4000000000, "EndDate": 3900000000}, "later than the StartDate"),
        ({"EndDate": 1000000000}, "earlier than the current time"),
        ({"GroupName": "nope"}, "Schedule group nope does not exist"),
    ],
)
def test_what_schedules_may_not_have(scheduler: Any, options: dict[str, Any], reason: str) -> None:
    given = {"Target": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}, **options}
    with pytest.raises(scheduler.exceptions.ClientError, match=reason):
        schedule(scheduler, "refused", "rate(1 day)", given.pop("Target"), **given)


def test_a_schedule_is_made_once_for_a_token(scheduler: Any) -> None:
    for _ in range(2):
        target = {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}
        schedule(scheduler, "token", "rate(1 day)", target, ClientToken="t", State="DISABLED")
    with pytest.raises(scheduler.exceptions.ConflictException):
        schedule(scheduler, "token", "rate(1 day)", target, ClientToken="u")
    scheduler.delete_schedule(Name="token")


def test_users_cannot_speak_for_aws(embedded: Embedded) -> None:
    entries = [{**EVENT, "Source": source} for source in ("mine", "aws.sagemaker", "mine")]
    answer = embedded.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert [one.get("ErrorCode") for one in answer["Entries"]] == [None, "NotAuthorizedForSourceException", None]


def test_what_nothing_runs_is_refused(embedded: Embedded) -> None:
    queues = {end: f"arn:aws:sqs:eu-west-1:123456789012:{end}" for end in ("Source", "Target")}
    with pytest.raises(embedded.client("pipes").exceptions.ClientError, match="runs no pipes"):
        embedded.client("pipes").create_pipe(Name="p", RoleArn=ROLE, **queues)
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    with pytest.raises(embedded.client("logs").exceptions.ClientError, match="no metric filters"):
        embedded.client("logs").put_metric_filter(
            logGroupName="g", filterName="f", filterPattern="", metricTransformations=[transformation]
        )
