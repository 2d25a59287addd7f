"""Rendering: values to JSON, the parameters on the way, what cannot stand there; and the lines of the text."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Any

import pytest
from hypothesis import given

from cdk_sagemaker_pipelines.language import Equals, Join, JsonGet, Parameter, Rendering, lines

from .support import STEADY, corpus, corpus_document, get, json_values

NUMBER_TOKEN = -1.8881545897087505e289
STEP = "step 'S': "


class Size(str, Enum):
    LARGE = "ml.m5.large"


class Count(Enum):
    ONE = 1


class Construct:
    """An object as a bucket or a role is one."""

    def __str__(self) -> str:
        return "MyStack/Bucket"


def found(value: Any) -> list[str]:
    rendering = Rendering(step="S")
    json.dumps(rendering.render(value, "Arguments"), allow_nan=False)
    return [str(finding) for finding in rendering.findings]


@STEADY
@given(json_values)
def test_plain_values_stay_what_they_are(value: Any) -> None:
    rendering = Rendering()
    assert rendering.render(value) == value
    assert not rendering.findings
    assert not rendering.parameters


def test_what_is_taken_over() -> None:
    value = {"a": (1, 2.5, True, None), "b": Size.LARGE, "c": "${Token[TOKEN.1]}", "d": NUMBER_TOKEN, "e": {}, "f": []}
    assert Rendering().render(value) == {
        "a": [1, 2.5, True, None],
        "b": "ml.m5.large",
        "c": "${Token[TOKEN.1]}",
        "d": NUMBER_TOKEN,
        "e": {},
        "f": [],
    }
    assert type(Rendering().render(Size.LARGE)) is str


def test_parameters_are_gathered_once_in_order() -> None:
    region, count = Parameter.string("Region", default=""), Parameter.integer("Count")
    rendering = Rendering()
    rendering.render({"a": f"x{count}", "b": [Join("", [region, count])], "c": JsonGet("a", s3_uri=f"{region}/f")})
    rendering.render(count.is_in([f"{region}"]))
    rendering.render(Parameter.integer("Count"))
    assert rendering.findings == []
    assert [parameter.declaration() for parameter in rendering.parameters.values()] == [
        {"Name": "Count", "Type": "Integer"},
        {"Name": "Region", "Type": "String", "DefaultValue": ""},
    ]
    assert rendering.parameters["Region"].declaration() == region.declaration()


def test_a_parameter_declared_twice_differently() -> None:
    one, other = Parameter.integer("Count", default=1), Parameter.integer("Count", default=2)
    assert found({"A": one, "B": [f"x{other}"]}) == [
        STEP + "Arguments.B[0]: parameter 'Count' is declared as "
        '{"Name": "Count", "Type": "Integer", "DefaultValue": 2} and as '
        '{"Name": "Count", "Type": "Integer", "DefaultValue": 1}; declare it once and pass it on '
        "[parameter-declared-twice]"
    ]


LIST_TOKEN = (
    "a list that is only known at deployment (a CDK list token) cannot be in a definition; "
    "use Fn.select for single values or Fn.join for a text [list-token]"
)


def no_json(type: str) -> str:
    return (
        f"a value of type {type} cannot be in a definition; allowed are texts, numbers, booleans, lists, dicts, "
        "expressions and CDK tokens as text [no-json]"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["#{Token[TOKEN.1]}"], "Arguments.A: " + LIST_TOKEN),
        ("#{Token[TOKEN.1]}", "Arguments.A: " + LIST_TOKEN),
        ({"b": ["x", "a #{Token[TOKEN.1]}"]}, "Arguments.A.b[1]: " + LIST_TOKEN),
        (Join(",", ["#{Token[TOKEN.1]}"]), "Arguments.A: " + LIST_TOKEN),
        (float("nan"), "Arguments.A: nan cannot be written as JSON [not-finite]"),
        (float("inf"), "Arguments.A: inf cannot be written as JSON [not-finite]"),
        ([float("-inf")], "Arguments.A[0]: -inf cannot be written as JSON [not-finite]"),
        ({"x"}, "Arguments.A: " + no_json("set")),
        (b"x", "Arguments.A: " + no_json("bytes")),
        (Construct(), "Arguments.A: " + no_json("Construct")),
        ({"b": [Construct()]}, "Arguments.A.b[0]: " + no_json("Construct")),
        (Construct, "Arguments.A: " + no_json("type")),
        (Count.ONE, "Arguments.A: " + no_json("Count")),
        (date(2026, 1, 1), "Arguments.A: " + no_json("date")),
        (iter([1]), "Arguments.A: " + no_json("list_iterator")),
        ({1: "x"}, "Arguments.A: the key 1 must be a text [no-json]"),
        (
            {f"{Parameter.string('P')}-x": 1},
            "Arguments.A: the key '{Parameters.P}-x' must be literal [expression-as-key]",
        ),
        (Equals(Parameter.string("P"), Construct()), "Arguments.A: " + no_json("Construct")),
        (Parameter.float("P") < float("nan"), "Arguments.A: nan cannot be written as JSON [not-finite]"),
    ],
)
def test_what_cannot_stand_in_a_definition(value: Any, text: str) -> None:
    assert found({"A": value}) == [STEP + text]


def test_all_findings_are_reported_together() -> None:
    assert len(found({"A": {1}, "B": [float("nan"), ["#{Token[TOKEN.1]}"]], "C": Construct()})) == 4


# -- lines ------------------------------------------------------------------------------------------------------------


@STEADY
@given(json_values)
def test_the_lines_are_the_value(value: Any) -> None:
    written = lines(value)
    assert json.loads("\n".join(written)) == value
    assert not any("\n" in line for line in written)


@pytest.mark.parametrize("name", corpus())
def test_the_lines_of_the_corpus(name: str) -> None:
    document = corpus_document(name)
    assert json.dumps(json.loads("\n".join(lines(document)))) == json.dumps(document)


def test_one_line_for_each_element() -> None:
    value = {"Name": "Träin", "Empty": [], "None": {}, "Get": get("Parameters.P"), "List": [1, {"a": None}, True]}
    assert lines(value) == [
        "{",
        '  "Name": "Träin",',
        '  "Empty": [],',
        '  "None": {},',
        '  "Get": {"Get": "Parameters.P"},',
        '  "List": [',
        "    1,",
        "    {",
        '      "a": null',
        "    },",
        "    true",
        "  ]",
        "}",
    ]
    assert lines("x") == ['"x"']
    assert lines([]) == ["[]"]


def test_the_layout_does_not_depend_on_the_length_of_values() -> None:
    def layout(token: str, number: float) -> list[str]:
        value = {"a": [token, {"Get": token}], token: {"b": f"s3://{token}/{token}"}, "n": [number, 1]}
        return [line.replace(token, "T").replace(json.dumps(number), "N") for line in lines(value)]

    expected = layout("${Token[TOKEN.1]}", NUMBER_TOKEN)
    assert layout("${Token[Stack.Resource.Attribute.123456789]}" * 9, -1.888e289) == expected


def test_what_is_not_json_has_no_lines() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        lines({"a": float("nan")})
