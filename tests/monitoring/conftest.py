"""Fixtures of the tests of events and metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.support import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An app with one stack in a known account and region."""
    return Bench(tmp_path / "cdk.out")
