"""What roles may do or no longer may, and who may assume them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..reviewed.values import Permission, ReviewedRole, Trust
from .renames import in_texts
from .values import Change


@dataclass(frozen=True)
class RoleDifference:
    """What a role may do or no longer may, and who may assume it; each permission with what it is or was for."""

    gained: Mapping[Permission, tuple[str, ...]] = field(default_factory=dict)
    lost: Mapping[Permission, tuple[str, ...]] = field(default_factory=dict)
    trust_gained: Sequence[Trust] = ()
    trust_lost: Sequence[Trust] = ()
    other: Sequence[Change] = ()
    """Managed policies whose content is not known here, and the boundary."""

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.trust_gained or self.trust_lost or self.other)


@dataclass(frozen=True)
class Roles:
    """The roles that differ, by name. Of a new one everything is gained."""

    added: Mapping[str, RoleDifference] = field(default_factory=dict)
    removed: Mapping[str, RoleDifference] = field(default_factory=dict)
    changed: Mapping[str, RoleDifference] = field(default_factory=dict)
    following: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """Permissions and trust that only differ since something is called after a new name; no difference."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def role_changes(
    old: Mapping[str, ReviewedRole] | None, new: Mapping[str, ReviewedRole] | None, names: Mapping[str, str]
) -> Roles:
    """The roles of both sides that differ; ``names``: what is called anew, by the old name."""
    if old is None or new is None:
        return Roles()
    before = under_new_names(old, names, new)
    empty = ReviewedRole()
    # only what is attached to them is known, so that they are neither new nor gone
    elsewhere = {name: empty for name, role in (*before.items(), *new.items()) if role.elsewhere}
    before, new = {**elsewhere, **before}, {**elsewhere, **new}
    changed = {name: _role(role, new[name], names) for name, role in before.items() if name in new}
    return Roles(
        {name: _role(empty, role, names) for name, role in new.items() if name not in before},
        {name: _role(role, empty, {}) for name, role in before.items() if name not in new},
        {name: found for name, found in changed.items() if found},
        {name: found for name, role in before.items() if name in new and (found := _following(role, new[name], names))},
    )


def _role(old: ReviewedRole, new: ReviewedRole, names: Mapping[str, str]) -> RoleDifference:
    into = {_permission(one, names): one for one in old.permissions}
    kept = {one for one in new.permissions if one in old.permissions or one in into}
    still = {one for named, one in into.items() if one in new.permissions or named in new.permissions}
    trusted = {_trust(one, names): one for one in old.trust}
    return RoleDifference(
        {one: why for one, why in new.permissions.items() if one not in kept},
        {one: why for one, why in old.permissions.items() if one not in still},
        [one for one in new.trust if one not in trusted and one not in old.trust],
        [one for named, one in trusted.items() if named not in new.trust and one not in new.trust],
        [
            *(Change("managed policy", None, arn) for arn in new.managed if arn not in old.managed),
            *(Change("managed policy", arn, None) for arn in old.managed if arn not in new.managed),
            *([Change("boundary", old.boundary, new.boundary)] if old.boundary != new.boundary else []),
        ],
    )


def _following(old: ReviewedRole, new: ReviewedRole, names: Mapping[str, str]) -> list[Change]:
    permissions = {_permission(one, names): one for one in old.permissions}
    trust = {_trust(one, names): one for one in old.trust}
    may = [Change("permission", permissions[one], one) for one in new.permissions if one in permissions]
    trusts = [Change("trust", trust[one], one) for one in new.trust if one in trust]
    return [
        change._replace(old=list(change.old), new=list(change.new))
        for change in (*may, *trusts)
        if change.old != change.new
    ]


def _trust(one: Trust, names: Mapping[str, str]) -> Trust:
    conditions = tuple(_text(condition, names) for condition in one.conditions)
    return one._replace(principal=_text(one.principal, names), conditions=conditions)


def _permission(one: Permission, names: Mapping[str, str]) -> Permission:
    conditions = tuple(_text(condition, names) for condition in one.conditions)
    return one._replace(resource=_text(one.resource, names), conditions=conditions)


def under_new_names(old: Mapping[str, Any], names: Mapping[str, str], new: Mapping[str, Any]) -> dict[str, Any]:
    """What goes by a step's name under the step's new name, if there is such a thing now."""
    found = {}
    for name, value in old.items():
        into = _text(name, names)
        found[into if into in new and name not in new else name] = value
    return found


def _text(text: str, names: Mapping[str, str]) -> str:
    return str(in_texts(text, names)) if names else text
