"""Parameters: declarations, defaults, enum values and what is refused."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Parameter, PipelineError

NUMBER_TOKEN = -1.8881545897087505e289


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("parameter", "declared"),
    [
        (Parameter.string("P"), {"Name": "P", "Type": "String"}),
        (Parameter.string("P", default=""), {"Name": "P", "Type": "String", "DefaultValue": ""}),
        (Parameter.string("P", default="x"), {"Name": "P", "Type": "String", "DefaultValue": "x"}),
        (
            Parameter.string("P", default="a", enum_values=["a", "b"]),
            {"Name": "P", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
        ),
        (
            Parameter.string("P", default=Color.RED, enum_values=list(Color)),
            {"Name": "P", "Type": "String", "DefaultValue": "red", "EnumValues": ["red", "blue"]},
        ),
        (Parameter.string("P", enum_values=("a",)), {"Name": "P", "Type": "String", "EnumValues": ["a"]}),
        (Parameter.integer("P"), {"Name": "P", "Type": "Integer"}),
        (Parameter.integer("P", default=0), {"Name": "P", "Type": "Integer", "DefaultValue": 0}),
        (Parameter.float("P", default=0.0), {"Name": "P", "Type": "Float", "DefaultValue": 0.0}),
        (Parameter.float("P", default=6), {"Name": "P", "Type": "Float", "DefaultValue": 6}),
        (Parameter.boolean("P", default=False), {"Name": "P", "Type": "Boolean", "DefaultValue": False}),
        (Parameter.boolean("P", default=True), {"Name": "P", "Type": "Boolean", "DefaultValue": True}),
    ],
)
def test_declarations(parameter: Parameter[Any], declared: dict[str, Any]) -> None:
    assert parameter.declaration() == declared
    assert repr(parameter.declaration()) == repr(declared)  # False is not 0, 'red' is no Color
    assert parameter.to_json() == {"Get": "Parameters.P"}


def test_tokens_of_cdk_are_taken_as_defaults() -> None:
    text = Parameter.string("P", default="s3://${Token[TOKEN.1]}/x", enum_values=["a"])
    assert text.declaration()["DefaultValue"] == "s3://${Token[TOKEN.1]}/x"
    assert Parameter.integer("P", default=NUMBER_TOKEN).declaration()["DefaultValue"] == NUMBER_TOKEN  # type: ignore[arg-type]
    assert Parameter.float("P", default=NUMBER_TOKEN).declaration()["DefaultValue"] == NUMBER_TOKEN


OTHER = Parameter.string("Other", default="x")


@pytest.mark.parametrize(
    ("type", "default", "text"),
    [
        ("String", 5, "parameter 'P': the default 5 is not of type String"),
        ("String", None, "parameter 'P': the default None is not of type String"),
        ("String", False, "parameter 'P': the default False is not of type String"),
        ("String", NUMBER_TOKEN, f"parameter 'P': the default {NUMBER_TOKEN} is not of type String"),
        ("String", ["#{Token[TOKEN.1]}"], "parameter 'P': the default ['${...}'] is not of type String"),
        ("String", OTHER, "parameter 'P': the default must be a literal, not 'Parameters.Other'"),
        ("String", f"a/{OTHER}", "parameter 'P': the default must be a literal, not 'a/{Parameters.Other}'"),
        ("Integer", True, "parameter 'P': the default True is not of type Integer"),
        ("Integer", 5.0, "parameter 'P': the default 5.0 is not of type Integer"),
        ("Integer", "", "parameter 'P': the default '' is not of type Integer"),
        ("Integer", "5", "parameter 'P': the default '5' is not of type Integer"),
        ("Integer", "${Token[TOKEN.1]}", "parameter 'P': the default '${...}' is not of type Integer"),
        ("Float", False, "parameter 'P': the default False is not of type Float"),
        ("Float", float("nan"), "parameter 'P': the default nan is not of type Float"),
        ("Float", float("inf"), "parameter 'P': the default inf is not of type Float"),
        ("Float", float("-inf"), "parameter 'P': the default -inf is not of type Float"),
        ("Float", "1.5", "parameter 'P': the default '1.5' is not of type Float"),
        ("Boolean", 0, "parameter 'P': the default 0 is not of type Boolean"),
        ("Boolean", "true", "parameter 'P': the default 'true' is not of type Boolean"),
        ("Text", "x", "parameter 'P': type 'Text'; allowed are 'String', 'Integer', 'Float', 'Boolean'"),
        ([], "x", "parameter 'P': type []; allowed are 'String', 'Integer', 'Float', 'Boolean'"),
    ],
)
def test_defaults_of_the_wrong_type_are_refused(type: Any, default: Any, text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Parameter("P", type, default)
    assert str(refusal.value) == text


@pytest.mark.parametrize(
    ("default", "enum_values", "text"),
    [
        ("c", ["a", "b"], "parameter 'P': the default 'c' is not one of its enum values, 'a', 'b'"),
        ("", ["a"], "parameter 'P': the default '' is not one of its enum values, 'a'"),
        ("a", [], "parameter 'P': enum_values must be a list of at least one text"),
        ("a", "abc", "parameter 'P': enum_values must be a list of at least one text"),
        ("a", 5, "parameter 'P': enum_values must be a list of at least one text"),
        ("a", ["a", 1], "parameter 'P': enum_values must be a list of at least one text"),
        ("a", ["a", f"{OTHER}"], "parameter 'P': enum_values must be literals, not '{Parameters.Other}'"),
    ],
)
def test_enum_values(default: str, enum_values: Any, text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Parameter.string("P", default=default, enum_values=enum_values)
    assert str(refusal.value) == text


def test_enum_values_are_for_texts_only() -> None:
    with pytest.raises(PipelineError) as refusal:
        Parameter("P", "Integer", 1, ["1"])
    assert str(refusal.value) == "parameter 'P': enum_values are for String parameters, not Integer"


@pytest.mark.parametrize("name", ["", "a b", "a.b", "é", "x" * 65, f"{OTHER}", 5, None])
def test_names(name: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        Parameter.string(name)
    assert str(refusal.value) == f"parameter {name!r}: a name has 1 to 64 letters, digits, '-' or '_'"


def test_a_parameter_is_a_key_of_its_own() -> None:
    one, other = Parameter.string("P"), Parameter.string("P")
    assert {one: 1, other: 2}[one] == 1
