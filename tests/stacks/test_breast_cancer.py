"""The second example, with all classic step types, deployed by the real CDK CLI to the embedded AWS and run there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
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
def first(deployment: Deployment) -> dict[str, Any]:
    """The first execution, without a baseline of before."""
    return deployment.run()


def outputs(step: dict[str, Any], kind: str) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in step["Metadata"][kind]["OutputParameters"]}


def objects(deployment: Deployment, uri: str) -> dict[str, str]:
    """The objects below a URI, as texts by their last name."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = deployment.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    bodies = {item["Key"]: deployment.s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed}
    return {key.rpartition("/")[2]: body.decode() for key, body in bodies.items()}


def test_all_classic_types_are_in_it(deployment: Deployment) -> None:
    described = deployment.sagemaker.describe_pipeline(PipelineName="BreastCancer")
    definition = Definition.parse(described["PipelineDefinition"])
    assert {step.type for step in definition.all_steps()} == THIRTEEN


def test_the_first_run_registers_applies_and_announces(deployment: Deployment, first: dict[str, Any]) -> None:
    assert first["PipelineExecutionStatus"] == "Succeeded", first
    steps = deployment.steps(first)
    ran = ["Prepare", "CheckData", "Baseline", "Tune", "Evaluate", "CheckAuc", "CreateModel", "CheckReasons", "Review",
           "Register", "Predict", "Archive", "Announce"]  # fmt: skip
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(ran, "Succeeded")
    assert {name for name, step in steps.items() if "simulated: " in step.get("StepDescription", "")} == SIMULATED

    tuning = steps["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    trials = deployment.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning)
    assert len(trials["TrainingJobSummaries"]) == 4

    assert outputs(steps["Review"], "Callback") == {"approval": "Approved", "reviewer": "an automatic colleague"}
    arn = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    package = deployment.sagemaker.describe_model_package(ModelPackageName=arn)
    assert (package["ModelPackageGroupName"], package["ModelApprovalStatus"]) == ("breast-cancer", "Approved")
    calculated = steps["CheckData"]["Metadata"]["QualityCheck"]["CalculatedBaselineStatistics"]
    assert package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"] == calculated

    job = steps["Predict"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    described = deployment.sagemaker.describe_transform_job(TransformJobName=job)
    answers = objects(deployment, described["TransformOutput"]["S3OutputPath"])["batch.csv.out"].split()
    assert len(answers) == 114  # a fifth of the 569 rows
    assert {round(float(answer)) for answer in answers} == {0, 1}

    message = outputs(steps["Announce"], "Lambda")["message"]
    assert message.startswith(f"{arn} (AUC 0.9")
    assert message.endswith(") is Approved, says an automatic colleague")


def test_the_cluster_of_the_step_is_gone_afterwards(deployment: Deployment, first: dict[str, Any]) -> None:
    emr = deployment.served.services().client("emr")
    ran = deployment.steps(first)["Archive"]["Metadata"]["EMR"]
    cluster = emr.describe_cluster(ClusterId=ran["ClusterId"])["Cluster"]
    assert cluster["Status"]["State"] == "TERMINATED"
    step = emr.describe_step(ClusterId=ran["ClusterId"], StepId=ran["StepId"])["Step"]
    assert step["Config"]["Args"][0] == "spark-submit"


def test_a_later_run_compares_with_the_approved_version(deployment: Deployment, first: dict[str, Any]) -> None:
    execution = deployment.run(NewBaseline="false")
    assert execution["PipelineExecutionStatus"] == "Succeeded", execution
    before, now = (deployment.steps(run)["CheckData"]["Metadata"]["QualityCheck"] for run in (first, execution))
    assert now["SkipCheck"] is False
    assert now["BaselineUsedForDriftCheckStatistics"] == before["CalculatedBaselineStatistics"]
    assert now["CalculatedBaselineStatistics"] != before["CalculatedBaselineStatistics"]


def test_data_that_have_drifted_are_not_trained_with(
    deployment: Deployment, first: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text(json.dumps({"CheckData": {"violation": True}}))
    monkeypatch.setenv("SMPIPE_OUTCOMES", str(outcomes))
    execution = deployment.run(NewBaseline="false")
    steps = deployment.steps(execution)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert {name: step["StepStatus"] for name, step in steps.items()} == {"Prepare": "Succeeded", "CheckData": "Failed"}
    assert "the check found violations: s3://" in steps["CheckData"]["FailureReason"]


def test_a_bad_model_fails_the_execution_with_its_reason(deployment: Deployment, first: dict[str, Any]) -> None:
    execution = deployment.run(MinAuc="1")
    steps = deployment.steps(execution)
    assert execution["PipelineExecutionStatus"] == "Failed"
    assert "Register" not in steps
    message = steps["TooInaccurate"]["Metadata"]["Fail"]["ErrorMessage"]
    assert message.startswith("the AUC is 0.9")
    assert message.endswith("; 1.0 and more than that are needed")


def test_all_is_destroyed(deployment: Deployment, first: dict[str, Any]) -> None:
    deployment.cdk("destroy", "Dev/BreastCancer", "--force")
    assert deployment.sagemaker.list_pipelines()["PipelineSummaries"] == []
    ec2 = deployment.served.services().client("ec2")
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
