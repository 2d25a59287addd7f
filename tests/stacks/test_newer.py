"""The service's newer steps in one pipeline: synthesized, under cdk-nag, deployed to the embedded AWS and run there."""

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

NEWER = Path(__file__).parent / "newer"
REGION, ACCOUNT = "eu-west-1", "111122223333"
NAME = "Newer"


def synthesize(root: Path, out: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(root / "constructs"), "CDK_OUTDIR": str(out), **more}
    return subprocess.run([sys.executable, "app.py"], cwd=NEWER, env=variables, capture_output=True, text=True)


def test_nag_is_told_why(root: Path, tmp_path: Path) -> None:
    done = synthesize(root, tmp_path / "cdk.out", NAG="acknowledged", CDK_VALIDATION="true")
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr[-3000:]


class Deployment:
    """The app on an embedded AWS."""

    def __init__(self, root: Path, folder: Path, served: EmbeddedAws) -> None:
        self.root, self.folder, self.served = root, folder, served
        self.sagemaker = served.services().client("sagemaker")
        self.s3 = served.services().client("s3")

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

    def run(self, **parameters: str) -> tuple[str, dict[str, dict[str, Any]]]:
        """The status of an execution when it has ended, and its steps by name."""
        values = [{"Name": name, "Value": value} for name, value in parameters.items()]
        arn = self.sagemaker.start_pipeline_execution(PipelineName=NAME, PipelineParameters=values)[
            "PipelineExecutionArn"
        ]
        for _ in range(600):
            status = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            if status not in ("Executing", "Stopping"):
                listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=100)
                return status, {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}
            time.sleep(0.2)
        raise AssertionError("the execution did not end in two minutes")

    def files(self, step: dict[str, Any]) -> list[str]:
        """What a processing step wrote, as it is now."""
        name = step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
        job = self.sagemaker.describe_processing_job(ProcessingJobName=name)
        uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        return [entry["Key"].rpartition("/")[2] for entry in listed]


def told(step: dict[str, Any]) -> str:
    (output,) = step["Metadata"]["Lambda"]["OutputParameters"]
    return str(output["Value"])


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, root = tmp_path_factory.mktemp("newer"), NEWER.parent.parent.parent
    done = synthesize(root, folder / "cdk.out")
    assert done.returncode == 0, done.stderr
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(root, folder, served)
        made.cdk("bootstrap")
        made.cdk("deploy", "--require-approval", "never")
        yield made


@pytest.mark.deploy
@pytest.mark.slow
def test_it_runs_to_its_end(deployment: Deployment) -> None:
    status, steps = deployment.run()
    assert {name: step["StepStatus"] for name, step in steps.items() if step["StepStatus"] != "Succeeded"} == {}
    assert status == "Succeeded"
    assert {"Failed", "Stopped"}.isdisjoint(steps)

    runs = [name for name in steps if name.startswith("Literal-Score-")]
    assert sorted(runs) == ["Literal-Score-0", "Literal-Score-1", "Literal-Score-2"]
    assert steps["Literal-Each"]["Metadata"]["ForEach"] == {
        "Status": "Succeeded",
        "InputItemCount": 3,
        "TotalStepCount": 3,
        "SucceededStepCount": 3,
        "FailedStepCount": 0,
        "StoppedStepCount": 0,
        "Selector": {"StepName": "Literal-Score-1", "Index": 1},
    }
    assert told(steps["Literal-Tell"]) == "depth-2 depth-6 3"
    assert told(steps["Given-Tell"]) == "depth-3 depth-1 2"
    assert steps["Given-Each"]["StartTime"] >= steps["Literal-Tell"]["EndTime"]

    assert deployment.files(steps["Write"]) == ["keep.csv"]
    assert steps["Clean"]["Metadata"]["Cleanup"] == {"CleanedSteps": ["Write"]}
    assert set(steps["Record"]["Metadata"]["Lineage"]) == {"ActionArns", "ArtifactArns", "Associations"}
    assert told(steps["Last"]).endswith(" depth-2 depth-6 3")

    sagemaker = deployment.sagemaker
    first = sagemaker.describe_endpoint(EndpointName="age")["EndpointConfigName"]
    assert sagemaker.describe_inference_component(InferenceComponentName="sex")["EndpointName"] == "shared"
    # a second execution makes new configurations, and updates what they are for
    status, steps = deployment.run(Items='[{"depth": 5}]')
    assert (status, told(steps["Given-Tell"])) == ("Succeeded", "depth-5 depth-5 1")
    assert sagemaker.describe_endpoint(EndpointName="age")["EndpointConfigName"] != first


@pytest.mark.deploy
@pytest.mark.slow
def test_what_follows_a_failure(deployment: Deployment) -> None:
    status, steps = deployment.run(Fail="true")
    assert status == "CompletedWithFailures"
    assert {
        name: step["StepStatus"] for name, step in steps.items() if name in ("Risky", "Failed", "Stopped", "Ended")
    } == {
        "Risky": "Failed",
        "Failed": "Succeeded",
        "Ended": "Succeeded",
    }


@pytest.mark.deploy
@pytest.mark.slow
@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ("depth", "IterableItems is 'depth', which is no JSON list"),
        ('["depth"]', "is undefined: the current item is 'depth', and only one that is a JSON object has members"),
    ],
)
def test_items_that_cannot_be(items: str, reason: str, deployment: Deployment) -> None:
    status, steps = deployment.run(Items=items)
    assert status == "Failed"
    assert any(reason in step.get("FailureReason", "") for step in steps.values())
    assert json.dumps(list(steps)).count("Given-Tell") == 0
