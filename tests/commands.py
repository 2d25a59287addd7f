"""Each ``smpipe`` command in a process of its own, where nothing else has imported what it needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

ASKING = {
    "approve": ["nobody"],
    "callback": ["nobody/x", "Step"],
    "compare": ["nobody/x", "nobody/y"],
    "definition": ["nobody"],
    "fire": ["nobody"],
    "list": [],
    "logs": ["nobody", "Step"],
    "pool": ["nobody"],
    "prices": ["pull"],
    "quotas": ["pull"],
    "rename": ["nobody/x", "name"],
    "resume": ["nobody"],
    "show": ["nobody"],
    "start": ["nobody"],
    "stop": ["nobody"],
    "versions": ["nobody"],
    "watch": ["--pipeline", "nobody"],
    "why": ["nobody"],
}
"""The commands that ask an AWS, with arguments."""
_OTHERS = (
    "check",
    "demo",
    "diff",
    "draw",
    "environments",
    "explain",
    "import",
    "init",
    "local",
    "run",
    "schema",
    "seed",
    "studio",
)
COMMANDS = tuple(sorted([*_OTHERS, *ASKING]))
_WITHOUT = "needs the extra '"
NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "111122223333",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_MAX_ATTEMPTS": "1",
}
"""An AWS that nobody serves."""


def calls(source: str, extra: bool) -> dict[str, tuple[list[str], int, str]]:
    """By command: arguments, the exit code, and a text of what it prints.

    ``source``: a definition or assembly without errors, with a step "Train". ``extra``: whether `local` is installed.
    """
    refused = {
        "demo": ([], "cdk.json names no environment"),
        "seed": (["nobody.yaml"], "nobody.yaml cannot be read: No such file"),
        "studio": (["--profile", "nobody"], "the AWS profile 'nobody' is not in"),
        "local": (["--env", "--port", "9"], "you have no local AWS running on port 9"),
        **{name: (arguments, "http://127.0.0.1:9") for name, arguments in ASKING.items()},
    }
    return {
        "check": ([source], 0, "1 pipeline: "),
        "diff": ([source, source], 0, ""),
        "draw": ([source], 0, "Train"),
        "environments": ([], 2, "there are no environments: write environments.json"),
        "explain": ([source], 0, "role "),
        "import": ([source], 0, "TrainingStep("),
        "init": (["started"], 0, "started: 22 files of the project started"),
        "schema": ([], 0, "TrainingStep"),
        "run": ([source], 0 if extra else 2, "Succeeded" if extra else _WITHOUT),
        **{name: (arguments, 2, text if extra else _WITHOUT) for name, (arguments, text) in refused.items()},
    }


def smpipe(program: Path, folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a command, and all that it printed; never a bug of smpipe."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    environment = {**kept, **NOWHERE, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    told = done.stdout + done.stderr
    assert "this is a bug" not in told, told
    assert "Traceback" not in told, told
    return done.returncode, told


def run_each(program: Path, folder: Path, source: str, *, extra: bool, without: Collection[str] = ()) -> None:
    """Runs every command but some, or without the extra those that need none and one that does."""
    named = calls(source, extra)
    assert tuple(sorted(named)) == COMMANDS
    code, told = smpipe(program, folder, "--help")
    assert code == 0
    assert all(command in told for command in COMMANDS)
    code, told = smpipe(program, folder, "start", "--help")
    assert (code, told.startswith("usage: smpipe start")) == (0, True), told
    for command, (arguments, expected, text) in named.items():
        if command in without or (not extra and text == _WITHOUT and command != "start"):
            continue
        code, told = smpipe(program, folder, command, *arguments)
        assert (code, text in told) == (expected, True), told
