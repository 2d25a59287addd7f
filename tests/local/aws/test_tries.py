"""What waits for its next try when the local AWS ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws import functions
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.functions.function import Answer
from tests.local.places import Place
from tests.local.test_lambda import function
from tests.local.test_operations import until

ACCOUNT, REGION = "123456789012", "eu-west-1"
BOOM = Answer(b'{"errorMessage": "boom", "errorType": "ValueError"}', "Unhandled")


def waiting(aws: EmbeddedAws) -> None:
    """Calls a function for an event, and waits until it is to be tried again a minute later."""
    place = Place(aws, ACCOUNT)
    _, arn = place.queue("ended")
    function(place, "fails", "def handler(e, c): raise NotImplementedError")  # type: ignore[arg-type]
    place.client("lambda").put_function_event_invoke_config(
        FunctionName="fails", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    place.client("lambda").invoke(FunctionName="fails", InvocationType="Event", Payload='{"n": 1}')
    assert until(lambda: aws._world.tries._timers)


def test_a_restart_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(functions, "call", lambda *told: BOOM)
    with EmbeddedAws(REGION, ACCOUNT, state=tmp_path / "state") as aws:
        waiting(aws)
    assert "is lost" not in caplog.text

    def call(function: Any, event: Any, *more: Any) -> Answer:
        heard.append(event)
        return Answer(b"1")

    monkeypatch.setattr(functions, "call", call)
    with EmbeddedAws(REGION, ACCOUNT, state=tmp_path / "state", rate=600) as aws:
        place = Place(aws, ACCOUNT)
        url = place.client("sqs").get_queue_url(QueueName="ended")["QueueUrl"]
        about = place.received(url)["body"]["requestContext"]
        assert (about["condition"], about["approximateInvokeCount"], heard) == ("Success", 2, [{"n": 1}])
        kept = aws._world.tries._journal
        assert kept is not None
        assert until(lambda: not kept.records("try"))


def test_without_a_state_the_log_says_what_is_lost(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(functions, "call", lambda *told: BOOM)
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        waiting(aws)
    assert "for the function fails waited for its next try, and is lost" in caplog.text
