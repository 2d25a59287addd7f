"""The picture as text."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.language import Definition
from tests.review.definitions import ABALONE, definition, get, step
from tests.review.shapes import nested


def drawn_text(drawn: Definition, *, title: str = "", **options: Any) -> str:
    """The picture of a definition, unfolded."""
    return review.text(review.graph(drawn, title=title), **options)


def test_the_example() -> None:
    assert drawn_text(ABALONE, title="Abalone") == (
        "Abalone\n"
        "\n"
        "●    Prepare          Processing\n"
        "│\n"
        "├─●  Train            Training\n"
        "│ │  ← Prepare (train)\n"
        "●─┤  Evaluate         Processing\n"
        "│ │  ← Train (ModelArtifacts), Prepare (test)\n"
        "◆ │  CheckMse         Condition\n"
        "│ │  if Evaluate.report:metrics.mse <= MaxMse\n"
        "├─●    Register       RegisterModel\n"
        "│      ← Train (ModelArtifacts)\n"
        "│    else\n"
        "●      TooInaccurate  Fail\n"
        "\n"
        "parameters: MaxMse=6.0, Day\n"
    )


def test_the_example_in_ascii() -> None:
    drawn = drawn_text(ABALONE, unicode=False)
    assert drawn.isascii()
    assert "*-+  Evaluate         Processing\n| |  < Train" in drawn


def test_steps_that_end_in_the_same_place_share_a_lane() -> None:
    fan = definition(
        step("Split"),
        *(step(name, depends_on=["Split"]) for name in ("A", "B", "C")),
        step("Join", depends_on=["A", "B", "C"]),
    )
    gutter = [line[:6].rstrip() for line in drawn_text(fan).splitlines()]
    assert gutter == ["●", "│", "├─●", "│ │", "├─│─●", "│ ├─╯", "● │", "╰─┤", "  ●", ""]


def test_a_condition_without_if_steps_says_unless() -> None:
    only_else = definition(step("Check", "Condition", Conditions=[], ElseSteps=[step("Stop", "Fail")]))
    assert "unless nothing" in drawn_text(only_else)


def test_a_loop_says_over_what() -> None:
    loop = definition(step("Each", "ForEach", IterableItems=get("Parameters.Days"), ForEachBody=[step("One")]))
    drawn = drawn_text(loop)
    assert "for each of Days" in drawn
    assert "    One " in drawn


def test_triggers_are_shown() -> None:
    drawn = drawn_text(
        definition(
            step("Train"),
            step("Page", depends_on=[{"Step": "Train", "Trigger": "Failed"}]),
            step("Clean", depends_on=[{"Step": "Train", "Trigger": "Any"}]),
        )
    )
    assert "← after Train failed" in drawn
    assert "← after Train ended" in drawn


def test_steps_are_drawn_below_what_they_wait_for() -> None:
    drawn = drawn_text(definition(step("Last", depends_on=["First"]), step("First")))
    assert drawn.index("First") < drawn.index("Last")


def test_a_cycle_is_drawn_as_well() -> None:
    drawn = drawn_text(definition(step("A", depends_on=["B"]), step("B", depends_on=["A"])))
    assert "← after B" in drawn
    assert "← after A" in drawn


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    wide = definition(
        step("N" * 64, "RegisterModel"),
        *(step(f"Reader{i}", Input=get(f"Steps.{'N' * 64}.A.{'B' * 100}")) for i in range(60)),
        step("Join", depends_on=[f"Reader{i}" for i in range(60)]),
    )
    assert max(map(len, drawn_text(wide, width=width).splitlines())) <= width


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Steps": []},
        {"Steps": "no list"},
        {"Steps": [{}, {}]},
        {"Steps": [step("A"), step("A")]},
        {"Steps": [{"Name": "A", "Type": "Condition", "Arguments": {"Conditions": "?", "IfSteps": [1]}}]},
        {"Steps": [step("A", X={"Get": 7}), step("B", X=get("Steps.Nobody.Y"))]},
    ],
)
def test_broken_definitions_are_drawn_as_far_as_they_go(document: dict[str, object]) -> None:
    broken = Definition(document)
    assert drawn_text(broken).endswith("\n")
    assert review.mermaid(review.graph(broken)).startswith("flowchart")
    assert review.dot(review.graph(broken)).startswith("digraph")


def test_five_hundred_steps_are_drawn_at_once() -> None:
    chains = [step(f"P{i}", depends_on=["Start"]) for i in range(250)]
    chains += [step(f"T{i}", depends_on=[f"P{i}"]) for i in range(250)]
    begin = time.process_time()
    drawn = drawn_text(definition(step("Start"), *chains, step("End", depends_on=[f"T{i}" for i in range(250)])))
    assert time.process_time() - begin < 5
    assert "│ ├─╯  ← after P100\n" in drawn, "lanes are shared"
    assert "after T0, T1, T2," in drawn


def test_each_waiting_for_all_before_it_is_drawn_in_seconds() -> None:
    names = [f"S{number}" for number in range(700)]
    dense = definition(*(step(name, depends_on=names[:number]) for number, name in enumerate(names)))
    begin = time.process_time()  # what others do on the machine says nothing
    drawn = drawn_text(dense)
    assert time.process_time() - begin < 8
    assert drawn.count("● ") == 700


def test_what_is_very_deep_keeps_its_name() -> None:
    lines = drawn_text(nested(90), width=60).splitlines()
    assert max(map(len, lines)) <= 60
    assert any("[29] Check29" in line for line in lines)
