"""Start values, as StartPipelineExecution takes them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.engine.parameters import start_values
from cdk_sagemaker_pipelines.local.errors import ParameterError

DECLARED = [
    {"Name": "Size", "Type": "Integer", "DefaultValue": 3},
    {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "On", "Type": "Boolean", "DefaultValue": False},
    {"Name": "Kind", "Type": "String", "EnumValues": ["a", "b"], "DefaultValue": "a"},
    {"Name": "Bucket", "Type": "String"},
]


def read(**given: Any) -> dict[str, Any]:
    return start_values(Definition({"Parameters": DECLARED, "Steps": []}), given)


def test_defaults_stay() -> None:
    assert read(Bucket="x") == {"Size": 3, "Rate": 0.5, "On": False, "Kind": "a", "Bucket": "x"}


def test_texts_become_the_declared_type() -> None:
    assert read(Bucket="", Size="-7", Rate="1e-3", On="TRUE", Kind="b") == {
        "Size": -7,
        "Rate": 0.001,
        "On": True,
        "Kind": "b",
        "Bucket": "",
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "no value is given for 'Bucket', and the pipeline declares no default"),
        ({"Bucket": "x", "Sise": "1"}, "the pipeline has no parameter 'Sise'; did you mean 'Size'?"),
        ({"Bucket": "x", "Zzzzzz": "1"}, "the pipeline has no parameter 'Zzzzzz'; it declares 'Size', 'Rate'"),
        ({"Bucket": "x", "Size": "2.5"}, "'Size' is of type Integer, but its value is '2.5'"),
        ({"Bucket": "x", "Size": "1_0"}, "'Size' is of type Integer"),
        ({"Bucket": "x", "Rate": "fast"}, "'Rate' is of type Float, but its value is 'fast'"),
        ({"Bucket": "x", "Rate": "nan"}, "'Rate' is of type Float"),
        ({"Bucket": "x", "On": "yes"}, "'On' is of type Boolean, but its value is 'yes'; write a value such as"),
        ({"Bucket": "x", "Kind": "c"}, "parameter 'Kind' is 'c'; allowed are 'a', 'b'"),
        ({"Bucket": "x", "Size": 5}, "start values are strings, write '5'"),
        ({"Bucket": "x" * 1025}, "has 1025 characters, at most 1024"),
    ],
)
def test_refuses(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ParameterError) as error:
        read(**given)
    assert reason in str(error.value)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(ParameterError) as error:
        read(Size="x", Other="y")
    for part in ("'Size'", "'Other'", "'Bucket'"):
        assert part in str(error.value)
