"""Placeholders of expressions in templates: where they stand, and what they stand for."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import Parameter
from cdk_sagemaker_pipelines.templates.placeholders import logical_id, outside

LEVEL = str(Parameter.string("Level"))


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(logical_id(path), finding.where) for path, finding in outside(document)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"Resources": {"A": {"Type": "T", "Properties": {"B": [{"C": LEVEL}]}}}}, ("A", "Properties.B[0].C")),
        ({"Resources": {"A": {"Type": "T", "Properties": {LEVEL: "b"}}}}, ("A", "Properties")),
        ({"Resources": {"A": {"Type": "T", "Metadata": {"M": LEVEL.upper()}}}}, ("A", "Metadata.M")),
        ({"Outputs": {"O": {"Value": {"Fn::Join": ["", ["a", LEVEL]]}}}}, ("O", "Outputs.O.Value.Fn::Join[1][1]")),
        ({"Description": f"of {LEVEL[:-4]}"}, ("Description", "Description")),
        (
            {"Resources": {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": {"PipelineDescription": LEVEL}}}},
            ("P", "Properties.PipelineDescription"),
        ),
        (
            {"Resources": {"F": {"Type": "T", "Properties": {"PipelineDefinition": LEVEL}}}},
            ("F", "Properties.PipelineDefinition"),
        ),
    ],
    ids=["property", "key", "upper", "output", "cut", "description", "other-type"],
)
def test_a_placeholder(document: dict[str, Any], expected: tuple[str, str]) -> None:
    assert found(document) == [expected]


def test_a_definition_has_rules_of_its_own() -> None:
    definition = {"PipelineDefinitionBody": f"{{'a': '{LEVEL}'}}"}
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": {"PipelineDefinition": definition}}
    assert found({"Resources": {"P": resource}}) == []


def test_other_braces_are_none() -> None:
    texts = ["${SageMakerRole}", "${AWS::Region}", "{SageMaker:}", "${Sage"]
    assert found({"Resources": {"A": {"Type": "T", "Properties": {"B": texts}}}}) == []


def test_long_texts_are_cut() -> None:
    code = "x = 1\n" * 50 + f"y = '{LEVEL}'" + "z" * 500
    ((_, finding),) = outside({"Resources": {"A": {"Type": "T", "Properties": {"Code": code}}}})
    assert "y = '{Parameters.Level}'zzz" in finding.text
    assert len(finding.text) < 500
