"""The example, deployed by the real CDK CLI to the embedded AWS and run there; boto3 and the AWS CLI are clients."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws, environment

REGION, ACCOUNT = "eu-west-1", "111122223333"  # of Dev in cdk.json

pytestmark = [pytest.mark.deploy, pytest.mark.slow]


class Deployment:
    """A copy of the app, an embedded AWS, and the CDK CLI between them."""

    def __init__(self, app: Path, root: Path, served: EmbeddedAws) -> None:
        self.app = app
        self.served = served
        self.sagemaker = served.services().client("sagemaker")
        self.s3 = served.services().client("s3")
        cdk = shutil.which("cdk", path=os.pathsep.join([str(root / "node_modules/.bin"), os.environ["PATH"]]))
        if cdk is None:
            pytest.fail("there is no CDK CLI; `make test` installs it")
        self._cdk = cdk
        self._environment = {
            **os.environ,
            **environment(served.url, REGION, ACCOUNT),
            "PYTHONPATH": str(root / "constructs"),
            "CDK_VALIDATION": "false",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "NO_COLOR": "1",
        }

    def cdk(self, *arguments: str, exit_codes: tuple[int, ...] = (0,)) -> str:
        """What the CLI prints."""
        done = subprocess.run(
            [self._cdk, *arguments],
            cwd=self.app,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in exit_codes, done.stdout + done.stderr
        return done.stdout + done.stderr

    def aws(self, *arguments: str) -> Any:
        """What the AWS CLI answers."""
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *arguments, "--output", "json"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def run(self, **parameters: str) -> dict[str, Any]:
        """One execution, to its end."""
        values = [{"Name": name, "Value": value} for name, value in parameters.items()]
        started = self.sagemaker.start_pipeline_execution(PipelineName="Diabetes", PipelineParameters=values)
        arn = started["PipelineExecutionArn"]
        for _ in range(600):
            described: dict[str, Any] = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if described["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
                return described
            time.sleep(0.2)
        raise AssertionError("the execution did not end in two minutes")

    def steps(self, execution: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The steps of an execution by name."""
        listed = self.sagemaker.list_pipeline_execution_steps(
            PipelineExecutionArn=execution["PipelineExecutionArn"], SortOrder="Ascending"
        )
        return {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example in a bootstrapped and deployed Dev environment."""
    root = Path(__file__).resolve().parent.parent.parent
    app = tmp_path_factory.mktemp("app")
    for name in ("app.py", "cdk.json"):
        shutil.copy(root / name, app / name)
    shutil.copytree(root / "stacks", app / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(app, root, served)
        made.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        made.cdk("deploy", "Dev/*", "--require-approval", "never")
        yield made


def test_the_environments_are_listed(deployment: Deployment) -> None:
    assert [line.split()[0] for line in deployment.cdk("ls").splitlines() if "Diabetes" in line] == [
        "Dev/Diabetes",
        "Prod/Diabetes",
    ]


def test_a_good_model_is_registered_and_applied(deployment: Deployment) -> None:
    execution = deployment.run()
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    steps = deployment.steps(execution)
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(
        ["Prepare", "Train", "Evaluate", "CheckMse", "Register", "CreateModel", "Predict"], "Succeeded"
    )
    assert steps["CheckMse"]["Metadata"] == {"Condition": {"Outcome": "True"}}

    package = deployment.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert (package["ModelPackageGroupName"], package["ModelApprovalStatus"]) == ("diabetes", "PendingManualApproval")
    listed = deployment.aws("sagemaker", "list-model-packages", "--model-package-group-name", "diabetes")
    assert package["ModelPackageArn"] in [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]]
    model_name = steps["CreateModel"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    assert deployment.aws("sagemaker", "describe-model", "--model-name", model_name)["ModelName"] == model_name

    job = steps["Predict"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    described = deployment.sagemaker.describe_transform_job(TransformJobName=job)
    output = described["TransformOutput"]["S3OutputPath"]
    bucket, _, prefix = output.removeprefix("s3://").partition("/")
    answers = deployment.s3.get_object(Bucket=bucket, Key=f"{prefix}/batch.csv.out")["Body"].read().decode().split()
    assert len(answers) == 89  # a fifth of the 442 rows
    assert all(20 < float(answer) < 350 for answer in answers)


def test_a_bad_model_fails_the_execution_with_its_reason(deployment: Deployment) -> None:
    execution = deployment.run(MaxMse="1")
    steps = deployment.steps(execution)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert steps["CheckMse"]["Metadata"] == {"Condition": {"Outcome": "False"}}
    assert steps["TooInaccurate"]["StepStatus"] == "Failed"
    assert "Register" not in steps
    message = steps["TooInaccurate"]["Metadata"]["Fail"]["ErrorMessage"]
    assert message.startswith("the mean squared error 2")
    assert message.endswith("is above the limit of 1.0")


def test_a_change_is_seen_deployed_and_run_and_all_is_destroyed(deployment: Deployment) -> None:
    script = deployment.app / "stacks/diabetes/jobs/evaluate.py"
    start = "def main() -> None:"
    script.write_text(script.read_text().replace(start, f"{start}\n    raise SystemExit('no data today')"))
    stack = deployment.app / "stacks/diabetes/stack.py"
    stack.write_text(stack.read_text().replace("default=4000.0", "default=3500.0"))

    lines = deployment.cdk("diff", "Dev/*").splitlines()
    assert [_change(line) for line in lines if "DefaultValue" in line] == ["- 4000.0", "+ 3500.0"]
    deployment.cdk("deploy", "Dev/*", "--require-approval", "never")

    execution = deployment.run()
    assert execution["PipelineExecutionStatus"] == "Failed"
    failed = deployment.steps(execution)["Evaluate"]
    assert failed["StepStatus"] == "Failed"
    assert "no data today" in failed["FailureReason"]

    group = "diabetes"
    for package in deployment.sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]:
        deployment.sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    deployment.cdk("destroy", "Dev/*", "--force")
    assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []


def _change(line: str) -> str:
    """``- 4000.0``: the sign and the value of a diff's line."""
    value = re.findall(r"[0-9.]+", line)[-1]
    return f"{'-' if '[-]' in line else '+'} {value}"
