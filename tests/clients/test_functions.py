"""Functions decorated with ``@step`` of the SageMaker SDK 2; each of their jobs installs the SDK first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Client

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def told(sdk2: Client) -> dict[str, Any]:
    """What the SDK was told, by the name of the moment."""
    return {line.pop("moment"): line for line in sdk2.run(Path(__file__).parent / "functions.py")}


def test_functions_are_steps(told: dict[str, Any]) -> None:
    states = dict.fromkeys(["Double", "Small", "Keep"], "Succeeded")
    assert told["small"] == {"states": states, "status": "Succeeded", "reason": None, "kept": "kept 6"}


def test_their_results_decide(told: dict[str, Any]) -> None:
    states = {"Double": "Succeeded", "Small": "Succeeded", "Large": "Failed"}
    assert told["large"] == {"states": states, "status": "Failed", "reason": "the number is large", "kept": None}
