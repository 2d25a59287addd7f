"""The AWS CLI, from a shell, as a client of the local AWS: what `aws_cli.sh` does and is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, ROLE

pytestmark = pytest.mark.slow
ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline/shell"


def definition(*steps: dict[str, Any]) -> str:
    parameters = [{"Name": "Word", "Type": "String", "DefaultValue": "word"}]
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": list(steps)})


def condition(name: str, value: Any, *otherwise: dict[str, Any]) -> dict[str, Any]:
    comparison = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Word"}, "RightValue": value}
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": [comparison], "IfSteps": [], "ElseSteps": list(otherwise)},
    }


def processing(name: str, *command: str) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    image = {"ImageUri": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/own:1", "ContainerEntrypoint": list(command)}
    arguments = {"ProcessingResources": {"ClusterConfig": cluster}, "AppSpecification": image, "RoleArn": ROLE}
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


@pytest.fixture(scope="module")
def told(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("shell")
    once = folder / "once"
    first, changed = folder / "first.json", folder / "changed.json"
    fails_once = processing("Work", "/bin/sh", "-c", f"test -e {once} || {{ : > {once}; exit 1; }}")
    first.write_text(definition(condition("Ready", "ready"), fails_once))
    changed.write_text(definition(condition("Ready", "word")))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        ["bash", str(Path(__file__).parent / "aws_cli.sh"), ROLE, str(first), str(changed)],
        env={**kept, **aws.environment(), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {line["moment"]: line["told"] for line in map(json.loads, done.stdout.splitlines())}


def test_a_pipeline_of_a_file_is_created_with_its_tags(told: dict[str, Any]) -> None:
    assert told["create"] == ARN
    assert told["tags"] == [{"Key": "team", "Value": "ml"}]


def test_a_failed_execution_is_retried(told: dict[str, Any]) -> None:
    assert told["first"] == "Failed"
    assert told["parameters"] == [{"Name": "Word", "Value": "ready"}]
    assert sorted(told["steps"]) == [["Ready", "Succeeded"], ["Work", "Failed"]]
    assert told["retried"] == "Succeeded"


def test_an_execution_keeps_its_version(told: dict[str, Any]) -> None:
    assert (told["update"], told["versions"]) == (2, [2, 1])
    assert [step["Name"] for step in json.loads(told["definition"])["Steps"]] == ["Ready", "Work"]
    assert told["second"] == "Succeeded"


def test_executions_are_listed_found_and_deleted_with_their_pipeline(told: dict[str, Any]) -> None:
    assert told["executions"] == ["first", "renamed"]
    assert sorted(told["search"]) == ["first", "renamed"]
    assert (told["missing"], told["delete"]) == ("ResourceNotFound", ARN)
