"""Where a pipeline runs is read from its template and its assembly; check and explain tell what is elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli

from .stacks import arn, pipeline, role, training

IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/own:1"
THEIRS = {"Name": "theirs", "Account": "444455556666", "Region": "eu-west-1"}
GROUP = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "g"}}


def train(**arguments: Any) -> dict[str, Any]:
    step = training()
    step["Arguments"].update(arguments)
    return step


def assembly(folder: Path, environment: str | None, **resources: Any) -> Path:
    """A cdk.out with one stack."""
    (folder / "A.template.json").write_text(json.dumps({"Resources": resources}))
    if environment is not None:
        stack = {"type": "aws:cloudformation:stack", "environment": environment}
        artifacts = {"A": {**stack, "properties": {"templateFile": "A.template.json"}}}
        (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def without_place(resource: dict[str, Any]) -> dict[str, Any]:
    return {**resource, "Metadata": {}}


def codes(capsys: pytest.CaptureFixture[str], path: Path) -> list[str]:
    """The codes about places that ``smpipe check`` prints, each with its field."""
    cli.main(["check", str(path)])
    lines = [line.split(": ") for line in capsys.readouterr().out.splitlines()]
    fields = [(line[2], line[4] if line[3] == "warning" else line[3]) for line in lines]
    return [f"{code} {field}" for code, field in fields if code in ("other-region", "other-account", "not-in-region")]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("aws://111122223333/eu-west-1", ["other-region AlgorithmSpecification.TrainingImage"]),
        ("aws://111122223333/us-east-1", []),
        ("aws://unknown-account/unknown-region", []),
        ("cdk", []),
        (None, []),
    ],
)
def test_the_manifest_says_where_a_stack_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, environment: str | None, expected: list[str]
) -> None:
    step = train(AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"})
    path = assembly(tmp_path, environment, Nightly=without_place(pipeline(step)), Job=role())
    assert codes(capsys, path) == [one.replace(" ", " Arguments.") for one in expected]


def test_a_template_says_where_its_pipeline_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    step = train(AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"})
    path = assembly(tmp_path, None, Nightly=pipeline(step), Job=role())
    assert codes(capsys, path / "A.template.json") == ["other-region Arguments.AlgorithmSpecification.TrainingImage"]


def test_a_type_that_the_region_lacks_is_told_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    two = {"Nightly": pipeline(train()), "Weekly": pipeline(train()), "Group": GROUP}
    path = assembly(tmp_path, "aws://111122223333/cn-north-1", **{key: without_place(two[key]) for key in two})
    assert codes(capsys, path) == ["not-in-region Resources.Group"]


@pytest.mark.parametrize("is_open", [False, True])
def test_the_policy_that_another_account_needs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, is_open: bool
) -> None:
    step = training(uri="s3://theirs/raw/")
    place = {"Elsewhere": [{**THEIRS, "LetsIn": [arn("Job" if is_open else "Another")]}]}
    path = assembly(tmp_path, None, Nightly=pipeline(step, role=arn("Own"), **place), Own=role(), Job=role())
    assert codes(capsys, path) == ([] if is_open else ["other-account Arguments.InputDataConfig[0]"])
    assert cli.main(["explain", str(path), "--width", "200"]) == 0
    told = capsys.readouterr().out
    title = "the bucket theirs is in account 444455556666, whose policy on it has to say as well:\n"
    assert (title in told) is not is_open
    assert cli.main(["explain", str(path), "--json"]) == 0
    (explained,) = json.loads(capsys.readouterr().out)["pipelines"]
    if is_open:
        assert explained["otherAccounts"] == []
        return
    (owner,) = explained["otherAccounts"]
    assert (owner["kind"], owner["name"], owner["account"]) == ("bucket", "theirs", "444455556666")
    statements = owner["statements"]
    assert statements[0] == {
        "Action": "s3:GetObject",
        "Effect": "Allow",
        "Resource": "arn:aws:s3:::theirs/raw/*",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "${Job.Arn}"}},
    }
    # what is told to people is the same, to be pasted
    assert json.loads(told.split(title)[1].split("\n\n")[0]) == statements


@pytest.mark.parametrize("odd", [5, [], "x", {"Elsewhere": 5}, {"Region": {"Fn::Join": [1, 2, 3]}}, {"Ref": 5}])
def test_odd_surroundings_hide_no_pipeline(capsys: pytest.CaptureFixture[str], tmp_path: Path, odd: Any) -> None:
    nightly = pipeline(train())
    nightly["Metadata"] = {"cdk-sagemaker-pipelines:place": odd}
    (tmp_path / "A.json").write_text(json.dumps({"Resources": {"Nightly": nightly}}))
    cli.main(["check", str(tmp_path / "A.json")])
    assert "1 pipeline: " in capsys.readouterr().err
