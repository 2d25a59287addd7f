"""The second example, with all classic step types, deployed by the real CDK CLI to the local AWS and run there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.language import Definition
from tests.executions import Run
from tests.stacks.deployment import Deployment, deployed

pytestmark = [pytest.mark.deploy, pytest.mark.slow]

THIRTEEN = {
    "Callback", "ClarifyCheck", "Condition", "EMR", "Fail", "Lambda", "Model", "Processing", "QualityCheck",
    "RegisterModel", "Training", "Transform", "Tuning",
}  # fmt: skip
SIMULATED = {"Archive", "CheckData", "CheckReasons"}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example in a deployed Dev environment."""
    with deployed(tmp_path_factory.mktemp("app"), "BreastCancer", "BreastCancer") as made:
        yield made


@pytest.fixture(scope="module")
def first(deployment: Deployment) -> Run:
    """The first execution, without a baseline of before."""
    return deployment.run()


def test_all_classic_types_are_in_it(deployment: Deployment) -> None:
    described = deployment.sagemaker.describe_pipeline(PipelineName="BreastCancer")
    definition = Definition.parse(described["PipelineDefinition"])
    assert {step.type for step in definition.all_steps()} == THIRTEEN


def test_the_first_run_registers_applies_and_announces(deployment: Deployment, first: Run) -> None:
    assert first.status == "Succeeded", first
    steps = first.steps
    ran = ["Prepare", "CheckData", "Baseline", "Tune", "Evaluate", "CheckAuc", "CreateModel", "CheckReasons", "Review",
           "Register", "Predict", "Archive", "Announce"]  # fmt: skip
    assert first.statuses() == dict.fromkeys(ran, "Succeeded")
    assert {name for name, step in steps.items() if "simulated: " in step.get("StepDescription", "")} == SIMULATED

    trials = deployment.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=first.job("Tune")
    )
    assert len(trials["TrainingJobSummaries"]) == 4

    assert first.outputs("Review") == {"approval": "Approved", "reviewer": "an automatic colleague"}
    arn = first.metadata("Register")["Arn"]
    package = deployment.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (package["ModelPackageGroupName"], package["ModelApprovalStatus"]) == ("breast-cancer", "Approved")
    calculated = first.metadata("CheckData")["CalculatedBaselineStatistics"]
    assert package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"] == calculated

    described = deployment.sagemaker.describe_transform_job(TransformJobName=first.job("Predict"))
    answers = deployment.read(f"{described['TransformOutput']['S3OutputPath']}/batch.csv.out").split()
    assert len(answers) == 114  # a fifth of the 569 rows
    assert {round(float(answer)) for answer in answers} == {0, 1}

    message = first.outputs("Announce")["message"]
    assert message.startswith(f"{arn} (AUC 0.9")
    assert message.endswith(") is Approved, says an automatic colleague")


def test_the_cluster_of_the_step_is_gone_afterwards(deployment: Deployment, first: Run) -> None:
    emr = deployment.client("emr")
    ran = first.metadata("Archive")
    cluster = emr.describe_cluster(ClusterId=ran["ClusterId"])["Cluster"]
    assert cluster["Status"]["State"] == "TERMINATED"
    step = emr.describe_step(ClusterId=ran["ClusterId"], StepId=ran["StepId"])["Step"]
    assert step["Config"]["Args"][0] == "spark-submit"


def test_a_later_run_compares_with_the_approved_version(deployment: Deployment, first: Run) -> None:
    run = deployment.run(NewBaseline="false")
    assert run.status == "Succeeded", run
    before, now = (one.metadata("CheckData") for one in (first, run))
    assert now["SkipCheck"] is False
    assert now["BaselineUsedForDriftCheckStatistics"] == before["CalculatedBaselineStatistics"]
    assert now["CalculatedBaselineStatistics"] != before["CalculatedBaselineStatistics"]


def test_drifted_data_is_not_used_for_training(
    deployment: Deployment, first: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text(json.dumps({"CheckData": {"violation": True}}))
    monkeypatch.setenv("SMPIPE_OUTCOMES", str(outcomes))
    run = deployment.run(NewBaseline="false")
    assert run.status == "Failed"
    assert run.statuses() == {"Prepare": "Succeeded", "CheckData": "Failed"}
    assert "the check found violations: s3://" in run.steps["CheckData"]["FailureReason"]


def test_a_bad_model_fails_the_execution_with_its_reason(deployment: Deployment, first: Run) -> None:
    run = deployment.run(MinAuc="1")
    assert run.status == "Failed"
    assert "Register" not in run.steps
    message = run.metadata("TooInaccurate")["ErrorMessage"]
    assert message.startswith("the AUC is 0.9")
    assert "; it must be at least 1.0 and above the baseline's 0." in message


def test_everything_is_destroyed(deployment: Deployment, first: Run) -> None:
    deployment.cdk_as_synthesized("destroy", "Dev/BreastCancer", "--force")
    assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert deployment.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    ec2 = deployment.client("ec2")
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
