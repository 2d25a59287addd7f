"""The conditions of a statement: an operator, a key and values, and whether a request meets them.

Sources: IAM user guide, "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...iam.statements import listed, values_of
from ...language.errors import did_you_mean
from .errors import PolicyError, UndecidedError
from .operators import NEGATED, OPERATORS, Operator
from .request import Request
from .texts import Text

_SETS = ("ForAllValues", "ForAnyValue")
_IF_EXISTS = "IfExists"


def conditions_of(block: Any, *, variables: bool) -> list[Condition]:
    """The conditions of a statement's ``Condition``; ``variables``: whether the policy's version has any.

    Raises:
        PolicyError: No such block, an unknown operator, or a value that is none of the operator's.
    """
    if not isinstance(block, Mapping):
        raise PolicyError(f"Condition is an object of operators, not {block!r}")
    found = []
    for name, keys in block.items():
        if not isinstance(keys, Mapping):
            raise PolicyError(f"{name} of Condition is an object of condition keys, not {keys!r}")
        for key, values in keys.items():
            wrong = [each for each in listed(values) if not isinstance(each, (str, bool, int, float))]
            if wrong:
                raise PolicyError(f"{name} of {key} takes texts, not {wrong[0]!r}")
            found.append(Condition(str(name), str(key), values_of(listed(values)), variables=variables))
    return found


class Condition:
    """One operator on one condition key."""

    def __init__(self, name: str, key: str, values: tuple[str, ...], *, variables: bool) -> None:
        self.name = name
        self.key = key
        self._set, plain = _quantified(name)
        self._if_exists = plain.endswith(_IF_EXISTS)
        plain = plain.removesuffix(_IF_EXISTS)
        self._null = plain == "Null"
        self._negated = plain in NEGATED
        if self._null and (self._if_exists or self._set):
            raise PolicyError(f"{name}: Null takes no {self._set or _IF_EXISTS}")
        known = OPERATORS.get("Bool" if self._null else NEGATED.get(plain, plain))
        if known is None:
            raise PolicyError(
                f"{name} is not a condition operator{did_you_mean(plain, [*OPERATORS, *NEGATED, 'Null'])}"
            )
        self._operator: Operator = known
        self.texts: list[Text] = []
        """The values with variables."""
        self._values: list[Any] = []
        for value in values:
            text = Text(value, wildcards=known.wildcards, variables=variables and known.variables and not self._null)
            if text.constant is None:
                self.texts.append(text)
            else:
                try:
                    self._values.append(known.policy(text.constant))
                except ValueError as error:
                    raise PolicyError(f"{name} of {key}: {error}") from None

    def met(self, request: Request) -> bool:
        """Whether the request meets it.

        Raises:
            UndecidedError: The request does not say what the key's value is, or says one that cannot be compared.
        """
        value = request.values(self.key)
        if self._null:
            return (value is None or value == ()) in self._values
        if value is None:
            return self._met_by_none()
        if isinstance(value, tuple) and not self._set:
            raise UndecidedError(f"{self.key}, which has several values: {self.name} compares only one")
        wanted = list(self._wanted(request))
        given = (value,) if isinstance(value, str) else value
        met = (self._matches(one, wanted) is not self._negated for one in given if one or self._set != "ForAllValues")
        return any(met) if self._set == "ForAnyValue" else all(met)

    def _met_by_none(self) -> bool:
        """Of a key that the request does not have."""
        if self._if_exists and self._set == "ForAnyValue":
            raise UndecidedError(f"{self.name} without {self.key}, for which AWS documents both answers")
        if self._if_exists or self._set:
            return self._set != "ForAnyValue"
        return self._negated

    def _matches(self, value: str, wanted: list[Any]) -> bool:
        try:
            given = self._operator.request(value)
        except ValueError as error:
            raise UndecidedError(f"{self.key}, of which the request says {error}") from None
        return any(self._operator.matches(given, one) for one in wanted)

    def _wanted(self, request: Request) -> Iterator[Any]:
        """The policy's values; a text with a variable of no value is like no other."""
        yield from self._values
        for text in self.texts:
            symbols = text.resolved(request.variable)
            if symbols is not None:
                try:
                    yield self._operator.policy(symbols)
                except ValueError as error:
                    raise UndecidedError(f"{self.key}, which {self.name} compares with a variable: {error}") from None


def _quantified(name: str) -> tuple[str, str]:
    first, colon, rest = name.partition(":")
    if not colon:
        return "", name
    if first not in _SETS:
        raise PolicyError(f"{first} is not a set operator; they are {' and '.join(_SETS)}")
    return first, rest
