"""What roles may do or no longer may, and who may assume them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..reviewed.roles import is_for_fields
from ..reviewed.values import Permission, ReviewedRole, Trust
from .called_after import CalledAfter
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
    old: Mapping[str, ReviewedRole] | None, new: Mapping[str, ReviewedRole] | None, called: CalledAfter
) -> Roles:
    """The roles of both sides that differ; ``called``: what is called anew."""
    if old is None or new is None:
        return Roles()
    before = under_new_names(old, called, new)
    empty = ReviewedRole()
    # only what is attached to them is known, so that they are neither new nor gone
    elsewhere = {name: empty for name, role in (*before.items(), *new.items()) if role.elsewhere}
    before, new = {**elsewhere, **before}, {**elsewhere, **new}
    changed = {name: _role(name, role, new[name], called) for name, role in before.items() if name in new}
    return Roles(
        {name: _role(name, empty, role, called) for name, role in new.items() if name not in before},
        {name: _role(name, role, empty, CalledAfter()) for name, role in before.items() if name not in new},
        {name: found for name, found in changed.items() if found},
        {name: found for name in changed if (found := _following(name, before[name], new[name], called))},
    )


def _role(name: str, old: ReviewedRole, new: ReviewedRole, called: CalledAfter) -> RoleDifference:
    into = _under_new_names(old, new, called)
    still = {one for one, named in into.items() if one in new.permissions or named in new.permissions}
    kept = {one for one in new.permissions if one in old.permissions} | {into[one] for one in still}
    trusted = {called.trust(one, name): one for one in old.trust}
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


def _following(name: str, old: ReviewedRole, new: ReviewedRole, called: CalledAfter) -> list[Change]:
    may = [
        Change("permission", one, into)
        for one, into in _under_new_names(old, new, called).items()
        if into in new.permissions
    ]
    trusts = [Change("trust", one, into) for one in old.trust if (into := called.trust(one, name)) in new.trust]
    return [
        change._replace(old=list(change.old), new=list(change.new))
        for change in (*may, *trusts)
        if change.old != change.new
    ]


def _under_new_names(old: ReviewedRole, new: ReviewedRole, called: CalledAfter) -> dict[Permission, Permission]:
    """The permissions of before, each as it is with what is called anew; what code grants stays what it is."""
    found = {}
    for one, why in old.permissions.items():
        into = called.permission(one, for_fields=True)
        reasons = (*why, *new.permissions.get(into, ()))  # a snapshot has none
        for_fields = bool(reasons) and all(map(is_for_fields, reasons))
        found[one] = into if for_fields else called.permission(one, for_fields=False)
    return found


def under_new_names(old: Mapping[str, Any], called: CalledAfter, new: Mapping[str, Any]) -> dict[str, Any]:
    """What goes by a step's name under the step's new name, if there is such a thing now and was none."""
    found = {}
    for name, value in old.items():
        into = called.resource(name)
        found[into if into in new and into not in old and name not in new else name] = value
    return found
