"""The SageMaker SDK 2, unmodified, as a client of the local AWS: what `sdk2.py` does and is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import ACCOUNT, BUCKET, Client

pytestmark = pytest.mark.slow
ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline/nine"
RAN = {"Prepare", "Train", "Search", "Evaluate", "Count", "Ask", "Check"}
SUCCEEDED = dict.fromkeys({*RAN, "Create-CreateModel", "Predict", "Register-RegisterModel"}, "Succeeded")


@pytest.fixture(scope="module")
def told(sdk2: Client) -> dict[str, Any]:
    """What the SDK was told, by the name of the moment."""
    return {line.pop("moment"): line for line in sdk2.run(Path(__file__).parent / "sdk2.py")}


def test_a_pipeline_is_created_and_then_updated(told: dict[str, Any]) -> None:
    assert told["create"] == {"arn": ARN}
    assert told["update"] == {"arn": ARN, "description": "second"}


def test_nine_types_of_steps_run(told: dict[str, Any]) -> None:
    good = told["good"]
    assert (good["wait"], good["status"], good["states"]) == ("ended", "Succeeded", SUCCEEDED)
    assert good["parameters"] == [{"Name": "Least", "Value": "0.5"}]
    assert good["asked"] == {"rows": 3}
    assert good["package"] == "PendingManualApproval"


def test_a_training_job_is_attached_to(told: dict[str, Any]) -> None:
    attached = told["attached"]
    assert attached["model"].startswith(f"s3://{BUCKET}/")
    assert attached["model"].endswith("/output/model.tar.gz")
    assert attached["metrics"] == {"score": 0.7}
    assert attached["seconds"] >= 1


def test_a_fail_step_ends_the_execution(told: dict[str, Any]) -> None:
    poor = told["poor"]
    assert (poor["wait"], poor["status"]) == ("WaiterError", "Failed")
    assert poor["reason"] == "score 0.7 of people"
    assert poor["states"] == {**dict.fromkeys(RAN, "Succeeded"), "Poor": "Failed"}
    assert poor["retry"] == "ValidationException"


def test_a_selected_step_reuses_those_before_it(told: dict[str, Any]) -> None:
    selected = told["selected"]
    assert selected["wait"] == "ended"
    assert selected["states"] == dict.fromkeys(("Evaluate", "Search", "Train"), "Succeeded")
    assert selected["reused"] == ["Search", "Train"]


def test_a_stopped_execution_goes_on(told: dict[str, Any]) -> None:
    assert told["stopped"] == {"wait": "WaiterError", "status": "Stopped"}
    assert (told["resumed"]["status"], told["resumed"]["states"]) == ("Succeeded", SUCCEEDED)


def test_versions_are_listed_and_the_pipeline_is_deleted(told: dict[str, Any]) -> None:
    versions = told["end"]["versions"]
    assert versions == list(range(len(versions), 0, -1))
    assert versions
    assert told["end"] == {"versions": versions, "deleted": ARN, "left": []}
