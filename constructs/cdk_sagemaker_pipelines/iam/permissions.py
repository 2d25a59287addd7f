"""A permission: actions on resources under conditions, and why it is needed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple

from ..language.field import in_arguments
from ..language.tokens import unnumbered
from .statements import Conditions, key_of_patterns, meaning, one_or_list, values_of

RUN_TIME = "is only known at run time"
DEPLOYED = "is only known at deployment"
ELSEWHERE = "is described elsewhere"
ILLEGIBLE = "cannot be read from its URL"
UNSAID = "is not documented by AWS"
IMPORTED = {
    "bucket": "is not given anywhere in the app",
    **{kind: f"is not given where the {kind} is imported" for kind in ("queue", "topic")},
}
"""Why something is unknown."""


WHOLE = "Type"
"""The path of a step's type, for what the step needs whatever its fields say."""


class Reason(NamedTuple):
    """What a permission is needed for.

    ``step``: its name. ``where``: the path in it. ``note``: a remark on the field, such as ``which reads
    DebugHookConfig``.
    """

    step: str
    where: str = WHOLE
    note: str = ""

    @property
    def field(self) -> str:
        """The path and the note, for people."""
        return in_arguments(self.path)

    @property
    def path(self) -> str:
        """The whole path, and the note."""
        return f"{self.where}, {self.note}" if self.note else self.where

    def __str__(self) -> str:
        return f"{self.step}: {self.field}"


@dataclass(slots=True)  # not frozen, since very many are made and freezing slows each down
class Permission:
    """``actions`` such as ``s3:GetObject`` on ``resources`` (ARNs, ``*`` for any text), under IAM ``conditions``.

    ``because``: the steps and fields that need it; where resources and conditions come from two fields, in that order.
    ``unknown``: what is not known here, such as ``bucket``, and ``why``: then there are no resources, and nothing can
    be granted. ``once``: whether a step gets one warning for it, however many of its fields need it.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    because: tuple[Reason, ...] = ()
    unknown: str = ""
    why: str = RUN_TIME
    once: bool = False

    def on(self, resources: Iterable[str]) -> Permission:
        """The permission on some of its resources."""
        return replace(self, resources=tuple(resources))

    def statement(self) -> dict[str, Any]:
        """The statement of an IAM policy."""
        statement: dict[str, Any] = {
            "Action": one_or_list(self.actions),
            "Effect": "Allow",
            "Resource": one_or_list(self.resources),
        }
        if self.conditions:
            statement["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return statement


GrantPermissions = Callable[[Sequence[Permission]], None]
"""Grants what is found out during the synthesis only."""


def merge(permissions: Iterable[Permission]) -> list[Permission]:
    """As few permissions as possible that allow the same, in the order in which they are first needed.

    Their texts are sorted; those that only differ in a CDK token keep their order. Permissions without resources,
    which are only known at run time, are left out.
    Those that differ only in the patterns of one ``StringLike`` become one, then those that differ only in their
    actions, then those that differ only in their resources. So none gets wider.
    """
    found = [permission for permission in permissions if permission.resources]
    while True:
        merged = _joined(
            found, lambda p: (frozenset(p.actions), frozenset(p.resources), _without_patterns(p.conditions))
        )
        merged = _joined(merged, lambda p: (frozenset(p.resources), meaning(p.conditions)))
        merged = _joined(merged, lambda p: (frozenset(p.actions), meaning(p.conditions)))
        if len(merged) == len(found):
            return [_joint([permission]) for permission in merged]
        found = merged


def _joined(permissions: Iterable[Permission], same: Callable[[Permission], Hashable]) -> list[Permission]:
    """The unions of the permissions for which ``same`` is equal; one that is alone stays as it is."""
    groups: dict[Hashable, list[Permission]] = {}
    for permission in permissions:
        groups.setdefault(same(permission), []).append(permission)
    return [group[0] if len(group) == 1 else _joint(group) for group in groups.values()]


def _joint(group: Sequence[Permission]) -> Permission:
    """One permission for all of them, with its texts in order."""
    return Permission(
        _union([one.actions for one in group]),
        _union([one.resources for one in group]),
        _any_of([one.conditions for one in group]),
        tuple(dict.fromkeys(chain.from_iterable(one.because for one in group))),
    )


def _union(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    texts = dict.fromkeys(chain.from_iterable(lists))
    return tuple(sorted(texts, key=unnumbered) if len(texts) > 1 else texts)


def _without_patterns(conditions: Conditions) -> Hashable:
    """As ``meaning``, but equal for a single ``StringLike`` over the same key: its patterns are alternatives."""
    key = key_of_patterns(conditions)
    return meaning(conditions) if key is None else f"StringLike {key}"


def _any_of(conditions: Sequence[Conditions]) -> Conditions:
    """The condition that any of the conditions is met; they are equal, or patterns of the same key."""
    key = key_of_patterns(conditions[0])
    if key is None:
        return conditions[0]
    return {"StringLike": {key: list(_union([values_of(one["StringLike"][key]) for one in conditions]))}}


def document(permissions: Iterable[Permission]) -> dict[str, Any]:
    """The IAM policy document of the permissions."""
    return {"Statement": [permission.statement() for permission in permissions], "Version": "2012-10-17"}
