"""The blocks of docs/executions.md, run in order on a local AWS whose steps end as told."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .abalone import DEFINITION
from .service import ROLE

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "executions.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.M | re.S)
OUTCOMES = {
    "Prepare": {},
    "Train": {"properties": {"FinalMetricDataList": [{"MetricName": "mse", "Value": 4.5}]}},
    "Register": {},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of the document, where the terminal is set up for a local AWS."""
    definition = json.loads(json.dumps(DEFINITION).replace("s3://b/", "s3://raw-data/"))
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"
    prepare, train, check = (step["Arguments"] for step in definition["Steps"])
    prepare["AppSpecification"]["ImageUri"] = image
    prepare["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 30
    train["AlgorithmSpecification"]["TrainingImage"] = image
    train["ResourceConfig"] = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    train["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600}
    container = {"Image": image, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}
    check["IfSteps"][0]["Arguments"]["InferenceSpecification"] = {
        "Containers": [container], "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
    }  # fmt: skip
    (tmp_path / "abalone.json").write_text(json.dumps(definition))
    outcomes = tmp_path / "outcomes.json"
    outcomes.write_text(json.dumps(OUTCOMES))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    with EmbeddedAws("eu-west-1", "111122223333", outcomes=outcomes) as aws:
        for name, value in aws.environment(among={}).items():
            monkeypatch.setenv(name, value)
        client = aws.services().client("sagemaker")
        client.create_model_package_group(ModelPackageGroupName="group")
        client.create_pipeline(PipelineName="Abalone", PipelineDefinition=json.dumps(definition), RoleArn=ROLE)
        yield tmp_path


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command of the document with the lines that it prints there."""
    for block in BLOCKS:
        for text in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *lines = text.rstrip("\n").split("\n")
            yield command, lines


class Ids:
    """The IDs of executions by the order in which they occur, so that two documents can be compared."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def plain(self, line: str) -> str:
        """The line without what differs from run to run, and without how columns are filled."""
        line = re.sub(r"(?<=execution/)\w{12}|(?<=abalone/)\w{12}|^ *[a-z0-9]{12}(?=\s|$)", self._id, line)
        line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d|^\d\d:\d\d:\d\d", "TIME", line)
        line = re.sub(r"\d+\.\d s\b", "SECONDS", line)
        return " ".join(line.split())

    def _id(self, found: re.Match[str]) -> str:
        return self._known.setdefault(found[0].strip(), f"ID{len(self._known)}")


@pytest.mark.slow
def test_the_document_is_what_the_commands_print(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written, printed = Ids(), Ids()
    for command, lines in commands():
        program, *arguments = shlex.split(command)
        assert program == "smpipe"
        cli.main(arguments)
        captured = capsys.readouterr()
        said = (captured.out or captured.err).rstrip("\n").split("\n")
        # whether a step is seen while it runs depends on the moment
        seen = [printed.plain(line) for line in said if " Executing" not in line]
        assert seen == [written.plain(line) for line in lines], command
