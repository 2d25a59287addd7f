"""The differences between two pipelines with all that belongs to them: roles, resources, code, what they take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...capacity.capacity import Capacity, capacity
from ...language import Definition
from ..reviewed.placed import placed_by, placed_reviewed
from ..reviewed.values import STACK, Reviewed, ReviewedResource
from .called_after import CalledAfter, called_after
from .code import AssetChange, asset_changes
from .definitions import Difference, Items, diff
from .deployed import Filled, as_deployed, is_one_deployed
from .migrated import migrated
from .renames import are_too_many
from .roles import Roles, role_changes, under_new_names
from .values import Change, value_changes
from .weight import IN_POLICIES


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
    following: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    """By resource or role, what only differs since something is called after a new name; no difference."""
    code: Sequence[AssetChange] = ()
    """Scripts, functions and images whose content differs."""
    capacity: tuple[Capacity, Capacity] = (Capacity(), Capacity())
    not_compared: Sequence[str] = ()
    """What only one of two sources has, and what would take too long, in words."""
    called: CalledAfter = field(default_factory=CalledAfter)
    """The names that are new."""
    types: Mapping[str, str] = field(default_factory=dict)
    """The types of the resources of after, by name."""

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
    names = _known(one, other)
    found = diff(one.definition or empty, other.definition or empty, names)
    called = called_after(one.definition or empty, found.renamed, names)
    code = asset_changes(one.assets, other.assets)
    options = _options(one, other) if old is not None else _of_new(other)
    if is_one_deployed(one, other):
        filled = Filled((one if one.resources is not None else other).assets or {}, one.resources is None)
        found = filled.without(found)
        options = [change for change in options if not filled.is_open(change)]
        code = list(filled.code())
        unread = (*unread, *([f"{filled.values} values that the deployment fills in"] if filled.values else []))
    if old is not None and are_too_many(one.definition or empty, other.definition or empty):
        counts = len(found.steps.removed), len(found.steps.added)
        unread = (*unread, "which of {} removed steps are among {} added ones, under new names".format(*counts))
    roles = role_changes(one.roles, other.roles, called)
    resources, following = _resources(one.resources, other.resources, called)
    return PipelineDifference(
        old,
        new,
        found,
        options,
        roles,
        resources,
        {**following, **roles.following},
        code,
        (_capacity(old_or_nothing, prices), _capacity(new, prices)),
        [*_not_compared(old_or_nothing, new), *unread],
        called,
        {name: each.type for name, each in (other.resources or {}).items()},
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
    """Both without their places, if these differ: that is said once, as an option."""
    same = (old.account, old.region) == (new.account, new.region) or old.options is None or new.options is None
    if is_one_deployed(old, new):  # what the app does not say is open
        same = same or not all((old.account, old.region, new.account, new.region))
    return (old, new) if same else (placed_reviewed(old), placed_reviewed(new))


def _options(old: Reviewed, new: Reviewed) -> list[Change]:
    if old.options is None or new.options is None:
        return []
    one, other = dict(old.options), dict(new.options)
    if is_one_deployed(old, new):
        if old.resources is None:
            return value_changes("", one, as_deployed(new, one))
        return value_changes("", as_deployed(old, other), other)
    moved = [Change("Path", old.path, new.path)] if old.path != new.path else []
    if (STACK in one) != (STACK in other):  # a template alone does not say it
        (one if STACK in one else other).pop(STACK)
    return [*moved, *value_changes("", one, other)]


def _known(old: Reviewed, new: Reviewed) -> CalledAfter:
    """What is known of the names of a pipeline and its constructs."""
    before, after = ((each.options or {}).get("PipelineName") for each in (old, new))
    named = isinstance(before, str) and isinstance(after, str)
    return CalledAfter(
        pipeline=(str(before), str(after)) if named else ("", ""),
        construct=old.below if old.below == new.below else "",
        taken=(*(old.roles or ()), *(old.resources or ())),
    )


def _of_new(new: Reviewed) -> list[Change]:
    return value_changes("", {}, new.options or {})


def _capacity(found: Reviewed, prices: Mapping[str, float] | None) -> Capacity:
    if found.definition is None:
        return Capacity()
    given = (found.options or {}).get("ParallelismConfiguration")
    at_once = given.get("MaxParallelExecutionSteps") if isinstance(given, Mapping) else None
    return capacity(found.definition, at_once, prices)


def _not_compared(old: Reviewed, new: Reviewed) -> list[str]:
    both = (
        (old.options, new.options, "options"),
        (old.roles, new.roles, "roles"),
        (old.assets, new.assets, "code"),
        (old.resources, new.resources, "resources"),
    )
    if old.definition is None or new.definition is None:
        return []
    found = [what for one, other, what in both if (one is None) != (other is None)]
    if old.options is not None and new.options is not None and (STACK in old.options) != (STACK in new.options):
        found.append("how the stack is deployed")
    if is_one_deployed(old, new) and old.options is not None and new.options is not None:
        told = old.options if old.resources is None else new.options
        found += [] if "Tags" in told else ["tags (ListTags is denied)"]
    return found


def _resources(
    old: Mapping[str, ReviewedResource] | None, new: Mapping[str, ReviewedResource] | None, called: CalledAfter
) -> tuple[Items[ReviewedResource], dict[str, list[Change]]]:
    """The resources that differ, and what of them only follows from new names."""
    if old is None or new is None:
        return Items(), {}
    before = under_new_names(old, called, new)
    changed, following = dict[str, list[Change]](), dict[str, list[Change]]()
    for name, resource in before.items():
        if name in new:
            one, other = ({"Type": each.type, **each.properties} for each in (resource, new[name]))
            for change in value_changes("", one, other):
                of_library = called.is_own(name) and not IN_POLICIES.search(change.path)
                text = CalledAfter.everything if of_library else CalledAfter.constructs
                (following if called.follows(change, text) else changed).setdefault(name, []).append(change)
    added = {name: resource for name, resource in new.items() if name not in before}
    removed = {name: resource for name, resource in before.items() if name not in new}
    return Items(added, removed, changed), following
