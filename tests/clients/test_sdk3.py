"""The SageMaker SDK 3, unmodified, as a client of the local AWS: what `sdk3.py` does and is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import ACCOUNT, Client

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(sdk3: Client) -> dict[str, Any]:
    """What the SDK was told, by the name of the moment."""
    return {line.pop("moment"): line for line in sdk3.run(Path(__file__).parent / "sdk3.py")}


def test_jobs_and_the_items_of_a_list_run(told: dict[str, Any]) -> None:
    assert told["create"] == {"arn": f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline/jobs"}
    states = dict.fromkeys(["Train", "Each", "One-0", "One-1"], "Succeeded")
    assert told["good"] == {"wait": "ended", "status": "Succeeded", "states": states}


def test_a_step_runs_after_a_failure(told: dict[str, Any]) -> None:
    failed = told["failed"]
    assert failed["states"] == {"Train": "Failed", "Unless": "Succeeded"}
    assert (failed["wait"], failed["status"]) == ("WaiterError", "CompletedWithFailures")
