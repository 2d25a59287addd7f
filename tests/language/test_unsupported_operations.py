"""What Python cannot do with a value of the run: every operator, on every kind of expression."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import ExecutionVariables, Expression, Join, JsonGet, Parameter, StepReference
from cdk_sagemaker_pipelines.language.expressions import Get, ItemReference
from cdk_sagemaker_pipelines.properties.base import ListOf, MapOf, Structure, Untyped, string
from cdk_sagemaker_pipelines.properties.training import TrainingProperties

COUNT = Parameter.integer("Count", default=1)
_KINDS: list[Expression[Any]] = [
    COUNT,
    Parameter.string("Region", default="eu-west-1"),
    Parameter.float("Rate"),
    Parameter.boolean("Fast", default=True),
    ExecutionVariables.PIPELINE_NAME,
    StepReference("Train", ("A", 0)),
    ItemReference("Each", ("depth",)),
    Get("Steps.Train.A"),
    Join("/", ["a", COUNT]),
    JsonGet("mse", s3_uri="s3://bucket/a.json"),
    TrainingProperties("Train", ()),
    Structure("Train"),
    ListOf("Train", ("A",), string),
    MapOf("Train", ("A",), string),
    Untyped("Train", ("A",)),
]
_COMPUTED = "cannot be computed; the service does no arithmetic; compute it in a job, or make it a separate parameter"
_JOINED = "'+' cannot be computed; write f\"{a}{b}\" to join texts; the service does no arithmetic"
_COMBINED = "does not take it; only conditions can be combined; compare it first, as in .equals(True)"
_ITERATED = "it cannot be iterated now; use a ForEachStep, or Join(', ', [...]) to join texts"
_COUNTED = "it cannot be used as a count or a position now; use a ForEachStep to repeat steps"
_PATH = "'/' cannot make a path of it; write f\"{a}/{b}\""
_TRUTH = "it is neither true nor false now; use a ConditionStep"
_EQUAL = "'==' cannot compare it now; use .equals(x) in a ConditionStep"
_KEY = "it cannot be a dictionary key or a member of a set; use its name as the key"
_AS_IT_IS = "cannot convert it now; pass it as it is"
_USES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "if": (lambda a: 1 if a else 2, _TRUTH),
    "and": (lambda a: a and 1, _TRUTH),
    "or": (lambda a: a or 1, _TRUTH),
    "not": (lambda a: not a, _TRUTH),
    "any": (lambda a: any([a]), _TRUTH),
    "==": (lambda a: a == 1, _EQUAL),
    "== itself": (lambda a: a == a, _EQUAL),
    "literal ==": (lambda a: a == "a", _EQUAL),
    "!=": (lambda a: a != 1, "'!=' cannot compare it now; use ~expression.equals(x) in a ConditionStep"),
    "in a list": (lambda a: a in [1], _EQUAL),
    "in": (lambda a: "a" in a, "'in' cannot look into it now; use .is_in([...]) in a ConditionStep"),
    "+": (lambda a: a + "a", _JOINED),
    "text +": (lambda a: "a" + a, _JOINED),
    "+ itself": (lambda a: a + a, _JOINED),
    "sum": (lambda a: sum([a]), _JOINED),
    "-": (lambda a: a - 1, f"'-' {_COMPUTED}"),
    "1 -": (lambda a: 1 - a, f"'-' {_COMPUTED}"),
    "*": (lambda a: a * 2, f"'*' {_COMPUTED}"),
    "text *": (lambda a: "a" * a, f"'*' {_COMPUTED}"),
    "@": (lambda a: a @ a, f"'@' {_COMPUTED}"),
    "/": (lambda a: a / 2, f"'/' {_COMPUTED}"),
    "path / value": (lambda a: PurePosixPath("a") / a, _PATH),
    "text / value": (lambda a: "a" / a, _PATH),
    "value / text": (lambda a: a / "a", _PATH),
    "//": (lambda a: 5 // a, f"'//' {_COMPUTED}"),
    "%": (lambda a: a % 2, f"'%' {_COMPUTED}"),
    "divmod": (lambda a: divmod(a, 2), f"divmod() {_COMPUTED}"),
    "**": (lambda a: 2**a, f"'**' {_COMPUTED}"),
    "<<": (lambda a: a << 1, f"'<<' {_COMPUTED}"),
    ">>": (lambda a: 1 >> a, f"'>>' {_COMPUTED}"),
    "&": (lambda a: a & True, f"'&' {_COMBINED}"),
    "|": (lambda a: a | "default", f"'|' {_COMBINED}"),
    "^": (lambda a: True ^ a, f"'^' {_COMBINED}"),
    "& condition": (lambda a: a & (COUNT < 1), f"'&' {_COMBINED}"),
    "~": (operator.inv, f"'~' {_COMBINED}"),
    "negative": (operator.neg, f"'-' {_COMPUTED}"),
    "positive": (operator.pos, f"'+' {_COMPUTED}"),
    "abs": (abs, f"abs() {_COMPUTED}"),
    "round": (round, f"round() {_COMPUTED}"),
    "round to digits": (lambda a: round(a, 2), f"round() {_COMPUTED}"),
    "trunc": (math.trunc, f"math.trunc() {_COMPUTED}"),
    "floor": (math.floor, f"math.floor() {_COMPUTED}"),
    "ceil": (math.ceil, f"math.ceil() {_COMPUTED}"),
    "int": (int, f"int() {_AS_IT_IS}"),
    "float": (float, f"float() {_AS_IT_IS}"),
    "sqrt": (math.sqrt, f"float() {_AS_IT_IS}"),
    "complex": (complex, f"complex() {_AS_IT_IS}"),
    "cmath": (cmath.sqrt, f"complex() {_AS_IT_IS}"),
    "len": (len, "it has no length now; pass it as it is"),
    "for": (lambda a: [x for x in a], _ITERATED),  # noqa: C416
    "list": (list, _ITERATED),
    "unpacked": (lambda a: [*a], _ITERATED),
    "sorted": (sorted, _ITERATED),
    "range": (range, _COUNTED),
    "position": (lambda a: ["a"][a], _COUNTED),
    "hex": (hex, _COUNTED),
    "dict": (lambda a: {a: 1}, _KEY),
    "set": (lambda a: {a}, _KEY),
    "format": (lambda a: f"{a:.2f}", "the format '.2f' cannot be applied now; write it without one, as f\"{value}\""),
    "format()": (lambda a: "{:>9}".format(a), "the format '>9' cannot be applied now; write it without one, as f\"{value}\""),  # noqa: E501, UP032
}  # fmt: skip


@pytest.mark.parametrize("use", _USES)
def test_python_cannot_compute_with_any_kind_of_expression(use: str) -> None:
    apply, text = _USES[use]
    for kind in _KINDS:
        if isinstance(kind, Parameter) and text == _KEY:
            apply(kind)  # a parameter is a thing of its own: the key of the values at a start
            continue
        with pytest.raises(TypeError) as refusal:
            apply(kind)
        told = f"{kind.describe()} is known when the pipeline runs, so {text}"
        # from Python 3.14 on, a dictionary and a set put words of their own around those of the key
        assert str(refusal.value) == told or (text == _KEY and str(refusal.value).endswith(f"({told})"))


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: type(kind).__name__)
def test_no_kind_can_be_cut(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"is known when the pipeline runs, so .* cut|its key must be|cannot be sliced"):
        kind[:3]


def test_what_has_no_parts_says_so() -> None:
    with pytest.raises(TypeError) as refusal:
        COUNT["a"]  # type: ignore[index]
    assert str(refusal.value) == (
        "'Parameters.Count' is known when the pipeline runs, so '[...]' cannot cut it or look into it now; do so in a "
        "job, or make the part a separate parameter"
    )


def test_a_list_of_the_run_gives_elements_but_no_slices() -> None:
    with pytest.raises(TypeError) as refusal:
        ListOf("Train", ("A",), string)[1:]  # type: ignore[index]
    assert str(refusal.value) == (
        "'Steps.Train.A' is known when the pipeline runs, so it cannot be sliced now; take single elements of it, or "
        "do so in a job"
    )
