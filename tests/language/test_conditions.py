"""Conditions: their JSON, all combinations, and that a combination means what it says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import (
    And,
    Condition,
    Equals,
    ExecutionVariables,
    GreaterThan,
    GreaterThanOrEqualTo,
    In,
    Join,
    LessThan,
    LessThanOrEqualTo,
    Not,
    Or,
    Parameter,
    PipelineError,
    Rendering,
    all_of,
)

from .support import STEADY, get

X = Parameter.float("X", default=1.0)
Y = Parameter.float("Y", default=2.0)
NAME = Parameter.string("Name", default="a")
X_JSON, Y_JSON, NAME_JSON = get("Parameters.X"), get("Parameters.Y"), get("Parameters.Name")


def rendered(condition: Condition) -> Any:
    rendering = Rendering()
    result = rendering.render(condition, "Conditions")
    assert rendering.findings == []
    return result


def compared(type: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": type, "LeftValue": left, "RightValue": right}


@pytest.mark.parametrize(
    ("condition", "json"),
    [
        (X < 1, compared("LessThan", X_JSON, 1)),
        (X <= 1.5, compared("LessThanOrEqualTo", X_JSON, 1.5)),
        (X > Y, compared("GreaterThan", X_JSON, Y_JSON)),
        (X >= 0, compared("GreaterThanOrEqualTo", X_JSON, 0)),
        (1 < X, compared("GreaterThan", X_JSON, 1)),  # noqa: SIM300
        (1 >= X, compared("LessThanOrEqualTo", X_JSON, 1)),  # noqa: SIM300
        (NAME.equals("b"), compared("Equals", NAME_JSON, "b")),
        (NAME.equals(""), compared("Equals", NAME_JSON, "")),
        (Parameter.boolean("B").equals(False), compared("Equals", get("Parameters.B"), False)),
        (Equals("a", NAME), compared("Equals", "a", NAME_JSON)),
        (Equals(1, 1), compared("Equals", 1, 1)),
        (GreaterThan(X, 1), compared("GreaterThan", X_JSON, 1)),
        (GreaterThanOrEqualTo(X, 1), compared("GreaterThanOrEqualTo", X_JSON, 1)),
        (LessThan(X, 1), compared("LessThan", X_JSON, 1)),
        (LessThanOrEqualTo(X, 1), compared("LessThanOrEqualTo", X_JSON, 1)),
        (
            NAME.equals(f"a-{NAME}"),
            compared("Equals", NAME_JSON, {"Std:Join": {"On": "", "Values": ["a-", NAME_JSON]}}),
        ),
        (
            Join("-", [NAME, "x"]).equals("b-x"),
            compared("Equals", {"Std:Join": {"On": "-", "Values": [NAME_JSON, "x"]}}, "b-x"),
        ),
        (NAME.is_in(["a", NAME]), {"Type": "In", "QueryValue": NAME_JSON, "Values": ["a", NAME_JSON]}),
        (X.is_in((1, 2.5)), {"Type": "In", "QueryValue": X_JSON, "Values": [1, 2.5]}),
        (
            In(ExecutionVariables.PIPELINE_NAME, ["a"]),
            {"Type": "In", "QueryValue": get("Execution.PipelineName"), "Values": ["a"]},
        ),
        (~(X < 1), {"Type": "Not", "Condition": compared("LessThan", X_JSON, 1)}),
        (Not(X < 1), {"Type": "Not", "Condition": compared("LessThan", X_JSON, 1)}),
        (~~(X < 1), compared("LessThan", X_JSON, 1)),
        (Or([X < 1]), {"Type": "Or", "Conditions": [compared("LessThan", X_JSON, 1)]}),
        (
            (X < 1) | (X > 2) | NAME.equals("c"),
            {
                "Type": "Or",
                "Conditions": [
                    compared("LessThan", X_JSON, 1),
                    compared("GreaterThan", X_JSON, 2),
                    compared("Equals", NAME_JSON, "c"),
                ],
            },
        ),
        (
            Or([X < 1, Or([X > 2, Y > 3])]),
            {
                "Type": "Or",
                "Conditions": [
                    compared("LessThan", X_JSON, 1),
                    {
                        "Type": "Or",
                        "Conditions": [compared("GreaterThan", X_JSON, 2), compared("GreaterThan", Y_JSON, 3)],
                    },
                ],
            },
        ),
    ],
)
def test_json(condition: Condition, json: dict[str, Any]) -> None:
    assert rendered(condition) == json


def test_an_and_inside_is_written_by_de_morgan() -> None:
    inside = (X < 1) & (Y < 2) & ~NAME.equals("c")
    de_morgan = {
        "Type": "Not",
        "Condition": {
            "Type": "Or",
            "Conditions": [
                {"Type": "Not", "Condition": compared("LessThan", X_JSON, 1)},
                {"Type": "Not", "Condition": compared("LessThan", Y_JSON, 2)},
                compared("Equals", NAME_JSON, "c"),
            ],
        },
    }
    assert rendered(inside) == de_morgan
    assert rendered((X > 9) | inside) == {"Type": "Or", "Conditions": [compared("GreaterThan", X_JSON, 9), de_morgan]}
    assert rendered(~inside) == de_morgan["Condition"]


def test_an_and_at_the_top_is_the_list_of_the_step() -> None:
    a, b, c, d = X < 1, X < 2, X < 3, (X < 4) | (X < 5)
    assert all_of(a) == (a,)
    assert all_of(d) == (d,)
    assert all_of([a, b]) == (a, b)
    assert all_of((a, b & c, And([And([d])]))) == (a, b, c, d)
    assert all_of(a & b & c & d) == (a, b, c, d)


# -- that a combination means what it says ----------------------------------------------------------------------------

NAMES = ("A", "B", "C")
ATOMS = {name: Parameter.boolean(name).equals(True) for name in NAMES}
World = Mapping[str, bool]


def truth(json: Any, world: World) -> bool:
    """What the service makes of a condition."""
    if json["Type"] == "Not":
        return not truth(json["Condition"], world)
    if json["Type"] == "Or":
        return any(truth(item, world) for item in json["Conditions"])
    assert json["Type"] == "Equals"
    return world[json["LeftValue"]["Get"].removeprefix("Parameters.")]


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Pairs of a condition and what it should mean."""
    two = st.tuples(inner, inner)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        inner.map(lambda one: (~one[0], lambda world: not one[1](world))),
        inner.map(lambda one: (Not(one[0]), lambda world: not one[1](world))),
        two.map(lambda pair: (pair[0][0] & pair[1][0], lambda world: pair[0][1](world) and pair[1][1](world))),
        two.map(lambda pair: (pair[0][0] | pair[1][0], lambda world: pair[0][1](world) or pair[1][1](world))),
        several.map(lambda many: (And([c for c, _ in many]), lambda world: all(f(world) for _, f in many))),
        several.map(lambda many: (Or([c for c, _ in many]), lambda world: any(f(world) for _, f in many))),
    )


