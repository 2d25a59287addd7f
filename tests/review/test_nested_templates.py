"""Templates of nested stacks, which CDK names by the hash of what it uploads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.reading.files import Unreadable, contents
from cdk_sagemaker_pipelines.review.reviewed.app import reviewed
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed

from .stacks import GET_RAW, role
from .test_pipelines import TRUST, template, told


def assembly(folder: Path, action: str, hashed: str, **nested: Any) -> Path:
    """A cdk.out without the metadata of assets, in which a pipeline's stack has one that is nested in it."""
    folder.mkdir()
    url = {"Fn::Sub": f"https://s3.eu-west-1.${{AWS::URLSuffix}}/assets/{hashed}.json"}
    around = template(Inner={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **nested}})
    inner = {"Resources": {"Ops": role({**GET_RAW, "Action": action}, path="Dev/Stack0/Inner/Ops", **TRUSTED)}}
    properties = {"templateFile": "Dev.template.json", "stackName": "Dev"}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": properties,
    }
    listed = {"files": {hashed: {"source": {"path": "Inner.nested.template.json"}}}}
    for name, document in (
        ("Dev.template.json", around),
        ("Inner.nested.template.json", inner),
        ("Dev.assets.json", listed),
        ("manifest.json", {"version": "1", "artifacts": {"Dev": {**stack, "displayName": "Dev/Stack0"}}}),
    ):
        (folder / name).write_text(json.dumps(document))
    return folder


TRUSTED = {"AssumeRolePolicyDocument": TRUST}
OLD, NEW = "a" * 64, "b" * 64


def read(folder: Path) -> list[Reviewed]:
    return [each for each in reviewed(contents(folder)) if isinstance(each, Reviewed)]


def test_what_is_in_a_nested_stack_is_compared_and_its_hash_is_not(tmp_path: Path) -> None:
    old = read(assembly(tmp_path / "old", "s3:GetObject", OLD))
    new = read(assembly(tmp_path / "new", "s3:PutObject", NEW))
    assert [each.path for each in new] == ["Dev/Stack0/Nightly", "Dev/Stack0/Inner"]
    assert told(old, new) == [
        "~ Ops", "+ s3:PutObject on arn:aws:s3:::data/raw*", "- s3:GetObject on arn:aws:s3:::data/raw*",
    ]  # fmt: skip
    other = read(assembly(tmp_path / "other", "s3:GetObject", NEW, TimeoutInMinutes=5))
    assert told(old, other) == ["+ Inner: TimeoutInMinutes: 5"]


@pytest.mark.parametrize("missing", ["listed", "file"])
def test_a_nested_template_that_is_not_there_is_said(tmp_path: Path, missing: str) -> None:
    folder = assembly(tmp_path / "cdk.out", "s3:GetObject", OLD)
    if missing == "file":
        (folder / "Inner.nested.template.json").unlink()
        expected = (f"{folder}/Inner.nested.template.json", "it cannot be read: No such file or directory")
    else:
        (folder / "Dev.assets.json").write_text("{}")
        expected = (f"{folder}/Dev.template.json#Inner", "the template of the nested stack is not in the assembly")
    assert [each for each in contents(folder) if isinstance(each, Unreadable)] == [expected]


def test_a_template_that_somebody_keeps_elsewhere_is_a_value(tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out", "s3:GetObject", OLD)
    around = template(
        Inner={
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "https://templates.s3.amazonaws.com/inner.json"},
        }
    )
    (folder / "Dev.template.json").write_text(json.dumps(around))
    assert [each for each in contents(folder) if isinstance(each, Unreadable)] == []
    (found,) = read(folder)
    assert (found.resources or {})["Inner"].properties["TemplateURL"].endswith("/inner.json")
