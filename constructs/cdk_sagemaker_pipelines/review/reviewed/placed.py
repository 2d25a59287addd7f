"""A pipeline without its place: account, region and AWS's accounts of images as placeholders, alike in all stages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...language import Definition
from .values import Permission, Reviewed, ReviewedRole, Trust

ACCOUNT, REGION, AWS = "<account>", "<region>", "<aws>"
_REGISTRY = re.compile(r"\d{12}(\.dkr\.ecr(?:-fips)?\.)([a-z0-9-]+)\.")


def without_place(*sides: Reviewed) -> Callable[[str], str]:
    """A function that puts placeholders into the texts of a pipeline, before and after."""
    known: dict[str, str] = {}
    for found in sides:
        places = {text: name for text, name in ((found.account, ACCOUNT), (found.region, REGION)) if text}
        for uri in found.images_of_aws:
            registry = _REGISTRY.match(uri)
            if registry:
                known[registry[0]] = f"{AWS}{registry[1]}{REGION if registry[2] == found.region else registry[2]}."
        known.update(places)
    pattern = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))) or "(?!)")
    return lambda text: pattern.sub(lambda match: known[match[0]], text)


def placed_reviewed(found: Reviewed) -> Reviewed:
    """The pipeline with placeholders in all its texts but its account and region themselves."""
    own = {"Account": found.account, "Region": found.region}
    placed = placed_by(found, without_place(found))
    if placed.options is None:
        return placed
    return replace(placed, options={**placed.options, **{name: text for name, text in own.items() if text}})


def placed_by(found: Reviewed, text: Callable[[str], str]) -> Reviewed:
    """The pipeline with all its texts changed by the function."""
    definition, options, roles, resources = found.definition, found.options, found.roles, found.resources
    return replace(
        found,
        definition=None if definition is None else Definition(placed(definition.json, text), definition.repetitions),
        options=None if options is None else placed(options, text),
        roles=None if roles is None else {text(name): _role(role, text) for name, role in roles.items()},
        resources=None
        if resources is None
        else {text(name): each._replace(properties=placed(each.properties, text)) for name, each in resources.items()},
    )


def placed(value: Any, text: Callable[[str], str]) -> Any:
    """A JSON value with its texts changed by the function."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {text(str(key)): placed(item, text) for key, item in value.items()}
    return [placed(item, text) for item in value] if isinstance(value, (list, tuple)) else value


def _role(role: ReviewedRole, text: Callable[[str], str]) -> ReviewedRole:
    permissions = {
        Permission(one.effect, one.action, text(one.resource), tuple(map(text, one.conditions)), one.inverted): why
        for one, why in role.permissions.items()
    }
    trust = tuple(
        Trust(one.effect, one.action, text(one.principal), tuple(map(text, one.conditions)), one.inverted)
        for one in role.trust
    )
    boundary = None if role.boundary is None else text(role.boundary)
    return ReviewedRole(permissions, trust, tuple(map(text, role.managed)), boundary, role.elsewhere)
