"""The app of this repository, synthesized once in each process of the tests, by a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Templates = dict[tuple[str, str], dict[str, Any]]
ROOT = Path(__file__).resolve().parent.parent
STAGES = ("Dev", "Prod")
STACKS = {"Diabetes": "diabetes", "BreastCancer": "breast_cancer"}
"""The names of their templates' files, by stack."""
NAMES = ("breast_cancer.dev", "breast_cancer.prod", "diabetes.dev", "diabetes.prod")
"""Of all templates."""


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
            next((folder / f"assembly-{stage}").glob(f"{stage}{stack}*.template.json")).read_text("utf-8")
        )
        for stage in STAGES
        for stack in STACKS
    }


@cache
def _synthesized() -> tuple[TemporaryDirectory[str], Templates]:
    folder = TemporaryDirectory(prefix="examples-")  # until the process ends
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), str(ROOT)])}
    templates = synthesized(ROOT, Path(folder.name) / "cdk.out", PYTHONHASHSEED="1", **paths)
    for (stage, stack), document in templates.items():
        text = json.dumps(document, indent=2) + "\n"
        (Path(folder.name) / f"{STACKS[stack]}.{stage.lower()}.template.json").write_text(text, encoding="utf-8")
    return folder, templates


def assembly() -> Path:
    """The ``cdk.out`` of the app, only to be read."""
    return Path(_synthesized()[0].name) / "cdk.out"


def templates() -> Templates:
    """The templates by environment and stack."""
    return _synthesized()[1]


def template(name: str) -> Path:
    """The file of a template without the rest of its assembly, such as ``diabetes.dev``."""
    return Path(_synthesized()[0].name) / f"{name}.template.json"
