"""What is asked of policies: a need, and what is known of each request that it leads to.

Source: IAM user guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from ..language.later import later_pattern
from . import globs
from .arns import named_by, parts_of
from .globs import Share, Symbols, inverted, share_of_any
from .permissions import Permission
from .statements import Conditions, alternatives, meaning, values_of


class Need(NamedTuple):
    """An action on a resource, or on all that a pattern stands for, under what is known of each request."""

    action: str
    resource: str
    conditions: Conditions

    @property
    def meaning(self) -> Hashable:
        """A key that is equal for needs that mean the same: single values or lists of one, in any order."""
        return self.action, self.resource, meaning(self.conditions)


def needs_of(permission: Permission) -> Iterator[Need]:
    """The needs of a permission: one action, one resource and one pattern of its condition each."""
    for conditions in alternatives(permission.conditions):
        for action, resource in product(permission.actions, permission.resources):
            yield Need(action, resource, conditions)


class Fact(NamedTuple):
    """The values that a condition key may have. ``among``: whether they are some of several that a request has."""

    values: tuple[Symbols, ...]
    among: bool = False


ABSENT = Fact(())
"""Of a condition key that requests do not have."""


def facts_of(role: str, account: str) -> dict[str, str | None]:
    """What is known of every request of a role, by the condition key. ``account``: the role's, as far as it is known.

    Source: IAM user guide, "AWS global condition context keys": of a source there is a word only where a service
    itself makes the request; AWS KMS developer guide, "kms:CallerAccount".
    """
    known = {"aws:PrincipalAccount": account, "kms:CallerAccount": account} if account else {}
    return {
        "aws:PrincipalArn": role,
        "aws:SecureTransport": "true",
        "aws:SourceAccount": None,
        "aws:SourceArn": None,
        **known,
    }


class Request:
    """A need, its texts taken apart."""

    def __init__(self, need: Need, facts: Mapping[str, Fact], buckets: Mapping[str, str] | None = None) -> None:
        self.need = need
        self._buckets = buckets or {}
        self.action = plain_action(need.action)
        self.resource = globs.symbols(need.resource)
        self.facts = {**facts, **dict(_facts(need.conditions))}
        # what is asked under a condition meets it
        self._own = {
            (operator, key.lower()): frozenset(values_of(values))
            for operator, keys in need.conditions.items()
            for key, values in keys.items()
        }
        # which key the alias is of is not known here
        self.by_alias = _ALIASES in self.facts

    def meets(self, conditions: Conditions) -> Iterator[Share]:
        """How much of what is asked meets each condition."""
        for operator, keys in conditions.items():
            for key, values in keys.items():
                given = values_of(values)
                own = self._own.get((operator, key.lower())) == frozenset(given)
                yield Share.ALL if own else self._meets(operator, key.lower(), given)

    def _meets(self, operator: str, key: str, values: Sequence[str]) -> Share:
        """One of the values must match; with the operators of ``_NOT``, none."""
        quantifier, _, name = operator.rpartition(":")
        name = name.removesuffix("IfExists")
        fact = self._of_resource() if key == _RESOURCE_ACCOUNT else self.facts.get(key)
        if fact is None:
            return Share.UNKNOWN
        if fact is ABSENT:
            return _of_none(operator, values)
        if name == "Null":
            return Share.ALL if values == ("false",) else Share.NONE if values == ("true",) else Share.UNKNOWN
        positive = _NOT.get(name, name)
        if positive not in _READ or (fact.among and quantifier != "ForAnyValue"):
            return Share.UNKNOWN
        read = _READ[positive]
        lower = positive == "StringEqualsIgnoreCase"
        wanted = [read(value.lower() if lower else value) for value in values]
        shares = [share_of_any(wanted, tuple(map(str.lower, each)) if lower else each) for each in fact.values]
        found = _each(shares)
        found = inverted(found) if name in _NOT else found
        return Share.UNKNOWN if fact.among and found is not Share.ALL else found

    def _of_resource(self) -> Fact | None:
        """The account of what the need is on, where that is known."""
        parts = parts_of(self.need.resource)
        account = (parts[4] or self._buckets.get(named_by(self.need.resource), "")) if parts else ""
        return Fact((globs.plain(account),)) if _ACCOUNT.fullmatch(account) else None


def _of_none(operator: str, values: Sequence[str]) -> Share:
    """Whether requests without a condition key meet a condition on it.

    Source: IAM user guide, "IAM JSON policy elements: Condition operators": they meet those that negate, and those with
    ``IfExists`` or ``ForAllValues``.
    """
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return Share.ALL if values == ("true",) else Share.NONE if values == ("false",) else Share.UNKNOWN
    met = name.endswith("IfExists") or "Not" in name or quantifier == "ForAllValues"
    return Share.ALL if met and quantifier != "ForAnyValue" else Share.NONE


_ACCOUNT = later_pattern(r"\d{12}")
_RESOURCE_ACCOUNT = "aws:resourceaccount"
_ALIASES = "kms:resourcealiases"
_READ = {
    "ArnEquals": globs.symbols,
    "ArnLike": globs.symbols,
    "Bool": globs.plain,
    "StringEquals": globs.plain,
    "StringEqualsIgnoreCase": globs.plain,
    "StringLike": globs.symbols,
}
"""The operators that are understood here, and how each reads the values of a policy."""
_NOT = {name.replace("Equals", "NotEquals").replace("Like", "NotLike"): name for name in _READ if name != "Bool"}


def _each(shares: Sequence[Share]) -> Share:
    """How much is covered of several texts together, each of them covered as told."""
    found = set(shares)
    if len(found) == 1:
        return found.pop()
    return Share.UNKNOWN if Share.UNKNOWN in found else Share.SOME


def _facts(conditions: Conditions) -> Iterator[tuple[str, Fact]]:
    """What a need's own conditions say of its requests, by the key."""
    for operator, keys in conditions.items():
        quantifier, _, name = operator.rpartition(":")
        if name in _READ and quantifier != "ForAllValues":  # which a request without the key meets, too
            for key, values in keys.items():
                read = _READ[name]
                yield key.lower(), Fact(tuple(map(read, values_of(values))), among=bool(quantifier))


def plain_action(action: str) -> Symbols:
    """An action taken apart."""
    return globs.symbols(action.lower())  # IAM looks at no case
