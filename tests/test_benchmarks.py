"""The subjects of the benchmarks create what they say; ``make bench`` measures how long they take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SUBJECTS = ROOT / "benchmarks" / "subjects"


def synthesized(folder: Path, *command: str) -> dict[str, Any]:
    subprocess.run([sys.executable, str(SUBJECTS / command[0]), *command[1:], str(folder)], check=True)
    resources: dict[str, Any] = json.loads((folder / "Benchmark.template.json").read_text())["Resources"]
    return resources


def nameless(resources: dict[str, Any]) -> list[str]:
    """What the roles are made of, whatever the roles are called that they pass on."""
    roles = {key: one["Properties"] for key, one in resources.items() if one["Type"] == "AWS::IAM::Role"}
    written = [json.dumps(role, sort_keys=True) for role in roles.values()]
    for logical_id in roles:
        written = [text.replace(f'"{logical_id}"', '"Role"') for text in written]
    return sorted(written)


@pytest.mark.slow
def test_the_peer_has_the_roles_of_the_library(tmp_path: Path) -> None:
    library = synthesized(tmp_path / "library", "library.py", "3", "own")
    peer = synthesized(tmp_path / "peer", "peer.py", str(tmp_path / "library" / "Benchmark.template.json"))
    assert len(nameless(library)) == 4
    assert nameless(peer) == nameless(library)


def test_make_bench_finds_what_it_measures() -> None:
    """Each of its lines is run as ``make`` runs it, from the repository and with no path set for it."""
    recipe = (ROOT / "Makefile").read_text().split("\nbench:")[1].split("\n\n")[0]
    lines = [line.strip().removeprefix("@python ") for line in recipe.splitlines() if line.startswith("\t")]
    assert {line.split(".")[-1] for line in lines} == {path.stem for path in SUBJECTS.parent.glob("*.py")}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for line in lines:
        done = subprocess.run([sys.executable, *line.split(), "--help"], cwd=ROOT, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("shape", ["wide", "deep", "random", "layered", "for-each"])
def test_the_engine_runs_what_its_benchmark_says(shape: str) -> None:
    command = [sys.executable, str(SUBJECTS.parent / "engine.py"), "--one", shape, "120"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'constructs'}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = json.loads(done.stdout)
    assert found["steps"] == (121 if shape == "for-each" else 120)
