"""The fixture ``run`` for pytest: ``pytest_plugins = ["cdk_sagemaker_pipelines.testing.plugin"]`` in conftest.py.

It is no entry point, so that pytest starts as fast as before where nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import Result
from . import run as run_pipeline


@pytest.fixture(name="run", scope="session")
def _run() -> Callable[..., Result]:
    """Runs a pipeline in memory: ``run(stack, {"Train": {"fail": "no data"}})``."""
    return run_pipeline
