"""Differences in meaning, and how they are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.expressions import MISSING
from cdk_sagemaker_pipelines.review.diff.changes import Change, Difference, Position, Wait, diff
from cdk_sagemaker_pipelines.review.diff.text import as_json, lines

from .definitions import ABALONE, definition, get, step


def between(old: Definition, new: Definition) -> str:
    """The text of a difference."""
    return "\n".join(lines(diff(old, new)))


def arguments(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """What differs in the arguments of a step, without the step's own path."""
    changes = diff(definition(step("A", X=old)), definition(step("A", X=new))).steps.changed.get("A", ())
    return [(change.path.removeprefix("Arguments.X"), *change[1:]) for change in changes]


def test_a_definition_does_not_differ_from_itself() -> None:
    assert not diff(ABALONE, ABALONE)
    assert between(ABALONE, ABALONE) == ""


def test_order_does_not_matter() -> None:
    one = definition(step("A", P=1, Q=2), step("B", depends_on=["A", "C"]), step("C"), Metadata={}, Parameters=[])
    other = definition(
        step("C"), step("B", depends_on=["C", {"Step": "A", "Trigger": "Completed"}]), step("A", Q=2, P=1)
    )
    assert between(Definition({**one.json, "Version": "2020-12-01"}), Definition({**other.json, "Metadata": {}})) == ""


def test_parameters() -> None:
    old = definition(
        Parameters=[{"Name": "Days", "Type": "Integer", "DefaultValue": 1}, {"Name": "Gone", "Type": "Float"}]
    )
    new = definition(
        Parameters=[{"Name": "New", "Type": "String"}, {"Name": "Days", "Type": "Integer", "DefaultValue": 2}]
    )
    assert between(old, new) == (
        "parameters\n"
        "  + New (String)\n"
        "  - Gone (Float)\n"
        "  ~ Days\n"
        "      DefaultValue: 1 → 2"
    )  # fmt: skip


def test_added_removed_moved_and_changed_steps() -> None:
    old = definition(
        step("Prepare"),
        step("Train", "Training", Input=get("Steps.Prepare.A")),
        step("Check", "Condition", Conditions=[], IfSteps=[step("Register", "RegisterModel")], ElseSteps=[]),
        step("Old"),
    )
    new = definition(
        step("Prepare", Count=3),
        step("Train", "Training", depends_on=[{"Step": "Prepare", "Trigger": "Failed"}]),
        step("Check", "Condition", Conditions=[], ElseSteps=[step("Register", "RegisterModel"), step("Stop", "Fail")]),
    )
    assert between(old, new) == (
        "steps\n"
        "  + Stop (Fail), in ElseSteps of 'Check'\n"
        "  - Old (Processing), at the top\n"
        "  > Register, from IfSteps of 'Check' to ElseSteps of 'Check'\n"
        "  ~ Prepare\n"
        "      + Arguments.Count: 3\n"
        "  ~ Train\n"
        "      - Arguments.Input: Steps.Prepare.A\n"
        '      + DependsOn: {"Step": "Prepare", "Trigger": "Failed"}\n'
        "order\n"
        "  + Train waits for Prepare, on Failed\n"
        "  - Train waits for Prepare"
    )


def test_the_definition_itself() -> None:
    assert between(definition(Metadata={"a": 1}), definition(Metadata={"a": True})) == (
        "pipeline\n      Metadata.a: 1 → true"
    )


def test_names_that_occur_twice() -> None:
    found = diff(definition(step("A"), step("A", X=1)), definition(step("A"), step("A", X=2), step("A")))
    assert found.steps.changed == {"A (2)": [Change("Arguments.X", 1, 2)]}
    assert found.steps.added == {"A (3)": Position("Processing", "the top")}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (1, 1.0, []),
        (1, True, [("", 1, True)]),
        (None, [], [("", None, [])]),
        ({"a": 1}, {"a": 2}, [(".a", 1, 2)]),
        ([1, 2, 3], [1, 9, 3], [("[1]", 2, 9)]),
        ([{"Key": "a", "Value": 1}], [{"Value": 2, "Key": "a"}], [("['a'].Value", 1, 2)]),
        (
            [{"InputName": "a"}, {"InputName": "b"}],
            [{"InputName": "b"}, {"InputName": "a"}],
            [("", ["a", "b"], ["b", "a"])],
        ),
        (
            [{"Name": "a", "V": 1}, {"Name": "a", "V": 2}],
            [{"Name": "a", "V": 1}, {"Name": "a", "V": 3}],
            [("[1].V", 2, 3)],
        ),
        (get("Parameters.A"), get("Parameters.B"), [("", get("Parameters.A"), get("Parameters.B"))]),
        (get("Parameters.A"), {"Get": "x", "y": 1}, [("", get("Parameters.A"), {"Get": "x", "y": 1})]),
    ],
)
def test_values(old: Any, new: Any, changes: list[Any]) -> None:
    assert arguments(old, new) == changes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([1, 2, 3], [1, 3], ["- Arguments.X[1]: 2"]),
        ([1, 3], [0, 1, 3], ["+ Arguments.X[0]: 0"]),
        ([], ["a", "b"], ['+ Arguments.X[0]: "a"', '+ Arguments.X[1]: "b"']),
        ([{"Name": "a"}], [{"Name": "b"}, {"Name": "a"}], ['+ Arguments.X[\'b\']: {"Name": "b"}']),
    ],
)
def test_added_and_removed_elements(old: Any, new: Any, told: list[str]) -> None:
    text = between(definition(step("A", X=old)), definition(step("A", X=new)))
    assert [line.strip() for line in text.splitlines()[2:]] == told


