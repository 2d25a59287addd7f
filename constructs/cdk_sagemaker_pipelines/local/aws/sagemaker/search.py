"""Search: which records satisfy an expression over their properties.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchExpression.html
A property is a member of the record, with ``.`` between a structure and its members; of a list any element may satisfy
a filter. The service's own property types are Tags.<key>, Metrics.<name> and HyperParameters.<name>.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ....language import did_you_mean
from .errors import ValidationException

Record = Mapping[str, Any]

MOST_CONDITIONS = 50
"""The number of filters, nested filters and expressions in one expression, at any depth."""
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": operator.gt, "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt, "LessThanOrEqualTo": operator.le,
}  # fmt: skip
_TIME = "%Y-%m-%dT%H:%M:%S"
_NUMBERS = ("integer", "long", "float", "double")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str, bool, int, float), "either": (str, bool, int, float), "number": (int, float), "time": (datetime,),
    "none": (object,),
}  # fmt: skip


def matching(shape: StructureShape, records: Sequence[Record], expression: Record) -> list[Record]:
    """The records that satisfy a SearchExpression. Raises ``ValidationException`` for one that has no meaning."""
    conditions = list(itertools.islice(_conditions(expression), MOST_CONDITIONS + 1))
    if len(conditions) > MOST_CONDITIONS:
        raise ValidationException(f"the expression has more than {MOST_CONDITIONS} filters and expressions in it")
    if sum(one.get("Operator") == "Contains" for one in conditions) > 1:
        raise ValidationException("'CONTAINS' operator usage limit of 1 exceeded.")
    holds = _expression(shape, expression)
    return [record for record in records if holds(record)]


def in_order(shape: StructureShape, records: Sequence[Record], by: str, order: str) -> list[Record]:
    """The records sorted by a property; those without it come last. Raises ``ValidationException``."""
    read = Property.named(shape, by)
    if read.kind == "none":
        raise ValidationException(f"'{by}' has no value of its own to sort by")
    shown = _text if read.kind in ("text", "either") else _itself
    found = [([shown(value) for value in read.values(record)], record) for record in records]
    having = sorted((pair for pair in found if pair[0]), key=lambda pair: pair[0][0], reverse=order == "Descending")
    return [record for _, record in having] + [record for values, record in found if not values]


def property_names(shape: StructureShape, begin: str = "") -> list[str]:
    """The names of all properties of a record that have a value of their own."""
    return [name for name in _names(shape, "", ()) if name.startswith(begin)]


@dataclass(frozen=True)
class Property:
    """A property by its name in filters."""

    name: str
    kind: str
    """text, number, time, either (a text that may be a number) or none (it has no value of its own)."""
    values: Callable[[Record], list[Any]]
    """Its values in a record; empty if the record does not have it."""

    @staticmethod
    def named(shape: StructureShape, name: str) -> Property:
        """The property of a record of this shape. Raises ``ValidationException`` if there is none."""
        first, _, rest = name.partition(".")
        if rest and first == "Tags" and "Tags" in shape.members:
            return Property(name, "text", lambda record: _of_pairs(record.get("Tags"), "Key", "Value", rest))
        if rest and first == "Metrics" and "FinalMetricDataList" in shape.members:
            return Property(
                name, "number",
                lambda record: _of_pairs(record.get("FinalMetricDataList"), "MetricName", "Value", rest),
            )  # fmt: skip
        steps, at = [], _element(shape)
        rest = name
        if name.endswith("."):
            raise _unknown(shape, name)
        while rest:
            if isinstance(at, MapShape):
                steps.append(rest)
                at, rest = at.value, ""
                return Property(name, "either", lambda record: _of_kind("either", _walk(record, steps)))
            if not isinstance(at, StructureShape):
                raise _unknown(shape, name)
            step, _, rest = rest.partition(".")
            if step not in at.members:
                raise _unknown(shape, name)
            steps.append(step)
            at = _element(at.members[step])
        kind = _kind(at)
        return Property(name, kind, lambda record: _of_kind(kind, _walk(record, steps)))


def _conditions(expression: Record) -> Iterator[Record]:
    """The filters, nested filters and expressions in an expression, at any depth."""
    left = [expression]
    while left:
        one = left.pop()
        inner = [*(one.get("Filters") or ()), *(one.get("NestedFilters") or ()), *(one.get("SubExpressions") or ())]
        yield from inner
        left += inner


def _expression(shape: StructureShape, expression: Record) -> Callable[[Record], bool]:
    parts = [
        *(_filter(shape, item) for item in expression.get("Filters") or ()),
        *(_nested(shape, item) for item in expression.get("NestedFilters") or ()),
        *(_expression(shape, item) for item in expression.get("SubExpressions") or ()),
    ]
    if not parts:
        raise ValidationException("a SearchExpression needs at least one of Filters, NestedFilters and SubExpressions")
    decide = any if expression.get("Operator") == "Or" else all
    return lambda record: decide(part(record) for part in parts)


def _nested(shape: StructureShape, nested: Record) -> Callable[[Record], bool]:
    """Whether one element of a list satisfies all filters."""
    name = nested["NestedPropertyName"]
    member = shape.members.get(name)
    if not isinstance(member, ListShape) or not isinstance(member.member, StructureShape):
        raise ValidationException(f"NestedPropertyName '{name}' is not a list of structures; use Filters")
    parts = []
    for item in nested["Filters"]:
        if not item["Name"].startswith(f"{name}."):
            raise ValidationException(f"the nested filter '{item['Name']}' must begin with '{name}.'")
        parts.append(_filter(member.member, {**item, "Name": item["Name"][len(name) + 1 :]}))
    return lambda record: any(all(part(element) for part in parts) for element in record.get(name) or ())


def _filter(shape: StructureShape, item: Record) -> Callable[[Record], bool]:
    wanted = item.get("Value")
    asked = item.get("Operator") or "Equals"
    found = Property.named(shape, item["Name"])
    if asked in ("Exists", "NotExists"):
        if wanted is not None:
            raise ValidationException(f"{asked} on '{found.name}' takes no Value")
        return lambda record: bool(found.values(record)) == (asked == "Exists")
    if wanted is None:
        raise ValidationException(f"{asked} on '{found.name}' needs a Value")
    if found.kind == "none":
        raise ValidationException(f"'{found.name}' has no value of its own; only Exists and NotExists are possible")
    if asked in ("Contains", "In") and found.kind not in ("text", "either"):
        raise ValidationException(
            f"{asked} is only supported for text properties, and '{found.name}' is a {found.kind}"
        )
    if asked in _ORDERS and found.kind == "text":
        raise ValidationException(f"{asked} is not supported for text properties, and '{found.name}' is one")
    if asked == "Contains":
        return lambda record: any(wanted in _text(value) for value in found.values(record))
    if asked == "In":
        among = [part.strip() for part in wanted.split(",")]
        return lambda record: any(_text(value) in among for value in found.values(record))
    if asked in _ORDERS:
        return lambda record: any(_compared(found, _ORDERS[asked], value, wanted) for value in found.values(record))
    equal = asked == "Equals"
    return lambda record: any(_compared(found, operator.eq, value, wanted) for value in found.values(record)) == equal


def _compared(found: Property, how: Callable[[Any, Any], bool], value: Any, wanted: str) -> bool:
    if found.kind == "time":
        return how(value.replace(microsecond=0), _time(found, wanted))
    if found.kind == "number":
        return how(value, _number(found, wanted))
    if found.kind == "either":
        return _as_number_or_text(how, value, wanted)
    return how(_text(value), wanted)


def _as_number_or_text(how: Callable[[Any, Any], bool], value: Any, wanted: str) -> bool:
    """How a hyperparameter compares: a decimal one counts as an integer if the wanted value is one."""
    number, other = _finite(value), _finite(wanted)
    if number is None or other is None:
        return how is operator.eq and _text(value) == wanted
    return how(int(number), int(other)) if wanted.strip().lstrip("+-").isdigit() else how(number, other)


def _finite(value: Any) -> float | None:
    """The number that a value is or says."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _time(found: Property, wanted: str) -> datetime:
    try:
        return datetime.strptime(wanted.removesuffix("Z"), _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ValidationException(
            f"'{wanted}' is not a time such as 2026-01-31T12:00:00, which '{found.name}' is compared with"
        ) from None


def _number(found: Property, wanted: str) -> float:
    number = _finite(wanted)
    if number is None:
        raise ValidationException(f"'{wanted}' is not a number, which '{found.name}' is compared with")
    return number


def _itself(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_kind(kind: str, values: list[Any]) -> list[Any]:
    """The values that a property can have: the properties of a scripted job may be anything."""
    kinds = _KINDS[kind]
    return [value for value in values if isinstance(value, kinds) and (kind != "number" or not isinstance(value, bool))]


def _walk(record: Any, steps: Sequence[str]) -> list[Any]:
    found = [record]
    for step in steps:
        below = [item.get(step) for item in found if isinstance(item, Mapping)]
        found = [one for item in below for one in (item if isinstance(item, (list, tuple)) else [item])]
        found = [item for item in found if item is not None]
    return found


def _of_pairs(pairs: Sequence[Record] | None, key: str, value: str, wanted: str) -> list[Any]:
    return [pair[value] for pair in pairs or () if pair[key] == wanted]


def _element(shape: Shape) -> Shape:
    return _element(shape.member) if isinstance(shape, ListShape) else shape


def _kind(shape: Shape) -> str:
    if isinstance(shape, (StructureShape, MapShape)):
        return "none"
    if shape.type_name == "timestamp":
        return "time"
    return "number" if shape.type_name in _NUMBERS else "text"


def _names(shape: Shape, path: str, above: tuple[str, ...]) -> Iterator[str]:
    at = _element(shape)
    if not isinstance(at, StructureShape):
        yield path
    elif at.name not in above:  # some structures contain themselves
        for name, member in at.members.items():
            yield from _names(member, f"{path}.{name}" if path else name, (*above, at.name))


def _unknown(shape: StructureShape, name: str) -> ValidationException:
    close = did_you_mean(name, property_names(shape))
    return ValidationException(f"Unknown property name: '{name}' is not a property of {shape.name}{close}")
