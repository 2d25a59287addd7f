"""The literal texts that a value of a template is made of, or may turn out to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...language.later import later_pattern

Known = Callable[[str, Any], Sequence[Any]]
"""What a function may give that only the deployment knows, by its name and argument."""


def literals(value: Any, known: Known) -> Iterator[str]:
    """The literal texts in a value, without what is only known at deployment but for what ``known`` tells."""
    if not isinstance(value, Mapping) or len(value) != 1:
        yield str(value)
        return
    ((function, inner),) = value.items()
    yield from map(str, known(function, inner))
    for part in _parts(function, inner):
        yield from literals(part, known)


def _parts(function: str, inner: Any) -> Sequence[Any]:
    """The arguments of a function that its value is made of; none of one that is written in another way."""
    match function, inner:
        case "Fn::If", [_, *branches]:
            return branches
        case "Fn::Join", [on, [*texts]]:
            return [on, *texts]
        case "Fn::Select", [_, [*texts]]:
            return texts
        # what is in braces is substituted; with an exclamation mark it is text
        case "Fn::Sub", str():
            return [_SUBSTITUTED.sub("", inner)]
        case "Fn::Sub", [str() as text, Mapping() as given]:
            return [_SUBSTITUTED.sub("", text), *given.values()]
    return ()


_SUBSTITUTED = later_pattern(r"\$\{[^!{}][^{}]*\}")


def of_parameter(kind: Any, default: Any, allowed: Any) -> list[Any]:
    """What a parameter of a template may be without anybody's word: its default, and what it allows.

    That of a parameter of Systems Manager is but its name.
    """
    if str(kind).startswith("AWS::SSM::Parameter::Value"):
        return []
    values = allowed if isinstance(allowed, (list, tuple)) else ()
    return [value for value in (default, *values) if value is not None]


def of_template(document: Mapping[str, Any]) -> Known:
    """What the parameters and the mappings of a template tell."""

    def known(function: str, inner: Any) -> Sequence[Any]:
        if function == "Ref":
            told = _at(_at(document, "Parameters"), str(inner))
            return of_parameter(told.get("Type"), told.get("Default"), told.get("AllowedValues"))
        if function == "Fn::FindInMap" and isinstance(inner, list) and len(inner) >= 3:
            rows = _chosen(_at(_at(document, "Mappings"), str(inner[0])), inner[1])
            return [value for row in rows if isinstance(row, Mapping) for value in _chosen(row, inner[2])]
        return []

    return known


def _chosen(table: Mapping[str, Any], key: Any) -> list[Any]:
    """What stands at a key; everything where the deployment tells which it is."""
    if not isinstance(key, str):
        return list(table.values())
    return [table[key]] if key in table else []


def _at(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, Mapping) else {}
