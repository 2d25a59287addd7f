"""A local AWS whose clock runs faster than the machine's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.aws_time import ahead
from tests.local.embedding import Embedded, finished
from tests.local.support import BUCKET, processing, step
from tests.local.test_operations import until

ROLE = "arn:aws:iam::123456789012:role/pipeline"
RATE = 600


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every step of a test is scripted to do."""
    file = tmp_path_factory.mktemp("outcomes") / "outcomes.json"
    file.write_text(
        json.dumps(
            {
                "Long": {"seconds": 1200},
                "Flaky": {"fail": "full", "exception": "SageMaker.CAPACITY_ERROR", "failures": 1},
            }
        )
    )
    return file


@pytest.fixture(scope="module")
def embedded_aws(outcomes: Path) -> Iterator[EmbeddedAws]:
    with EmbeddedAws("eu-west-1", "123456789012", rate=RATE, outcomes=outcomes) as aws:
        yield aws


def far(aws: EmbeddedAws) -> timedelta:
    """How far its time is ahead of the machine's."""
    return aws.now() - datetime.now(timezone.utc)


def job(name: str, **keys: Any) -> dict[str, Any]:
    return step(name, arguments=processing("s3://bucket/script.py"), **keys)


def retrying(name: str, seconds: int) -> dict[str, Any]:
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": seconds, "MaxAttempts": 2}
    return job(name, RetryPolicies=[policy])


def test_executions_follow_it(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    began, machine = embedded_aws.now(), time.monotonic()
    done = finished(embedded, "long", [job("Long"), retrying("Flaky", 900)])
    assert done.status == "Succeeded"
    assert time.monotonic() - machine < 20
    took = {name: one["EndTime"] - one["StartTime"] for name, one in done.steps.items()}
    assert timedelta(minutes=20) <= took["Long"] < timedelta(hours=2)
    assert timedelta(minutes=15) <= took["Flaky"] < timedelta(hours=2)
    assert began <= done.steps["Long"]["StartTime"] <= embedded_aws.now()


def test_schedules_fire(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    sqs, scheduler = embedded.client("sqs"), embedded.client("scheduler")
    url = sqs.create_queue(QueueName="often")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = embedded_aws.now()
    scheduler.create_schedule(
        Name="often", ScheduleExpression="rate(10 minutes)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE},
    )  # fmt: skip
    bodies: list[Any] = []

    def three() -> bool:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(json.loads(one["Body"]) for one in found)
        return len(bodies) >= 3

    assert until(three)
    scheduler.delete_schedule(Name="often")
    due = sorted(datetime.fromisoformat(one["time"].replace("Z", "+00:00")) for one in bodies)[:3]
    assert [later - earlier for earlier, later in pairwise(due)] == [timedelta(minutes=10)] * 2
    assert abs(due[0] - made) < timedelta(minutes=10)


def test_moto_has_its_time_and_queues_the_machines(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    while far(embedded_aws) < timedelta(minutes=30):
        time.sleep(0.1)
    sqs = embedded.client("sqs")
    url = sqs.create_queue(QueueName="slow", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="once")
    asked = time.monotonic()
    told = sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"])["Messages"][0]
    assert abs(int(told["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 30
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert time.monotonic() - asked >= 1
    group = embedded.client("sagemaker")
    group.create_model_package_group(ModelPackageGroupName="timed")
    made = group.describe_model_package_group(ModelPackageGroupName="timed")["CreationTime"]
    assert abs(made - embedded_aws.now()) < timedelta(hours=1)
    embedded.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"1")
    put = embedded.client("s3").head_object(Bucket=BUCKET, Key="k")
    assert abs(put["LastModified"] - embedded_aws.now()) < timedelta(hours=1)


def test_answers_say_so_and_keep_the_date(embedded: Embedded, embedded_aws: EmbeddedAws) -> None:
    answer = embedded.client("sagemaker").list_pipelines()["ResponseMetadata"]["HTTPHeaders"]
    assert abs(ahead(answer) - far(embedded_aws)) < timedelta(hours=1)
    date = datetime.strptime(answer["date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=timezone.utc)
    assert abs(date - datetime.now(timezone.utc)) < timedelta(seconds=60)


def test_signatures_presigned_urls_and_sessions_are_the_machines(embedded: Embedded) -> None:
    s3 = embedded.client("s3")
    s3.put_object(Bucket=BUCKET, Key="signed", Body=b"1")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "signed"}, ExpiresIn=60)
    assert requests.get(url, timeout=10).content == b"1"
    session = embedded.client("sts").get_session_token()["Credentials"]
    assert timedelta(0) < session["Expiration"] - datetime.now(timezone.utc) < timedelta(hours=37)
