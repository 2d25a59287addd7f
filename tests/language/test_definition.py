"""The view over a definition: parsing, steps, branches, parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition, DefinitionError, Dependency, ParameterDeclaration

from .support import condition, corpus, corpus_document, definition, document, step

DEEP = "the definition is nested too deeply: at most 330 objects and lists inside one another"


def test_parse_takes_text_and_bytes() -> None:
    text = json.dumps(document(step("Träin"), step("B")), ensure_ascii=False)
    for given in (text, text.encode(), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        assert Definition.parse(given).step_names == ("Träin", "B")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the definition is not JSON: Expecting value at line 1, column 1"),
        ('{"a": "\n"}', "the definition is not JSON: Invalid control character at line 1, column 8"),
        ('{"a', "the definition is not JSON: Unterminated string starting at line 1, column 2"),
        ('{"Version": 1,\n  x}', None),
        ('{"a": 1', None),
        ("[]", "a definition is a JSON object, not a list"),
        ('"x"', "a definition is a JSON object, not a text"),
        ("null", "a definition is a JSON object, not null"),
        ("true", "a definition is a JSON object, not a boolean"),
        ("5", "a definition is a JSON object, not a number"),
        ('{"a": NaN}', "the definition is not JSON: NaN is not a JSON number"),
        ('{"a": -Infinity}', "the definition is not JSON: -Infinity is not a JSON number"),
        ('{"a": 1e999}', "the definition is not JSON: 1e999 is too large for a number"),
        ('{"a": ' + "9" * 5000 + "}", None),
        (b'{"a": "\xff"}', "the definition is not UTF-8 text: invalid start byte at byte 7"),
        ("[" * 100_000, DEEP),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", DEEP),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, DEEP),
        ('{"a": ' + "[" * 330 + "]" * 330 + "}", DEEP),
    ],
)
def test_what_cannot_be_parsed(text: str | bytes, told: str | None) -> None:
    with pytest.raises(DefinitionError) as refusal:
        Definition.parse(text)
    if told is None:
        assert str(refusal.value).startswith("the definition is not JSON: ")
    else:
        assert str(refusal.value) == told


def test_where_the_text_is_broken() -> None:
    with pytest.raises(DefinitionError, match=r"at line 2, column 3$"):
        Definition.parse('{"Version": 1,\n  x}')


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_a_document_is_an_object(value: Any) -> None:
    with pytest.raises(DefinitionError, match="a definition is a JSON object, not"):
        Definition(value)


def test_a_document_that_is_too_deep_or_holds_itself() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    endless: dict[str, Any] = {}
    endless["a"] = endless
    for value in ({"a": deep}, endless):
        with pytest.raises(DefinitionError) as refusal:
            Definition(value)
        assert str(refusal.value) == DEEP


def test_what_is_deep_but_allowed() -> None:
    text = '{"a": ' + "[" * 199 + "]" * 199 + "}"
    assert Definition.parse(text).json == json.loads(text)


@pytest.fixture
def tree() -> Definition:
    inner = condition("Inner", if_steps=[step("Deep")])
    return definition(
        step("First", DisplayName="First!", Description="what it is"),
        condition("Check", {"Type": "x"}, if_steps=[step("Yes"), inner], else_steps=[step("No", "Fail")]),
        step("Each", "ForEach", {"ForEachBody": [step("Body")], "MaxConcurrency": 1}),
        step("Last", DependsOn=["First", {"Step": "Yes", "Trigger": "Failed"}, {"Step": "No"}, 5, {"x": 1}]),
    )


def test_steps_in_the_order_of_the_document(tree: Definition) -> None:
    assert [step.name for step in tree.steps] == ["First", "Check", "Each", "Last"]
    everything = ("First", "Check", "Yes", "Inner", "Deep", "No", "Each", "Body", "Last")
    assert tuple(step.name for step in tree.all_steps()) == everything
    assert tree.step_names == everything


def test_where_a_step_is(tree: Definition) -> None:
    stands = {step.name: (step.parent and step.parent.name, step.branch) for step in tree.all_steps()}
    assert stands == {
        "First": (None, None),
        "Check": (None, None),
        "Yes": ("Check", "IfSteps"),
        "Inner": ("Check", "IfSteps"),
        "Deep": ("Inner", "IfSteps"),
        "No": ("Check", "ElseSteps"),
        "Each": (None, None),
        "Body": ("Each", "ForEachBody"),
        "Last": (None, None),
    }
    assert [step.name for step in tree.step("Deep").ancestors()] == ["Inner", "Check"]
    check = tree.step("Check")
    assert [step.name for step in check.if_steps] == ["Yes", "Inner"]
    assert [step.name for step in check.else_steps] == ["No"]
    assert check.body == ()
    assert [step.name for step in tree.step("Each").body] == ["Body"]
    assert check.own_arguments == {"Conditions": [{"Type": "x"}]}
    assert tree.step("Each").own_arguments == {"MaxConcurrency": 1}


def test_what_a_step_says(tree: Definition) -> None:
    first = tree.step("First")
    assert (first.type, first.display_name, first.description) == ("Training", "First!", "what it is")
    assert tree.step("No").display_name is None
    assert tree.step("Last").depends_on == (
        Dependency("First", "Completed"),
        Dependency("Yes", "Failed"),
        Dependency("No", "Completed"),
    )
    assert repr(first) == "<Step 'First' Training>"


def test_an_unknown_step(tree: Definition) -> None:
    with pytest.raises(DefinitionError) as refusal:
        tree.step("Frist")
    assert str(refusal.value) == "the pipeline has no step 'Frist'; did you mean 'First'?"


def test_parameters() -> None:
    declared = [
        {"Name": "A", "Type": "String", "DefaultValue": "", "EnumValues": ["", "x"]},
        {"Name": "B", "Type": "Boolean", "DefaultValue": False},
        {"Name": "C", "Type": "Integer"},
        {"Name": "D", "Type": "Float", "DefaultValue": None},
    ]
    assert definition(parameters=declared).parameters == {
        "A": ParameterDeclaration("A", "String", "", True, ("", "x")),
        "B": ParameterDeclaration("B", "Boolean", False, True, None),
        "C": ParameterDeclaration("C", "Integer", None, False, None),
        "D": ParameterDeclaration("D", "Float", None, True, None),
    }


def test_property_files() -> None:
    file = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "a/b.json"}
    (view,) = definition(step("P", "Processing", PropertyFiles=[file, "x"])).step("P").property_files.values()
    assert (view.name, view.output_name, view.file_path) == ("Report", "out", "a/b.json")


def test_the_document_stays_what_it_was() -> None:
    for name in corpus():
        given = corpus_document(name)
        assert Definition(given).json is given
        assert given == corpus_document(name)


def test_steps_and_parameters_of_the_abalone_pipeline() -> None:
    abalone = Definition(corpus_document("abalone"))
    assert [(step.name, step.type) for step in abalone.all_steps()] == [
        ("AbaloneProcess", "Processing"),
        ("AbaloneTrain", "Training"),
        ("AbaloneEval", "Processing"),
        ("AbaloneMSECond", "Condition"),
        ("AbaloneRegisterModel-RegisterModel", "RegisterModel"),
        ("AbaloneCreateModel-CreateModel", "Model"),
        ("AbaloneTransform", "Transform"),
        ("AbaloneMSEFail", "Fail"),
    ]
    assert {name: (p.type, p.default) for name, p in abalone.parameters.items()} == {
        "ProcessingInstanceCount": ("Integer", 1),
        "TrainingInstanceType": ("String", "ml.m5.xlarge"),
        "ModelApprovalStatus": ("String", "PendingManualApproval"),
        "InputData": ("String", "s3://my-bucket/abalone.csv"),
        "BatchData": ("String", "s3://my-bucket/batch"),
        "MseThreshold": ("Float", 6.0),
    }
