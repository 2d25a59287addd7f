"""The gallery synthesized, and on a local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import Gallery, synthesize
from tests.gallery.place import ACCOUNT, REGION


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stacks, synthesized."""
    folder = tmp_path_factory.mktemp("gallery") / "cdk.out"
    done = synthesize(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def gallery(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A local AWS, to which each stack is deployed when it is first asked for."""
    outcomes = tmp_path_factory.mktemp("outcomes") / "outcomes.json"
    outcomes.write_text("{}", encoding="utf-8")
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        yield Gallery(aws, assembly, outcomes)
