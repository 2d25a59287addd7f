"""Where arguments differ between executions, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.differing import ArgumentComparison, Side, Values, compare_arguments
from cdk_sagemaker_pipelines.executions.execution import Execution
from cdk_sagemaker_pipelines.executions.resolved import Resolution
from cdk_sagemaker_pipelines.language import Definition

from .service import execution_arn


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "-", "Values": list(values)}}


def side(number: int, written: Mapping[str, Any] | None, **given: str) -> Side:
    """A step with these arguments in an execution with parameters; None for an execution without the step."""
    steps = [] if written is None else [{"Name": "Do", "Type": "Processing", "Arguments": written}]
    parameters = [{"Name": name, "Type": "String"} for name in given]
    definition = Definition({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps})
    execution = Execution({"PipelineExecutionArn": execution_arn(f"execution{number:03}")}, [], definition)
    return Side(Resolution(None, execution, given), definition.find("Do"))


def differing(*sides: Side) -> dict[str, tuple[str | None, tuple[Any, ...]]]:
    names = dict.fromkeys(name for each in sides for name in each.resolution.given)
    given = {name: Values(each.resolution.given.get(name) for each in sides) for name in names}
    return {each.path: (each.because, tuple(each.values)) for each in compare_arguments(sides, given) if each.because}


def test_what_is_written_differs() -> None:
    one = {"A": {"B": 1, "C": [1, 2]}, "E": True, "Subnets": ["a", "b"]}
    other = {"A": {"B": 2, "C": [1, 3], "D": 5}, "E": 1, "Subnets": ["b", "a"]}
    found = differing(side(1, one), side(2, other))
    missing = found["A.D"][1][0]
    assert found == {
        "A.B": ("definition", (1, 2)),
        "A.C[1]": ("definition", (2, 3)),
        "A.D": ("definition", (missing, 5)),
        "E": ("definition", (True, 1)),
    }
    assert not missing


def test_lists_go_by_names_and_longer_ones_as_a_whole() -> None:
    def written(depth: str, *more: str) -> dict[str, Any]:
        channel = {"ChannelName": "train", "DataSource": depth}
        inputs = [channel, {"ChannelName": "test"}] if more else [{"ChannelName": "test"}, channel]
        return {"InputDataConfig": inputs, "Command": [*more, "python3", "run.py"]}

    assert differing(side(1, written("a")), side(2, written("b", "env"))) == {
        "InputDataConfig['train'].DataSource": ("definition", ("a", "b")),
        "Command": ("definition", (["python3", "run.py"], ["env", "python3", "run.py"])),
    }


@pytest.mark.parametrize(
    ("written", "because"),
    [
        (get("Parameters.Depth"), "parameters"),
        (joined("x", get("Parameters.Depth")), "parameters"),
        (get("Execution.PipelineExecutionId"), "results"),
        (joined(get("Parameters.Depth"), get("Execution.PipelineExecutionId")), "parameters"),
        (get("Parameters.Same"), None),
        (get("Steps.Other.ModelArtifacts"), None),
    ],
    ids=["parameter", "joined", "execution", "both", "equal", "unknown"],
)
def test_why_values_differ(written: Any, because: str | None) -> None:
    sides = [side(number, {"A": written}, Depth=depth, Same="1") for number, depth in enumerate(["5", "7"])]
    found = differing(*sides)
    assert {path: why for path, (why, _) in found.items()} == ({"A": because} if because else {})


def test_what_is_not_known_is_not_said_to_differ() -> None:
    (found,) = compare_arguments([side(1, {"A": get("Steps.X.Y")}), side(2, {"A": get("Steps.X.Y")})], {})
    assert found == ArgumentComparison("A", Values([get("Steps.X.Y")] * 2), None, known=False)
    (found,) = compare_arguments([side(1, {"A": get("Steps.X.Y")}), side(2, {"A": 3})], {})
    assert (found.because, found.known) == ("definition", False)


def test_four_executions_of_which_one_lacks_the_step() -> None:
    sides = [side(1, {"A": 1, "B": 2}), side(2, None), side(3, {"A": 1, "B": 2}), side(4, {"A": 1, "B": 3})]
    found = differing(*sides)
    assert list(found) == ["B"]
    assert [str(each) for each in found["B"][1]] == ["2", "MISSING", "2", "3"]
    assert compare_arguments(sides[:2], {}) == []
