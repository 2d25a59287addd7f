"""Lineage: the entities that are recorded, and their associations.

Source: the SDK's own step, which says that the service only resolves names in the same step and fails the execution
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import did_you_mean
from ....field import Field, repeated
from ....findings import Finding
from ...over import over

ENTITIES = {"Actions": "ActionName", "Artifacts": "ArtifactName", "Contexts": "ContextName"}


def _names(arguments: Field, kind: str) -> list[Field]:
    return [entity.at(ENTITIES[kind]) for entity in arguments.at(kind).items()]


@over("Lineage")
def lineage_entities(arguments: Field) -> Iterator[Finding]:
    """There is something to record; each entity has a unique name among those of its kind."""
    if not any(arguments.at(kind).given and arguments.at(kind).value != [] for kind in (*ENTITIES, "Associations")):
        text = "records nothing; give Actions, Artifacts, Contexts or Associations"
        yield arguments.finding("lineage-empty", text)
    for kind in ENTITIES:
        yield from repeated("duplicate-name", _names(arguments, kind), kind.lower()[:-1], "warning")


@over("Lineage")
def lineage_ends(arguments: Field) -> Iterator[Finding]:
    """An association is between entities of the step, by type and name, or other entities, by ARN."""
    for association in arguments.at("Associations").items():
        for end in (association.at("Source"), association.at("Destination")):
            if end.is_object:
                yield from _end(arguments, end)


def _end(arguments: Field, end: Field) -> Iterator[Finding]:
    name, kind = end.at("Name"), end.at("Type")
    if end.at("Arn").given:
        if name.given or kind.given:
            yield end.finding("lineage-end", "has Arn besides Name or Type; give either Arn, or Name and Type")
        return
    if not name.given or not kind.given:
        yield end.finding("lineage-end", "needs Name and Type of an entity of this step, or the Arn of another one")
        return
    listed = f"{kind.text}s"
    if name.text is None or listed not in ENTITIES:
        return
    places = _names(arguments, listed)
    names = [field.text for field in places if field.text is not None]
    if len(names) == len(places) and name.text not in names:
        text = f"the step records no {kind.text} {name.text!r}; name one of its own, or give the Arn of another one"
        yield name.finding("lineage-end", text + did_you_mean(name.text, names))
