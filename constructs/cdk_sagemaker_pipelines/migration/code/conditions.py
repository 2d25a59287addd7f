"""Conditions as code: comparisons, ``.equals``, ``.is_in``, ``~`` and ``|``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import is_expression_json
from .layout import Atom, Either, Group, Piece, call, listed
from .names import snake
from .values import Values

_LONGEST = 36
"""The longest code of a value that stands in a comparison itself."""
_SIGNS = {"GreaterThan": ">", "GreaterThanOrEqualTo": ">=", "LessThan": "<", "LessThanOrEqualTo": "<="}


class Conditions(Values):
    """Writes values, conditions among them."""

    def condition(self, given: Mapping[str, Any]) -> Piece:
        """The code of a condition."""
        kind = given.get("Type")
        if kind in _SIGNS or kind == "Equals":
            return self._comparison(str(kind), given.get("LeftValue"), given.get("RightValue"))
        if kind == "In":
            query, values = given.get("QueryValue"), listed([self.expression(v) for v in given.get("Values") or ()])
            if is_expression_json(query):
                return Group(f"{self.expression(query, any_kind=True).flat()}.is_in(", [("", values)], ")")
            return call("In", [self.expression(query), values])
        if kind == "Not":
            inner = given.get("Condition") or {}
            piece = self.condition(inner)
            short = f"~{_in_parentheses(piece, inner)}"
            long = call("Not", [piece])
            return long if inner.get("Type") in ("Not", "Or") else Either(Atom(short), long)
        several = given.get("Conditions") or ()
        pieces = [self.condition(one) for one in several]
        long = call("Or", [listed(pieces)])
        if len(pieces) < 2 or any(one.get("Type") == "Or" for one in several):
            return long
        return Either(Atom(" | ".join(map(_in_parentheses, pieces, several))), long)

    def _short(self, piece: Piece, json: Any) -> Piece:
        """A variable for what is long to compare."""
        code = piece.flat()
        if len(code) <= _LONGEST or not is_expression_json(json) or "Get" not in json:
            return piece
        if code not in self._hoisted:
            name = self._names.take("_".join(snake(str(json["Get"])).split("_")[-3:]), "value")
            self._hoisted[code] = name
            self.ahead.append((name, piece))
        return Atom(self.variable(self._hoisted[code]))

    def _comparison(self, kind: str, left: Any, right: Any) -> Piece:
        numbers = kind in _SIGNS
        codes = [
            self.expression(one, _kind_of(other, numbers), any_kind=not numbers)
            for one, other in ((left, right), (right, left))
        ]
        if not is_expression_json(left):
            return call(kind, codes)
        if numbers:
            codes = [self._short(code, one) for code, one in zip(codes, (left, right), strict=True)]
            long = call(kind, codes)
            return Either(Atom(f"{codes[0].flat()} {_SIGNS[kind]} {codes[1].flat()}"), long)
        return Group(f"{codes[0].flat()}.equals(", [("", codes[1])], ")")


def _kind_of(other: Any, numbers: bool) -> str:
    """What is read of a file that is compared with another value."""
    if isinstance(other, bool):
        return "boolean"
    return "number" if numbers or isinstance(other, (int, float)) else "string"


def _in_parentheses(piece: Piece, condition: Mapping[str, Any]) -> str:
    text = piece.flat()
    bare = condition.get("Type") in ("Equals", "In", "Not") or not isinstance(piece, Either)
    return text if bare else f"({text})"
