"""The first example, deployed by the real CDK CLI to the local AWS and run, seen by boto3 and the AWS CLI."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.stacks.deployment import Deployment, deployed

pytestmark = [pytest.mark.deploy, pytest.mark.slow]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example in a deployed Dev environment."""
    with deployed(tmp_path_factory.mktemp("app"), "Diabetes", "Diabetes") as made:
        yield made


def test_the_environments_are_listed(deployment: Deployment) -> None:
    listed = [
        line.split()[0]
        for line in deployment.cdk_as_synthesized("ls").splitlines()
        if line.startswith(("Dev/", "Prod/"))
    ]
    assert listed == ["Dev/Diabetes", "Dev/BreastCancer", "Prod/Diabetes", "Prod/BreastCancer"]


def test_a_good_model_is_registered_and_applied(deployment: Deployment) -> None:
    run = deployment.run()
    assert run.status == "Succeeded"
    assert run.statuses() == dict.fromkeys(
        ["Prepare", "Train", "Evaluate", "CheckMse", "Register", "CreateModel", "Predict"], "Succeeded"
    )
    assert run.metadata("CheckMse") == {"Outcome": "True"}

    package = deployment.sagemaker.describe_model_package(ModelPackageName=run.metadata("Register")["Arn"])
    assert (package["ModelPackageGroupName"], package["ModelApprovalStatus"]) == ("diabetes", "PendingManualApproval")
    listed = deployment.aws("sagemaker", "list-model-packages", "--model-package-group-name", "diabetes")
    assert package["ModelPackageArn"] in [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]]
    model_name = run.job("CreateModel")
    assert deployment.aws("sagemaker", "describe-model", "--model-name", model_name)["ModelName"] == model_name

    described = deployment.sagemaker.describe_transform_job(TransformJobName=run.job("Predict"))
    output = described["TransformOutput"]["S3OutputPath"]
    answers = deployment.read(f"{output}/batch.csv.out").decode().split()
    assert len(answers) == 89  # a fifth of the 442 rows
    assert all(20 < float(answer) < 350 for answer in answers)


def test_a_bad_model_fails_the_execution_with_its_reason(deployment: Deployment) -> None:
    run = deployment.run(MaxMse="1")
    assert run.status == "Failed"
    assert run.metadata("CheckMse") == {"Outcome": "False"}
    assert run.steps["TooInaccurate"]["StepStatus"] == "Failed"
    assert "Register" not in run.steps
    message = run.metadata("TooInaccurate")["ErrorMessage"]
    assert message.startswith("the mean squared error 2")
    assert message.endswith("is above the limit of 1.0")


def test_a_change_is_shown_deployed_and_run_and_everything_is_destroyed(deployment: Deployment) -> None:
    script = deployment.app / "stacks/diabetes/jobs/evaluate.py"
    start = "def main() -> None:"
    script.write_text(script.read_text().replace(start, f"{start}\n    raise SystemExit('no data today')"))
    stack = deployment.app / "stacks/diabetes/stack.py"
    stack.write_text(stack.read_text().replace("default=4000.0", "default=3500.0"))

    lines = deployment.cdk("diff", "Dev/Diabetes").splitlines()
    assert [_change(line) for line in lines if "DefaultValue" in line] == ["- 4000.0", "+ 3500.0"]
    deployment.cdk_as_synthesized("deploy", "Dev/Diabetes", "--require-approval", "never")

    run = deployment.run()
    assert run.status == "Failed"
    failed = run.steps["Evaluate"]
    assert failed["StepStatus"] == "Failed"
    assert "no data today" in failed["FailureReason"]

    deployment.cdk_as_synthesized("destroy", "Dev/Diabetes", "--force")
    assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert deployment.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def _change(line: str) -> str:
    """``- 4000.0``: the sign and the value of a diff's line."""
    value = re.findall(r"[0-9.]+", line)[-1]
    return f"{'-' if '[-]' in line else '+'} {value}"