atoms = st.sampled_from(NAMES).map(lambda name: (ATOMS[name], lambda world: world[name]))


@STEADY
@given(st.recursive(atoms, combined, max_leaves=12))
def test_every_combination_means_what_python_says(pair: Any) -> None:
    condition, meaning = pair
    for values in itertools.product([False, True], repeat=3):
        world = dict(zip(NAMES, values, strict=True))
        assert truth(rendered(condition), world) is meaning(world)
        assert all(truth(rendered(item), world) for item in all_of(condition)) is meaning(world)


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_a_condition_is_not_true_now() -> None:
    text = (
        "a condition is true or false when the pipeline runs, not now; give it to a ConditionStep, combine conditions "
        "with '&', '|' and '~', and write a chain such as 1 < x < 5 as (x > 1) & (x < 5)"
    )
    with pytest.raises(TypeError) as refusal:
        bool(X < 1)
    assert str(refusal.value) == text
    with pytest.raises(TypeError) as refusal:
        1 < X < 5  # noqa: B015
    assert str(refusal.value) == text


@pytest.mark.parametrize("value", [None, {"a": 1}, ["a"], ("a",), {"a"}])
def test_what_is_not_an_operand(value: Any) -> None:
    text = f"a condition compares expressions, texts, numbers and booleans, not {value!r}"
    for compare in (lambda: value > X, lambda: X.equals(value), lambda: Equals(value, X), lambda: X.is_in([value])):
        with pytest.raises(PipelineError) as refusal:
            compare()
        assert str(refusal.value) == text


@pytest.mark.parametrize("values", ["abc", [], {"a": 1}, 5, None])
def test_in_takes_a_list(values: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        X.is_in(values)
    assert str(refusal.value) == f"In: the values must be a list of at least one value, not {values!r}"


@pytest.mark.parametrize("value", [True, "a", None, X])
def test_what_is_not_a_condition(value: Any) -> None:
    text = f"{value!r} is not a condition; compare an expression with <, <=, >, >=, .equals() or .is_in()"
    for combine in (
        lambda: (X < 1) & value,
        lambda: (X < 1) | value,
        lambda: Not(value),
        lambda: Or([value]),
        lambda: all_of([X < 1, value]),
    ):
        with pytest.raises(PipelineError) as refusal:
            combine()
        assert str(refusal.value) == text


@pytest.mark.parametrize("value", [[], (), "a", {}, None, True])
def test_a_step_needs_a_condition(value: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        all_of(value)
    assert str(refusal.value) == f"a condition or a list of conditions is needed, not {value!r}"


@pytest.mark.parametrize("kind", [And, Or])
def test_nothing_cannot_be_combined(kind: Any) -> None:
    with pytest.raises(PipelineError, match=f"{kind.__name__}: give at least one condition"):
        kind([])


def test_parameters_of_conditions_are_gathered() -> None:
    rendering = Rendering()
    rendering.render(((f"{Y}" > X) | NAME.is_in(["a"])) & ~(Join("", [Parameter.integer("N")]).equals("3")))
    assert sorted(rendering.parameters) == ["N", "Name", "X", "Y"]


@pytest.mark.parametrize(
    ("kind", "sign", "given"),
    [
        (kind, sign, given)
        for kind, sign in ((And, "&"), (Or, "|"))
        for given in ([X < 1, Y > 2], [X < 1], [[X < 1], Y > 2])
    ],
)
def test_conditions_are_given_as_a_list(kind: Any, sign: str, given: list[Any]) -> None:
    name = kind.__name__
    with pytest.raises(TypeError) as refusal:
        kind(*given)
    assert str(refusal.value) == f"{name} takes one list, as in {name}([a, b]); or write a {sign} b"


@pytest.mark.parametrize(
    "write",
    [lambda: True & (X < 1), lambda: True | (X < 1), lambda: And([X < 1, True])],  # type: ignore[list-item]
)
def test_only_conditions_are_combined(write: Any) -> None:
    with pytest.raises(PipelineError, match="True is not a condition; compare an expression"):
        write()


def test_an_and_takes_any_iterable() -> None:
    assert And(x < 1 for x in (X, Y)).conditions[1].to_json(lambda value: value)["Type"] == "LessThan"  # type: ignore[arg-type]
