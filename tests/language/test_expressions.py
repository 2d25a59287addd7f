"""Expressions: their JSON, their texts, and what Python cannot compute with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import (
    ExecutionVariables,
    Expression,
    Join,
    JsonGet,
    Key,
    Parameter,
    PipelineError,
    Rendering,
    StepReference,
    as_text,
)
from cdk_sagemaker_pipelines.language.expressions import ItemReference

from .support import STEADY, get

REGION = Parameter.string("Region", default="eu-west-1")
COUNT = Parameter.integer("Count", default=3)
MODEL: StepReference[str] = StepReference("Train", ("ModelArtifacts", "S3ModelArtifacts"))
REPORT: StepReference[Any] = StepReference("Evaluate", get="Steps.Evaluate.PropertyFiles.Report")
MSE: JsonGet[float] = JsonGet("metrics.mse", property_file=REPORT)
MSE_JSON = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "metrics.mse"}}


def join(*values: Any, on: str = "") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        (ExecutionVariables.START_DATETIME, "StartDateTime"),
        (ExecutionVariables.CURRENT_DATETIME, "CurrentDateTime"),
        (ExecutionVariables.PIPELINE_NAME, "PipelineName"),
        (ExecutionVariables.PIPELINE_ARN, "PipelineArn"),
        (ExecutionVariables.PIPELINE_EXECUTION_ID, "PipelineExecutionId"),
        (ExecutionVariables.PIPELINE_EXECUTION_ARN, "PipelineExecutionArn"),
        (ExecutionVariables.TRAINING_JOB_NAME, "TrainingJobName"),
        (ExecutionVariables.PROCESSING_JOB_NAME, "ProcessingJobName"),
    ],
)
def test_execution_variables(variable: Expression[str], name: str) -> None:
    assert variable.to_json() == {"Get": f"Execution.{name}"}


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), "Steps.S"),
        (("A", "B"), "Steps.S.A.B"),
        (("Outputs", Key("train"), "S3Output", "S3Uri"), "Steps.S.Outputs['train'].S3Output.S3Uri"),
        (("Tags", 0, "Value"), "Steps.S.Tags[0].Value"),
        (("Environment", "a b"), "Steps.S.Environment['a b']"),
        (("Environment", "a-b", 12), "Steps.S.Environment['a-b'][12]"),
    ],
)
def test_step_references(path: tuple[str | int, ...], written: str) -> None:
    assert StepReference("S", path).to_json() == {"Get": written}


def test_join() -> None:
    inner = Join("-", [COUNT, 1, 2.5, True, "x"])
    assert Join("/", ["s3:/", REGION, inner, MSE]).to_json() == join(
        "s3:/",
        get("Parameters.Region"),
        join(get("Parameters.Count"), 1, 2.5, True, "x", on="-"),
        MSE_JSON,
        on="/",
    )
    assert Join(",", []).to_json() == join(on=",")


def test_a_text_with_an_expression_can_be_joined() -> None:
    assert Join("/", [f"a-{REGION}", f"{COUNT}"]).to_json() == join(
        join("a-", get("Parameters.Region")), join(get("Parameters.Count")), on="/"
    )


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([None], "Join: texts, numbers, booleans and expressions can be joined, not None"),
        ([{"a": 1}], "Join: texts, numbers, booleans and expressions can be joined, not {'a': 1}"),
        ([["a"]], "Join: texts, numbers, booleans and expressions can be joined, not ['a']"),
        ([float("nan")], "Join: texts, numbers, booleans and expressions can be joined, not nan"),
        ([MSE <= 5], None),
        ("abc", "Join: the values must be a list, not 'abc'"),
        (5, "Join: the values must be a list, not 5"),
    ],
)
def test_what_cannot_be_joined(values: Any, text: str | None) -> None:
    with pytest.raises(PipelineError) as refusal:
        Join("", values)
    assert text is None or str(refusal.value) == text


@pytest.mark.parametrize("on", [None, 5, REGION, f"{REGION}"])
def test_the_text_between_joined_values_is_literal(on: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        Join(on, [])
    assert str(refusal.value) == "Join: 'on' must be a literal text, the service substitutes no value there"


def test_json_get() -> None:
    assert MSE.to_json() == MSE_JSON
    assert JsonGet("a[0]['b']", s3_uri="s3://b/f.json").to_json() == {
        "Std:JsonGet": {"S3Uri": "s3://b/f.json", "Path": "a[0]['b']"}
    }
    assert JsonGet("a", s3_uri=f"s3://b/{REGION}.json").to_json() == {
        "Std:JsonGet": {"S3Uri": join("s3://b/", get("Parameters.Region"), ".json"), "Path": "a"}
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"path": "a"}, "JsonGet: give exactly one of property_file and s3_uri"),
        (
            {"path": "a", "property_file": REPORT, "s3_uri": "s3://b/f"},
            "JsonGet: give exactly one of property_file and s3_uri",
        ),
        (
            {"path": "", "s3_uri": "s3://b/f"},
            "JsonGet: path must be a literal text such as 'metrics.mse', not ''",
        ),
        (
            {"path": 5, "s3_uri": "s3://b/f"},
            "JsonGet: path must be a literal text such as 'metrics.mse', not 5",
        ),
        (
            {"path": "a", "property_file": "Report"},
            "JsonGet: property_file must be the reference of a step's file, not 'Report'",
        ),
        ({"path": "a", "s3_uri": 5}, "JsonGet: s3_uri must be a text or an expression, not 5"),
    ],
)
def test_json_get_refuses(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        JsonGet(**arguments)
    assert str(refusal.value) == text


def test_the_path_of_json_get_holds_no_expression() -> None:
    with pytest.raises(PipelineError, match="path must be a literal text"):
        JsonGet(f"folds[{COUNT}]", property_file=REPORT)
    with pytest.raises(PipelineError, match="path must be a literal text"):
        JsonGet(REGION, property_file=REPORT)  # type: ignore[arg-type]


# -- texts ------------------------------------------------------------------------------------------------------------


def rendered(value: Any) -> Any:
    rendering = Rendering()
    result = rendering.render(value)
    assert rendering.findings == []
    return result


def test_an_f_string_is_a_join() -> None:
    assert rendered(f"s3://b/{REGION}/{MODEL}/x") == join(
        "s3://b/",
        get("Parameters.Region"),
        "/",
        get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        "/x",
    )


def test_an_f_string_of_one_expression_is_this_expression_as_text() -> None:
    assert rendered(f"{REGION}") == get("Parameters.Region")
    assert rendered(f"{COUNT}") == join(get("Parameters.Count"))
    assert rendered(str(MSE)) == join(MSE_JSON)
    assert rendered(COUNT) == get("Parameters.Count")


def test_other_ways_to_format() -> None:
    expected = join("a", get("Parameters.Region"))
    assert rendered("a%s" % REGION) == expected  # noqa: UP031
    assert rendered("a{}".format(REGION)) == expected  # noqa: UP032
    assert rendered("".join(["a", str(REGION)])) == expected
    assert rendered(f"a{REGION!s}") == expected


def test_json_text_may_hold_expressions() -> None:
    text = json.dumps({"region": str(REGION), "mse": f"{MSE}!", "model": [str(MODEL)]})
    assert rendered(text) == join(
        '{"region": "',
        get("Parameters.Region"),
        '", "mse": "',
        MSE_JSON,
        '!", "model": ["',
        get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        '"]}',
    )


def test_a_join_in_a_text_in_a_join() -> None:
    text = f"a{Join('-', [f'b{REGION}', COUNT])}c"
    assert rendered(text) == join("a", join(join("b", get("Parameters.Region")), get("Parameters.Count"), on="-"), "c")


def test_a_placeholder_carries_the_whole_declaration() -> None:
    rendering = Rendering()
    tricky = Parameter.string("T", default='${}"\\é\n', enum_values=['${}"\\é\n', "b"])
    rendering.render([f"x{tricky}", f"{JsonGet('a', s3_uri=f'{COUNT}')}"])
    assert [parameter.declaration() for parameter in rendering.parameters.values()] == [
        {"Name": "T", "Type": "String", "DefaultValue": '${}"\\é\n', "EnumValues": ['${}"\\é\n', "b"]},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 3},
    ]


names = st.text("abcXYZ-_09", min_size=1, max_size=8)
leaves: st.SearchStrategy[Expression[Any]] = st.one_of(
    st.builds(Parameter.string, names, default=st.text()),
    st.builds(Parameter.integer, names, default=st.integers()),
    st.builds(StepReference, names, st.lists(names | st.integers(0, 9), max_size=3)),
    st.just(ExecutionVariables.PIPELINE_NAME),
    st.builds(ItemReference, names, st.lists(names | st.integers(0, 9), max_size=3)),
)
expressions: st.SearchStrategy[Expression[Any]] = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Join, st.text(), st.lists(inner | st.text() | st.booleans() | st.integers(), max_size=3))
        | st.builds(lambda uri: JsonGet[Any]("a.b", s3_uri=uri), inner)
    ),
    max_leaves=6,
)


def test_an_item_stays_that_of_its_for_each() -> None:
    mine, other = ItemReference[str]("Mine", ("a",)), ItemReference[str]("Other", ("a",))
    rendering = Rendering(step="S", loop="Mine")
    for value in (mine, f"x {mine}", f"{mine}", [f"{f'{mine}!'}"]):
        rendering.render(value)
    assert rendering.findings == []
    text = "it reads an item of for-each 'Other', but is in the body of 'Mine', and only that item is known here"
    for theirs in (other, f"x {other}", f"{other}", [f"{f'{other}!'}"], JsonGet[str]("a", s3_uri=other)):
        rendering = Rendering(step="S", loop="Mine")
        rendering.render(theirs, "X")
        (finding,) = rendering.findings
        assert (finding.code, finding.step, finding.text) == ("for-each-item", "S", text)


@STEADY
@given(expressions, st.text())
def test_an_expression_survives_its_text(expression: Expression[Any], around: str) -> None:
    rendering = Rendering()
    assert rendering.render(f"{around}.{expression}") == join(around + ".", expression.to_json())


@pytest.mark.parametrize("text", [str(REGION)[:-3], "${SageMaker:a}", "${SageMaker:e30=}", "${SageMaker:"])
def test_a_broken_placeholder_is_found(text: str) -> None:
    rendering = Rendering(step="S")
    rendering.render({"a": [f"x{text}y"], "b": Join("/", [text])}, "Arguments")
    assert [str(finding) for finding in rendering.findings] == [
        f"step 'S': {where}: a text contains part of an expression's placeholder; put the whole expression into an "
        "f-string and do not cut or change the text [broken-placeholder]"
        for where in ("Arguments.a[0]", "Arguments.b")
    ]


def test_as_text() -> None:
    assert as_text(COUNT).to_json() == join(get("Parameters.Count"))
    assert as_text(Parameter.boolean("B")).to_json() == join(get("Parameters.B"))
    assert as_text(MSE).to_json() == join(MSE_JSON)
    assert as_text(REGION) is REGION
    assert as_text(MODEL) is MODEL


def test_expressions_say_what_they_are() -> None:
    assert repr(REGION) == "<Parameter 'Parameters.Region'>"
    assert repr(MODEL) == "<StepReference 'Steps.Train.ModelArtifacts.S3ModelArtifacts'>"
    assert MSE.describe() == "'metrics.mse of Steps.Evaluate.PropertyFiles.Report'"
    assert JsonGet("a", s3_uri=f"s3://b/{REGION}.json").describe() == "'a of s3://b/{Parameters.Region}.json'"
