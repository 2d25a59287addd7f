"""The time of a local AWS whose clock ran faster, and its alarms, after a restart with the same state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .test_alarms import Heard, alarm, state
from .test_restart import Kept


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "state", rate=3600)
    yield made
    made.aws.stop()


def test_it_goes_on(fast: Kept) -> None:
    sagemaker = fast.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="before")
    time.sleep(1.5)
    fast.client("sqs").create_queue(QueueName="queue")
    before = fast.aws.now()
    assert before - datetime.now(timezone.utc) > timedelta(hours=1)
    made = sagemaker.describe_model_package_group(ModelPackageGroupName="before")["CreationTime"]
    fast.restart()
    assert fast.aws.unrestored == ()
    assert before <= fast.aws.now() < before + timedelta(days=1)
    assert sagemaker.describe_model_package_group(ModelPackageGroupName="before")["CreationTime"] == made
    url = fast.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    fast.client("sqs").send_message(QueueUrl=url, MessageBody="at once")
    assert fast.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "at once"


def test_it_stays_ahead_at_the_machines_pace(fast: Kept) -> None:
    time.sleep(0.5)
    before = fast.aws.now()
    fast.aws.stop()
    slow = EmbeddedAws(fast.aws.region, fast.aws.account, state=fast.folder)
    with slow:
        assert before <= slow.now() < before + timedelta(hours=1)
        first, machine = slow.now(), datetime.now(timezone.utc)
        time.sleep(0.2)
        assert abs((slow.now() - first) - (datetime.now(timezone.utc) - machine)) < timedelta(seconds=0.1)


def test_states_of_alarms_outlive_it(fast: Kept) -> None:
    heard, cloudwatch = Heard(fast.client, "kept"), fast.client("cloudwatch")
    alarm(cloudwatch, "kept", AlarmActions=[heard.topic], TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="before")
    time.sleep(1)  # until its topic has been told
    history = cloudwatch.describe_alarm_history(AlarmName="kept")["AlarmHistoryItems"]
    fast.restart()
    assert fast.aws.unrestored == ()
    assert state(cloudwatch, "kept") == ("ALARM", "before")
    assert cloudwatch.describe_alarm_history(AlarmName="kept")["AlarmHistoryItems"] == history
    told = heard.next()
    assert told is not None
    assert told["NewStateReason"] == "before"
    assert heard.next(2) is None
