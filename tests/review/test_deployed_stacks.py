"""``smpipe diff``: how the stack of a pipeline is deployed, as the manifest of its assembly says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli

from .test_pipelines import template

ROLE = "arn:${AWS::Partition}:iam::111122223333:role/cdk-hnb659fds-%s-role-111122223333-eu-west-1"
OPTIONS: dict[str, Any] = {
    "stackName": "Line",
    "terminationProtection": True,
    "tags": {"team": "ml", "cost": "5"},
    "notificationArns": ["arn:aws:sns:eu-west-1:111122223333:deployed"],
    "assumeRoleArn": ROLE % "deploy",
    "cloudFormationExecutionRoleArn": ROLE % "cfn-exec",
}
UNCOMPARED = {
    "stackTemplateAssetObjectUrl": "s3://bucket/a.json",
    "requiresBootstrapStackVersion": 6,
    "validateOnSynth": False,
}


def assembly(folder: Path, name: str, document: dict[str, Any] | None = None, **options: Any) -> str:
    out = folder / name
    out.mkdir()
    given = {key: value for key, value in {**OPTIONS, **UNCOMPARED, **options}.items() if value is not None}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "displayName": "Dev/Stack0",
        "properties": {"templateFile": "A.template.json", **given},
    }
    (out / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"A": stack}}))
    (out / "A.template.json").write_text(json.dumps(document or template()))
    return str(out)


def told(capsys: pytest.CaptureFixture[str], old: str, new: str) -> tuple[list[str], str]:
    cli.main(["diff", old, new])
    captured = capsys.readouterr()
    errors = [line for line in captured.err.splitlines() if "'smpipe check' finds" not in line]
    return captured.out.splitlines(), "\n".join(errors)


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("terminationProtection", False, "- Stack.TerminationProtection: true"),
        ("terminationProtection", None, "- Stack.TerminationProtection: true"),
        ("tags", {"team": "data", "cost": "5"}, '~ Stack.Tags.team: "ml" → "data"'),
        ("tags", None, '- Stack.Tags: {"team": "ml", "cost": "5"}'),
        ("stackName", "Other", '~ Stack.StackName: "Line" → "Other"'),
        ("stackName", None, '~ Stack.StackName: "Line" → "A"'),
        ("notificationArns", [], '- Stack.NotificationArns: ["arn:aws:sns:eu-west-1:111122223333:deployed"]'),
        ("parameters", {"Size": "2"}, '+ Stack.Parameters: {"Size": "2"}'),
        ("assumeRoleExternalId", "ours", '+ Stack.AssumeRoleExternalId: "ours"'),
        ("assumeRoleArn", "own", f'~ Stack.AssumeRoleArn: "{ROLE % "deploy"}" → "own"'),
        (
            "cloudFormationExecutionRoleArn",
            "admin",
            f'~ Stack.CloudFormationExecutionRoleArn: "{ROLE % "cfn-exec"}" → "admin"',
        ),
        ("stackTemplateAssetObjectUrl", "s3://bucket/b.json", None),
        ("requiresBootstrapStackVersion", 8, None),
    ],
)
def test_what_differs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, value: Any, line: str | None
) -> None:
    old, new = assembly(tmp_path, "old"), assembly(tmp_path, "new", **{option: value})
    assert told(capsys, old, new) == ([] if line is None else ["pipeline", f"  {line}"], "")


def test_a_template_alone_does_not_say_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    alone = assembly(tmp_path, "old") + "/A.template.json"
    lines, errors = told(capsys, alone, assembly(tmp_path, "new"))
    assert not [line for line in lines if "Stack." in line]
    assert "not compared: how the stack is deployed" in errors


def test_a_pipeline_of_a_nested_stack_is_deployed_with_the_one_around_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "N.nested.template.json"}}
    old, new = (
        assembly(tmp_path, name, {"Resources": {"Inner": nested}}, terminationProtection=protected)
        for name, protected in (("old", False), ("new", True))
    )
    for out in (old, new):
        Path(out, "N.nested.template.json").write_text(json.dumps(template()))
    assert "    + Stack.TerminationProtection: true" in told(capsys, old, new)[0]
