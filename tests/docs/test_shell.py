"""The pages whose commands need a shell, the CDK CLI or a second terminal, besides the tutorial."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from .console import Console
from .pages import Block, Command, blocks, commands, consoles
from .reader import ROOT
from .test_tutorial import CDK, PORT

README, LOCAL, PULL_REQUESTS = (ROOT / name for name in ("README.md", "docs/local.md", "docs/pull-requests.md"))
IN_A_SHELL = {"README.md", "docs/local.md", "docs/pull-requests.md", "docs/start/tutorial.md"}
"""The pages of this file and of the tutorial's."""
SERVES = "...\n  smpipe start ...\n..."
"""What ``smpipe local`` prints at last."""
FAILS = {"smpipe start Line -p MaxMse=0.1 --watch": 1}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A reader who agrees when the CDK CLI asks."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / ".cdk.json").write_text(json.dumps({"requireApproval": "never"}))
    return home


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example of the README."""
    return Path(shutil.copytree(ROOT / "docs" / "example", tmp_path / "example"))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The app of this repository."""
    folder = tmp_path / "app"
    folder.mkdir()
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def port() -> None:
    """The port that ``smpipe local`` listens on."""
    with socket.socket() as probe:
        if probe.connect_ex(("localhost", PORT)) == 0:
            pytest.skip(f"something listens on port {PORT}")


def runnable(page: Path) -> list[Block]:
    return [block for block in consoles(page) if block.norun is None]


def test_the_first_commands_of_the_readme(example: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "cdk").write_text(CDK)
    (tmp_path / "cdk").chmod(0o755)
    with Console(example, home, tools=[tmp_path]) as console:
        assert console.run(runnable(README)[:1]) == 1


@pytest.mark.long
@pytest.mark.usefixtures("port")
def test_the_whole_readme(example: Path, home: Path) -> None:
    with Console(example, home, codes=FAILS) as console:
        console.start(Command("smpipe local", SERVES))
        assert console.run(runnable(README)) == 2


@pytest.mark.long
@pytest.mark.usefixtures("port")
def test_the_page_of_the_local_aws(app: Path, home: Path) -> None:
    (outcomes,) = (block for block in blocks(LOCAL) if block.language == "json")
    (app / "outcomes.json").write_text(outcomes.text)
    with Console(app, home) as console:
        for block in runnable(LOCAL):
            (first, *_) = commands(block)
            if "--env" in first.text:
                console.start(Command("smpipe local", SERVES))
                console.run([block])
            else:
                console.start(Command(first.text, SERVES))
            console.stop()


@pytest.mark.long
def test_the_page_of_pull_requests(example: Path, home: Path) -> None:
    """In a clone whose ``main`` got a commit, on a branch that changes the pipeline."""
    (example / "scripts").mkdir()
    shutil.copy(ROOT / "docs" / "github" / "review.sh", example / "scripts")
    clone = example.parent / "clone"
    with Console(example, home) as console:
        for text in (
            "git init --quiet --initial-branch main && git add --all && git commit --quiet --message Start",
            f"git clone --quiet . {clone} && cd {clone} && git checkout --quiet -b lower-limit",
            "sed -i s/default=2.0/default=1.5/ app.py && git commit --quiet --all --message Lower",
        ):
            console.run([Block("console", None, f"$ {text}\n", None, 0)])
        assert console.run(runnable(PULL_REQUESTS)) == 1
    assert "MaxMse: DefaultValue: 2.0 → 1.5" in (clone / "review" / "difference.txt").read_text("utf-8")
