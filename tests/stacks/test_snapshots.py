"""The examples against snapshots, which ``pytest tests/stacks --snapshot-update`` updates, and their bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.testing import assert_pipeline
from tests.examples import ROOT, STACKS, STAGES, assembly, synthesized

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_pipeline(snapshot: Any, stage: str, stack: str) -> None:
    snapshot.snapshot_dir = SNAPSHOTS
    placeholders = {stage.lower(): "<environment>"}
    assert_pipeline(snapshot, assembly(), f"{stage}/{stack}/Pipeline", placeholders=placeholders)


def test_the_snapshots_are_short() -> None:
    lines = [len(file.read_text("utf-8").splitlines()) for file in SNAPSHOTS.rglob("*.*") if file.is_file()]
    assert len(lines) == 5 * len(STACKS)  # with those of test_resources
    assert sum(lines) <= 2500


def test_another_folder_and_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "app"
    copy.mkdir(parents=True)
    for name in ("app.py", "cdk.json", "stacks"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    for script in copy.rglob("*.py"):
        os.utime(script, (1, 1))
    other = tmp_path / "other"
    synthesized(copy, other, PYTHONHASHSEED="2", PYTHONPATH=str(ROOT / "constructs"), TZ="Asia/Tokyo")
    one, two = ({f.relative_to(d).as_posix(): f for f in d.rglob("*") if f.is_file()} for d in (assembly(), other))
    assert set(one) == set(two)
    for name in one:
        if "metadata.json" not in name and name != "tree.json":  # CDK notes its own stack traces there
            assert one[name].read_bytes() == two[name].read_bytes(), name


def test_no_path_of_this_machine_is_in_the_assembly() -> None:
    for file in assembly().rglob("*.json"):
        assert str(ROOT) not in file.read_text(), file
        assert str(assembly().parent) not in file.read_text(), file
