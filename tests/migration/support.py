"""What the tests of imported pipelines share: code that is written, run and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import Definition, Pipeline
from cdk_sagemaker_pipelines.migration.code.source import source
from cdk_sagemaker_pipelines.migration.importing import environment, imported
from cdk_sagemaker_pipelines.migration.program import Program

CORPUS = Path(__file__).parent.parent / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.json"))


def definition(name: str) -> Definition:
    """A definition of the corpus."""
    return Definition.parse((CORPUS / f"{name}.json").read_text("utf-8"))


def program(given: Definition, name: str = "Some") -> Program:
    return imported(given, name, f"{name}.json")


def run(code: str, given: Definition, **arguments: Any) -> tuple[cdk.App, Pipeline]:
    """The app and the pipeline that code makes, in the account and region of the definition."""
    names: dict[str, Any] = {"__name__": "imported"}
    exec(compile(code, "stack.py", "exec"), names)
    (kind,) = [value for name, value in names.items() if name.endswith("Stack") and name != "Stack"]
    app = cdk.App(analytics_reporting=False)
    stack = kind(app, "Imported", env=environment(given.json), **arguments)
    pipeline = stack.node.find_child("Pipeline")
    assert isinstance(pipeline, Pipeline)
    return app, pipeline


def written(given: Definition, name: str = "Some") -> str:
    """The code of a definition."""
    return source(program(given, name))
