"""``smpipe import`` of a deployed pipeline: what is taken over besides its definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import Command
from .service import PIPELINE, START

ROLE = "arn:aws:iam::111122223333:role/Pipelines"
STOP = {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}


def described(**more: Any) -> dict[str, Any]:
    return {
        "PipelineArn": PIPELINE, "PipelineName": "Abalone", "PipelineDefinition": json.dumps(STOP), "RoleArn": ROLE,
        "PipelineStatus": "Active", "CreationTime": START, "LastModifiedTime": START, **more,
    }  # fmt: skip


@pytest.mark.parametrize("source", ["aws:Abalone", "Abalone", PIPELINE])
def test_its_description_and_parallelism(
    smpipe: Command, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    more = {"PipelineDescription": 'the "old" one', "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4}}
    smpipe.answers(DescribePipeline=described(PipelineDisplayName="Abalone", **more))
    code = smpipe.json("import", source)["text"]
    assert "class AbaloneStack(Stack):" in code
    assert "description='the \"old\" one'" in code
    assert "parallelism=4" in code
    assert "display_name" not in code  # the service gives it where none is given
    assert "role=role" not in code
    file = smpipe.json("import", source, "--format", "yaml")["text"]
    assert '\ndescription: "the \\"old\\" one"\nparallelism: 4\n' in file


ODD = "nightly\nimport os\u202e"


def test_what_is_not_taken_over(smpipe: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tags = [{"Key": "team", "Value": ODD}, {"Key": "aws:cloudformation:stack-name", "Value": "A"}]
    smpipe.answers(DescribePipeline=described(), ListTags={"Tags": tags})
    smpipe.answers(
        "events",
        ListRuleNamesByTarget={"RuleNames": ["Nightly"]},
        DescribeRule={"ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
    )
    code = smpipe.json("import", "aws:Abalone")["text"]
    above = code.partition("        pipeline = Pipeline(")[0].rpartition("**kwargs)\n\n")[2]
    assert above == (
        "        # Not taken over: the role arn:aws:iam::111122223333:role/Pipelines. This\n"
        "        # pipeline gets a role of its own; role=Role.from_role_arn(...) keeps that one.\n"
        "        # Not taken over: the tags team=nightly import os . Tags.of(pipeline).add(...)\n"
        "        # tags its jobs, too.\n"
        "        # Not taken over: the rule Nightly that starts it, rate(1 day) (ENABLED).\n"
        "        # Not known: its schedules, which may not be read.\n"
    )
    assert "import os" not in [line.strip() for line in code.splitlines()]
    file = smpipe.json("import", "aws:Abalone", "--format", "yaml")["text"]
    assert file.startswith("# Not taken over: the role arn:")
    assert yaml.safe_load(file)["steps"]["Stop"]["type"] == "Fail"


def test_as_json(smpipe: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    smpipe.answers(DescribePipeline=described())
    told = smpipe.json("import", "Abalone")
    assert told["steps"] == [{"name": "Stop", "class": "FailStep", "reason": ""}]
    assert "FailStep(pipeline" in told["text"]
    assert smpipe.json("import", "Abalone", "--out", "stack.py")["text"] is None
    assert Path("stack.py").read_text("utf-8") == told["text"]
