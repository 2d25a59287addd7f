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


def test_the_schema_says_what_fields_are() -> None:
    found = schema(Pipeline)
    policy, handler, step = (
        {name: each.get("description", "") for one in [kind, *kind.get("anyOf", ())] for name, each in fields(one)}
        for kind in (found["$defs"][name] for name in ("RetryPolicy", "LambdaHandler", "FailStep"))
    )
    assert policy["interval_seconds"] == "The seconds before the first retry, 1 to 43200."
    assert handler["memory_size"] == "The memory of the function in MB, 128 to 10240."
    assert step["message"].startswith("The reason, which")
    assert found["properties"]["name"]["description"].startswith("The name: letters, digits")
    assert found["properties"]["cache"]["description"].startswith("The cache of every step")


def fields(kind: dict[str, Any]) -> Any:
    return kind.get("properties", {}).items()


TEXTS = (
    *("yes", "null", "1.5", "0x1f", "a: b", "a #b", "- a", "${x}", "$${x}", "\n", "'\"\\", "\x00\x1b\u2028", "🎉"),
    *(" a ", "s3:", "2020-12-01"),
)


@pytest.mark.parametrize("text", TEXTS, ids=map(str, range(len(TEXTS))))
def test_texts_stay_texts(text: str, tmp_path: Path) -> None:
    step = {"Name": "A", "Type": "Fail", "Description": text, "Arguments": {"ErrorMessage": text}}
    given = Definition({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": [step]})
    assert meaning(read(yaml(program(given)), given, tmp_path)) == meaning(given.json)
