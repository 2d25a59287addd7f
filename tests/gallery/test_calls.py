"""Callbacks and functions of the gallery on the local AWS: answers, failures, stops, and a change of code."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.gallery.deployment import GALLERY, ROOT, Gallery, synthesize

pytestmark = pytest.mark.slow


class Asked:
    """An execution that waits for the answer to its question."""

    def __init__(self, gallery: Gallery) -> None:
        self.sagemaker = gallery.sagemaker
        self._sqs = gallery.client("sqs")
        queues = gallery.resources("Queue", "AWS::SQS::Queue")
        self._queue = next(url for url in queues if "DeadLetter" not in url)
        self.arn = gallery.start(gallery.pipeline("Queue"))
        self.message = self.receive()

    def receive(self) -> dict[str, Any]:
        """The next message of the queue."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for message in self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=1).get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                body: dict[str, Any] = json.loads(message["Body"])
                return body
        raise AssertionError("there was no message in half a minute")

    def succeed(self, **outputs: str) -> None:
        parameters = [{"Name": name, "Value": value} for name, value in outputs.items()]
        self.sagemaker.send_pipeline_execution_step_success(
            CallbackToken=self.message["token"], OutputParameters=parameters, ClientRequestToken="s" * 32
        )

    def fail(self, reason: str) -> None:
        self.sagemaker.send_pipeline_execution_step_failure(
            CallbackToken=self.message["token"], FailureReason=reason, ClientRequestToken="f" * 32
        )


def test_a_callback_waits_for_its_token(gallery: Gallery) -> None:
    asked = Asked(gallery)
    assert asked.message["arguments"] == {"question": "how many?"}
    assert (asked.message["status"], asked.message["pipelineExecutionArn"]) == ("Executing", asked.arn)
    time.sleep(0.5)
    waiting = gallery.steps(asked.arn)["Ask"]
    assert (waiting["StepStatus"], waiting["Metadata"]["Callback"]["CallbackToken"]) == (
        "Executing",
        asked.message["token"],
    )
    asked.succeed(count="7")
    run = gallery.end(asked.arn)
    assert (run.status, run.outputs("Ask")) == ("Succeeded", {"count": "7"})


def test_a_callback_accepts_a_failure(gallery: Gallery) -> None:
    asked = Asked(gallery)
    asked.fail("nobody knows")
    run = gallery.end(asked.arn)
    assert (run.status, run.steps["Ask"]["FailureReason"]) == ("Failed", "nobody knows")


@pytest.mark.parametrize(("answer", "status"), [("success", "Succeeded"), ("failure", "Failed")])
def test_a_callback_is_stopped_when_it_has_been_answered(answer: str, status: str, gallery: Gallery) -> None:
    asked = Asked(gallery)
    asked.sagemaker.stop_pipeline_execution(PipelineExecutionArn=asked.arn)
    told = asked.receive()
    assert (told["status"], told["token"]) == ("Stopping", asked.message["token"])
    described = asked.sagemaker.describe_pipeline_execution(PipelineExecutionArn=asked.arn)
    assert described["PipelineExecutionStatus"] == "Stopping"
    if answer == "success":
        asked.succeed(count="7")
    else:
        asked.fail("it is stopped")
    run = gallery.end(asked.arn)
    assert (run.status, run.statuses()) == ("Stopped", {"Ask": status})


def test_a_worker_answers_with_what_its_function_returns(gallery: Gallery) -> None:
    run = gallery.run("Callback")
    assert run.outputs("Review") == {"score": "0.5", "name": "ME"}
    assert run.outputs("Tell") == {"told": "ME 0.5"}


def test_a_worker_answers_while_the_execution_stops(gallery: Gallery) -> None:
    arn = gallery.start(gallery.pipeline("Callback"), {"Who": "sleeper"})
    until = time.monotonic() + 30
    while not gallery.steps(arn).get("Review", {}).get("Metadata") and time.monotonic() < until:
        time.sleep(0.1)
    gallery.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    run = gallery.end(arn)
    assert (run.status, list(run.steps)) == ("Stopped", ["Review"])
    # the worker took the second message while it still worked on the first
    assert run.steps["Review"]["FailureReason"] == "the execution is stopped"


def test_a_change_of_code_is_deployed_and_run(gallery: Gallery, tmp_path: Path) -> None:
    run = gallery.run("Lambda")
    assert run.outputs("Count") == {"letters": "4", "version": "1"}
    before = gallery.definition("Lambda")

    shutil.copytree(ROOT / GALLERY, tmp_path / GALLERY, ignore=shutil.ignore_patterns("__pycache__"))
    code = tmp_path / GALLERY / "code/count.py"
    code.write_text(code.read_text("utf-8").replace('len(event["name"])', "3"), "utf-8")
    done = synthesize(tmp_path / "cdk.out", tmp_path, STACK="Lambda")
    assert done.returncode == 0, done.stderr
    gallery.deploy("Lambda", tmp_path / "cdk.out")

    assert gallery.definition("Lambda") != before
    run = gallery.run("Lambda")
    assert run.outputs("Count") == {"letters": "3", "version": "2"}
    assert run.metadata("Count")["Arn"].endswith(":2")


def test_outputs_reach_messages_and_conditions(gallery: Gallery) -> None:
    run = gallery.run("Condition", {"Least": "0.75"})
    assert run.metadata("Check") == {"Outcome": "True"}
    run = gallery.run("Condition", {"Least": "0.8"})
    assert (run.status, run.metadata("Check")) == ("Failed", {"Outcome": "False"})
    assert run.metadata("TooLow") == {"ErrorMessage": "the accuracy 0.75 is below 0.8"}
    assert "Tell" not in run.steps
