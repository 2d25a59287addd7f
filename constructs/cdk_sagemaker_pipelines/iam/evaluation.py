"""Whether policies grant what is needed, by what they mean: wildcards, exceptions, refusals, conditions, a boundary.

What a need is for, such as all objects below a prefix, must be granted whole. What depends on what nobody knows here,
such as a condition on the caller's network, is neither granted nor missing. Source: IAM user guide, "Policy evaluation
logic" and "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import product
from typing import Any, NamedTuple, Protocol

from . import globs
from .arns import named_by, parts_of
from .globs import Share, Symbols, all_of, inverted, share, share_of_any
from .permissions import Conditions, Permission

NOT_GRANTED = "not-granted"
"""The code of a finding of what is needed and not granted."""


class Outcome(Enum):
    """The verdict of policies on a need."""

    GRANTED = "granted"
    MISSING = "missing"
    UNDECIDED = "undecided"


class Need(NamedTuple):
    """An action on a resource, or on all that a pattern stands for, under what is known of each request."""

    action: str
    resource: str
    conditions: Conditions

    @property
    def meaning(self) -> Hashable:
        """A key that is equal for needs that mean the same: single values or lists of one, in any order."""
        told = frozenset(
            (operator, key, frozenset(values_of(values)))
            for operator, keys in self.conditions.items()
            for key, values in keys.items()
        )
        return self.action, self.resource, told


def needs_of(permission: Permission) -> Iterator[Need]:
    """The needs of a permission: one action, one resource and one pattern of its condition each."""
    for conditions in alternatives(permission.conditions):
        for action, resource in product(permission.actions, permission.resources):
            yield Need(action, resource, conditions)


def alternatives(conditions: Conditions) -> list[Conditions]:
    """A condition for each pattern, where a condition only has patterns of one key: one of them is enough."""
    if list(conditions) == ["StringLike"] and len(conditions["StringLike"]) == 1:
        ((key, values),) = conditions["StringLike"].items()
        return [{"StringLike": {key: (value,)}} for value in values_of(values)]
    return [conditions]


class Verdict(NamedTuple):
    """What policies say of a need. ``why``: what refuses it, or what it depends on; else empty."""

    outcome: Outcome
    why: str = ""


class Statement(Protocol):
    """A statement of a policy; of another effect than ``Allow`` and ``Deny`` where it cannot be read.

    ``policy``: where it is written. ``inverted``: ``NotAction``, ``NotResource``.
    """

    @property
    def effect(self) -> str: ...
    @property
    def actions(self) -> Sequence[str]: ...
    @property
    def resources(self) -> Sequence[str]: ...
    @property
    def conditions(self) -> Conditions: ...
    @property
    def policy(self) -> str: ...
    @property
    def inverted(self) -> Sequence[str]: ...


class Policies:
    """What may be done by some statements, within a boundary where there is one.

    ``facts``: what is known of every request, by the condition key: its one value, or None for a key that no request
    has. ``keys``: by a key's ARN what its own policy allows, to the role itself or to its account: without that no
    other policy counts. ``buckets``: the accounts of buckets by their names, which their ARNs do not tell.
    """

    def __init__(
        self,
        statements: Iterable[Statement],
        boundary: Iterable[Statement] | None = None,
        facts: Mapping[str, str | None] | None = None,
        keys: Mapping[str, Iterable[Statement]] | None = None,
        buckets: Mapping[str, str] | None = None,
    ) -> None:
        told = [_Statement(statement) for statement in statements]
        self._allow = [one for one in told if one.effect == "Allow"]
        self._deny = [one for one in told if one.effect == "Deny"]
        self._unread = [one for one in told if one.effect not in ("Allow", "Deny")]
        # what is granted exactly as it is needed, the usual case, is found without a search
        self._by_text: dict[tuple[str, str], list[_Statement]] = {}
        for one in self._allow:
            for key in one.texts():
                self._by_text.setdefault(key, []).append(one)
        self._boundary = None if boundary is None else Policies(boundary, None, facts, None, buckets)
        self._keys = {arn: Policies(allowed, None, facts) for arn, allowed in (keys or {}).items()}
        self._facts = {
            key.lower(): _ABSENT if value is None else _Fact((globs.plain(value),))
            for key, value in (facts or {}).items()
        }
        self._buckets = buckets or {}

    def judge(self, need: Need) -> Verdict:
        """Whether a need is granted."""
        asked = _Asked(need, self._facts, self._buckets)
        denied = [(found, one) for one in self._deny if (found := one.share(asked)) is not Share.NONE]
        for found, one in denied:
            if found is Share.ALL:
                return Verdict(Outcome.MISSING, f"denied in {one.policy}")
        verdict = self._allowed(asked)
        if verdict.outcome is Outcome.MISSING:
            return verdict
        limit = self.limit(need)
        if limit.outcome is Outcome.MISSING:
            return limit
        verdict = limit if verdict.outcome is Outcome.GRANTED else verdict
        if denied and verdict.outcome is Outcome.GRANTED:
            found, one = denied[0]
            why = f"some of it is denied in {one.policy}" if found is Share.SOME else f"{one.doubt(asked)} denies it"
            return Verdict(Outcome.UNDECIDED, why)
        return verdict

    def limit(self, need: Need) -> Verdict:
        """Whether it can be granted at all, by the boundary and by the policy of the key that it is for."""
        found = Verdict(Outcome.GRANTED)
        for limit, beyond in ((self._boundary, _BOUNDARY), (self._keys.get(need.resource), _KEY)):
            within = found if limit is None else limit.judge(need)
            if within.outcome is Outcome.MISSING:
                return Verdict(Outcome.MISSING, within.why or beyond)
            found = within if found.outcome is Outcome.GRANTED else found
        return found

    def _allowed(self, asked: _Asked) -> Verdict:
        doubts: dict[str, None] = {}
        same = self._by_text.get((asked.need.action.lower(), asked.need.resource), ())
        if any(all_of(one.meets(asked)) is Share.ALL for one in same):
            return Verdict(Outcome.GRANTED)
        for one in self._allow:
            found = one.share(asked)
            if found is Share.ALL:
                return Verdict(Outcome.GRANTED)
            if found is Share.UNKNOWN:
                doubts[f"{one.doubt(asked)} grants it"] = None
        for one in self._unread:
            doubts[f"it depends on what cannot be read here whether {one.policy} grants it"] = None
        return Verdict(Outcome.UNDECIDED, "; ".join(doubts)) if doubts else Verdict(Outcome.MISSING)


_BOUNDARY = "beyond its permissions boundary"
_KEY = "the key's own policy allows it neither to the role nor to its account"


def within(need: Need, wide: Need) -> bool:
    """Whether whoever is granted ``wide`` has all of ``need``."""
    asked = _Asked(need, {})
    return (
        share(_action(wide.action), asked.action) is Share.ALL
        and share(globs.symbols(wide.resource), asked.resource) is Share.ALL
        and all_of(asked.meets(wide.conditions)) is Share.ALL
    )


class _Fact(NamedTuple):
    """The values that a condition key may have. ``among``: whether they are some of several that a request has."""

    values: tuple[Symbols, ...]
    among: bool = False


_ABSENT = _Fact(())
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


class _Asked:
    """A need, its texts taken apart."""

    def __init__(self, need: Need, facts: Mapping[str, _Fact], buckets: Mapping[str, str] | None = None) -> None:
        self.need = need
        self._buckets = buckets or {}
        self.action = _action(need.action)
        self.resource = globs.symbols(need.resource)
        self.facts = {**facts, **dict(_facts(need.conditions))}
        # which key the alias is of is not known here
        self.by_alias = _ALIASES in self.facts

    def meets(self, conditions: Conditions) -> Iterator[Share]:
        """How much of what is asked meets each condition."""
        for operator, keys in conditions.items():
            for key, values in keys.items():
                yield self._meets(operator, key.lower(), values_of(values))

    def _meets(self, operator: str, key: str, values: Sequence[str]) -> Share:
        """One of the values must match; with the operators of ``_NOT``, none."""
        quantifier, _, name = operator.rpartition(":")
        name = name.removesuffix("IfExists")
        fact = self._of_resource() if key == _RESOURCE_ACCOUNT else self.facts.get(key)
        if fact is None:
            return Share.UNKNOWN
        if fact is _ABSENT:
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

    def _of_resource(self) -> _Fact | None:
        """The account of what the need is on, where that is known."""
        parts = parts_of(self.need.resource)
        account = (parts[4] or self._buckets.get(named_by(self.need.resource), "")) if parts else ""
        return _Fact((globs.plain(account),)) if _ACCOUNT.fullmatch(account) else None


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


_ACCOUNT = re.compile(r"\d{12}")
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


def _facts(conditions: Conditions) -> Iterator[tuple[str, _Fact]]:
    """What a need's own conditions say of its requests, by the key."""
    for operator, keys in conditions.items():
        quantifier, _, name = operator.rpartition(":")
        if name in _READ:
            for key, values in keys.items():
                read = _READ[name]
                yield key.lower(), _Fact(tuple(map(read, values_of(values))), among=bool(quantifier))


