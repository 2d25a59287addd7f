"""Definitions that the SageMaker SDK wrote come back as code that means the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.language.meaning import differences, meaning
from cdk_sagemaker_pipelines.migration.code.source import source
from cdk_sagemaker_pipelines.migration.program import Program
from tests.migration.support import NAMES, definition, program, run

ROOT = Path(__file__).resolve().parent.parent.parent
RAW = {
    # what is checked stands in a file in S3, not in the definition
    "clarify_checks": ["DataBias", "ModelBias", "Explain"],
    # there is nothing that it compares with
    "quality_checks": ["ModelQuality"],
}
"""The steps that no class can say."""


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    """All as programs, by name."""
    return {name: program(definition(name), name) for name in NAMES}


@pytest.fixture(scope="module")
def code(programs: dict[str, Program]) -> dict[str, str]:
    """All as code, by name."""
    return {name: source(each) for name, each in programs.items()}


def test_all_are_there() -> None:
    assert len(NAMES) == 32


@pytest.mark.parametrize("name", NAMES)
def test_the_code_means_the_same(name: str, code: dict[str, str]) -> None:
    given = definition(name)
    app, pipeline = run(code[name], given)
    assert list(differences(meaning(given.json), meaning(pipeline.host.current.json))) == []
    app.synth()  # nothing in it is refused


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_typed(name: str, programs: dict[str, Program]) -> None:
    raw = [step.name for step in programs[name].steps if step.class_name == "RawStep"]
    assert raw == RAW.get(name, [])


def files(code: dict[str, str], folder: Path) -> Path:
    for name, text in code.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_a_formatter_and_a_linter_leave_the_code_as_it_is(code: dict[str, str], tmp_path: Path) -> None:
    folder = files(code, tmp_path)
    rules = ["--isolated", "--no-cache", "--select", "E4,E7,E9,F,I,B,C4,PIE,RUF,SIM,UP,RET"]
    for command in (["check", *rules], ["format", "--check", "--isolated", "--no-cache"]):
        ruff = [str(Path(sys.executable).parent / "ruff"), *command, str(folder)]
        done = subprocess.run(ruff, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_a_type_checker_finds_nothing(code: dict[str, str], tmp_path: Path) -> None:
    folder = files(code, tmp_path)
    mypy = str(Path(sys.executable).parent / "mypy")
    command = [mypy, "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), str(folder)]
    environment = {"MYPYPATH": str(ROOT / "constructs")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stdout
