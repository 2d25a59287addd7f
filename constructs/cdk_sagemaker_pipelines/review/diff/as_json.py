"""A difference as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...capacity.capacity import Capacity
from ...language.expressions import MISSING
from ..reviewed.values import Permission, ReviewedResource, Trust
from .code import AssetChange, FileChange
from .definitions import Difference, Items, Position
from .pipelines import PipelineDifference
from .roles import RoleDifference, Roles
from .values import Change


def pipeline_json(difference: PipelineDifference) -> dict[str, Any]:
    """What ``smpipe diff --json`` prints for one pipeline; docs/checks.md lists the members."""
    old, new = difference.old, difference.new
    return {
        "pipeline": difference.reviewed.path,
        "old": old.file if old else None,
        "new": new.file if new else None,
        "difference": _whole(difference) if old and new and difference else None,
        **({"added": _whole(difference)} if old is None else {}),
        **({"notCompared": list(difference.not_compared)} if difference.not_compared else {}),
    }


def _whole(difference: PipelineDifference) -> dict[str, Any]:
    return {
        "options": _changes(difference.options),
        **as_json(difference.definition),
        "roles": _roles(difference.roles),
        "resources": _resources(difference.resources),
        "following": _by_name(difference.following.items()),
        "code": [_asset(change) for change in difference.code],
        "capacity": dict(zip(("old", "new"), map(_capacity, difference.capacity), strict=True)),
    }


def as_json(difference: Difference) -> dict[str, Any]:
    """The differences of two definitions alone."""
    return {
        "document": _changes(difference.document),
        "parameters": {
            "added": difference.parameters.added,
            "removed": difference.parameters.removed,
            "changed": _by_name(difference.parameters.changed.items()),
        },
        "steps": {
            "added": {name: _position(place) for name, place in difference.steps.added.items()},
            "removed": {name: _position(place) for name, place in difference.steps.removed.items()},
            "changed": _by_name(difference.steps.changed.items()),
            "moved": {name: {"old": old, "new": new} for name, (old, new) in difference.moved.items()},
            "renamed": dict(difference.renamed),
            "following": _by_name(difference.following.items()),
        },
        "order": {
            "added": [wait._asdict() for wait in difference.waits_added],
            "removed": [wait._asdict() for wait in difference.waits_removed],
        },
    }


def _position(place: Position) -> dict[str, Any]:
    return {"type": place.type, "inside": place.inside, "step": place.step}


def _by_name(items: Iterable[tuple[str, Iterable[Change]]]) -> dict[str, Any]:
    return {name: _changes(changes) for name, changes in items}


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [{key: value for key, value in change._asdict().items() if value is not MISSING} for change in changes]


def _roles(roles: Roles) -> dict[str, Any]:
    return {
        what: {name: _role(role) for name, role in found.items()}
        for what, found in (("added", roles.added), ("removed", roles.removed), ("changed", roles.changed))
    }


def _role(role: RoleDifference) -> dict[str, Any]:
    return {
        "gained": _permissions(role.gained),
        "lost": _permissions(role.lost),
        "trustGained": _trust(role.trust_gained),
        "trustLost": _trust(role.trust_lost),
        "other": [{"what": path, "old": old, "new": new} for path, old, new in role.other],
    }


def _permissions(permissions: Mapping[Permission, Sequence[str]]) -> list[dict[str, Any]]:
    return [
        {
            **permission._asdict(),
            "conditions": list(permission.conditions),
            "inverted": list(permission.inverted),
            "because": list(why),
        }
        for permission, why in permissions.items()
    ]


def _trust(trusts: Iterable[Trust]) -> list[dict[str, Any]]:
    return [
        {**trust._asdict(), "conditions": list(trust.conditions), "inverted": list(trust.inverted)} for trust in trusts
    ]


def _resources(found: Items[ReviewedResource]) -> dict[str, Any]:
    return {
        "added": {name: resource._asdict() for name, resource in found.added.items()},
        "removed": {name: resource._asdict() for name, resource in found.removed.items()},
        "changed": _by_name(found.changed.items()),
    }


def _asset(change: AssetChange) -> dict[str, Any]:
    files = change.files
    return {
        "name": change.name,
        "old": change.old,
        "new": change.new,
        "files": None if files is None else list(map(_file, files)),
    }


def _file(file: FileChange) -> dict[str, Any]:
    return {
        "name": file.name,
        "added": file.added,
        "removed": file.removed,
        "text": file.is_text,
        "lines": list(file.lines),
    }


def _capacity(capacity: Capacity) -> dict[str, Any]:
    known = {"gpus": dict(capacity.gpus), "instanceHours": dict(capacity.hours), "doubts": list(capacity.doubts)}
    return known if capacity.cost is None else {**known, "cost": dict(capacity.cost)}
