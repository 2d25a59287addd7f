"""``smpipe explain`` from a user's view."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from tests.examples import template

GOLDENS = Path(__file__).parent.parent / "goldens"


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """A cdk.out with two stages and, in one of them, two stacks."""
    for stage, stacks in (("Dev", ["diabetes", "breast_cancer"]), ("Prod", ["diabetes"])):
        folder = tmp_path / f"assembly-{stage}"
        folder.mkdir()
        for stack in stacks:
            shutil.copy(template(f"{stack}.{stage.lower()}"), folder / f"{stack}.template.json")
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *arguments: str, told: str = "") -> str:
    assert cli.main(["explain", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == told
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["explain", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_template(capsys: pytest.CaptureFixture[str]) -> None:
    golden = (Path(__file__).parent.parent / "review/snapshots/explain.diabetes.dev.txt").read_text()
    found = explained(capsys, str(template("diabetes.dev")), "--width", "80")
    # the golden's file name is that of a test
    roles, what, everybody = found.partition("\nwhat resource policies say about everybody, ")
    assert roles.split("\n", 2)[2] == golden.split("\n", 2)[2]
    assert what
    assert "\n  Deny: s3:*\n    if aws:SecureTransport is false\n    on ${Artifacts.Arn}\n" in everybody


def test_a_whole_assembly(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = explained(capsys, str(assembly), "--width", "100")
    titles = [line for line in found.splitlines() if line and line[0] != " "]
    assert [title for title in titles if not title.startswith("role ")] == [
        "Pipeline",
        "Pipeline",
        "Pipeline",
        "what resource policies say about everybody, including these roles:",
        "other roles in these stacks, which no pipeline uses:",
    ]
    assert titles.count("role PipelinePrepareJobRole") == 3


def test_one_of_several(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = explained(capsys, str(assembly), "--pipeline", "BreastCancer")
    assert found.startswith("Pipeline\n")
    assert "other roles" not in found
    assert "role PipelineBaselineJobRole" in found
    assert "PipelineTrainJobRole" not in found


def test_a_missing_pipeline(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, str(assembly), "--pipeline", "Pipelin")
    assert "holds no pipeline 'Pipelin', but" in told
    assert "did you mean 'Pipeline'?" in told


def test_json(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(explained(capsys, str(assembly), "--json"))
    assert [pipeline["name"] for pipeline in document["pipelines"]] == ["BreastCancer", "Diabetes", "Diabetes"]
    assert {(each["effect"], *each["actions"]) for each in document["everybody"]} == {
        ("Deny", "s3:*"),
        ("Deny", "sqs:*"),
    }
    assert document["otherRoles"] == [
        "ModelsEmptyingRole",
        "PipelineCheckAucIfAnnounceFunctionRole",
        "CustomVpcRestrictDefaultSGCustomResourceProviderRole",
        "ModelsEmptyingRole",
    ]
    origins = {
        row["origin"] for pipeline in document["pipelines"] for role in pipeline["roles"] for row in role["permissions"]
    }
    assert origins == {"derived", "granted"}


def test_a_definition_alone(capsys: pytest.CaptureFixture[str]) -> None:
    found = explained(capsys, str(GOLDENS / "abalone.json"))
    assert found.startswith("abalone\n")
    assert "role arn:aws:iam::111122223333:role/PipelineRole\n  of Prepare: RoleArn\n" in found


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(template("diabetes.dev").read_bytes())))
    assert "role PipelineRole" in explained(capsys, "-")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "it is not JSON"),
        ('{"Resources": {}}', "holds no pipeline; run 'cdk synth' first"),
        ('{"a": 1}', "it is neither a definition nor a template"),
        (json.dumps({"Resources": {"P": {"Type": "AWS::SageMaker::Pipeline"}}}), "#P: "),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["json", "empty", "else", "no-definition", "deep"],
)
def test_what_cannot_be_read(content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.template.json"
    file.write_text(content)
    assert told in refused(capsys, str(file))


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in refused(capsys, str(tmp_path / "cdk.out"))


def test_neither_cdk_nor_an_extra_is_needed() -> None:
    modules = ["aws_cdk", "jsii", "constructs", "boto3", "botocore", "moto", "rich"]
    file = str(template("diabetes.dev"))
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({modules}));"
        f"from cdk_sagemaker_pipelines.cli import main; sys.exit(main(['explain', {file!r}]))"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root / "constructs"), "PYTHONIOENCODING": "ascii"},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "role PipelineRole" in ran.stdout


def test_five_hundred_steps_take_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def job(number: int) -> dict[str, Any]:
        channel = {"DataSource": {"S3DataSource": {"S3Uri": f"s3://data/{number}/", "S3DataType": "S3Prefix"}}}
        arguments = {"RoleArn": "arn:aws:iam::111122223333:role/Shared", "InputDataConfig": [channel]}
        return {"Name": f"Train{number}", "Type": "Training", "Arguments": arguments}

    file = tmp_path / "many.json"
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": [job(number) for number in range(500)]}))
    start = time.process_time()
    found = explained(capsys, str(file), told=f"smpipe: {file}: 'smpipe check' finds 2000 errors here\n")
    assert time.process_time() - start < 10
    assert found.count("arn:${AWS::Partition}:s3:::data/") == 500
