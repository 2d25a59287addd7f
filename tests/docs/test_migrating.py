"""The tables of the page about migration: every class of both SDKs is in them, and what they name here exists."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "start" / "migrating.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| SDK", "| there"))
]
SDK_ROWS = [row for row in ROWS if len(row) > 2]
PIPELINES = [row for row in ROWS if len(row) == 4]
"""The table of pipelines and steps."""
NAMES = {major: json.loads((ROOT / f"tests/docs/sdk-{major}.names.json").read_text("utf-8")) for major in "23"}
VARIABLES = {
    "check": "ConditionStep",
    "each": "ForEachStep",
    "evaluate": "ProcessingStep",
    "lineage": "LineageStep",
    "pipeline": "Pipeline",
    "review": "CallbackStep",
    "train": "TrainingStep",
    "tuning": "TuningStep",
}
"""What variables in the tables are."""
FROM_CDK = {"Duration", "Tags"}


def spans(cell: str) -> list[str]:
    return [span.replace("\\|", "|") for span in re.findall(r"`([^`]+)`", cell)]


OURS = [(row[0], span) for row in ROWS for span in spans(row[1 if len(row) == 2 else 2])]


@pytest.mark.parametrize("major", NAMES)
def test_every_class_of_the_sdk_is_in_the_table(major: str) -> None:
    listed = {span for row in PIPELINES if major in row[1] for span in spans(row[0])}
    assert {*NAMES[major]["classes"]} - listed == set()


def test_the_column_of_versions_is_right() -> None:
    """A class of the packages for pipelines is in just the versions that the row says."""
    for row in PIPELINES:
        for span in spans(row[0]):
            has = [major for major in NAMES if span in NAMES[major]["classes"]]
            assert not has or row[1] == ", ".join(has), f"{span} is in {has}"


def test_the_versions_are_those_of_the_page() -> None:
    for each in NAMES.values():
        assert each["sagemaker"] in TEXT


def test_what_a_row_names_here_exists() -> None:
    for there, span in OURS:
        if span.split()[0] in {"cdk", "smpipe"} or span.startswith("AWS::"):
            continue
        for node in ast.walk(ast.parse(span, mode="eval")):
            assert _exists(node), f"{there}: {span}"


def test_a_wrong_name_is_noticed() -> None:
    for span in ("Pipelin()", "TrainingStep(imag=1)", "train.model_artifact", "Image.sklern('1')", "f(x)"):
        assert not all(_exists(node) for node in ast.walk(ast.parse(span, mode="eval"))), span


def _exists(node: ast.AST) -> bool:
    """Whether a class, a member of one, or the arguments of a call are those of the library."""
    if isinstance(node, ast.Name) and node.id[0].isupper():
        return node.id in library.__all__ or node.id in FROM_CDK
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = VARIABLES.get(node.value.id, node.value.id)
        return owner not in library.__all__ or _has(owner, node.attr)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in FROM_CDK:
            return True
        if node.func.id not in library.__all__:
            return False
        taken = inspect.signature(getattr(library, node.func.id)).parameters
        return all(keyword.arg in taken for keyword in node.keywords)
    return True


def _has(owner: str, name: str) -> bool:
    if hasattr(getattr(library, owner), name):
        return True
    return name in json.loads((ROOT / "tests/public_members.json").read_text("utf-8"))[owner]
