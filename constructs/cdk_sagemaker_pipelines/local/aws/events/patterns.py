"""Event patterns: which the services take, and what they match; also those of the filters of event sources.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html; where the page is
silent, as https://github.com/aws/event-ruler does it: what is asked of an array of objects must hold for one of them.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...json_text import parsed

_LARGEST = 5e9
_DEEPEST = 100
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class PatternError(ValueError):
    """A pattern that the service does not take."""


def read(text: str) -> dict[str, Any]:
    """The pattern that a text is. Raises ``PatternError``."""
    try:
        pattern = parsed(text, finite=True)
    except ValueError as error:
        raise PatternError("Invalid JSON") from error
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    _check_object(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event, which is JSON, matches a pattern that was read."""
    objects = [one for one in _flat(event) if isinstance(one, Mapping)]
    return any(_object_matches(pattern, one) for one in objects or [{}])  # what is no object has no members


def _check_object(pattern: Mapping[str, Any], depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise PatternError(f"more than {_DEEPEST} objects in one another")
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    for name, value in pattern.items():
        if _is_or(name, value):
            for one in value:
                _check_object(one, depth + 1)
        elif isinstance(value, dict):
            _check_object(value, depth + 1)
        elif not isinstance(value, list):
            raise PatternError(f'"{name}" must be an object or an array')
        elif not value:
            raise PatternError("Empty arrays are not allowed")
        else:
            for one in value:
                _check_test(one)


def _is_or(name: str, value: Any) -> bool:
    """Whether a member stands for alternatives; else it is one that happens to have this name."""
    if name != "$or" or not isinstance(value, list) or len(value) < 2:
        return False
    return all(isinstance(one, dict) and one and not one.keys() & _OPERATORS.keys() for one in value)


def _check_test(test: Any) -> None:
    if isinstance(test, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if not isinstance(test, dict):
        return
    if len(test) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((name, value),) = test.items()
    if name not in _OPERATORS:
        raise PatternError(f"Unrecognized match type {name}")
    _OPERATORS[name][0](name, value)


def _object_matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    for name, value in pattern.items():
        if _is_or(name, value):
            found = any(_object_matches(one, event) for one in value)
        elif isinstance(value, Mapping):
            found = matches(value, event.get(name, {}))
        else:
            leaves = [one for one in _flat(event.get(name, [])) if not isinstance(one, Mapping)]
            found = any(_test_matches(test, leaves) for test in value)
        if not found:
            return False
    return True


def _flat(value: Any) -> Iterator[Any]:
    """The elements of an array and of those within it, or the value itself."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        else:
            yield one


def _test_matches(test: Any, leaves: list[Any]) -> bool:
    if not isinstance(test, Mapping):
        return any(_same(test, leaf) for leaf in leaves)
    ((name, value),) = test.items()
    if name == "exists":
        return bool(leaves) is bool(value)
    return any(_OPERATORS[name][1](value, leaf) for leaf in leaves)


def _same(one: Any, other: Any) -> bool:
    return _kind(one) is _kind(other) and bool(one == other)


def _kind(value: Any) -> type:
    return float if _is_number(value) else type(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# Each operator: what checks its value, and whether a leaf of the event matches it.


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise PatternError(f"{name} match pattern must be a string")


def _check_end(name: str, value: Any) -> None:
    """The beginning or end of a text; perhaps in any case."""
    if isinstance(value, dict) and value.keys() == {"equals-ignore-case"}:
        value = value["equals-ignore-case"]
    _check_text(name, value)


def _check_wildcard(name: str, value: Any) -> None:
    _check_text(name, value)
    if re.search(r"(?<!\\)\\(?:\\\\)*(?![\\*])", value):
        raise PatternError("Invalid escape character in wildcard: only \\* and \\\\ may be escaped")
    if "**" in re.sub(r"\\.", "", value):
        raise PatternError("Consecutive wildcard characters are not allowed")


def _check_exists(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise PatternError("exists match pattern must be either true or false")


def _check_cidr(name: str, value: Any) -> None:
    _check_text(name, value)
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise PatternError(f"Malformed CIDR: {value}") from error
    if "/" not in value:
        raise PatternError("Malformed CIDR, one '/' required")


def _check_numeric(name: str, value: Any) -> None:
    if not isinstance(value, list) or len(value) not in (2, 4):
        raise PatternError("Value of numeric must be an array of comparisons, each with a number")
    for comparison, number in zip(value[::2], value[1::2], strict=True):
        if not isinstance(comparison, str) or comparison not in _COMPARE:
            raise PatternError(f"Unrecognized numeric range operator: {comparison}")
        if not _is_number(number):
            raise PatternError("Value of a numeric comparison must be numeric")
        if abs(number) > _LARGEST:
            raise PatternError("Value must be between -5.0E9 and 5.0E9, inclusive")
    if len(value) == 4:
        if value[0] not in (">", ">=") or value[2] not in ("<", "<="):
            raise PatternError("Bad numeric range operator: a range is > or >=, then < or <=")
        if value[1] >= value[3]:
            raise PatternError("Bottom must be less than top")


def _check_anything_but(name: str, value: Any) -> None:
    if isinstance(value, dict):
        if len(value) != 1:
            raise PatternError("Only one key allowed in match expression")
        ((inner, texts),) = value.items()
        if inner not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise PatternError(f"Unsupported anything-but pattern: {inner}")
        if texts == []:
            raise PatternError("Empty arrays are not allowed")
        for text in texts if isinstance(texts, list) else [texts]:
            (_check_wildcard if inner == "wildcard" else _check_text)(inner, text)
        return
    values = value if isinstance(value, list) else [value]
    if not values:
        raise PatternError("Empty arrays are not allowed")
    if not all(isinstance(one, str) for one in values) and not all(_is_number(one) for one in values):
        raise PatternError(
            "Inside anything but list, all values are numbers or all are strings; mixed type is not supported"
        )


def _anything_but(value: Any, leaf: Any) -> bool:
    if isinstance(value, dict):
        ((inner, texts),) = value.items()
        return not any(_OPERATORS[inner][1](text, leaf) for text in (texts if isinstance(texts, list) else [texts]))
    return not any(_same(one, leaf) for one in (value if isinstance(value, list) else [value]))


def _at_end(of: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def found(value: Any, leaf: Any) -> bool:
        if not isinstance(leaf, str):
            return False
        if isinstance(value, dict):
            return of(leaf.lower(), value["equals-ignore-case"].lower())
        return of(leaf, value)

    return found


def _numeric(value: Any, leaf: Any) -> bool:
    pairs = zip(value[::2], value[1::2], strict=True)
    return _is_number(leaf) and all(_COMPARE[comparison](leaf, number) for comparison, number in pairs)


def _cidr(value: str, leaf: Any) -> bool:
    try:
        return isinstance(leaf, str) and ipaddress.ip_address(leaf) in ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False


def _wildcard(value: str, leaf: Any) -> bool:
    """By hand and not as a regular expression, which could take very long."""
    if not isinstance(leaf, str):
        return False
    pieces = [""]
    for part in re.findall(r"\\.|[^\\]", value, re.DOTALL):
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += part[-1]
    if len(pieces) == 1:
        return leaf == pieces[0]
    first, *middle, last = pieces
    if not leaf.startswith(first) or not leaf.endswith(last) or len(leaf) < len(first) + len(last):
        return False
    at, end = len(first), len(leaf) - len(last)
    for piece in middle:
        at = leaf.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


_OPERATORS: Mapping[str, tuple[Callable[[str, Any], None], Callable[[Any, Any], bool]]] = {
    "anything-but": (_check_anything_but, _anything_but),
    "cidr": (_check_cidr, _cidr),
    "equals-ignore-case": (
        _check_text, lambda value, leaf: isinstance(leaf, str) and leaf.lower() == value.lower(),
    ),
    "exists": (_check_exists, lambda value, leaf: bool(value)),
    "numeric": (_check_numeric, _numeric),
    "prefix": (_check_end, _at_end(str.startswith)),
    "suffix": (_check_end, _at_end(str.endswith)),
    "wildcard": (_check_wildcard, _wildcard),
}  # fmt: skip
