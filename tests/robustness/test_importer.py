"""Imported definitions: whatever they contain is synthesized, or refused with our own messages."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from hypothesis import strategies as st

from cdk_sagemaker_pipelines import Pipeline
from cdk_sagemaker_pipelines.language import PipelineError

from .driving import samples
from .test_anything import documents, effort, mutations

REFUSED = "ValidationFailedWithErrors: Validation failed with the following errors:\n  [Stack/Pipeline] "


def synthesize(document: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.json")
        file.write_text(json.dumps(document), encoding="utf-8")
        told = refusal(file, Path(folder, "cdk.out"))
    assert told == "" or told.startswith(REFUSED)
    assert "[internal]" not in told
    assert "[rule-failed]" not in told


def refusal(file: Path, out: Path) -> str:
    """What CDK says of a pipeline with the definition of a file; an empty text where it takes it, or we did not."""
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    with contextlib.suppress(PipelineError):
        Pipeline.from_definition(stack, "Pipeline", definition=file)
    try:
        app.synth()
    except RuntimeError as raised:
        return str(raised)
    return ""


@effort(12, 500)
def test_definitions_as_constructs(count: int) -> None:
    samples(mutations() | documents, synthesize, count)


@effort(12, 500)
def test_texts_that_no_rule_objects_to(count: int) -> None:
    def described(text: str) -> None:
        step = {"Name": "A", "Type": "Fail", "Description": text, "Arguments": {"ErrorMessage": text}}
        synthesize({"Version": "2020-12-01", "Metadata": {"a": text}, "Steps": [step]})

    samples(st.text(st.characters(), max_size=20), described, count)
