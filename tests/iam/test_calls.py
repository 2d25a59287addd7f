"""What the pipeline's role may do for steps that call a function or put a message into a queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.language.support import get, step

from .support import KEY, PLACE, of_pipeline

URL = "https://sqs.eu-west-1.amazonaws.com/999999999999/approvals"
QUEUE = "arn:aws:sqs:eu-west-1:999999999999:approvals"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:notify"
TOKEN = "${Token[TOKEN.7]}"


@pytest.mark.parametrize(
    ("url", "known", "permissions"),
    [
        (URL, {}, [("sqs:SendMessage", QUEUE)]),
        (f"{URL}.fifo", {}, [("sqs:SendMessage", f"{QUEUE}.fifo")]),
        (URL.replace("sqs.eu-west-1", "eu-west-1.queue"), {}, [("sqs:SendMessage", QUEUE)]),
        (URL.replace("sqs.eu-west-1", "queue"), {}, [("sqs:SendMessage", QUEUE.replace("eu-west-1", "us-east-1"))]),
        (TOKEN, {TOKEN: (QUEUE, None)}, [("sqs:SendMessage", QUEUE)]),
        (URL, {URL: (QUEUE, KEY)}, [("sqs:SendMessage", QUEUE), ("kms:Decrypt kms:GenerateDataKey", KEY)]),
        (TOKEN, {}, []),
        ("no url", {}, []),
        (get("Parameters.Url"), {}, []),
        (None, {}, []),
    ],
)
def test_callback(url: Any, known: dict[str, tuple[str, str | None]], permissions: list[Any]) -> None:
    place = replace(PLACE, queues=known)
    assert of_pipeline(step("S", "Callback", SqsQueueUrl=url), environment=place) == permissions


@pytest.mark.parametrize(
    ("function", "arn"),
    [
        (FUNCTION, FUNCTION),
        (f"{FUNCTION}:7", f"{FUNCTION}:7"),
        (f"{FUNCTION}:live", f"{FUNCTION}:live"),
        (TOKEN, TOKEN),
        ("notify", FUNCTION),
    ],
)
def test_lambda(function: str, arn: str) -> None:
    assert of_pipeline(step("S", "Lambda", FunctionArn=function)) == [("lambda:InvokeFunction", arn)]


@pytest.mark.parametrize("function", [get("Parameters.Function"), None, "", 5])
def test_a_function_that_is_not_known_gives_none(function: Any) -> None:
    assert of_pipeline(step("S", "Lambda", FunctionArn=function)) == []
