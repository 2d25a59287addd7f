"""The gallery synthesized, and on a local AWS."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.gallery.deployment import Gallery, synthesize
from tests.gallery.place import ACCOUNT, REGION


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All stacks, synthesized once, also for several processes of one run, which only read them."""
    temporary = tmp_path_factory.getbasetemp()
    folder = (temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary) / "gallery" / "cdk.out"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
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
