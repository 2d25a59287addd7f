"""Every console block of the README and the documents runs, and prints what its page shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.cli import aws as clients
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.cli.service import Service

from . import differing
from .abalone import ACCOUNT, DEFINITION, OUTCOMES, REGION, ROLE
from .pages import blocks, consoles
from .reader import ROOT, Reader
from .test_shell import IN_A_SHELL

PAGES = {
    "docs/executions.md": "abalone",
    "docs/checks.md": "checked",
    "docs/guide/compute.md": "pool",
    "docs/guide/environments.md": "environments",
    "docs/importing.md": "abalone",
    "docs/pictures.md": "diabetes",
}
"""What each page takes for granted."""
NOT_RUN = 10
"""The most blocks that need AWS or a network."""
CODES = {
    "smpipe watch Abalone": 1,
    "smpipe why Abalone": 1,
    "smpipe run abalone.json --outcomes outcomes.json -p MaxMse=3": 1,
    "smpipe check cdk.out": 1,
    "smpipe diff main/cdk.out cdk.out": 1,
}


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


def template(path: str, definition: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A template with a pipeline of the path in the app."""
    properties = {"RoleArn": ROLE, "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(definition)}}
    properties["PipelineName"] = "Abalone"
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}
    return {"Resources": {"Pipeline": {**resource, "Metadata": {"aws:cdk:path": f"{path}/Resource"}}, **more}}


def assembly(folder: Path, **templates: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """A local AWS with the pipelines of the pages."""
    outcomes = tmp_path_factory.mktemp("served") / "outcomes.json"
    outcomes.write_text(json.dumps(OUTCOMES))
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        sagemaker = aws.services().client("sagemaker")
        sagemaker.create_model_package_group(ModelPackageGroupName="abalone")
        sagemaker.create_pipeline(PipelineName="Abalone", PipelineDefinition=json.dumps(DEFINITION), RoleArn=ROLE)
        yield aws


@pytest.fixture
def abalone(served: EmbeddedAws, terminal: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The files of the pipeline, and the variables of the local AWS."""
    for name, value in served.environment(among={}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(clients, "client", cache(clients.client))  # making one takes longer than most commands
    (terminal / "outcomes.json").write_text(json.dumps(OUTCOMES))
    (terminal / "abalone.json").write_text(json.dumps(DEFINITION))
    assembly(terminal / "cdk.out", Abalone=template("Dev/Abalone", DEFINITION))
    return {}


@pytest.fixture
def diabetes(abalone: dict[str, Any], served: EmbeddedAws) -> dict[str, Any]:
    """A second pipeline with an execution."""
    sagemaker = served.services().client("sagemaker")
    sagemaker.create_pipeline(PipelineName="Diabetes", PipelineDefinition=json.dumps(DEFINITION), RoleArn=ROLE)
    sagemaker.start_pipeline_execution(PipelineName="Diabetes")
    return {}


@pytest.fixture
def checked(abalone: dict[str, Any], terminal: Path) -> dict[str, Any]:
    """An assembly with two mistakes; another one before the reader compares it."""
    why = {"Get": "Steps.Trian.OutputParameters['why']"}
    steps = [
        *DEFINITION["Steps"],
        {"Name": "Nightly", "Type": "Newer", "Arguments": {}},
        {"Name": "Report", "Type": "Fail", "Arguments": {"ErrorMessage": why}},
    ]
    assembly(terminal / "cdk.out", Abalone=template("Abalone/Pipeline", {**DEFINITION, "Steps": steps}))

    def change() -> None:
        shutil.rmtree("cdk.out")
        differing.write(Path("main/cdk.out"), changed=False)
        differing.write(Path("cdk.out"), changed=True)

    return {"smpipe diff main/cdk.out cdk.out": change}


@pytest.fixture
def environments(terminal: Path) -> dict[str, Any]:
    """The file that the page shows."""
    (shown,) = (block for block in blocks(ROOT / "docs/guide/environments.md") if block.language == "json")
    (terminal / "environments.json").write_text(shown.text)
    return {}


@pytest.fixture
def pool(terminal: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Batch with two teams, of which one has borrowed."""
    one = "ml.g5.xlarge"

    def team(name: str, count: int) -> dict[str, Any]:
        sharing = {"strategy": "LEND_AND_BORROW"}
        limits = [{"capacityUnit": one, "maxCapacity": count}]
        return {"quotaShareName": name, "capacityLimits": limits, "resourceSharingConfiguration": sharing}

    def used(name: str, count: float) -> dict[str, Any]:
        return {"quotaShareName": name, "capacityUsage": [{"capacityUnit": one, "quantity": count}]}

    queue = {
        "jobQueueName": "gpus",
        "jobQueueArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/gpus",
        "state": "ENABLED",
        "priority": 1,
        "computeEnvironmentOrder": [],
        "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "gpus"}],
    }
    place = {
        "serviceEnvironmentName": "gpus",
        "serviceEnvironmentArn": "arn",
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": [{"capacityUnit": one, "maxCapacity": 8}],
    }
    usage = {"topCapacityUtilization": [used("vision", 7.0), used("nlp", 1.0)]}
    waiting = {"jobName": "train", "serviceJobType": "SAGEMAKER_TRAINING", "quotaShareName": "nlp"}
    answers = {
        "DescribeJobQueues": {"jobQueues": [queue]},
        "DescribeServiceEnvironments": {"serviceEnvironments": [place]},
        "ListQuotaShares": {"quotaShares": [team("vision", 5), team("nlp", 3)]},
        "GetJobQueueSnapshot": {"queueUtilization": {"quotaShareUtilization": usage}},
        "ListServiceJobs": {"jobSummaryList": [{"jobId": "1", **waiting}, {"jobId": "2", **waiting}]},
    }
    monkeypatch.setattr(clients, "client", lambda service, **_: Service(answers, service).client)
    return {}


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page(page: str, request: pytest.FixtureRequest) -> None:
    before = request.getfixturevalue(PAGES[page])
    assert Reader(CODES, before).run(ROOT / page) > 0


def test_no_block_is_left_out() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    found = {page.relative_to(ROOT).as_posix(): consoles(page) for page in pages}
    assert {page for page in found if any(block.norun is None for block in found[page])} == {*PAGES, *IN_A_SHELL}
    assert sum(block.norun is not None for page in found.values() for block in page) <= NOT_RUN
