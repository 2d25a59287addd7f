"""A callback with a worker, and a function: synthesized, under cdk-nag, deployed to the embedded AWS and run there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws, environment

CALLS = Path(__file__).parent / "calls"
REGION, ACCOUNT = "eu-west-1", "111122223333"
NAME = "Review-And-Count"


def synthesize(folder: Path, root: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(root / "constructs"), "CDK_OUTDIR": str(folder / "cdk.out"), **more}
    return subprocess.run([sys.executable, "app.py"], cwd=folder, env=variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app."""
    made = tmp_path_factory.mktemp("calls") / "app"
    shutil.copytree(CALLS, made, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
    return made


def test_the_one_finding_of_nag_is_acknowledged(folder: Path, root: Path, tmp_path: Path) -> None:
    nag = {"CDK_VALIDATION": "true", "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    done = synthesize(folder, root, NAG="yes", **nag)
    assert done.returncode != 0
    (found,) = {line.strip() for line in done.stderr.splitlines() if "Acknowledge with" in line}
    # the worker answers for every execution of the pipeline
    assert "AwsSolutions-IAM5[Resource::" in found
    assert "pipeline/review-and-count/execution/*]" in found
    done = synthesize(folder, root, NAG="acknowledged", **nag)
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr[-3000:]


class Deployment:
    """The app on an embedded AWS."""

    def __init__(self, folder: Path, root: Path, served: EmbeddedAws) -> None:
        self.folder, self.root, self.served = folder, root, served
        self.sagemaker = served.services().client("sagemaker")

    def cdk(self, *arguments: str) -> str:
        """Synthesizes, and what the real CDK CLI prints."""
        done = synthesize(self.folder, self.root)
        assert done.returncode == 0, done.stderr
        variables = {
            **os.environ,
            **environment(self.served.url, REGION, ACCOUNT),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_COLOR": "1",
        }
        command = [str(self.root / "node_modules/.bin/cdk"), *arguments, "--no-notices", "--app", "cdk.out"]
        cli = subprocess.run(
            command, cwd=self.folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert cli.returncode == 0, cli.stdout + cli.stderr
        return cli.stdout + cli.stderr

    def start(self, who: str) -> str:
        values = [{"Name": "Who", "Value": who}]
        answer = self.sagemaker.start_pipeline_execution(PipelineName=NAME, PipelineParameters=values)
        return str(answer["PipelineExecutionArn"])

    def end(self, arn: str) -> tuple[str, dict[str, dict[str, Any]]]:
        """The status of the execution when it has ended, and its steps by name."""
        for _ in range(600):
            status = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            if status not in ("Executing", "Stopping"):
                listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
                return status, {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}
            time.sleep(0.2)
        raise AssertionError("the execution did not end in two minutes")

    def run(self, who: str) -> tuple[str, dict[str, dict[str, Any]]]:
        return self.end(self.start(who))


@pytest.fixture(scope="module")
def deployment(folder: Path) -> Iterator[Deployment]:
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(folder, CALLS.parent.parent.parent, served)
        made.cdk("bootstrap")
        made.cdk("deploy", "--require-approval", "never")
        yield made


def outputs(step: dict[str, Any], kind: str) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in step["Metadata"][kind]["OutputParameters"]}


@pytest.mark.deploy
@pytest.mark.slow
class TestDeployed:
    def test_the_worker_answers_and_the_function_runs(self, deployment: Deployment) -> None:
        status, steps = deployment.run("me")
        assert status == "Succeeded", steps
        assert outputs(steps["Review"], "Callback") == {"score": "0.5", "name": "ME"}
        assert outputs(steps["Count"], "Lambda") == {"rows": "4", "version": "1"}
        assert steps["Count"]["Metadata"]["Lambda"]["Arn"].endswith(":1")

    def test_outputs_reach_conditions_and_messages(self, deployment: Deployment) -> None:
        status, steps = deployment.run("somebody")
        assert status == "Failed"
        assert steps["TooLong"]["Metadata"]["Fail"]["ErrorMessage"] == "10 letters, said version 1"

    def test_an_error_in_the_worker_fails_the_step(self, deployment: Deployment) -> None:
        status, steps = deployment.run("nobody")
        assert (status, steps["Review"]["StepStatus"]) == ("Failed", "Failed")
        assert steps["Review"]["FailureReason"] == "ValueError: nobody came"
        assert "Count" not in steps

    def test_an_error_in_the_function_fails_the_step(self, deployment: Deployment) -> None:
        status, steps = deployment.run("error")
        assert (status, steps["Count"]["StepStatus"]) == ("Failed", "Failed")
        assert "cannot count x-ERROR" in steps["Count"]["FailureReason"]

    def test_an_execution_that_waits_is_stopped(self, deployment: Deployment) -> None:
        arn = deployment.start("sleeper")
        for _ in range(100):
            listed = deployment.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
            if "Callback" in json.dumps(listed["PipelineExecutionSteps"], default=str):
                break
            time.sleep(0.1)
        deployment.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="s" * 32)
        status, steps = deployment.end(arn)
        assert (status, list(steps)) == ("Stopped", ["Review"])
        # the worker took the second message while it still worked on the first
        assert steps["Review"]["FailureReason"] == "the execution is stopped"

    def test_a_change_of_code_is_seen_deployed_and_run(self, deployment: Deployment) -> None:
        code = deployment.folder / "functions" / "count.py"
        code.write_text(code.read_text().replace('len(event["name"])', "3"))
        difference = deployment.cdk("diff")
        assert "AWS::Lambda::Version" in difference
        assert "AWS::SageMaker::Pipeline" in difference
        deployment.cdk("deploy", "--require-approval", "never")
        status, steps = deployment.run("me")
        assert status == "Succeeded"
        assert outputs(steps["Count"], "Lambda") == {"rows": "3", "version": "2"}
        deployment.cdk("destroy", "--force")
        assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []
