"""A difference as a list of entries, one for each thing that is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...capacity.counts import shares
from ...language import StepView
from ...language.expressions import MISSING
from ...language.meaning import meaning
from ..reviewed.values import Permission, Trust
from .called_after import CalledAfter
from .code import AssetChange
from .definitions import Difference, Items, Position, Wait
from .entry import CAPACITY, CODE, ORDER, PARAMETERS, PERMISSIONS, PIPELINE, RESOURCES, STEPS, Entry
from .pipelines import PipelineDifference
from .roles import RoleDifference
from .summary import summary
from .values import Change
from .weight import NEW_ROLE

_REPLACES = "another pipeline: the service renames none, so the old one is deleted with its executions"
"""What a new name means where a stack is deployed."""


def entries(difference: PipelineDifference) -> Iterator[Entry]:
    """All entries of one pipeline, in the order of a reader: what it is, may do and takes, then the graph."""
    if difference.new is None:
        return
    for change in difference.options:
        entry = _change(PIPELINE, "", change)
        yield replace(entry, note=_after_the_name(difference, change)) if change.path == "PipelineName" else entry
    yield from _of_capacity(difference)
    yield from of_definition(difference.definition, partial(_beside, difference))
    yield from _of_roles(difference)
    yield from map(_of_asset, difference.code)
    yield from _of_resources(difference)


def of_definition(found: Difference, beside: Callable[[str], int] = lambda _: 0) -> Iterator[Entry]:
    """The entries of the definition alone. ``beside``: how much else is called after a name, before and after."""
    yield from (_change(PIPELINE, "", change) for change in found.document)
    yield from _of_parameters(found.parameters)
    for name, into in found.renamed.items():
        yield Entry(STEPS, ">", into, "Name", name, into, _places(len(found.following.get(into, ())) + beside(name)))
    yield from (_of_step("+", name, place) for name, place in found.steps.added.items())
    yield from (
        Entry(STEPS, "-", name, note=_at(place.inside), kind=place.type) for name, place in found.steps.removed.items()
    )
    yield from (Entry(STEPS, ">", name, "place", *places) for name, places in found.moved.items())
    for name, changes in found.steps.changed.items():
        yield from (_change(STEPS, name, change) for change in changes)
    added = found.steps.added
    yield from (_of_wait("+", wait) for wait in found.waits_added if wait.step not in added)
    yield from (_of_wait("-", wait) for wait in found.waits_removed)


def _after_the_name(difference: PipelineDifference, change: Change) -> str:
    found = difference.definition
    own = sum(len(changes) for name, changes in found.following.items() if name not in found.renamed.values())
    sides = (difference.old, difference.new)
    replaces = _REPLACES if all(each is not None and each.resources is not None for each in sides) else ""
    return ", ".join(filter(None, (replaces, _places(own + _beside(difference, str(change.old))))))


def _beside(difference: PipelineDifference, old: str) -> int:
    """How much of the roles and resources is called after a name."""
    called, text = difference.called.only(old), CalledAfter.everything
    changes = [change for all_of in difference.following.values() for change in all_of]
    return sum(called.value(change.old, text) != CalledAfter().value(change.old, text) for change in changes)


def _places(number: int) -> str:
    return f"and {number} {'place' if number == 1 else 'places'} named after it" if number else ""


def _of_step(sign: str, name: str, place: Position) -> Entry:
    told = [_at(place.inside), *summary(StepView(place.step))]
    return Entry(STEPS, sign, name, note=", ".join(told), kind=place.type)


def _at(inside: str) -> str:
    return f"at {inside}" if inside == "the top" else f"in {inside}"


def _of_parameters(found: Items[Any]) -> Iterator[Entry]:
    for sign, items in (("+", found.added), ("-", found.removed)):
        for name, declared in items.items():
            kind = value(declared.get("Type", "")).strip('"')
            rest = {key: item for key, item in declared.items() if key not in ("Name", "Type", "DefaultValue")}
            default = value(declared["DefaultValue"]) if "DefaultValue" in declared else None
            note = ", ".join(f"{key} {value(item)}" for key, item in rest.items())
            old, new = (None, default) if sign == "+" else (default, None)
            yield Entry(PARAMETERS, sign, name, "", old, new, note, kind)
    for name, changes in found.changed.items():
        yield from (_change(PARAMETERS, name, change) for change in changes)


def _of_wait(sign: str, wait: Wait) -> Entry:
    end = {"Completed": "", "Any": ", however it ends"}.get(wait.trigger, f", on {wait.trigger}")
    return Entry(ORDER, sign, wait.step, note=f"waits for {wait.waits_for}{end}")


def _change(section: str, subject: str, change: Change) -> Entry:
    if change.old is MISSING:
        return Entry(section, "+", subject, change.path, None, value(change.new))
    if change.new is MISSING:
        return Entry(section, "-", subject, change.path, value(change.old), None)
    return Entry(section, "~", subject, change.path, value(change.old), value(change.new))


# -- what else belongs to a pipeline


def _of_capacity(difference: PipelineDifference) -> Iterator[Entry]:
    old, new = difference.capacity
    if sum(old.gpus.values()) != sum(new.gpus.values()):
        yield _amount("GPUs at once", old.gpus, new.gpus)
    uncounted = _uncounted(new.without_hours)
    if not _near(sum(old.hours.values()), sum(new.hours.values())):
        yield _amount("instance-hours at most", old.hours, new.hours, uncounted)
    if old.cost is not None and new.cost is not None and not _near(sum(old.cost.values()), sum(new.cost.values())):
        yield _amount("US dollars at most", old.cost, new.cost, uncounted)


def _amount(what: str, old: Mapping[str, float], new: Mapping[str, float], uncounted: str = "") -> Entry:
    note = ", ".join(filter(None, (shares(new), uncounted)))
    return Entry(CAPACITY, "~", what, "", f"{sum(old.values()):,.6g}", f"{sum(new.values()):,.6g}", note)


def _uncounted(names: Sequence[str]) -> str:
    """What a sum of hours lacks, in a few words."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"not counted: {', '.join(names[:3])}{more}" if names else ""


