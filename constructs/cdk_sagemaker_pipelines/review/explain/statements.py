"""The statements of policies in templates, with their values as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...iam.statements import Conditions, listed
from ...language.later import later_pattern
from ..reading.stacks import Resource

EVERYBODY = "*"
_ACCOUNT = later_pattern(r"arn:.*:iam::.*:root|\d{12}|\$\{Token\[AWS::AccountId\]\}")
_OPEN = {"Principal": {"Principal": ("?",)}}
"""A condition that may or may not be met."""


@dataclass(frozen=True)
class Statement:
    """A statement of a policy, with its values as texts."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    policy: str
    """Where it is: the path of the policy, or of the resource whose policy it is."""
    inverted: tuple[str, ...] = ()
    """``NotAction``, ``NotResource`` or ``NotPrincipal``, if it names exceptions."""
    principals: tuple[str, ...] = ()
    """In the policy of a resource: its principals, or with ``NotPrincipal`` the exceptions."""
    whom: frozenset[str] = frozenset()
    """The principals in the form in which they are compared."""
    key: str = ""
    """The key, if it is in a key's policy."""
    account: str = ""
    """The account of the resource, if it is in a resource's policy and the account is known."""

    @property
    def excepts(self) -> bool:
        """Whether its principals are exceptions."""
        return "NotPrincipal" in self.inverted

    @property
    def for_everybody(self) -> bool:
        """Whether it is for everybody, or for everybody with exceptions."""
        return EVERYBODY in self.principals or self.excepts

    @property
    def for_account(self) -> bool:
        """Whether it is for an account, whose own policies decide for each principal in it."""
        return any(map(_ACCOUNT.fullmatch, self.principals))


def statements(resource: Resource, document: Any, policy: str) -> Iterator[Statement]:
    """The statements of a policy document; what cannot be read appears verbatim as an action."""
    found = document.get("Statement", document or None) if isinstance(document, Mapping) else document
    for item in listed(found):
        if not isinstance(item, Mapping) or "Effect" not in item:
            yield Statement("?", (json.dumps(item, sort_keys=True),), (), {}, policy)
            continue
        conditions = item.get("Condition", {})
        readable = isinstance(conditions, Mapping) and all(isinstance(keys, Mapping) for keys in conditions.values())
        yield Statement(
            resource.text(item["Effect"]),
            _texts(resource, item.get("Action", item.get("NotAction"))),
            _texts(resource, item.get("Resource", item.get("NotResource"))),
            _conditions(resource, conditions) if readable else {"?": {"?": (json.dumps(conditions),)}},
            policy,
            tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key in item),
            _principals(resource, item.get("Principal", item.get("NotPrincipal"))),
        )


def on_a_condition(statement: Statement) -> Statement:
    """The statement with a condition that may or may not be met."""
    return replace(statement, conditions={**statement.conditions, **_OPEN})


def _conditions(resource: Resource, conditions: Mapping[str, Mapping[str, Any]]) -> Conditions:
    return {
        operator: {key: _texts(resource, value) for key, value in keys.items()} for operator, keys in conditions.items()
    }


def _principals(resource: Resource, principal: Any) -> tuple[str, ...]:
    if isinstance(principal, Mapping) and not any(key.startswith(("Fn::", "Ref")) for key in principal):
        return tuple(text for value in principal.values() for text in _texts(resource, value))
    return _texts(resource, principal)


def _texts(resource: Resource, value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(dict.fromkeys(resource.text(item) for item in listed(value)))
