"""Writes the public classes of an SDK's packages for pipelines, which docs/start/migrating.md must name.

Runs with the Python that has the SDK, and reads its sources without importing them.
"""

from __future__ import annotations

import ast
import json
import sysconfig
from importlib.metadata import version
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
"""Not among the goldens, all of which are definitions."""
PACKAGES = {"2": ("sagemaker/workflow",), "3": ("sagemaker/mlops/workflow", "sagemaker/core/workflow")}


def names(folders: list[Path]) -> list[str]:
    """The public classes of modules and the packages themselves."""
    files = [file for folder in folders for file in folder.glob("*.py")]
    modules = [file for file in files if not file.name.startswith("_") or file.stem == "__init__"]
    nodes = [node for module in modules for node in ast.parse(module.read_text("utf-8")).body]
    return sorted({node.name for node in nodes if isinstance(node, ast.ClassDef) and node.name[0] != "_"})


def main(packages: Path, number: str) -> None:
    major = number.partition(".")[0]
    found = {"sagemaker": number, "classes": names([packages / folder for folder in PACKAGES[major]])}
    (DOCS / f"sdk-{major}.names.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sysconfig.get_paths()["purelib"]), version("sagemaker"))
