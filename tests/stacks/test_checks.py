"""Checks of data and of a model: synthesized, under cdk-nag, deployed to the embedded AWS and run there."""

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

CHECKS = Path(__file__).parent / "checks"
REGION, ACCOUNT = "eu-west-1", "111122223333"
NAME, GROUP = "Check-All", "abalone"


def synthesize(root: Path, out: Path, **more: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(root / "constructs"), "CDK_OUTDIR": str(out), **more}
    return subprocess.run([sys.executable, "app.py"], cwd=CHECKS, env=variables, capture_output=True, text=True)


def test_nag_is_told_why(root: Path, tmp_path: Path) -> None:
    done = synthesize(root, tmp_path / "cdk.out", NAG="acknowledged", CDK_VALIDATION="true")
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr[-3000:]


class Deployment:
    """The app on an embedded AWS, with data."""

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

    @property
    def bucket(self) -> str:
        """The stack's own bucket of data."""
        names = [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]
        (name,) = [name for name in names if "data" in name and "artifacts" not in name and "assets" not in name]
        return str(name)

    def run(self, first: bool) -> tuple[str, dict[str, dict[str, Any]]]:
        """The status of an execution when it has ended, and its steps by name."""
        values = [{"Name": "FirstRun", "Value": str(first).lower()}]
        answer = self.sagemaker.start_pipeline_execution(PipelineName=NAME, PipelineParameters=values)
        arn = answer["PipelineExecutionArn"]
        for _ in range(600):
            status = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
            if status not in ("Executing", "Stopping"):
                listed = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)
                return status, {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}
            time.sleep(0.2)
        raise AssertionError("the execution did not end in two minutes")

    def config(self, step: str) -> Any:
        """The configuration that a step's job was given, which must have just this name."""
        definition = json.loads(self.sagemaker.describe_pipeline(PipelineName=NAME)["PipelineDefinition"])
        (found,) = [item for item in definition["Steps"] if item["Name"] == step]
        (uri,) = [
            item["S3Input"]["S3Uri"]
            for item in found["Arguments"]["ProcessingInputs"]
            if item["InputName"] == "analysis_config"
        ]
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        assert key.rpartition("/")[2] == "analysis_config.json"
        return json.loads(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def approve(self, steps: dict[str, dict[str, Any]]) -> None:
        """Registers the baselines of an execution with an approved version of the group."""

        def source(step: str, kind: str, part: str) -> dict[str, str]:
            uri = steps[step]["Metadata"][kind][f"BaselineUsedForDriftCheck{part}"]
            return {"ContentType": "application/json", "S3Uri": uri}

        self.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
        self.sagemaker.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus="Approved",
            DriftCheckBaselines={
                "ModelDataQuality": {
                    part: source("Quality", "QualityCheck", part) for part in ("Statistics", "Constraints")
                },
                "Bias": {"PreTrainingConstraints": source("Bias", "ClarifyCheck", "Constraints")},
                "Explainability": {"Constraints": source("Explain", "ClarifyCheck", "Constraints")},
            },
        )


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder, root = tmp_path_factory.mktemp("checks"), CHECKS.parent.parent.parent
    done = synthesize(root, folder / "cdk.out")
    assert done.returncode == 0, done.stderr
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(root, folder, served)
        made.cdk("bootstrap")
        made.cdk("deploy", "--require-approval", "never")
        for key in ("data.csv", "baseline.csv", "model.tar.gz"):
            made.s3.put_object(Bucket=made.bucket, Key=key, Body=b"1,F,2\n")
        yield made


@pytest.mark.deploy
@pytest.mark.slow
class TestDeployed:
    def test_configurations_are_in_place(self, deployment: Deployment) -> None:
        data = {"dataset_type": "text/csv", "headers": ["age", "sex", "length"], "label": "age"}
        report = {"name": "report", "title": "Analysis Report"}
        assert deployment.config("Bias") == {
            **data,
            "label_values_or_threshold": [1],
            "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
            "methods": {"pre_training_bias": {"methods": "all"}, "report": report},
        }
        # the name of the bucket is known since the deployment
        baseline = f"s3://{deployment.bucket}/baseline.csv"
        shap = {"baseline": baseline, "use_logit": False, "save_local_shap_values": True}
        assert deployment.config("Explain") == {
            **data,
            "methods": {"shap": shap, "report": report},
            "predictor": {"instance_type": "ml.m5.large", "initial_instance_count": 1},
        }

    def test_runs_with_and_without_a_baseline_of_before(
        self, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        status, steps = deployment.run(first=False)
        assert status == "Failed"
        assert "there is no previous baseline for the DATA_QUALITY check" in steps["Quality"]["FailureReason"]

        _, first = deployment.run(first=True)
        assert {step["StepStatus"] for name, step in first.items() if name != "Tell"} == {"Succeeded"}, first
        told = first["Tell"]["FailureReason"].split()
        assert [uri.rpartition("/")[2] for uri in told] == [
            "statistics.json",
            "statistics.json",
            "analysis.json",
            "analysis.json",
        ]

        deployment.approve(first)
        _, again = deployment.run(first=False)
        assert {step["StepStatus"] for name, step in again.items() if name != "Tell"} == {"Succeeded"}, again
        kept = "BaselineUsedForDriftCheckConstraints"
        assert again["Bias"]["Metadata"]["ClarifyCheck"][kept] == first["Bias"]["Metadata"]["ClarifyCheck"][kept]

        (tmp_path / "outcomes.json").write_text(json.dumps({"Quality": {"violation": True}}))
        monkeypatch.setenv("SMPIPE_OUTCOMES", str(tmp_path / "outcomes.json"))
        status, violated = deployment.run(first=False)
        assert (status, violated["Quality"]["StepStatus"]) == ("Failed", "Failed")
        assert "the check found violations" in violated["Quality"]["FailureReason"]
