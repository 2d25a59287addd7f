"""The templates of the examples against snapshots, which ``pytest tests/stacks --snapshot-update`` updates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.support import body

SNAPSHOTS = Path(__file__).parent / "snapshots"
STAGES = ("Dev", "Prod")
STACKS = {"Diabetes": "diabetes", "BreastCancer": "breast_cancer"}
"""The names of their snapshots, by stack."""


def synthesized(root: Path, folder: Path, **environment: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The templates of the app by environment and stack, synthesized by a process of its own."""
    subprocess.run(
        [sys.executable, str(root / "app.py")],
        cwd=root,
        env={**os.environ, "CDK_OUTDIR": str(folder), **environment},
        check=True,
        capture_output=True,
    )
    return {
        (stage, stack): json.loads(
            next((folder / f"assembly-{stage}").glob(f"{stage}{stack}*.template.json")).read_text()
        )
        for stage in STAGES
        for stack in STACKS
    }


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """The templates of both environments."""
    root = Path(__file__).resolve().parent.parent.parent
    return synthesized(root, tmp_path_factory.mktemp("app") / "cdk.out")


def _pipeline(template: dict[str, Any]) -> dict[str, Any]:
    (resource,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::SageMaker::Pipeline")
    properties: dict[str, Any] = resource["Properties"]
    return properties


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_template(snapshot: Any, templates: dict[tuple[str, str], dict[str, Any]], stage: str, stack: str) -> None:
    snapshot.snapshot_dir = SNAPSHOTS
    text = json.dumps(templates[stage, stack], indent=2) + "\n"
    snapshot.assert_match(text, f"{STACKS[stack]}.{stage.lower()}.template.json")


@pytest.mark.parametrize("stack", STACKS)
def test_the_definition(snapshot: Any, templates: dict[tuple[str, str], dict[str, Any]], stack: str) -> None:
    snapshot.snapshot_dir = SNAPSHOTS
    text = json.dumps(body(_pipeline(templates["Dev", stack])), indent=2) + "\n"
    snapshot.assert_match(text, f"{STACKS[stack]}.definition.json")


def test_another_folder_and_hash_seed_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "app"
    copy.mkdir(parents=True)
    for name in ("app.py", "cdk.json", "stacks"):
        source = root / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    for script in copy.rglob("*.py"):
        os.utime(script, (1, 1))
    folders = [tmp_path / "one", tmp_path / "two"]
    for base, folder, seed in ((root, folders[0], "1"), (copy, folders[1], "2")):
        synthesized(base, folder, PYTHONHASHSEED=seed, PYTHONPATH=str(root / "constructs"), TZ="Asia/Tokyo")
    one, two = ({f.relative_to(d).as_posix(): f for f in d.rglob("*") if f.is_file()} for d in folders)
    assert set(one) == set(two)
    for name in one:
        if "metadata.json" not in name and name != "tree.json":  # CDK notes its own stack traces there
            assert one[name].read_bytes() == two[name].read_bytes(), name


def test_no_path_of_this_machine_is_in_the_assembly(root: Path, tmp_path: Path) -> None:
    synthesized(root, tmp_path / "cdk.out")
    for file in (tmp_path / "cdk.out").rglob("*.json"):
        assert str(root) not in file.read_text(), file
        assert str(tmp_path) not in file.read_text(), file
