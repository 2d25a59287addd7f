"""Steps on EMR and EMR Serverless: synthesized, deployed to the embedded AWS and run there; nothing is computed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws, environment

EMR = Path(__file__).parent / "emr"
REGION, ACCOUNT = "eu-west-1", "111122223333"
NAME = "Count"
ALIVE = ("RUNNING", "WAITING")


def synthesize(root: Path, out: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(root / "constructs"), "CDK_OUTDIR": str(out), **more}
    return subprocess.run([sys.executable, "app.py"], cwd=EMR, env=variables, capture_output=True, text=True)


def test_cdks_own_validation_has_nothing_to_say(root: Path, tmp_path: Path) -> None:
    context = json.dumps({"@aws-cdk/core:validateAgainstDefaultRules": True})
    done = synthesize(root, tmp_path / "cdk.out", CDK_VALIDATION="true", CDK_CONTEXT_JSON=context)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "ERROR" not in done.stderr
    assert "WARNING" not in done.stderr


class Deployment:
    """The app on an embedded AWS."""

    def __init__(self, root: Path, folder: Path, served: EmbeddedAws) -> None:
        self.root, self.folder, self.served = root, folder, served
        self.sagemaker = served.services().client("sagemaker")
        self.emr = served.services().client("emr")

    def cdk(self, *arguments: str) -> None:
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

    def run(self) -> tuple[str, dict[str, dict[str, Any]]]:
        """The status of an execution when it has ended, and its steps by name."""
        arn = self.sagemaker.start_pipeline_execution(PipelineName=NAME)["PipelineExecutionArn"]
        for _ in range(600):
            status = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            if status not in ("Executing", "Stopping"):
                listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
                return status, {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}
            time.sleep(0.2)
        raise AssertionError("the execution did not end in two minutes")

    def clusters(self, *states: str) -> list[str]:
        return [str(cluster["Id"]) for cluster in self.emr.list_clusters(ClusterStates=list(states))["Clusters"]]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, root = tmp_path_factory.mktemp("emr"), EMR.parent.parent.parent
    done = synthesize(root, folder / "cdk.out")
    assert done.returncode == 0, done.stderr
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(root, folder, served)
        made.cdk("bootstrap")
        made.cdk("deploy", "--require-approval", "never")
        yield made


@pytest.mark.deploy
@pytest.mark.slow
class TestDeployed:
    def test_every_step_ends_where_it_is_told_to(self, deployment: Deployment) -> None:
        (shared,) = deployment.clusters(*ALIVE)
        status, steps = deployment.run()
        assert status == "Succeeded", steps
        where = {name: next(iter(step["Metadata"].values())) for name, step in steps.items()}
        assert where["Shared"]["ClusterId"] == where["Told"]["ClusterId"] == shared
        # a cluster of the step's own ends with it
        assert where["Own"]["ClusterId"] in deployment.clusters("TERMINATED")
        assert deployment.clusters(*ALIVE) == [shared]
        assert where["Serverless"]["ApplicationId"] != where["Query"]["ApplicationId"]
        told = next(
            step
            for step in deployment.emr.list_steps(ClusterId=shared)["Steps"]
            if step["Name"] == where["Told"]["StepName"]
        )
        assert told["Config"]["Args"] == ["echo", where["Shared"]["StepId"]]

    def test_a_cluster_that_is_gone_fails_its_steps(self, deployment: Deployment) -> None:
        (shared,) = deployment.clusters(*ALIVE)
        deployment.emr.terminate_job_flows(JobFlowIds=[shared])
        status, steps = deployment.run()
        assert (status, steps["Shared"]["StepStatus"]) == ("Failed", "Failed")
        assert "TERMINAT" in steps["Shared"]["FailureReason"]

    def test_it_goes_as_it_came(self, deployment: Deployment) -> None:
        deployment.cdk("destroy", "--force")
        assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []
