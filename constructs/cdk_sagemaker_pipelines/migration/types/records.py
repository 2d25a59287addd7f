"""Lineage and cleanup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made, OfStep
from ...steps.records.lineage import LineageAction, LineageArtifact, LineageAssociation, LineageContext
from ..request import (
    Request,
    at,
    dicts,
)
from .base import location


def lineage(request: Request) -> dict[str, Any]:
    """The fields of a ``LineageStep``."""
    found: dict[str, Any] = {}
    known: dict[tuple[Any, Any], Any] = {}
    for kind in (LineageAction, LineageArtifact, LineageContext):
        word = kind.__name__.removeprefix("Lineage")
        entities = [_entity(one, kind, word) for one in dicts(request.at(f"{word}s"))]
        known |= {(word, json.dumps(node.positional[0])): node for node in entities}
        if entities:
            found[f"{word.lower()}s"] = entities
    associations = [_association(one, known) for one in dicts(request.at("Associations"))]
    return {**found, "associations": associations or None}


def _entity(one: Mapping[str, Any], kind: type, word: str) -> Made:
    source = one.get("Source")
    ids = {each.get("SourceIdType"): each.get("Value") for each in dicts(at(source, "SourceTypes"))}
    more = {
        "properties": one.get("Properties"),
        "source_type": at(source, "SourceType"),
        "source_id": at(source, "SourceId"),
        "description": one.get("Description"),
        "status": one.get("Status"),
        "source_ids": ids or None,
    }
    return Made(
        kind.__name__,
        {name: value for name, value in more.items() if value is not None},
        (one.get(f"{word}Name"), one.get(f"{word}Type"), location(at(source, "SourceUri"))),
    )


def _association(one: Mapping[str, Any], known: Mapping[tuple[Any, Any], Any]) -> Made:
    ends = []
    for side in ("Source", "Destination"):
        end = one.get(side)
        named = known.get((at(end, "Type"), json.dumps(at(end, "Name"))))
        ends.append(at(end, "Arn") if named is None else named)
    kind = one.get("AssociationType")
    return Made(LineageAssociation.__name__, positional=(*ends, *([] if kind is None else [kind])))


def cleanup(request: Request) -> dict[str, Any]:
    """The fields of a ``CleanupStep``."""
    sources = []
    for one in dicts(request.at("Resources.S3")):
        step = OfStep(str(one.get("StepName")), "Step", None)
        uris = one.get("S3Uris")
        sources.append(step if uris is None else Made("CleanupSource", positional=(step, uris)))
    return {"sources": sources}
