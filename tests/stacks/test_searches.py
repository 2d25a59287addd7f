"""Tuning, repacking, a notebook, AutoML: synthesized, under cdk-nag, deployed to the embedded AWS and run there."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.stacks.test_calls import ACCOUNT, REGION, Deployment, synthesize

SEARCHES = Path(__file__).parent / "searches"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the app."""
    made = tmp_path_factory.mktemp("searches") / "app"
    shutil.copytree(SEARCHES, made, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
    return made


def test_what_nag_finds_is_of_cdks_own_deployment_of_files(folder: Path, root: Path, tmp_path: Path) -> None:
    nag = {"CDK_VALIDATION": "true", "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    lines = [line.strip() for line in synthesize(folder, root, NAG="acknowledged", **nag).stderr.splitlines()]
    where = {line for line in lines if line.startswith("Searches/")}
    others = {line.partition(" ")[0] for line in where if "Custom::CDKBucketDeployment" not in line}
    # access logs are for the owner of the artifacts to decide on
    assert others == {"Searches/Tuned/Artifacts/Resource", "Searches/Studied/Artifacts/Resource"}
    assert len(where) > len(others)


@pytest.fixture(scope="module")
def deployment(folder: Path) -> Iterator[Deployment]:
    with EmbeddedAws(REGION, ACCOUNT) as served:
        made = Deployment(folder, SEARCHES.parent.parent.parent, served)
        made.cdk("bootstrap")
        made.cdk("deploy", "--require-approval", "never")
        yield made


@pytest.mark.deploy
@pytest.mark.slow
class TestDeployed:
    def read(self, deployment: Deployment, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = deployment.served.services().client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def test_the_best_model_is_repacked(self, deployment: Deployment) -> None:
        started = deployment.sagemaker.start_pipeline_execution(PipelineName="Tune-And-Repack")
        status, steps = deployment.end(started["PipelineExecutionArn"])
        assert status == "Succeeded", [step.get("FailureReason") for step in steps.values()]
        tuning = steps["Tune"]["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
        told = deployment.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning)
        assert told["TrainingJobStatusCounters"]["Completed"] == 3
        best = told["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        model = steps["Model"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
        container = deployment.sagemaker.describe_model(ModelName=model)["PrimaryContainer"]
        with tarfile.open(fileobj=io.BytesIO(self.read(deployment, container["ModelDataUrl"]))) as archive:
            files: dict[str, Any] = {m.name: archive.extractfile(m) for m in archive if m.isfile()}
            assert sorted(files) == ["code/inference.py", "x.txt"]
            assert float(files["x.txt"].read()) == pytest.approx(best, abs=1e-5)

    def test_the_files_of_the_notebook_are_there(self, deployment: Deployment) -> None:
        definition = deployment.sagemaker.describe_pipeline(PipelineName="Search-And-Report")["PipelineDefinition"]
        (uri,) = {part for part in definition.split('"') if part.startswith("s3://") and "/Report/" in part}
        assert b"nbformat" in self.read(deployment, f"{uri}report.ipynb")
        assert self.read(deployment, f"{uri}tools.py") == (SEARCHES / "notebooks/tools.py").read_bytes()
