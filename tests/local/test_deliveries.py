"""Deliveries of rules and schedules that fail: which are tried again, when, and what ends in the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError, ReadTimeoutError

from cdk_sagemaker_pipelines.executions.firing import fire
from cdk_sagemaker_pipelines.local.aws.events import targets
from cdk_sagemaker_pipelines.local.aws.events.retries import retried, wait
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.local.clocks import SteppedClock
from tests.local.embedding import Embedded
from tests.local.places import Place
from tests.local.test_lambda import function

ACCOUNT = "123456789012"
EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}
UNUSED = "def handler(e, c): raise NotImplementedError"


@pytest.fixture
def clock(embedded_aws: EmbeddedAws) -> SteppedClock:
    """The clock of what is tried again, a new one for each test."""
    stepped = embedded_aws._world.tries.clock = SteppedClock()
    return stepped


@pytest.fixture
def place(embedded_aws: EmbeddedAws) -> Place:
    return Place(embedded_aws, ACCOUNT)


def answered(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "SendMessage")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (answered("ThrottlingException"), "THROTTLING"),
        (answered("TooManyRequestsException", 429), "THROTTLING"),
        (answered("ServiceUnavailable", 503), "INTERNAL_ERROR"),
        (ReadTimeoutError(endpoint_url="u"), "TIMEOUT"),
        (EndpointConnectionError(endpoint_url="u"), "CONNECTION_FAILURE"),
        (answered("NotImplemented", 501), None),
        (answered("AccessDeniedException"), None),
        (answered("AWS.SimpleQueueService.NonExistentQueue"), None),
        (targets.NotDelivered("no", targets.NO_PERMISSIONS), None),
        (ParamValidationError(report="r"), None),
        (ValueError("no such path"), None),
    ],
    ids=lambda value: None if isinstance(value, Exception) else str(value),
)
def test_what_is_tried_again(error: Exception, code: str | None) -> None:
    assert retried(error) == code


def test_by_default_185_tries_take_less_than_a_day_and_no_more_fit_in() -> None:
    age, waits = 0.0, list[float]()
    while isinstance(seconds := wait({}, len(waits), age), float):
        waits.append(seconds)
        age += seconds
    assert (len(waits), seconds, waits[:3], max(waits)) == (185, "MaximumRetryAttempts", [1, 2, 4], 480)
    assert 23 * 3600 < age < 24 * 3600
    assert wait({"RetryPolicy": {"MaximumRetryAttempts": 185}}, 0, 24 * 3600 - 1) == 1
    assert wait({}, 0, 24 * 3600) == "MaximumEventAgeInSeconds"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``failing(n)``: the next n deliveries to queues are throttled."""
    left, send = [0], targets.Targets._send

    def throttled(self: Any, arn: str, text: str, target: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise answered("ThrottlingException")
        send(self, arn, text, target)

    monkeypatch.setattr(targets.Targets, "_send", throttled)
    return lambda times: left.__setitem__(0, times)


def test_a_delivery_that_succeeds_the_third_time(
    place: Place, clock: SteppedClock, failing: Callable[[int], None]
) -> None:
    url, arn = place.queue("third", **EVENTS)
    place.rule("third", {"Arn": arn})
    failing(2)
    place.put()
    clock.step(2)
    assert place.received(url)["body"]["detail"] == {"key": "a"}
    assert clock.waits == [1, 2]
    assert place.counted("third") == {"RetryInvocationAttempts"}
    place.client("events").remove_targets(Rule="third", Ids=["0"])


@pytest.mark.parametrize(
    ("policy", "retries", "exhausted"),
    [
        ({"MaximumRetryAttempts": 0}, 0, "MaximumRetryAttempts"),
        ({"MaximumRetryAttempts": 2}, 2, "MaximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 60}, 5, "MaximumEventAgeInSeconds"),
    ],
)
def test_a_policy_that_is_exhausted(
    place: Place,
    clock: SteppedClock,
    failing: Callable[[int], None],
    policy: dict[str, int],
    retries: int,
    exhausted: str,
) -> None:
    name = f"exhausted-{retries}"
    (_, arn), (letters, dead) = place.queue(name, **EVENTS), place.queue(f"{name}-dead", **EVENTS)
    rule = place.rule(name, {"Arn": arn, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead}})
    failing(1000)
    place.put()
    clock.step(retries)
    letter = place.received(letters)
    assert letter.pop("body")["detail"] == {"key": "a"}
    assert letter.pop("ERROR_MESSAGE")
    assert letter == {
        "RULE_ARN": rule, "TARGET_ARN": arn, "ERROR_CODE": "THROTTLING", "RETRY_ATTEMPTS": str(retries),
        "EXHAUSTED_RETRY_CONDITION": exhausted,
    }  # fmt: skip
    assert sum(clock.waits) <= 60
    place.client("events").remove_targets(Rule=name, Ids=["0"])


def test_a_schedule_whose_target_is_throttled(embedded: Embedded, place: Place, clock: SteppedClock) -> None:
    function(embedded, "parked", UNUSED)
    embedded.client("lambda").put_function_concurrency(FunctionName="parked", ReservedConcurrentExecutions=0)
    letters, dead = place.queue("scheduled-dead")
    request = json.dumps({"FunctionName": "parked", "Payload": "<aws.scheduler.attempt-number>"})
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Input": request, "RetryPolicy": {"MaximumRetryAttempts": 2}, "DeadLetterConfig": {"Arn": dead},
    }  # fmt: skip
    never, off = "at(2099-01-01T00:00:00)", {"Mode": "OFF"}
    made = place.client("scheduler").create_schedule(
        Name="throttled", ScheduleExpression=never, Target=target, FlexibleTimeWindow=off
    )
    (fired,) = fire(place.client("scheduler"), place.client("events"), "throttled").targets
    assert (fired.next_try, fired.dead_letter_queue) == ("2030-01-01T00:00:01Z", None)
    assert "TooManyRequestsException" in str(fired.error)
    place.client("scheduler").delete_schedule(Name="throttled")  # a delivery outlives its schedule
    clock.step(2)
    letter = place.received(letters)
    assert letter["body"] == {"FunctionName": "parked", "Payload": "3"}
    assert letter["SCHEDULE_ARN"] == made["ScheduleArn"]
    assert (letter["ERROR_CODE"], letter["RETRY_ATTEMPTS"]) == ("THROTTLING", "2")
    assert (letter["EXHAUSTED_RETRY_CONDITION"], letter["IS_PAYLOAD_TRUNCATED"]) == ("MaximumRetryAttempts", "false")
