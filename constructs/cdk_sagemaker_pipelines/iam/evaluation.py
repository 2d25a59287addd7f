"""Whether policies grant what is needed, by what they mean: wildcards, exceptions, refusals, conditions, a boundary.

What a need is for, such as all objects below a prefix, must be granted whole. What depends on what nobody knows here,
such as a condition on the caller's network, is neither granted nor missing. Source: IAM user guide, "Policy evaluation
logic" and "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import product
from typing import NamedTuple, Protocol

from . import globs
from .globs import Share, Symbols, all_of, inverted, share, share_of_any
from .requests import ABSENT, Fact, Need, Request, plain_action
from .statements import Conditions

NOT_GRANTED = "not-granted"
"""The code of a finding of what is needed and not granted."""


class Outcome(Enum):
    """The verdict of policies on a need."""

    GRANTED = "granted"
    MISSING = "missing"
    UNDECIDED = "undecided"


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
            key.lower(): ABSENT if value is None else Fact((globs.plain(value),))
            for key, value in (facts or {}).items()
        }
        self._buckets = buckets or {}

    def judge(self, need: Need) -> Verdict:
        """Whether a need is granted."""
        asked = Request(need, self._facts, self._buckets)
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

    def _allowed(self, asked: Request) -> Verdict:
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
    asked = Request(need, {})
    return (
        share(plain_action(wide.action), asked.action) is Share.ALL
        and share(globs.symbols(wide.resource), asked.resource) is Share.ALL
        and all_of(asked.meets(wide.conditions)) is Share.ALL
    )


class _Statement:
    """A statement, its texts taken apart."""

    def __init__(self, statement: Statement) -> None:
        self.effect = statement.effect
        self.policy = statement.policy
        self._statement = statement
        self._actions = [plain_action(action) for action in statement.actions]
        self._resources = [globs.symbols(text) for text in statement.resources]
        self._literal = frozenset(self._resources)
        # of what has no wildcard nothing is covered but itself
        self._wide = [text for text in self._resources if globs.ANY in text or globs.ONE in text or globs.is_open(text)]
        self._not_action = "NotAction" in statement.inverted
        self._not_resource = "NotResource" in statement.inverted
        self._by_action: dict[Symbols, Share] = {}

    def share(self, asked: Request) -> Share:
        """How much of what is asked the statement covers."""
        return all_of(self._shares(asked))

    def doubt(self, asked: Request) -> str:
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

    def meets(self, asked: Request) -> Iterator[Share]:
        """How much of what is asked meets each of its conditions."""
        return asked.meets(self._statement.conditions)

    def _shares(self, asked: Request) -> Iterator[Share]:
        if asked.action not in self._by_action:
            found = share_of_any(self._actions, asked.action)
            self._by_action[asked.action] = inverted(found) if self._not_action else found
        yield self._by_action[asked.action]
        yield from self.meets(asked)
        yield self._resource(asked)

    def _resource(self, asked: Request) -> Share:
        if self._not_resource:
            return inverted(share_of_any(self._resources, asked.resource))
        if asked.resource in self._literal:
            return Share.ALL
        exact = self.effect == "Allow" and not asked.by_alias and not globs.is_open(asked.resource)
        found = share_of_any(self._wide if exact else self._resources, asked.resource)
        return Share.UNKNOWN if found is Share.SOME and asked.by_alias else found
