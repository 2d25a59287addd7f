"""``smpipe init``: writes a project to start from."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...review.words import printable
from ..errors import CommandError
from ..output import write_json

TEMPLATES = Path(__file__).resolve().parent.parent / "starter"
FILES = {
    ".github/workflows/comment.yml": "comment.yml",
    ".github/workflows/deploy.yml": "deploy.yml",
    ".github/workflows/pipelines.yml": "pipelines.yml",
    ".gitignore": "gitignore.txt",
    "Makefile": "Makefile.txt",
    "README.md": "README.md.txt",
    "app.py": "app.py.txt",
    "cdk.json": "cdk.json.txt",
    "jobs/evaluate.py": "evaluate.py.txt",
    "jobs/prepare.py": "prepare.py.txt",
    "jobs/train/train.py": "train.py.txt",
    "package-lock.json": "package-lock.json.txt",
    "package.json": "package.json.txt",
    "pytest.ini": "pytest.ini.txt",
    "requirements.txt": "requirements.txt.txt",
    "scripts/review.sh": "review.sh",
    "stacks/pipeline_stack.py": "stack.py.txt",
    "tests/snapshots/test_pipeline/test_the_snapshot/pipeline/definition.json": "definition.json.txt",
    "tests/snapshots/test_pipeline/test_the_snapshot/pipeline/graph.md": "graph.md.txt",
    "tests/snapshots/test_pipeline/test_the_snapshot/pipeline/permissions.txt": "permissions.txt.txt",
    "tests/snapshots/test_pipeline/test_the_snapshot/pipeline/pipeline.json": "pipeline.json.txt",
    "tests/test_pipeline.py": "test_pipeline.py.txt",
}
"""What is written, and from which template."""
IGNORED = frozenset({".git", ".venv", "node_modules"})
"""What may be there already: what a beginner makes first, and nothing of it is written to."""
NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,39}")
"""What a stack, a pipeline and a model group may be called.

The service lowers the case of model groups, so capitals would show as permissions for two.
"""


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    folder: Path = options.folder
    name = _name(options.name, folder)
    _refuse_full(folder)
    for target, template in FILES.items():
        text = (TEMPLATES / template).read_text("utf-8")
        if template.endswith(".txt"):
            text = text.replace("{{name}}", name).replace("{{version}}", _compatible())
        _write(folder / target, text)
    if options.json:
        write_json({"folder": str(folder), "name": name, "files": [*FILES]})
    else:
        shown = printable(str(folder))
        sys.stdout.write(f"{shown}: {len(FILES)} files of the project {name}; README.md says what to do next\n")
    return 0


def _name(given: str | None, folder: Path) -> str:
    name = Path(os.path.abspath(folder)).name if given is None else given
    if not NAME.fullmatch(name):
        better = _closest(name)
        raise CommandError(
            f"a project cannot be called {name!r}: its name has small letters, digits and single hyphens, at most 40, "
            f"and begins with a letter; run: smpipe init {shlex.quote(str(folder))} --name {better or 'NAME'}"
        )
    return name


def _closest(name: str) -> str:
    """The closest name that a project may have; empty if there is none."""
    better = re.sub(r"[^a-z0-9]+", "-", name.lower()).lstrip("-0123456789")[:40].rstrip("-")
    return better if NAME.fullmatch(better) else ""


def _refuse_full(folder: Path) -> None:
    try:
        there = sorted(entry.name for entry in folder.iterdir() if entry.name not in IGNORED)
    except FileNotFoundError:
        return
    except OSError as error:
        raise CommandError(f"{folder} cannot be read as a folder: {error.strerror}") from error
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise CommandError(f"{folder} is not empty, it has {there[0]!r}{more}; name a new folder: smpipe init FOLDER")


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error


def _compatible() -> str:
    """For the requirement: releases that are compatible with the one that writes the project."""
    try:
        found = version("cdk-sagemaker-pipelines")
    except PackageNotFoundError:  # a source tree
        return ""
    return f"~={found}" if re.fullmatch(r"\d+\.\d+\.\d+", found) else ""
