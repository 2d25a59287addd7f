"""The server is killed at random moments of running executions: nothing that it recorded is lost, or done twice."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.processes import eventually, running
from tests.local.support import condition, get, processing, step

from .conftest import ACCOUNT
from .serving import Server

ROUNDS = [
    pytest.param(0, 10, marks=pytest.mark.slow),
    *(pytest.param(number, 25, marks=[pytest.mark.slow, pytest.mark.long]) for number in range(1, 9)),
]
"""A seed, and at how many moments a server with the same state is killed: each start takes a little longer."""
LONGEST = 1.5
"""Seconds after which the server is killed at the latest; the execution takes about as long."""
SCRIPT = """
import os, sys, time
from pathlib import Path
with open(sys.argv[1], "a") as file:
    file.write(f"{sys.argv[2]} {os.getpid()}\\n")
Path("/opt/ml/processing/report/done.txt").write_text(sys.argv[2])
time.sleep(0.2)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text(json.dumps({f"Told{number}": {"seconds": 0.1} for number in range(6)}))
    with Server(tmp_path, outcomes) as server:
        yield server


def definition(seen: Path, script: str) -> str:
    """Jobs that really run, one after the other and beside each other, among steps that end as told."""

    def job(name: str, *after: str) -> dict[str, Any]:
        arguments = processing(script, arguments=[str(seen), name], outputs={"report": f"s3://data/{name}"})
        return step(name, arguments=arguments, DependsOn=list(after))

    def told(number: int, *after: str) -> dict[str, Any]:
        return step(f"Told{number}", arguments=processing(script), DependsOn=list(after))

    taken = [{"Type": "Equals", "LeftValue": get("Steps.Told1.ProcessingJobStatus"), "RightValue": "Completed"}]
    steps = [
        told(0), told(1, "Told0"), job("First"), job("Second", "First"), job("Beside"),
        condition("Choose", taken, [told(2), job("Third")], [told(3)]),
        told(4, "Second", "Choose"), told(5, "Told4"),
    ]  # fmt: skip
    return json.dumps({"Version": "2020-12-01", "Steps": steps})


@pytest.mark.parametrize(("seed", "moments"), ROUNDS)
def test_a_killed_server_goes_on(server: Server, tmp_path: Path, seed: int, moments: int) -> None:
    draw, seen = random.Random(seed), tmp_path / "seen.txt"
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="data", Key="code/script.py", Body=SCRIPT)
    sagemaker.create_pipeline(
        PipelineName="p",
        PipelineDefinition=definition(seen, "s3://data/code/script.py"),
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/pipeline",
    )
    ended_at_once = 0
    for _ in range(moments):
        seen.write_text("")
        sagemaker = server.client("sagemaker")
        arn = sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
        deadline, before = time.monotonic() + draw.uniform(0, LONGEST), _steps(sagemaker, arn)
        while time.monotonic() < deadline:
            before = _steps(sagemaker, arn)
            time.sleep(draw.uniform(0, 0.05))
        server.kill()
        assert eventually(lambda: not running(str(seen)))  # the jobs end with it
        server.start()
        assert "not restored" not in server.said
        sagemaker = server.client("sagemaker")
        after, status = _steps(sagemaker, arn), _status(sagemaker, arn)
        for name, was in before.items():
            if was["StepStatus"] == "Succeeded":
                assert after[name] == was
            else:
                assert after[name]["StepStatus"] in ("Succeeded", "Failed"), after[name]
        assert {one["StepStatus"] for one in after.values()} <= {"Succeeded", "Failed"}
        reasons = [one["FailureReason"] for one in after.values() if one["StepStatus"] == "Failed"]
        assert all("interrupted" in reason for reason in reasons)
        assert status in ("Failed", "Succeeded")
        if status == "Succeeded":
            ended_at_once += 1
        else:
            sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
            _end(sagemaker, arn)
        last = _steps(sagemaker, arn)
        assert {name: one["StepStatus"] for name, one in last.items()} == dict.fromkeys(
            ("Told0", "Told1", "Told2", "Told4", "Told5", "First", "Second", "Third", "Beside", "Choose"), "Succeeded"
        )
        ran = Counter(line.split()[0] for line in seen.read_text().splitlines())
        for name, was in after.items():
            if was["StepStatus"] == "Succeeded":
                assert last[name] == was
                assert ran[name] == (0 if name.startswith("Told") or name == "Choose" else 1), (name, ran)
    listed = sagemaker.list_pipeline_executions(PipelineName="p", MaxResults=100)["PipelineExecutionSummaries"]
    assert len(listed) == moments
    assert ended_at_once < moments


def _steps(sagemaker: Any, arn: str) -> dict[str, dict[str, Any]]:
    listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=100)["PipelineExecutionSteps"]
    return {one["StepName"]: one for one in listed}


def _status(sagemaker: Any, arn: str) -> str:
    return str(sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"])


def _end(sagemaker: Any, arn: str) -> None:
    deadline = time.monotonic() + 60
    while _status(sagemaker, arn) == "Executing":
        assert time.monotonic() < deadline
        time.sleep(0.05)
