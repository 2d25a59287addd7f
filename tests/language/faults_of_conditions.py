"""What can be wrong with conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import GONE, Document, Places, added, changed, fault, near, own_values, steps
from .faults_of_steps import IS_X, call, no_texts
from .support import condition, get, step

OUTPUTS = [{"OutputName": "score", "OutputType": "Float"}]


def asking(*conditions: Any) -> dict[str, Any]:
    """A step with these conditions that decides something."""
    return condition("OurQuestion", *conditions, if_steps=[step("OurEnd", "Fail", {"ErrorMessage": "x"})])


def conditions(document: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Every condition, also those inside of others: its step, it, its path."""
    for one, value, where in own_values(document):
        if one["Type"] == "Condition" and isinstance(value, dict) and "Type" in value:
            yield one, value, where


def comparisons(document: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    yield from ((one, value, where) for one, value, where in conditions(document) if "LeftValue" in value)


@fault("unknown-key")
def a_key_that_the_condition_does_not_have(document: Document) -> Places:
    for one, value, where in conditions(document):
        for key in ("Left", "Operator", "In"):
            with changed(value, key, "x"):
                yield one["Name"], f"{where}.{key}"
    for one in steps(document, "Condition"):
        with changed(one["Arguments"], "Else", []):
            yield one["Name"], "Arguments.Else"


@fault("condition", values=no_texts.filter(lambda value: not isinstance(value, (list, dict))) | st.text())
def conditions_that_are_none(document: Document, value: Any) -> Places:
    for one in steps(document, "Condition"):
        with changed(one["Arguments"], "Conditions", value):
            yield one["Name"], "Arguments.Conditions"
        with added(one["Arguments"]["Conditions"], value):
            yield one["Name"], f"Arguments.Conditions[{len(one['Arguments']['Conditions']) - 1}]"
        with changed(one["Arguments"], "Conditions"):
            yield one["Name"], "Arguments.Conditions"
    for one, holder, where in conditions(document):
        for key in ("Condition", "Conditions"):
            if key in holder:
                with changed(holder, key, value):
                    yield one["Name"], f"{where}.{key}"


@fault("condition")
def a_condition_without_what_it_compares(document: Document) -> Places:
    for one, value, where in conditions(document):
        for key in value:
            if key != "Type":
                with changed(value, key):
                    yield one["Name"], f"{where}.{key}"
        for key in ("Values", "Conditions"):
            if key in value:
                with changed(value, key, []):
                    yield one["Name"], f"{where}.{key}"


@fault("condition", values=st.none() | st.lists(st.integers()) | st.just({"A": 1}))
def what_cannot_be_compared(document: Document, operand: Any) -> Places:
    for one, value, where in conditions(document):
        for key in ("LeftValue", "RightValue", "QueryValue"):
            if key in value:
                with changed(value, key, operand):
                    yield one["Name"], f"{where}.{key}"
        if "Values" in value:
            with added(value["Values"], operand):
                yield one["Name"], f"{where}.Values[{len(value['Values']) - 1}]"


@near("condition")
def what_can_be_compared(document: Document) -> Iterator[None]:
    number = {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a"}}
    operands: list[Any] = [0, 0.5, number]
    for operand in operands:
        for type in ("Equals", "GreaterThan", "LessThanOrEqualTo"):
            pair = {"Type": type, "LeftValue": number, "RightValue": operand}
            with added(document["Steps"], asking({"Type": "Or", "Conditions": [pair]})):
                yield


@fault("condition-type", values=no_texts | st.text().filter(lambda text: text not in ("NotEquals", "NotIn")))
def a_condition_of_another_type(document: Document, type: Any) -> Places:
    for one, value, where in conditions(document):
        for other in (f"Condition{value['Type']}", value["Type"].lower(), type, GONE):
            if other is type and type in ("Equals", "In", "Not", "Or", "GreaterThan", "LessThan"):
                continue
            with changed(value, "Type", other):
                yield one["Name"], f"{where}.Type"


@fault("condition-type", "warning")
def a_condition_of_the_schema(document: Document) -> Places:
    for one, value, where in conditions(document):
        for other in ("NotEquals", "NotIn"):
            with changed(value, "Type", other):
                yield one["Name"], f"{where}.Type"


@near("condition-type")
def a_condition_of_every_type(document: Document) -> Iterator[None]:
    number = {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a"}}
    order = ["GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "Equals"]
    every = [{"Type": type, "LeftValue": number, "RightValue": 1} for type in order]
    every.append({"Type": "Not", "Condition": {"Type": "In", "QueryValue": number, "Values": [1, 2]}})
    with added(document["Steps"], asking(*every, {"Type": "Or", "Conditions": every})):
        yield


@fault("empty-condition", "warning")
def a_condition_without_conditions(document: Document) -> Places:
    for one in steps(document, "Condition"):
        with changed(one["Arguments"], "Conditions", []):
            yield one["Name"], "Arguments.Conditions"


@near("empty-condition")
def one_condition(document: Document) -> Iterator[None]:
    with added(document["Steps"], asking(IS_X)):
        yield


@fault("constant-condition", "warning")
def literals_on_both_sides(document: Document) -> Places:
    for one, value, where in comparisons(document):
        with changed(value, "LeftValue", 1), changed(value, "RightValue", 1):
            yield one["Name"], where
    inside = {"Type": "Not", "Condition": {"Type": "In", "QueryValue": "a", "Values": ["a", "b"]}}
    with added(document["Steps"], asking({"Type": "Or", "Conditions": [inside]})):
        yield "OurQuestion", "Arguments.Conditions[0].Conditions[0].Condition"


@near("constant-condition")
def literals_on_one_side(document: Document) -> Iterator[None]:
    for left, right in ((get("Execution.PipelineName"), "a"), ("a", "${Token[TOKEN.1]}")):
        pair = {"Type": "Equals", "LeftValue": left, "RightValue": right}
        some = {"Type": "In", "QueryValue": "a", "Values": ["a", left, right]}
        with added(document["Steps"], asking(pair, some)):
            yield


KINDS = [{"Name": f"Our{type}", "Type": type} for type in ("String", "Integer", "Float", "Boolean")]


@fault("condition-kinds", "warning")
def a_number_and_a_text(document: Document) -> Places:
    document["Parameters"] = [*document["Parameters"], *KINDS]
    joined = {"Std:Join": {"On": "", "Values": [get("Parameters.OurInteger")]}}
    for left, right in (
        (get("Parameters.OurInteger"), "5"),
        (get("Parameters.OurFloat"), True),
        (get("Parameters.OurString"), 5),
        (joined, 5),
        (get("Parameters.OurBoolean"), get("Parameters.OurFloat")),
        (get("Execution.PipelineName"), 0.5),
    ):
        for pair in (
            {"Type": "Equals", "LeftValue": left, "RightValue": right},
            {"Type": "In", "QueryValue": right, "Values": [left]},
        ):
            with added(document["Steps"], asking(pair)):
                yield "OurQuestion", "Arguments.Conditions[0]"


@fault("condition-kinds", "warning")
def an_order_of_texts(document: Document) -> Places:
    document["Parameters"] = [*document["Parameters"], *KINDS]
    for left, right in (
        (get("Parameters.OurString"), "b"),
        (get("Parameters.OurBoolean"), get("Parameters.OurBoolean")),
    ):
        for type in ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"):
            pair = {"Type": type, "LeftValue": left, "RightValue": right}
            with added(document["Steps"], asking(pair)):
                yield "OurQuestion", "Arguments.Conditions[0]"


@near("condition-kinds")
def values_of_one_kind(document: Document) -> Iterator[None]:
    document["Parameters"] = [*document["Parameters"], *KINDS]
    document["Steps"].append(call("OurCall", OutputParameters=OUTPUTS))
    for left, right in (
        (get("Parameters.OurInteger"), 0.5),
        (get("Parameters.OurFloat"), get("Steps.OurCall.OutputParameters['score']")),
        ({"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a"}}, 5),
    ):
        for type in ("Equals", "LessThan"):
            with added(document["Steps"], asking({"Type": type, "LeftValue": left, "RightValue": right})):
                yield
    for one, other in ((get("Parameters.OurString"), "5"), (get("Parameters.OurBoolean"), "true")):
        pair = {"Type": "Equals", "LeftValue": one, "RightValue": other}
        with added(document["Steps"], asking(pair)):
            yield
