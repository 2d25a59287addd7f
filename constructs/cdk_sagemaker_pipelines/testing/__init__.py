"""Unit tests of pipelines: which steps run with which arguments, for the results that a test invents.

``run`` runs a pipeline in memory, on a virtual clock, without any AWS. No job runs: each step ends as the test says,
and succeeds at once if it says nothing.

    result = run(stack, {"Evaluate": {"report": {"mse": 9.0}}})
    assert result.states["TooInaccurate"] == "Failed"
    assert "9.0" in result.failure_reason

``assert_pipeline`` compares a pipeline with its snapshot, and ``with_definitions`` makes definitions in a template an
object for ``aws_cdk.assertions``.

Only stacks and pipelines need CDK; definitions and the cdk.out of an app do not. With ``pytest_plugins =
["cdk_sagemaker_pipelines.testing.plugin"]`` in a ``conftest.py``, ``run`` is also a fixture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..local.engine.assumptions import Assumptions
from ..local.engine.clock import VirtualClock
from ..local.engine.outcomes import Outcome, OutcomesError
from ..local.engine.selection import SelectionError
from ..local.errors import ParameterError, RetryRefusedError
from .given import Attempt
from .result import RanStep, Result
from .running import run
from .templates import with_definitions

if TYPE_CHECKING:
    from .snapshots import assert_pipeline

__all__ = [
    "Assumptions", "Attempt", "Outcome", "OutcomesError", "ParameterError", "RanStep", "Result", "RetryRefusedError",
    "SelectionError", "VirtualClock", "assert_pipeline", "run", "with_definitions",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name != "assert_pipeline":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # it needs pytest, which runs do not
    value = globals()[name] = import_module(".snapshots", __name__).assert_pipeline
    return value
