"""From training to an endpoint of another account, deployed by the lines of the workflow with the real CDK CLI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from stacks.promotion import app
from tests.bootstrapping import bootstrap
from tests.executions import Account, Run
from tests.gallery.deployment import ROOT, flags

from .conftest import DEV, PROD, REGION, Apps

JOBS = yaml.safe_load((ROOT / "docs" / "github" / "promote.yml").read_text("utf-8"))["jobs"]
CLI = ROOT / "node_modules" / ".bin"

pytestmark = pytest.mark.deploy


class Place(Account):
    """One of the accounts of a local AWS."""

    def __init__(self, aws: EmbeddedAws, account: str) -> None:
        self.variables = aws.environment(account, REGION, among={})
        keys = (self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"])
        session: Any = boto3.Session(*keys, region_name=REGION)
        self.client = lambda service: session.client(service, endpoint_url=aws.url)
        self.sagemaker = self.client("sagemaker")

    def executions(self, pipeline: str) -> list[str]:
        """The ARNs of the executions, the newest first."""
        listed = self.sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
        return [one["PipelineExecutionArn"] for one in listed]

    def started(self, pipeline: str, times: int) -> Run:
        """The newest execution, when it has ended, of a pipeline that something else has started for so many times."""
        until(lambda: len(self.executions(pipeline)) >= times)
        return self.end(self.executions(pipeline)[0])


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class Checkout:
    """The repository of a team that has copied the example, on a machine that has all packages already."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._bin = folder / "checkout", folder / "bin"
        shutil.copytree(
            ROOT / "stacks/promotion", self.folder / "stacks/promotion", ignore=shutil.ignore_patterns("__pycache__")
        )
        told = {"app": "python3 -m stacks.promotion.app", "context": flags()}
        (self.folder / "cdk.json").write_text(json.dumps(told), "utf-8")
        self._bin.mkdir()
        for name, script in (
            ("python", f'[ "$2" = pip ] || exec {sys.executable} "$@"'),
            ("npm", '[ "$1" = ci ]'),
            ("npx", f'command=$1; shift; exec "{CLI}/$command" "$@"'),
        ):
            (self._bin / name).write_text(f"#!/bin/bash\n{script}\n", "utf-8")
            (self._bin / name).chmod(0o755)

    def job(self, name: str, **variables: str) -> str:
        """Runs the lines of a job of the workflow; what they print."""
        return self.run([step["run"] for step in JOBS[name]["steps"] if "run" in step], **variables)

    def run(self, lines: Iterable[str], **variables: str) -> str:
        """Runs lines as GitHub does; what they print."""
        said = ""
        path = os.pathsep.join([str(self._bin), os.environ["PATH"]])
        options = {"CDK_DISABLE_CLI_TELEMETRY": "true", "NO_COLOR": "1", "CI": "true"}
        environment = {**os.environ, **options, **variables, "PATH": path, "PYTHONPATH": str(ROOT / "constructs")}
        for line in lines:
            done = subprocess.run(
                ["bash", "-e", "-c", line], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert done.returncode == 0, (line, done.stdout)
            said += done.stdout
        return said


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """With the assembly of the workflow."""
    made = Checkout(tmp_path_factory.mktemp("promoted"))
    assert "2 pipelines: 4 warnings" in made.job("synthesize")
    return made


@pytest.fixture(scope="module")
def places(checkout: Checkout) -> Iterator[tuple[Place, Place]]:
    """Both accounts, after the workflow."""
    with EmbeddedAws(REGION, DEV) as aws:
        dev, prod = Place(aws, DEV), Place(aws, PROD)
        for name, place in (("dev", dev), ("prod", prod)):
            bootstrap(place.client("cloudformation"))
            assert f"{name.title()}/" in checkout.job(name, **place.variables)
        yield dev, prod


def test_another_folder_gives_the_same_bytes(checkout: Checkout, tmp_path: Path) -> None:
    by_cli = {f"aws:cdk:enable-{what}-metadata": True for what in ("asset", "path")}
    app.build(outdir=str(tmp_path), context={**flags(), **by_cli}).synth()
    one, two = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.json") if file.name != "tree.json"}
        for folder in (tmp_path, checkout.folder / "cdk.out")
    )
    assert one == two


@pytest.mark.long
def test_the_lines_of_codebuild_synthesize_as_well(tmp_path: Path, apps: Apps) -> None:
    projects = apps.templates("delivery")["Delivery"]["Resources"].values()
    specs = [one["Properties"]["Source"]["BuildSpec"] for one in projects if one["Type"] == "AWS::CodeBuild::Project"]
    (synth,) = (json.loads(spec)["phases"] for spec in specs if "smpipe" in str(spec))
    checkout = Checkout(tmp_path)
    said = checkout.run([*synth["install"]["commands"], *synth["build"]["commands"]])
    assert "2 pipelines: 4 warnings" in said
    assert (checkout.folder / "cdk.out/Delivery.template.json").exists()


def test_approvals_deploy_to_the_other_account(places: tuple[Place, Place]) -> None:
    dev, prod = places
    trained = dev.end(dev.start("LineTraining"))
    assert trained.status == "Succeeded", trained.reason
    first = trained.metadata("Register")["Arn"]
    described = dev.sagemaker.describe_model_package(ModelPackageName=first)
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    (container,) = described["InferenceSpecification"]["Containers"]
    others = {"ModelPackageGroupName": "line", "InferenceSpecification": described["InferenceSpecification"]}
    rejected, second = (dev.sagemaker.create_model_package(**others)["ModelPackageArn"] for _ in range(2))
    dev.sagemaker.update_model_package(ModelPackageArn=rejected, ModelApprovalStatus="Rejected")
    for times, version in ((1, first), (2, second)):
        dev.sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
        deployed = prod.started("LineServing", times)
        assert deployed.status == "Succeeded", [each.get("FailureReason") for each in deployed.steps.values()]
        assert len(prod.executions("LineServing")) == times
        assert deployed.outputs("Latest")["ModelPackageArn"] == version
        assert prod.read(deployed.outputs("Latest")["ModelDataUrl"]) == dev.read(container["ModelDataUrl"])
        assert served(prod) == version


def served(place: Place) -> str:
    """The version behind the endpoint."""
    endpoint = place.sagemaker.describe_endpoint(EndpointName="line")
    assert endpoint["EndpointStatus"] == "InService"
    config = place.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    (variant,) = config["ProductionVariants"]
    model = place.sagemaker.describe_model(ModelName=variant["ModelName"])
    return str(model["PrimaryContainer"]["ModelPackageName"])
