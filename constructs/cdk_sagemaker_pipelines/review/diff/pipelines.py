"""The differences between two pipelines with all that belongs to them: roles, resources, code, what they take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from ...capacity.capacity import Capacity, capacity
from ...language import Definition
from ...language.later import dataclass
from ..reviewed.placed import placed_by, placed_reviewed
from ..reviewed.values import Permission, Reviewed, ReviewedResource, ReviewedRole, Trust
from .code import AssetChange, asset_changes
from .definitions import Difference, Items, diff
from .migrated import migrated
from .renames import follows, in_texts
from .values import Change, value_changes


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

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class PipelineDifference:
    """All differences between a pipeline before and after; false if there are none."""

    old: Reviewed | None
    new: Reviewed | None
    """None where it is new or gone."""
    definition: Difference = field(default_factory=Difference)
    options: Sequence[Change] = ()
    """Of the pipeline's properties, its path, account and region."""
    roles: Roles = field(default_factory=Roles)
    resources: Items[ReviewedResource] = field(default_factory=Items)
    code: Sequence[AssetChange] = ()
    """Scripts, functions and images whose content differs."""
    capacity: tuple[Capacity, Capacity] = (Capacity(), Capacity())
    not_compared: Sequence[str] = ()
    """What only one of two sources tells, in words."""

    def __bool__(self) -> bool:
        one_sided = (self.old is None) != (self.new is None)
        return bool(one_sided or self.definition or self.options or self.roles or self.resources or self.code)

    @property
    def reviewed(self) -> Reviewed:
        """The pipeline after; before, if it is gone."""
        found = self.new or self.old
        assert found is not None
        return found


def difference(
    old: Reviewed | None, new: Reviewed | None, prices: Mapping[str, float] | None = None
) -> PipelineDifference:
    """Compares a pipeline before and after; where it is new, everything is added."""
    if new is None or old is None:
        known = new or old
        assert known is not None
        if new is None:
            return PipelineDifference(old, None, capacity=(_capacity(known, prices), Capacity()))
        old_or_nothing = _nothing(known)
    else:
        old_or_nothing = old
    one, other = _alike(_with_names_of(old_or_nothing, new), new)
    one, other, unread = migrated(one, other)
    empty = Definition({})
    also = _names(one, other)
    found = diff(one.definition or empty, other.definition or empty, also)
    names = {**found.renamed, **also}
    return PipelineDifference(
        old,
        new,
        found,
        _options(one, other) if old is not None else _of_new(other),
        _roles(one.roles, other.roles, names),
        _resources(one.resources, other.resources, names),
        asset_changes(one.assets, other.assets),
        (_capacity(old_or_nothing, prices), _capacity(new, prices)),
        [*_not_compared(old_or_nothing, new), *(f"the content of {name}" for name in unread)],
    )


def _nothing(known: Reviewed) -> Reviewed:
    """What there was of a pipeline that is new."""
    return Reviewed(
        known.path,
        known.stack,
        options=None,
        roles=None if known.roles is None else {},
        resources=None if known.resources is None else {},
        assets={},
        account=known.account,
        region=known.region,
    )


def _with_names_of(old: Reviewed, new: Reviewed) -> Reviewed:
    """The pipeline before with the names that files have now: templates of before may not name the sources."""
    names = {}
    for asset in (old.assets or {}).values():
        for now in (new.assets or {}).values():
            if asset.name != now.name and (asset.hash == now.hash or asset.name == now.construct):
                names[asset.name] = now.name
    if not names or set(names.values()) & (old.assets or {}).keys():
        return old
    texts = {f"<{name}>": f"<{into}>" for name, into in names.items()}
    pattern = re.compile("|".join(map(re.escape, texts)))
    found = placed_by(old, lambda text: pattern.sub(lambda match: texts[match[0]], text))
    return replace(found, assets={names.get(name, name): asset for name, asset in (old.assets or {}).items()})


