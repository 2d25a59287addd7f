"""The rules of conditions: the words in which what is wrong is told."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import check

from .support import condition, definition, errors, get, step, texts


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (
            {"Type": "Equals", "LeftValue": 1},
            "RightValue: is missing; needs a text, a number, true, false or an expression [condition]",
        ),
        ({"Type": "In", "QueryValue": 1, "Values": []}, "Values: is []; needs a list that is not empty [condition]"),
        (
            {"Type": "Equal", "LeftValue": 1, "RightValue": 2},
            "Type: is 'Equal'; needs one of 'Equals', 'GreaterThan', 'GreaterThanOrEqualTo', 'LessThan', "
            "'LessThanOrEqualTo', 'In', 'Not', 'Or'; did you mean 'Equals'? [condition-type]",
        ),
    ],
)
def test_the_form_of_conditions(wrong: dict[str, Any], text: str) -> None:
    assert errors(condition("Ask", wrong)) == [f"step 'Ask': Arguments.Conditions[0].{text}"]


def test_nested_conditions_are_in_doubt_once_a_tree() -> None:
    is_x = {"Type": "Equals", "LeftValue": get("Execution.PipelineName"), "RightValue": "x"}
    inner = condition("Inner", is_x, else_steps=[condition("Deep", is_x, if_steps=[step("One")])])
    other = condition("Other", is_x, if_steps=[step("Two")])
    found = check(definition(condition("Outer", is_x, if_steps=[inner]), other))
    assert texts(found) == []
    assert texts(found, "warning") == [
        "step 'Outer': 'Inner' and 1 more are nested in it: sources disagree on whether a condition can be; the "
        "developer guide says no, but the SDK writes it and it has run on AWS. '&' and '|' combine conditions as well "
        "[nested-condition]"
    ]
