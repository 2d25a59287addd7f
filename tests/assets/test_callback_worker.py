"""The Lambda function of a callback step's worker, with a fake SageMaker."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.assets import callback_worker

CODE = """
import sys

def handler(inputs):
    what = inputs.get("what")
    if what == "raise":
        raise ValueError("x" * 300)
    if what == "exit":
        sys.exit("gone")
    return inputs.get("returned")
"""


class SageMaker:
    """Records the answers; raises the given errors, one per call."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.errors: list[str] = []

    def _take(self, *answer: Any) -> None:
        if self.errors:
            code = self.errors.pop(0)
            raise ClientError({"Error": {"Code": code, "Message": "no such output"}}, "Send")
        self.answers.append(answer)

    def send_pipeline_execution_step_success(self, *, CallbackToken: str, OutputParameters: Any) -> None:
        self._take("success", CallbackToken, {item["Name"]: item["Value"] for item in OutputParameters})

    def send_pipeline_execution_step_failure(self, *, CallbackToken: str, FailureReason: str) -> None:
        self._take("failure", CallbackToken, FailureReason)


@pytest.fixture
def sagemaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SageMaker]:
    (tmp_path / "user_code_of_worker.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CALLBACK_HANDLER", "user_code_of_worker.handler")
    served = SageMaker()
    monkeypatch.setattr(callback_worker, "_sagemaker", lambda: served)
    callback_worker._function.cache_clear()
    yield served
    callback_worker._function.cache_clear()
    sys.modules.pop("user_code_of_worker", None)


def event(*messages: Any, received: int = 1) -> dict[str, Any]:
    """The event that SQS sends to Lambda."""
    records = [
        {
            "messageId": f"m{number}",
            "body": message if isinstance(message, str) else json.dumps(message),
            "attributes": {"ApproximateReceiveCount": str(received)},
        }
        for number, message in enumerate(messages)
    ]
    return {"Records": records}


def message(token: str = "abcdefghij", status: str = "Executing", **arguments: Any) -> dict[str, Any]:
    return {"token": token, "pipelineExecutionArn": "arn", "arguments": arguments, "status": status}


def test_outputs_are_sent_as_texts(sagemaker: SageMaker) -> None:
    outputs = {"text": "a", "whole": 3, "number": 0.5, "flag": True, "nested": {"a": [1]}}
    assert callback_worker.handle(event(message(returned=outputs)), None) == {"batchItemFailures": []}
    texts = {"text": "a", "whole": "3", "number": "0.5", "flag": "true", "nested": '{"a": [1]}'}
    assert sagemaker.answers == [("success", "abcdefghij", texts)]


def test_none_means_no_outputs(sagemaker: SageMaker) -> None:
    callback_worker.handle(event(message()), None)
    assert sagemaker.answers == [("success", "abcdefghij", {})]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"what": "raise"}, "ValueError: " + "x" * 244),
        ({"what": "exit"}, "SystemExit: gone"),
        ({"returned": [1]}, "TypeError: the function must return a dict of outputs by name, not [1]"),
        ({"returned": {"a": "x" * 1025}}, "ValueError: output 'a' has 1025 characters; at most 1024 are taken"),
    ],
)
def test_an_error_fails_the_step(sagemaker: SageMaker, arguments: Any, reason: str) -> None:
    assert callback_worker.handle(event(message(**arguments)), None) == {"batchItemFailures": []}
    assert sagemaker.answers == [("failure", "abcdefghij", reason)]


def test_code_that_cannot_be_imported_fails_the_step(sagemaker: SageMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBACK_HANDLER", "inner/nowhere_to_be_found.handler")
    callback_worker.handle(event(message()), None)
    assert sagemaker.answers == [("failure", "abcdefghij", "ModuleNotFoundError: No module named 'inner'")]


def test_a_stopping_execution_is_answered_at_once(sagemaker: SageMaker) -> None:
    callback_worker.handle(event(message(status="Stopping", what="raise")), None)
    assert sagemaker.answers == [("failure", "abcdefghij", "the execution is stopped")]


def test_a_message_that_is_not_answered_in_three_tries_fails_the_step(sagemaker: SageMaker) -> None:
    callback_worker.handle(event(message(), received=3), None)
    callback_worker.handle(event(message(), received=4), None)
    assert sagemaker.answers == [
        ("success", "abcdefghij", {}),
        ("failure", "abcdefghij", "the worker did not answer in 3 tries; its log says more"),
    ]


def test_only_unanswered_messages_are_delivered_again(sagemaker: SageMaker) -> None:
    sagemaker.errors = ["ThrottlingException"]
    found = callback_worker.handle(event(message("a"), message("b"), "no json", '{"no": "token"}'), None)
    assert found == {"batchItemFailures": [{"itemIdentifier": f"m{number}"} for number in (0, 2, 3)]}
    assert sagemaker.answers == [("success", "b", {})]


def test_outputs_that_the_service_refuses_fail_the_step(sagemaker: SageMaker) -> None:
    sagemaker.errors = ["ValidationException"]
    assert callback_worker.handle(event(message()), None) == {"batchItemFailures": []}
    assert sagemaker.answers == [("failure", "abcdefghij", "the outputs were refused: no such output")]


@pytest.mark.parametrize("code", ["ConflictException", "ResourceNotFound", "ValidationException"])
def test_a_step_that_no_longer_waits_is_left_alone(sagemaker: SageMaker, code: str) -> None:
    sagemaker.errors = [code, code]
    assert callback_worker.handle(event(message()), None) == {"batchItemFailures": []}
    sagemaker.errors = [code]
    assert callback_worker.handle(event(message(what="raise")), None) == {"batchItemFailures": []}
    assert sagemaker.answers == []