def _alike(old: Reviewed, new: Reviewed) -> tuple[Reviewed, Reviewed]:
    """Both without their places, if these differ: that is told once, as an option."""
    same = (old.account, old.region) == (new.account, new.region) or old.options is None or new.options is None
    return (old, new) if same else (placed_reviewed(old), placed_reviewed(new))


def _options(old: Reviewed, new: Reviewed) -> list[Change]:
    if old.options is None or new.options is None:
        return []
    moved = [Change("Path", old.path, new.path)] if old.path != new.path else []
    return [*moved, *value_changes("", _without_body(old.options), _without_body(new.options))]


def _names(old: Reviewed, new: Reviewed) -> dict[str, str]:
    """The new name of a pipeline by the old one, also as ARNs have it."""
    before, after = ((each.options or {}).get("PipelineName") for each in (old, new))
    if before == after or not (isinstance(before, str) and isinstance(after, str)):
        return {}
    return {before: after, before.lower(): after.lower()}


def _of_new(new: Reviewed) -> list[Change]:
    return value_changes("", {}, _without_body(new.options or {}))


def _without_body(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "PipelineDefinition"}


def _capacity(found: Reviewed, prices: Mapping[str, float] | None) -> Capacity:
    if found.definition is None:
        return Capacity()
    given = (found.options or {}).get("ParallelismConfiguration")
    at_once = given.get("MaxParallelExecutionSteps") if isinstance(given, Mapping) else None
    return capacity(found.definition, at_once, prices)


def _not_compared(old: Reviewed, new: Reviewed) -> list[str]:
    both = ((old.options, new.options, "options"), (old.roles, new.roles, "roles"), (old.assets, new.assets, "code"))
    if old.definition is None or new.definition is None:
        return []
    return [what for one, other, what in both if (one is None) != (other is None)]


# -- roles and resources


def _roles(
    old: Mapping[str, ReviewedRole] | None, new: Mapping[str, ReviewedRole] | None, names: Mapping[str, str]
) -> Roles:
    if old is None or new is None:
        return Roles()
    before = _under_new_names(old, names, new)
    empty = ReviewedRole()
    changed = {name: _role(role, new[name], names) for name, role in before.items() if name in new}
    return Roles(
        {name: _role(empty, role, names) for name, role in new.items() if name not in before},
        {name: _role(role, empty, {}) for name, role in before.items() if name not in new},
        {name: found for name, found in changed.items() if found},
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


def _trust(one: Trust, names: Mapping[str, str]) -> Trust:
    conditions = tuple(_text(condition, names) for condition in one.conditions)
    return one._replace(principal=_text(one.principal, names), conditions=conditions)


def _permission(one: Permission, names: Mapping[str, str]) -> Permission:
    conditions = tuple(_text(condition, names) for condition in one.conditions)
    return one._replace(resource=_text(one.resource, names), conditions=conditions)


def _resources(
    old: Mapping[str, ReviewedResource] | None, new: Mapping[str, ReviewedResource] | None, names: Mapping[str, str]
) -> Items[ReviewedResource]:
    if old is None or new is None:
        return Items()
    before = _under_new_names(old, names, new)
    changed = {}
    for name, resource in before.items():
        if name in new:
            one, other = ({"Type": each.type, **each.properties} for each in (resource, new[name]))
            found = [change for change in value_changes("", one, other) if not follows(change, names)]
            if found:
                changed[name] = found
    return Items(
        {name: resource for name, resource in new.items() if name not in before},
        {name: resource for name, resource in before.items() if name not in new},
        changed,
    )


def _under_new_names(old: Mapping[str, Any], names: Mapping[str, str], new: Mapping[str, Any]) -> dict[str, Any]:
    """What goes by a step's name under the step's new name, if there is such a thing now."""
    found = {}
    for name, value in old.items():
        into = _text(name, names)
        found[into if into in new and name not in new else name] = value
    return found


def _text(text: str, names: Mapping[str, str]) -> str:
    return str(in_texts(text, names)) if names else text
