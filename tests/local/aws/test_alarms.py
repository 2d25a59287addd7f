"""The alarms of CloudWatch on a local AWS whose clock runs fast: what they watch, whom they tell, what is kept."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction

from cdk_sagemaker_pipelines import Pipeline
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.embedding import Embedded, finished
from tests.local.support import step
from tests.local.test_operations import until

RATE = 120
PIPELINES = "AWS/Sagemaker/ModelBuildingPipeline"


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws("eu-west-1", "123456789012", rate=RATE) as aws:
        yield aws


class Heard:
    """A topic, and a queue with what it was told."""

    def __init__(self, client: Callable[[str], Any], name: str) -> None:
        self._sqs = client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        queue = told["Attributes"]["QueueArn"]
        may = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**may, "Resource": queue}]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        self.topic = client("sns").create_topic(Name=name)["TopicArn"]
        client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=queue)

    def next(self, seconds: float = 20) -> dict[str, Any] | None:
        """What it is told next, with the subject; None if nothing."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in self._sqs.receive_message(QueueUrl=self._url, WaitTimeSeconds=1).get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
                body = json.loads(one["Body"])
                return {**json.loads(body["Message"]), "Subject": body["Subject"]}
        return None


def alarm(cloudwatch: Any, name: str, **members: Any) -> None:
    default = {
        "Namespace": "Shop", "MetricName": "Errors", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    given = {name: value for name, value in {**default, **members}.items() if value is not None}
    cloudwatch.put_metric_alarm(AlarmName=name, **given)


def state(cloudwatch: Any, name: str) -> tuple[str, str]:
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found["StateValue"], found["StateReason"]


def test_an_execution_that_fails_sets_it_off(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    heard, cloudwatch = Heard(embedded.client, "failing"), embedded.client("cloudwatch")
    dimensions = [{"Name": "PipelineName", "Value": "broken"}]
    alarm(
        cloudwatch, "failing", Namespace=PIPELINES, MetricName="ExecutionFailed", Dimensions=dimensions,
        AlarmActions=[heard.topic], OKActions=[heard.topic], TreatMissingData="notBreaching",
        AlarmDescription="it fails",
    )  # fmt: skip
    quiet = heard.next()
    assert quiet is not None
    assert (quiet["NewStateValue"], quiet["OldStateValue"]) == ("OK", "INSUFFICIENT_DATA")
    finished(embedded, "broken", [step("F", "Fail", {"ErrorMessage": "no"})])
    told = heard.next()
    assert told is not None
    assert told.pop("Subject") == 'ALARM: "failing" in Europe (Ireland)'
    assert told.pop("NewStateReason").startswith("Threshold Crossed: 1 out of the last 1 datapoints [1.0 (")
    for moment in ("StateChangeTime", "AlarmConfigurationUpdatedTimestamp"):
        assert told.pop(moment).endswith("+0000")
    assert told == {
        "AlarmName": "failing",
        "AlarmDescription": "it fails",
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "Region": "Europe (Ireland)",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:failing",
        "OldStateValue": "OK",
        "OKActions": [heard.topic],
        "AlarmActions": [heard.topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "ExecutionFailed", "Namespace": PIPELINES, "StatisticType": "Statistic", "Statistic": "SUM",
            "Unit": None, "Dimensions": [{"value": "broken", "name": "PipelineName"}], "Period": 60,
            "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0.0, "TreatMissingData": "notBreaching", "EvaluateLowSampleCountPercentile": "",
        },
    }  # fmt: skip
    over = heard.next()
    assert over is not None
    assert (over["NewStateValue"], over["OldStateValue"]) == ("OK", "ALARM")
    cloudwatch.delete_alarms(AlarmNames=["failing"])


def test_the_metric_of_a_pipeline_as_cdk_deploys_it(embedded: Embedded) -> None:
    heard, app = Heard(embedded.client, "deployed"), cdk.App()
    stack = cdk.Stack(app, "Noticing", synthesizer=cdk.LegacyStackSynthesizer())
    pipeline = Pipeline.from_pipeline_name(stack, "Pipeline", "stops")
    failing = pipeline.metric_failed().create_alarm(stack, "Failing", threshold=1, evaluation_periods=1)
    failing.add_alarm_action(SnsAction(sns.Topic.from_topic_arn(stack, "Topic", heard.topic)))
    template = app.synth().get_stack_by_name("Noticing").template
    embedded.client("cloudformation").create_stack(StackName="Noticing", TemplateBody=json.dumps(template))
    finished(embedded, "stops", [step("F", "Fail", {"ErrorMessage": "no"})])
    told = heard.next()
    assert told is not None
    assert (told["NewStateValue"], told["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert (told["Trigger"]["MetricName"], told["Trigger"]["Period"]) == ("ExecutionFailed", 300)


def test_two_of_three_periods(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    cloudwatch = embedded.client("cloudwatch")
    now = embedded_aws.now()
    data = [
        {"MetricName": "Errors", "Timestamp": now - timedelta(minutes=minutes), "Value": value, "Dimensions": where}
        for minutes, value in ((1, 5.0), (2, 0.0), (3, 5.0), (4, 0.0), (5, 0.0))
        for where in ([], [{"Name": "Other", "Value": "x"}])
    ]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    alarm(cloudwatch, "two", EvaluationPeriods=3, DatapointsToAlarm=2)
    alarm(cloudwatch, "three", EvaluationPeriods=3)
    alarm(cloudwatch, "elsewhere", Dimensions=[{"Name": "Other", "Value": "y"}])
    assert until(lambda: state(cloudwatch, "two")[0] == "ALARM")
    assert state(cloudwatch, "two")[1].startswith("Threshold Crossed: 2 out of the last 3 datapoints [5.0 (")
    assert until(lambda: state(cloudwatch, "three")[0] == "OK")
    assert state(cloudwatch, "elsewhere")[0] == "INSUFFICIENT_DATA"


def test_a_state_that_is_set_tells_and_is_corrected(embedded: Embedded) -> None:
    heard, cloudwatch = Heard(embedded.client, "set"), embedded.client("cloudwatch")
    alarm(cloudwatch, "set", AlarmActions=[heard.topic], TreatMissingData="notBreaching", MetricName="None")
    assert until(lambda: state(cloudwatch, "set")[0] == "OK")
    cloudwatch.set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="a try")
    told = heard.next()
    assert told is not None
    assert (told["NewStateValue"], told["NewStateReason"]) == ("ALARM", "a try")
    assert until(lambda: state(cloudwatch, "set")[0] == "OK")
    items = cloudwatch.describe_alarm_history(AlarmName="set")["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in reversed(items)] == [
        'Alarm "set" created',
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        f"Successfully executed action {heard.topic}",
        "Alarm updated from ALARM to OK",
    ]
    latest = cloudwatch.describe_alarm_history(AlarmName="set", HistoryItemType="StateUpdate", MaxRecords=1)
    assert [one["HistorySummary"] for one in latest["AlarmHistoryItems"]] == ["Alarm updated from ALARM to OK"]
    alarm(cloudwatch, "set", ActionsEnabled=False, AlarmActions=[heard.topic], MetricName="None")
    cloudwatch.set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="quietly")
    assert heard.next(2) is None


@pytest.mark.parametrize(
    ("condition", "lets"),
    [
        ({}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"aws:SourceOwner": "123456789012"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, False),
        (None, False),
    ],
    ids=["any", "arn", "account", "owner", "other", "policy-of-others"],
)
def test_the_policy_of_a_topic_lets_an_alarm_in(
    embedded: Embedded, caplog: pytest.LogCaptureFixture, condition: dict[str, Any] | None, lets: bool
) -> None:
    cloudwatch, sns_, name = embedded.client("cloudwatch"), embedded.client("sns"), f"asked-{time.monotonic_ns()}"
    heard = Heard(embedded.client, name)
    service = "cloudwatch" if condition is not None else "events"
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sns:Publish"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Resource": heard.topic, "Condition": condition or {}}],
    }
    sns_.set_topic_attributes(TopicArn=heard.topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    alarm(cloudwatch, name, AlarmActions=[heard.topic, "arn:aws:sns:eu-west-1:123456789012:gone"], MetricName="None")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a try")
    told = heard.next() if lets else heard.next(1)
    assert (told is not None) is lets
    items = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")["AlarmHistoryItems"]
    first, gone = sorted(items, key=lambda item: "gone" in item["HistorySummary"])
    assert "there is no topic" in gone["HistorySummary"]
    refused = f"is not authorized to perform: sns:Publish on resource: {heard.topic}"
    if lets:
        assert first["HistorySummary"] == f"Successfully executed action {heard.topic}"
    else:
        assert first["HistorySummary"].startswith(f"Failed to execute action {heard.topic}. Received error: ")
        assert refused in json.loads(first["HistoryData"])["error"]
    assert (refused in caplog.text) is not lets


def test_what_is_not_evaluated_says_so(embedded: Embedded, caplog: pytest.LogCaptureFixture) -> None:
    cloudwatch = embedded.client("cloudwatch")
    query = {"Id": "e", "Expression": "m*2", "ReturnData": True}
    stat = {
        "Id": "m", "ReturnData": False,
        "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"},
    }  # fmt: skip
    plain = {"MetricName": None, "Namespace": None, "Statistic": None, "Period": None}
    with caplog.at_level(logging.WARNING):
        alarm(cloudwatch, "expression", **plain, Metrics=[query, stat])
        alarm(cloudwatch, "percentile", Statistic=None, ExtendedStatistic="p90")
        band = "GreaterThanUpperThreshold"
        alarm(cloudwatch, "band", **plain, Metrics=[query, stat], ComparisonOperator=band, ThresholdMetricId="e")
    for name, text in (
        ("expression", "math expressions are not evaluated"),
        ("percentile", "the statistic p90 is not evaluated"),
        ("band", "anomaly detection is not evaluated"),
    ):
        told = f"the local AWS does not evaluate the alarm {name}: {text}"
        assert state(cloudwatch, name) == ("INSUFFICIENT_DATA", told)
        assert told in caplog.text
    with pytest.raises(cloudwatch.exceptions.ClientError, match="PutCompositeAlarm"):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(expression)")
