"""Definitions come back as YAML files that mean the same, and that the schema allows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml as pyyaml

from cdk_sagemaker_pipelines import Definition, Pipeline
from cdk_sagemaker_pipelines.language.meaning import differences, meaning
from cdk_sagemaker_pipelines.migration.code.file import yaml
from cdk_sagemaker_pipelines.migration.importing import environment
from cdk_sagemaker_pipelines.notation.schema import schema
from tests.migration.support import NAMES, definition, program


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema: Any = import_module("jsonschema")  # which has no stubs here
    found = schema(Pipeline)
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_means_the_same(name: str, tmp_path: Path, validator: Any) -> None:
    given = definition(name)
    text = yaml(program(given, name))
    assert [error.message for error in validator.iter_errors(pyyaml.safe_load(text))] == []
    assert list(differences(meaning(given.json), meaning(read(text, given, tmp_path)))) == []


def read(text: str, given: Definition, folder: Path) -> Any:
    """What the pipeline of a file writes."""
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=environment(given.json))
    return Pipeline.from_file(stack, "P", folder / "pipeline.yaml").host.current.json


TEXTS = (
    *("yes", "null", "1.5", "0x1f", "a: b", "a #b", "- a", "${x}", "$${x}", "\n", "'\"\\", "\x00\x1b\u2028", "🎉"),
    *(" a ", "s3:", "2020-12-01"),
)


@pytest.mark.parametrize("text", TEXTS, ids=map(str, range(len(TEXTS))))
def test_texts_stay_texts(text: str, tmp_path: Path) -> None:
    step = {"Name": "A", "Type": "Fail", "Description": text, "Arguments": {"ErrorMessage": text}}
    given = Definition({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": [step]})
    assert meaning(read(yaml(program(given)), given, tmp_path)) == meaning(given.json)
