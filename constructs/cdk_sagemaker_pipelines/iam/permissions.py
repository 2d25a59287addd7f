"""A permission: actions on resources under conditions, and why it is needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Permission:
    """``actions`` such as ``s3:GetObject`` on ``resources`` (ARNs, ``*`` for any text), under IAM ``conditions``.

    ``because`` says for whom: the steps and fields that need it.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    because: tuple[str, ...] = ()

    def statement(self) -> dict[str, Any]:
        """The statement of an IAM policy."""
        statement: dict[str, Any] = {
            "Action": _one_or_list(self.actions),
            "Effect": "Allow",
            "Resource": _one_or_list(self.resources),
        }
        if self.conditions:
            statement["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return statement


def merge(permissions: Iterable[Permission]) -> list[Permission]:
    """The same permissions in as few as possible: in the order of their first need, texts within sorted.

    First those on the same resources become one, then those with the same actions, so that no one gets wider.
    """
    found = _grouped(permissions, lambda p: p.resources, _join_actions)
    return _grouped(found, lambda p: p.actions, _join_resources)


def _grouped(permissions: Iterable[Permission], same: Any, join: Any) -> list[Permission]:
    groups: dict[Any, Permission] = {}
    for permission in permissions:
        key = (tuple(sorted(same(permission))), json.dumps(permission.conditions, sort_keys=True))
        known = groups.get(key)
        groups[key] = join(permission, known) if known is not None else join(permission, permission)
    return list(groups.values())


def _join_actions(one: Permission, other: Permission) -> Permission:
    actions = tuple(sorted({*one.actions, *other.actions}))
    return Permission(actions, tuple(sorted(set(other.resources))), other.conditions, _reasons(other, one))


def _join_resources(one: Permission, other: Permission) -> Permission:
    resources = tuple(sorted({*one.resources, *other.resources}))
    return Permission(other.actions, resources, other.conditions, _reasons(other, one))


def _reasons(one: Permission, other: Permission) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one.because, *other.because]))


def document(permissions: Iterable[Permission]) -> dict[str, Any]:
    """The IAM policy document of the permissions."""
    return {"Statement": [permission.statement() for permission in permissions], "Version": "2012-10-17"}


def _one_or_list(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)
