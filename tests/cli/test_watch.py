"""``smpipe watch`` where the service refuses in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli

from .abalone import FIRST, answers, step
from .conftest import Command
from .service import PIPELINE, START, Refusal


def moment(status: str) -> dict[str, Any]:
    return {
        "PipelineArn": PIPELINE, "PipelineExecutionArn": FIRST, "PipelineExecutionStatus": status,
        "CreationTime": START, "LastModifiedTime": START + timedelta(seconds=9),
    }  # fmt: skip


def test_being_asked_for_fewer_requests_does_not_end_it(smpipe: Command) -> None:
    throttled = Refusal("ThrottlingException", "Rate exceeded")
    moments = [moment("Executing"), throttled, throttled, moment("Succeeded")]
    smpipe.answers(**answers(DescribePipelineExecution=moments))
    assert smpipe("watch", FIRST, "--interval", "0.01").splitlines()[-1] == "Succeeded in 1 h 01 min"


def test_each_step_has_its_own_time(smpipe: Command) -> None:
    def clock(seconds: float) -> str:
        return f"{(START + timedelta(seconds=seconds)).astimezone():%H:%M:%S}"

    smpipe.answers(**answers(DescribePipelineExecution=moment("Succeeded")))
    assert [tuple(line.split()[:2]) for line in smpipe("watch", FIRST).splitlines()[:-1]] == [
        (clock(60), "Prepare"), (clock(3660), "Train"), (clock(3661), "Check"), (clock(3662), "Register"),
    ]  # fmt: skip
    running = {"PipelineExecutionSteps": [step("Prepare", "Executing", start=7)]}
    smpipe.answers(
        **answers(
            DescribePipelineExecution=[moment("Executing"), moment("Stopped")], ListPipelineExecutionSteps=running
        )
    )
    assert smpipe("watch", FIRST, "--interval", "0.01", code=1).startswith(f"{clock(7)}  Prepare")


def test_credentials_that_expire_end_only_the_watching(smpipe: Command) -> None:
    expired = Refusal("ExpiredTokenException", "The security token included in the request is expired")
    smpipe.answers(**answers(DescribePipelineExecution=[moment("Executing"), expired]))
    told = smpipe("watch", FIRST, "--interval", "0.01", code=2)
    assert f"the execution may continue; watch it again with: smpipe watch {FIRST}\n" in told
    assert "the credentials have expired: log in" in told


def test_an_interrupt_says_how_to_come_back(
    smpipe: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    smpipe.answers(**answers(DescribePipelineExecution=moment("Executing")))
    assert cli.main(["watch", FIRST]) == 130
    assert f"smpipe watch {FIRST}" in capsys.readouterr().err


def test_the_document_comes_at_the_end(smpipe: Command) -> None:
    moments = [moment("Executing"), moment("Failed")]
    smpipe.answers(**answers(DescribePipelineExecution=moments))
    told = smpipe.json("watch", FIRST, "--interval", "0.01", code=1)
    assert told["execution"]["PipelineExecutionStatus"] == "Failed"
