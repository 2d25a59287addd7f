"""Rules over what condition steps compare.

Source: what the SDK emits, which has run on AWS; the published schema differs and knows less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import choices, did_you_mean, shown
from ..expressions import MISSING
from ..field import Field
from ..findings import Finding
from ..references import is_expression_json
from ..tokens import is_token
from .arguments import kind_of
from .subject import Subject

ORDERINGS = ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Equals": ("LeftValue", "RightValue"),
    **dict.fromkeys(ORDERINGS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Condition",),
    "Or": ("Conditions",),
}
OTHERS = {"NotEquals": "Equals", "NotIn": "In"}
"""Types that only the published schema has, and the types that they negate."""


def condition_forms(subject: Subject) -> Iterator[Finding]:
    """Conditions have the form that the service parses."""
    for arguments in _arguments(subject):
        for key in arguments.value:
            if key not in ("Conditions", "IfSteps", "ElseSteps"):
                text = f"unknown key{did_you_mean(key, ('Conditions', 'IfSteps', 'ElseSteps'))}"
                yield arguments.at(key).finding("unknown-key", text)
        listed = arguments.at("Conditions")
        if not isinstance(listed.value, list):
            yield listed.finding("condition", _needs("a list of conditions", listed))
        elif not listed.value:
            yield listed.finding("empty-condition", "there is no condition to decide on", "warning")
        for condition in listed.items():
            yield from _form(condition)


def _arguments(subject: Subject) -> Iterator[Field]:
    for step in subject.by_type.get("Condition", ()):
        if isinstance(step.json.get("Arguments", {}), Mapping):
            yield Field.of_arguments(step, own=True)


def _form(condition: Field) -> Iterator[Finding]:
    if not condition.is_object:
        yield condition.finding("condition", _needs("a condition, an object with Type", condition))
        return
    type = condition.at("Type")
    if not isinstance(type.value, str) or type.value not in (*MEMBERS, *OTHERS):
        hint = did_you_mean(type.value, MEMBERS) if isinstance(type.value, str) else ""
        yield type.finding("condition-type", _needs(f"one of {choices(MEMBERS)}", type) + hint)
        return
    if type.value in OTHERS:
        text = f"only the JSON schema knows {type.value!r}; write Not with {OTHERS[type.value]} inside"
        yield type.finding("condition-type", text, "warning")
        return
    members = MEMBERS[type.value]
    for key in condition.value:
        if key not in ("Type", *members):
            text = f"unknown key; {type.value} has {' and '.join(members)}{did_you_mean(key, members)}"
            yield condition.at(key).finding("unknown-key", text)
    if type.value == "Not":
        yield from _form(condition.at("Condition"))
    elif type.value in ("In", "Or"):
        listed = condition.at(members[-1])
        if not isinstance(listed.value, list) or not listed.value:
            yield listed.finding("condition", _needs("a list that is not empty", listed))
        for item in listed.items():
            yield from _form(item) if type.value == "Or" else _operand(item)
    for key in members:
        if key in ("LeftValue", "RightValue", "QueryValue"):
            yield from _operand(condition.at(key))


def _operand(operand: Field) -> Iterator[Finding]:
    if not is_expression_json(operand.value) and not isinstance(operand.value, (str, int, float)):
        yield operand.finding("condition", _needs("a text, a number, true, false or an expression", operand))


def _needs(what: str, field: Field) -> str:
    found = "is missing" if field.value is MISSING else f"is {shown(field.value)}"
    return f"{found}; needs {what}"


def compared_values(subject: Subject) -> Iterator[Finding]:
    """What is compared can differ from run to run, and is of a single kind."""
    for arguments in _arguments(subject):
        for comparison in _comparisons(arguments.at("Conditions")):
            type = comparison.value["Type"]
            sides = [comparison.at(name) for name in MEMBERS[type] if name != "Values"]
            if type == "In":
                sides += comparison.at("Values").items()
            if all(_is_literal(side.value) for side in sides):
                text = "it compares literals, so the result is the same in each execution"
                yield comparison.finding("constant-condition", text, "warning")
                continue
            kinds = {_kind(subject, side.value) for side in sides} - {None}
            if len(kinds) > 1 and "a number" in kinds:  # booleans, such as outcomes, are compared with texts as well
                text = f"it compares {' with '.join(sorted(map(str, kinds)))}; values of two kinds may never be equal"
                yield comparison.finding("condition-kinds", text, "warning")
            elif type in ORDERINGS and kinds and kinds != {"a number"}:
                text = f"it compares the order of {' and '.join(sorted(map(str, kinds)))}; only numbers have an order"
                yield comparison.finding("condition-kinds", text, "warning")


def _comparisons(listed: Field) -> Iterator[Field]:
    """The comparisons of a list of conditions, including nested ones, that have the right form."""
    for condition in listed.items():
        yield from _inner(condition)


def _inner(condition: Field) -> Iterator[Field]:
    type = condition.at("Type").value
    if type == "Not":
        yield from _inner(condition.at("Condition"))
    elif type == "Or":
        yield from _comparisons(condition.at("Conditions"))
    elif isinstance(type, str) and type in MEMBERS and next(_form(condition), None) is None:
        yield condition


def _is_literal(value: Any) -> bool:
    return not is_expression_json(value) and not is_token(value)


def _kind(subject: Subject, value: Any) -> str | None:
    """The kind of a value; None where it is only known at run time."""
    if is_token(value):
        return None
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, (int, float)):
        return "a number"
    return _KINDS.get(kind_of(subject, value) or "")


_KINDS = {"string": "a text", "integer": "a number", "float": "a number", "boolean": "a boolean"}