def test_long_values_are_cut_where_they_begin_to_differ() -> None:
    start = "s3://a-bucket/" + "a-long-prefix/" * 10
    text = between(definition(step("A", Uri=start + "old/x")), definition(step("A", Uri=start + "new/x")))
    assert text.splitlines()[2:] == [
        "      Arguments.Uri:",
        '        - ...long-prefix/old/x"',
        '        + ...long-prefix/new/x"',
    ]


def test_no_line_is_longer_than_the_width() -> None:
    old = definition(step("A" * 300, X=["b" * 300, 1]), step("C"))
    new = definition(step("A" * 300, X=["b" * 301, 2], depends_on=["C"]), step("C", Y={"d" * 200: "e" * 200}))
    for width in (40, 80, 120):
        told = list(lines(diff(old, new), width=width))
        assert 40 < max(map(len, told)) <= width or width == 40
        assert len(told) > 8


def test_control_characters_are_escaped() -> None:
    text = between(definition(step("A\x1b[31m", X=1)), definition(step("A\x1b[31m", X="${Token[Bucket]}\u202e")))
    assert "~ A\\x1b[31m" in text
    assert 'Arguments.X: 1 → "${Bucket}\\u202e"' in text


def test_as_json() -> None:
    old = definition(step("A", X=1), step("B"), Parameters=[{"Name": "P", "Type": "String"}])
    new = definition(step("A", X=2, Y=3), step("C", "Fail", depends_on=["A"]))
    found = diff(old, new)
    assert isinstance(found, Difference)
    assert found.waits_added == [Wait("C", "A", "Completed")]
    assert json.loads(json.dumps(as_json(found))) == {
        "document": [],
        "parameters": {"added": {}, "removed": {"P": {"Name": "P", "Type": "String"}}, "changed": {}},
        "steps": {
            "added": {"C": {"type": "Fail", "inside": "the top"}},
            "removed": {"B": {"type": "Processing", "inside": "the top"}},
            "changed": {"A": [{"path": "Arguments.X", "old": 1, "new": 2}, {"path": "Arguments.Y", "new": 3}]},
            "moved": {},
        },
        "order": {"added": [{"step": "C", "waits_for": "A", "trigger": "Completed"}], "removed": []},
    }


def joined(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


PARAMETER = get("Parameters.P")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (joined(" ", "mse >", PARAMETER), joined("", "mse > ", PARAMETER)),
        (joined("/", "s3:/", "b", PARAMETER, "x"), joined("", "s3://b/", PARAMETER, "/x")),
        (joined("/", "a", joined("-", PARAMETER, "b"), "c"), joined("", "a/", PARAMETER, "-b/c")),
        (joined("/", "a", 1), "a/1"),
        ({"In": [joined("", "a", "", PARAMETER)]}, {"In": [joined("", "a", PARAMETER)]}),
    ],
    ids=["on", "path", "nested", "text", "inside"],
)
def test_texts_are_equal_however_they_are_joined(old: Any, new: Any) -> None:
    assert arguments(old, new) == arguments(new, old) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (joined(" ", "a", PARAMETER), joined("", "a", PARAMETER)),
        (joined("", "a", PARAMETER), joined("", PARAMETER, "a")),
        (joined("", PARAMETER), PARAMETER),
        (joined("", "a", PARAMETER), ["a", PARAMETER]),
        (joined("", "a"), ["a"]),
        (joined("", "a", True), "aTrue"),
        (joined(PARAMETER, "a", "b"), joined("", "a", "b")),  # type: ignore[arg-type]
    ],
    ids=["on", "order", "whole", "list", "one", "boolean", "odd"],
)
def test_other_texts_differ(old: Any, new: Any) -> None:
    assert arguments(old, new) == [("", old, new)]


def test_what_the_api_takes_for_granted_is_no_difference() -> None:
    def processing(**managed: Any) -> Definition:
        output = {"OutputName": "out", **managed}
        inputs = [{"InputName": "in", **managed}]
        arguments: dict[str, Any] = {"ProcessingInputs": inputs, "ProcessingOutputConfig": {"Outputs": [output]}}
        return definition(step("A", "Processing", **arguments))

    assert between(processing(AppManaged=False), processing()) == ""
    assert between(processing(), processing(AppManaged=False)) == ""
    assert "+ Arguments.ProcessingInputs['in'].AppManaged: true" in between(processing(), processing(AppManaged=True))
    assert "['out'].AppManaged: false → true" in between(processing(AppManaged=False), processing(AppManaged=True))
    assert arguments({"AppManaged": False}, {}) == [(".AppManaged", False, MISSING)]
