"""The tutorial: each command runs, and prints what the page shows."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from .console import Console
from .pages import blocks, commands

PAGE = Path(__file__).resolve().parents[2] / "docs" / "start" / "tutorial.md"
PORT = 5566
BLOCKS = blocks(PAGE)
RUN = [block for block in BLOCKS if block.norun is None]
CDK = """#!/bin/sh
[ "$*" = "synth --quiet" ] && CDK_OUTDIR=cdk.out exec python app.py
"""
"""What stands in for the CDK CLI, which starts Node twice: it only synthesizes."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir(mode=0o700)
    return work, home


def test_the_first_minutes(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Up to the first change of the project."""
    (tmp_path / "cdk").write_text(CDK)
    (tmp_path / "cdk").chmod(0o755)
    first = next(number for number, block in enumerate(RUN) if block.language == "diff")
    with Console(*folders, tools=[tmp_path]) as console:
        assert console.run(RUN[:first]) == first == 4


@pytest.mark.long
def test_the_whole_tutorial(folders: tuple[Path, Path]) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("localhost", PORT)) == 0:
            pytest.skip(f"something listens on port {PORT}, which the tutorial uses")
    with Console(*folders) as console:
        assert console.run(RUN) == len(RUN)


def test_what_is_not_run_only_installs() -> None:
    left = [command.text for block in BLOCKS if block.norun for command in commands(block)]
    assert left == [
        "python3 -m venv .venv && . .venv/bin/activate",
        "pip install 'cdk-sagemaker-pipelines[local]'",
        "pip install --requirement requirements.txt",
        "npm install",
        'export PATH="$PWD/node_modules/.bin:$PATH"',
    ]
