"""Paths and references: taken apart and put together."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import Key, PipelineError, Reference, is_expression_json, parse_path, references
from cdk_sagemaker_pipelines.language.paths import format_path

from .support import STEADY, get


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("A", ("A",)),
        (".A.B", ("A", "B")),
        ("A[0][12]", ("A", 0, 12)),
        ("A['b c'].D", ("A", Key("b c"), "D")),
        ('A["b\'c"]', ("A", Key("b'c"))),
        ("PropertyFiles.My-Report", ("PropertyFiles", "My-Report")),
        ("['x'][0]", (Key("x"), 0)),
        ("['']", (Key(""),)),
    ],
)
def test_parse_path(text: str, path: tuple[str | int, ...]) -> None:
    parsed = parse_path(text)
    assert parsed == path
    assert [type(part) for part in parsed] == [type(part) for part in path]


@pytest.mark.parametrize(
    ("text", "stuck"),
    [
        (".", "."),
        ("A.", "."),
        ("A..B", "..B"),
        ("A[0]B", "B"),
        ("A[b]", "[b]"),
        ("A[-1]", "[-1]"),
        ("A['b", "['b"),
        ("A B", " B"),
        ("A[٣]", "[٣]"),
        ("A[" + "9" * 5000 + "]", "[99999999999"),
    ],
)
def test_what_is_not_a_path(text: str, stuck: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        parse_path(text)
    assert str(refusal.value) == f"{text!r} is not a path such as A.B[0]['key']: stuck at {stuck!r}"


members = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
keys = st.text(st.characters(exclude_characters="'", codec="utf-8")).map(Key)


@STEADY
@given(st.lists(members | keys | st.integers(0, 999)))
def test_a_path_is_read_as_it_was_written(path: list[str | int]) -> None:
    parsed = parse_path(format_path(path))
    assert parsed == tuple(path)
    assert [type(part) for part in parsed] == [type(part) for part in path]


@pytest.mark.parametrize(
    ("text", "kind", "name", "path"),
    [
        ("Parameters.P-1_x", "Parameters", "P-1_x", ()),
        ("Execution.PipelineName", "Execution", "PipelineName", ()),
        ("PipelineExperimentConfig.TrialName", "PipelineExperimentConfig", "TrialName", ()),
        ("Steps.A-b.C['d'].E[0]", "Steps", "A-b", ("C", "d", "E", 0)),
        ("Steps.A", "Steps", "A", ()),
        ("ForEach.CurrentItem.a['b']", "ForEach", "CurrentItem", ("a", "b")),
        ("IterationOutput.Body.X", "IterationOutput", "Body", ("X",)),
    ],
)
def test_references_taken_apart(text: str, kind: str, name: str, path: tuple[str | int, ...]) -> None:
    assert Reference.parse(text) == Reference(text, kind, name, path)


KINDS = (
    "'Parameters.<name>', 'Execution.<name>', 'PipelineExperimentConfig.<name>', 'Steps.<name>', 'ForEach.<name>', "
    "'IterationOutput.<name>'"
)


@pytest.mark.parametrize(
    ("get", "text"),
    [
        ("", f"'' is not a reference; allowed are {KINDS}"),
        ("Steps", f"'Steps' is not a reference; allowed are {KINDS}"),
        ("Steps.", f"'Steps.' is not a reference; allowed are {KINDS}"),
        ("Step.A.B", f"'Step.A.B' is not a reference; allowed are {KINDS}"),
        ("steps.A.B", f"'steps.A.B' is not a reference; allowed are {KINDS}"),
        ("Steps.A B", "' B' is not a path such as A.B[0]['key']: stuck at ' B'"),
        (5, "Get must be a text such as 'Parameters.Name', not 5"),
        (None, "Get must be a text such as 'Parameters.Name', not None"),
        ({"Get": "x"}, "Get must be a text such as 'Parameters.Name', not {'Get': 'x'}"),
    ],
)
def test_what_is_not_a_reference(get: object, text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        Reference.parse(get)
    assert str(refusal.value) == text


@STEADY
@given(st.text())
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    for candidate in (text, f"Steps.{text}", f"Parameters.A{text}"):
        with contextlib.suppress(PipelineError):
            assert Reference.parse(candidate).get == candidate


def test_references_are_found_with_their_place() -> None:
    value = {
        "A": [get("Parameters.P"), {"B": {"Std:Join": {"On": "", "Values": ["x", get("Steps.S.T")]}}}],
        "C": {"Get": "Execution.PipelineName", "Other": get("Parameters.Q")},
        "D": get("Parameters.R"),
    }
    assert list(references(value)) == [
        ("A[0]", "Parameters.P"),
        ("A[1].B.Std:Join.Values[1]", "Steps.S.T"),
        ("C.Other", "Parameters.Q"),
        ("D", "Parameters.R"),
    ]


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ({"Get": "Parameters.P"}, True),
        ({"Std:Join": {}}, True),
        ({"Std:JsonGet": {}}, True),
        ({"Get": "a", "b": 1}, False),
        ({"get": "a"}, False),
        ({}, False),
        ("Get", False),
        (None, False),
    ],
)
def test_what_the_service_substitutes(value: object, expression: bool) -> None:
    assert is_expression_json(value) is expression
