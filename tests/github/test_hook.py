"""``.pre-commit-hooks.yaml``: what pre-commit would call, on the files that it would choose."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from cdk_sagemaker_pipelines import cli

ROOT = Path(__file__).resolve().parent.parent.parent
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("kind", "code"), [("String", 0), ("Text", 1)])
def test_a_definition_is_checked(tmp_path: Path, kind: str, code: int) -> None:
    stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.A"}}}
    definition = {"Version": "2020-12-01", "Parameters": [{"Name": "A", "Type": kind}], "Steps": [stop]}
    (tmp_path / "pipeline.json").write_text(json.dumps(definition), "utf-8")
    command, *arguments = HOOK["entry"].split()
    assert command == "smpipe"
    assert cli.main([*arguments, str(tmp_path / "pipeline.json")]) == code


def test_which_files_are_checked_unless_others_are_named() -> None:
    names = ["pipeline.json", "a/pipeline-b.json", "package.json", "pipelines/readme.md", "my_pipeline.json.bak"]
    assert [name for name in names if re.search(HOOK["files"], name)] == names[:2]


def test_the_document_names_the_hook() -> None:
    text = (ROOT / "docs" / "pull-requests.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(repos:.*?)```", text, re.S)
    (repository,) = yaml.safe_load(block)["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == [HOOK["id"]]
