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

Templates = dict[tuple[str, str], dict[str, Any]]
ROOT = Path(__file__).resolve().parent.parent.parent
SNAPSHOTS = Path(__file__).parent / "snapshots"
STAGES = ("Dev", "Prod")
STACKS = {"Diabetes": "diabetes", "BreastCancer": "breast_cancer"}
"""The names of their snapshots, by stack."""


def synthesized(root: Path, folder: Path, **environment: str) -> Templates:
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
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app of this folder is synthesized."""
    return tmp_path_factory.mktemp("app") / "cdk.out"


@pytest.fixture(scope="module")
def templates(assembly: Path) -> Templates:
    """The templates of both environments."""
    return synthesized(ROOT, assembly, PYTHONHASHSEED="1")


def _pipeline(template: dict[str, Any]) -> dict[str, Any]:
    (resource,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::SageMaker::Pipeline")
    properties: dict[str, Any] = resource["Properties"]
    return properties


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_template(snapshot: Any, templates: Templates, stage: str, stack: str) -> None:
    snapshot.snapshot_dir = SNAPSHOTS
    text = json.dumps(templates[stage, stack], indent=2) + "\n"
    snapshot.assert_match(text, f"{STACKS[stack]}.{stage.lower()}.template.json")


@pytest.mark.parametrize("stack", STACKS)
def test_the_definition(snapshot: Any, templates: Templates, stack: str) -> None:
    snapshot.snapshot_dir = SNAPSHOTS
    text = json.dumps(body(_pipeline(templates["Dev", stack])), indent=2) + "\n"
    snapshot.assert_match(text, f"{STACKS[stack]}.definition.json")


def test_another_folder_and_hash_seed_give_the_same_bytes(templates: Templates, assembly: Path, tmp_path: Path) -> None:
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
    one, two = ({f.relative_to(d).as_posix(): f for f in d.rglob("*") if f.is_file()} for d in (assembly, other))
    assert set(one) == set(two)
    for name in one:
        if "metadata.json" not in name and name != "tree.json":  # CDK notes its own stack traces there
            assert one[name].read_bytes() == two[name].read_bytes(), name


def test_no_path_of_this_machine_is_in_the_assembly(templates: Templates, assembly: Path) -> None:
    for file in assembly.rglob("*.json"):
        assert str(ROOT) not in file.read_text(), file
        assert str(assembly.parent) not in file.read_text(), file
