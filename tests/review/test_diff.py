"""Differences in meaning, and how they are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.expressions import MISSING
from cdk_sagemaker_pipelines.review.diff.as_json import as_json
from cdk_sagemaker_pipelines.review.diff.definitions import Difference, Position, Wait, diff
from cdk_sagemaker_pipelines.review.diff.text import definition_lines
from cdk_sagemaker_pipelines.review.diff.values import Change

from .definitions import ABALONE, definition, get, step


def between(old: Definition, new: Definition) -> str:
    """The text of a difference."""
    return "\n".join(definition_lines(diff(old, new)))


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
        "  ~ Days: DefaultValue: 1 → 2"
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
        "  + Prepare: Count: 3\n"
        "  ~ Train\n"
        "    - Input: Steps.Prepare.A\n"
        '    + DependsOn: {"Step": "Prepare", "Trigger": "Failed"}\n'
        "order\n"
        "  + Train waits for Prepare, on Failed\n"
        "  - Train waits for Prepare"
    )


def test_the_definition_itself() -> None:
    assert between(definition(Metadata={"a": 1}), definition(Metadata={"a": True})) == (
        "pipeline\n  ~ Metadata.a: 1 → true"
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
        ([1, 2, 3], [1, 3], ["- A: X[1]: 2"]),
        ([1, 3], [0, 1, 3], ["+ A: X[0]: 0"]),
        ([], ["a", "b"], ["~ A", '+ X[0]: "a"', '+ X[1]: "b"']),
        ([{"Name": "a"}], [{"Name": "b"}, {"Name": "a"}], ['+ A: X[\'b\']: {"Name": "b"}']),
    ],
)
def test_added_and_removed_elements(old: Any, new: Any, told: list[str]) -> None:
    text = between(definition(step("A", X=old)), definition(step("A", X=new)))
    assert [line.strip() for line in text.splitlines()[1:]] == told


def test_long_values_are_shortened_in_what_they_have_in_common() -> None:
    start = "s3://a-bucket/" + "a-long-prefix/" * 20
    found = diff(definition(step("A", Uri=start + "old/x")), definition(step("A", Uri=start + "new/x")))
    told = '  ~ A: Uri: ...long-prefix/old/x" → ...long-prefix/new/x"'
    assert list(definition_lines(found, width=100)) == ["steps", told]
    # where nobody looks at a terminal, both are told in full
    whole = f'  ~ A: Uri: "{start}old/x" → "{start}new/x"'
    assert list(definition_lines(found)) == ["steps", whole]


def test_nothing_is_cut() -> None:
    channel = {"ChannelName": "extra", "DataSource": {"S3DataSource": {"S3Uri": "s3://company-secrets/hr/"}}}
    found = diff(definition(step("A", X=[])), definition(step("A", X=[{**channel, "Y": "z" * 500}])))
    (_, line) = definition_lines(found)
    assert "s3://company-secrets/hr/" in line
    folded = list(definition_lines(found, width=60))
    assert max(map(len, folded)) <= 60
    assert "s3://company-secrets/hr/" in "".join(each.strip() for each in folded)
    assert "".join(folded).count("z") == 500


def test_no_line_is_longer_than_the_width() -> None:
    old = definition(step("A" * 300, X=["b" * 300, 1]), step("C"))
    new = definition(step("A" * 300, X=["b" * 301, 2], depends_on=["C"]), step("C", Y={"d" * 200: "e" * 200}))
    for width in (40, 80, 120):
        told = list(definition_lines(diff(old, new), width=width))
        assert 40 < max(map(len, told)) <= width or width == 40
        assert len(told) > 8


def test_control_characters_are_escaped() -> None:
    text = between(definition(step("A\x1b[31m", X=1)), definition(step("A\x1b[31m", X="${Token[Bucket]}\u202e")))
    assert '~ A\\x1b[31m: X: 1 → "${Bucket}\\u202e"' in text


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
            "added": {"C": {"type": "Fail", "inside": "the top", "step": {**step("C", "Fail"), "DependsOn": ["A"]}}},
            "removed": {"B": {"type": "Processing", "inside": "the top", "step": step("B")}},
            "changed": {"A": [{"path": "Arguments.X", "old": 1, "new": 2}, {"path": "Arguments.Y", "new": 3}]},
            "moved": {},
            "renamed": {},
            "following": {},
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
    assert "+ ProcessingInputs['in'].AppManaged: true" in between(processing(), processing(AppManaged=True))
    assert "['out'].AppManaged: false → true" in between(processing(AppManaged=False), processing(AppManaged=True))
    assert arguments({"AppManaged": False}, {}) == [(".AppManaged", False, MISSING)]


def test_a_new_name_is_one_line_and_then_its_own_changes() -> None:
    def train(name: str, rounds: str, place: str, depends_on: list[Any] | None = None) -> dict[str, Any]:
        output = joined("/", "s3:/", "bucket", get("Execution.PipelineExecutionId"), place)
        hyper = {"num_round": rounds, "objective": "reg:squarederror"}
        return step(name, "Training", depends_on, HyperParameters=hyper, Output=output, Role="${Token[P/JobRole]}")

    def all_of(name: str, rounds: str) -> Definition:
        inner = {"Name": "Check", "Type": "Condition", "DependsOn": [name], "Arguments": {
            "Conditions": [], "IfSteps": [step("Register", Model=get(f"Steps.{name}.ModelArtifacts.S3ModelArtifacts"))]}
        }  # fmt: skip
        other = {"Name": "Other", "Type": "Fail", "Arguments": {}, "DependsOn": [{"Step": name, "Trigger": "Failed"}]}
        return definition(train(name, rounds, f"{name}/output"), inner, other)

    old = all_of("Train", "50")
    assert between(old, all_of("Fit", "50")) == "steps\n  > Fit, before Train, and 1 place named after it"
    assert between(old, all_of("Fit", "5000")) == (
        "steps\n"
        "  > Fit, before Train, and 1 place named after it\n"
        '    ~ HyperParameters.num_round: "50" → "5000"'
    )  # fmt: skip
    found = as_json(diff(old, all_of("Fit", "5000")))["steps"]
    assert found["renamed"] == {"Train": "Fit"}
    assert [change["path"] for change in found["following"]["Fit"]] == ["Arguments.Output"]
    assert [change["new"] for change in found["changed"]["Fit"]] == ["5000"]


def test_steps_that_are_not_alike_are_no_new_name() -> None:
    old = definition(step("A", "Training", P=1, Q=2, R=3))
    assert diff(old, definition(step("B", "Training", P=4, Q=5, R=3))).renamed == {}
    assert diff(old, definition(step("B", "Processing", P=1, Q=2, R=3))).renamed == {}
    twice = definition(step("B", "Training", P=1, Q=2, R=3), step("C", "Training", P=1, Q=2, R=4))
    assert diff(old, twice).renamed == {"A": "B"}
    # a value that is only the name of a step is no place that is called after it
    found = diff(definition(step("A", P="A", Q=2, R=3, S=4)), definition(step("B", P="B", Q=2, R=3, S=4)))
    assert (found.renamed, found.steps.changed) == ({"A": "B"}, {"B": [Change("Arguments.P", "A", "B")]})


def test_an_added_step_tells_what_it_does() -> None:
    arguments = {
        "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 2}},
        "AppSpecification": {"ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/mine:3"},
        "RoleArn": "arn:aws:iam::111122223333:role/jobs",
        "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": "s3://company-secrets/hr/"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": "s3://out/"}}]},
    }
    new = definition(step("First"), step("New", "Processing", ["First"], **arguments))
    assert between(definition(step("First")), new) == (
        "steps\n"
        "  + New (Processing), at the top, image 111122223333.dkr.ecr.eu-west-1.amazonaws.com/mine:3, "
        "instances 2 ml.g5.2xlarge, role arn:aws:iam::111122223333:role/jobs, reads s3://company-secrets/hr/, "
        "writes s3://out/, waits for First"
    )


def test_lists_are_aligned() -> None:
    assert arguments(["a", "b", "c", "d"], ["b", "x", "d", "e"]) == [
        ("[0]", "a", MISSING), ("[2]", "c", "x"), ("[3]", MISSING, "e"),
    ]  # fmt: skip
    groups = {"SecurityGroupIds": ["sg-1", "sg-2"]}
    assert arguments(groups, {"SecurityGroupIds": ["sg-2", "sg-1"]}) == []
    assert arguments(groups, {"SecurityGroupIds": ["sg-3", "sg-1"]}) == [
        (".SecurityGroupIds", "sg-2", MISSING), (".SecurityGroupIds", MISSING, "sg-3"),
    ]  # fmt: skip