def _near(one: float, other: float) -> bool:
    return abs(one - other) < 1e-9 * max(abs(one), abs(other), 1)


def _of_roles(difference: PipelineDifference) -> Iterator[Entry]:
    for name, role in difference.roles.added.items():
        yield Entry(PERMISSIONS, "+", name, note=NEW_ROLE)
        yield from _of_role(name, role)
    yield from (Entry(PERMISSIONS, "-", name, note="the role is gone") for name in difference.roles.removed)
    for name, role in difference.roles.changed.items():
        yield from _of_role(name, role)


def _of_role(name: str, role: RoleDifference) -> Iterator[Entry]:
    for sign, trusts in (("+", role.trust_gained), ("-", role.trust_lost)):
        yield from (Entry(PERMISSIONS, sign, name, "trust", note=_trust(trust)) for trust in trusts)
    for change in role.other:
        yield _change(PERMISSIONS, name, Change(change.path, *(MISSING if v is None else v for v in change[1:])))
    for sign, permissions in (("+", role.gained), ("-", role.lost)):
        for actions, permission, why in _merged(permissions):
            yield Entry(PERMISSIONS, sign, name, _may(permission, actions), note="; ".join(why))


def _merged(
    permissions: Mapping[Permission, tuple[str, ...]],
) -> Iterator[tuple[list[str], Permission, tuple[str, ...]]]:
    """Permissions that differ in the action alone together."""
    found: dict[tuple[Permission, tuple[str, ...]], list[str]] = {}
    for permission, why in permissions.items():
        found.setdefault((permission._replace(action=""), why), []).append(permission.action)
    yield from ((actions, permission, why) for (permission, why), actions in found.items())


def _may(permission: Permission, actions: Sequence[str]) -> str:
    words = ", ".join(actions)
    words = f"all but {words}" if "NotAction" in permission.inverted else words
    words = words if permission.effect == "Allow" else f"{permission.effect}: {words}"
    on = "all but" if "NotResource" in permission.inverted else "on"
    told = f"{words} {on} {permission.resource}" if permission.resource else words
    return told + _if(permission.conditions)


def _trust(trust: Trust) -> str:
    who = f"everybody but {trust.principal}" if "NotPrincipal" in trust.inverted else trust.principal
    effect = "" if trust.effect == "Allow" else f"{trust.effect}: "
    return f"{effect}{trust.action} by {who}" + _if(trust.conditions)


def _if(conditions: Sequence[str]) -> str:
    return f" if {' and '.join(conditions)}" if conditions else ""


def _of_asset(change: AssetChange) -> Entry:
    if change.files is None:
        return Entry(CODE, "~", change.name, "", change.old, change.new, "one side is not here")
    if not change.files:
        return Entry(CODE, "~", change.name, "", change.old, change.new, "how it is packed")
    several = len(change.files) > 1 or change.files[0].name != change.name
    told = [
        f"{file.name + ' ' if several else ''}{f'+{file.added} -{file.removed} lines' if file.is_text else 'differs'}"
        for file in change.files
    ]
    return Entry(CODE, "~", change.name, note=", ".join(told))


def _of_resources(difference: PipelineDifference) -> Iterator[Entry]:
    found, roles = difference.resources, difference.roles
    tags = (difference.reviewed.options or {}).get("Tags")
    common = tags if isinstance(tags, list) else []
    for name, resource in found.added.items():
        told = _without_common_tags(resource.properties, common)
        if told or name not in roles.added:
            text = value(told) if told else None
            yield Entry(RESOURCES, "+", name, "", None, text, kind=resource.type, type=resource.type)
    for name, resource in found.removed.items():
        if name not in roles.removed:
            yield Entry(RESOURCES, "-", name, kind=resource.type, type=resource.type)
    for name, changes in found.changed.items():
        type = difference.types[name]
        yield from (replace(_change(RESOURCES, name, change), type=type) for change in changes)


def _without_common_tags(properties: Mapping[str, Any], common: Sequence[Any]) -> dict[str, Any]:
    """What a new resource has beside the tags that the pipeline has, too."""
    tags = properties.get("Tags")
    own = [tag for tag in tags if tag not in common] if isinstance(tags, list) else tags
    return {name: item for name, item in {**properties, "Tags": own}.items() if name != "Tags" or own}


def value(given: Any) -> str:
    """A value as JSON; what is read of others as its path, and a joined text with such paths in braces."""
    if isinstance(given, Mapping) and given.keys() == {"Get"} and isinstance(given["Get"], str):
        return given["Get"]
    if isinstance(given, Mapping) and given.keys() == {"Std:Join"}:
        joined = meaning(given)
        parts = joined["Std:Join"] if isinstance(joined, Mapping) else [joined]
        if isinstance(parts, list) and all(map(_is_plain, parts)):
            return json.dumps(
                "".join(p if isinstance(p, str) else f"{{{p['Get']}}}" for p in parts), ensure_ascii=False
            )
    return json.dumps(given, ensure_ascii=False, default=str)


def _is_plain(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, Mapping) and isinstance(part.get("Get"), str) and len(part) == 1)