class _Statement:
    """A statement, its texts taken apart."""

    def __init__(self, statement: Statement) -> None:
        self.effect = statement.effect
        self.policy = statement.policy
        self._statement = statement
        self._actions = [_action(action) for action in statement.actions]
        self._resources = [globs.symbols(text) for text in statement.resources]
        self._literal = frozenset(self._resources)
        # of what has no wildcard nothing is covered but itself
        self._wide = [text for text in self._resources if globs.ANY in text or globs.ONE in text or globs.is_open(text)]
        self._not_action = "NotAction" in statement.inverted
        self._not_resource = "NotResource" in statement.inverted
        self._by_action: dict[Symbols, Share] = {}

    def share(self, asked: _Asked) -> Share:
        """How much of what is asked the statement covers."""
        return all_of(self._shares(asked))

    def doubt(self, asked: _Asked) -> str:
        """What decides whether the statement covers all that is asked."""
        told = [
            f"a condition on {key}"
            for operator, keys in self._statement.conditions.items()
            for key in keys
            if Share.UNKNOWN in asked.meets({operator: {key: keys[key]}})
        ]
        if self._resource(asked) is Share.UNKNOWN:
            told.append("which key the alias is of" if asked.by_alias else "what its resources turn out to be")
        return f"it depends on {' and '.join(told)} whether {self.policy}"

    def texts(self) -> Iterator[tuple[str, str]]:
        """The actions and resources that it names, as they are written."""
        if not self._not_action and not self._not_resource:
            yield from product(map(str.lower, self._statement.actions), self._statement.resources)

    def meets(self, asked: _Asked) -> Iterator[Share]:
        """How much of what is asked meets each of its conditions."""
        return asked.meets(self._statement.conditions)

    def _shares(self, asked: _Asked) -> Iterator[Share]:
        if asked.action not in self._by_action:
            found = share_of_any(self._actions, asked.action)
            self._by_action[asked.action] = inverted(found) if self._not_action else found
        yield self._by_action[asked.action]
        yield from self.meets(asked)
        yield self._resource(asked)

    def _resource(self, asked: _Asked) -> Share:
        if self._not_resource:
            return inverted(share_of_any(self._resources, asked.resource))
        if asked.resource in self._literal:
            return Share.ALL
        exact = self.effect == "Allow" and not asked.by_alias and not globs.is_open(asked.resource)
        found = share_of_any(self._wide if exact else self._resources, asked.resource)
        return Share.UNKNOWN if found is Share.SOME and asked.by_alias else found


def _action(action: str) -> Symbols:
    return globs.symbols(action.lower())  # IAM looks at no case


def values_of(values: Any) -> tuple[str, ...]:
    """The values of a condition, where a single one need not be in a list."""
    given = values if isinstance(values, (list, tuple)) else (values,)
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in given)
