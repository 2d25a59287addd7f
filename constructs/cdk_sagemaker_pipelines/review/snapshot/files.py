"""The files of a snapshot: the same for each account, region and machine, and for stages with the same pipeline."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...language import Definition, DefinitionError, PipelineError, lines
from ...language.parsing import parse
from ...templates.targets import targets
from ..draw.graph import graph
from ..draw.mermaid import mermaid
from ..reviewed.assets import Asset
from ..reviewed.placed import ACCOUNT, REGION, placed_by, without_place
from ..reviewed.values import STACK, Reviewed, ReviewedResource, ReviewedRole
from .permissions import from_text, to_text

DEFINITION, OPTIONS, PERMISSIONS, GRAPH, FILES = (
    "definition.json", "pipeline.json", "permissions.txt", "graph.md", "files.txt",
)  # fmt: skip
_STARTED_BY = "StartedBy"
"""The member of ``pipeline.json`` with the resources that start the pipeline; the others are its properties."""
_PLACES = ("Account", "Region", STACK)
"""Options that are those of a stage, and not of the pipeline."""
_PSEUDO = {"${AWS::AccountId}": ACCOUNT, "${AWS::Region}": REGION}
_FILE = re.compile(r"([0-9a-f]{64})  (.+)")


def unplaced(found: Reviewed, placeholders: Mapping[str, str] | None = None) -> Reviewed:
    """What a snapshot has of a pipeline without places: its definition, its options, the roles that are its own, files,
    and what starts it.

    ``placeholders``: what is written for values that differ between stages, where the whole value is the text.
    """
    known = {**_PSEUDO, **(placeholders or {})}
    pseudo = re.compile("|".join(map(re.escape, _PSEUDO)))
    without = without_place(found)

    def text(value: str) -> str:
        return known[value] if value in known else without(pseudo.sub(lambda match: _PSEUDO[match[0]], value))

    inside = f"{found.path.removeprefix(f'{found.stack}/')}/"
    roles = {name: role for name, role in (found.roles or {}).items() if name.startswith(inside) or _is_used(role)}
    used = "\n".join(lines({} if found.definition is None else found.definition.json))
    assets = {
        name: each
        for name, each in (found.assets or {}).items()
        if each.construct.removeprefix(f"{found.stack}/").startswith(inside) or json.dumps(f"<{name}>")[1:-1] in used
    }
    options = {name: value for name, value in (found.options or {}).items() if name not in _PLACES}
    starting = {name: each for name, each in (found.resources or {}).items() if _starts(each, found)}
    told = replace(found, roles=roles, assets=assets, options=options, resources=starting)
    placed = placed_by(told, text)
    return replace(placed, account="", region="", images_of_aws=frozenset())


def to_files(found: Reviewed, *, with_files: bool = False) -> dict[str, str]:
    """The content of each file, by name, of a pipeline as ``unplaced`` gives it."""
    definition = found.definition
    assert definition is not None
    written = {
        DEFINITION: "\n".join(lines(definition.json)) + "\n",
        OPTIONS: "\n".join(lines(_document(found))) + "\n",
        PERMISSIONS: to_text(found.roles or {}),
        GRAPH: f"```mermaid\n{_drawn(definition)}```\n",
    }
    if with_files:
        assets = (found.assets or {}).values()
        written[FILES] = "".join(f"{each.hash}  {each.name}\n" for each in sorted(assets, key=lambda each: each.name))
    return written


def from_files(written: Mapping[str, str], new: Reviewed) -> Reviewed | None:
    """What files of before say of a pipeline; None if there are none. Raises ``DefinitionError`` for others.

    ``new``: the pipeline now, whose path it has. What one of both does not tell is None, so that it is not compared.
    """
    if DEFINITION not in written:
        return None
    reading = DEFINITION
    try:
        definition = Definition.parse(written[DEFINITION])
        reading = OPTIONS
        options, resources = _read(written[OPTIONS]) if OPTIONS in written else (None, None)
        reading = PERMISSIONS
        roles = from_text(written[PERMISSIONS]) if PERMISSIONS in written else None
        reading = FILES
        assets = _assets(written[FILES]) if FILES in written else None
    except DefinitionError as error:
        raise DefinitionError(f"{reading}: {error}") from None
    return Reviewed(
        new.path, new.stack, definition=definition, options=options, roles=roles, resources=resources, assets=assets
    )


def _document(found: Reviewed) -> dict[str, Any]:
    """The options of a pipeline, and what starts it."""
    starting = {name: {"Type": each.type, **each.properties} for name, each in (found.resources or {}).items()}
    return {**(found.options or {}), **({_STARTED_BY: starting} if starting else {})}


def _read(text: str) -> tuple[dict[str, Any], dict[str, ReviewedResource]]:
    """The options of such a document, and what starts the pipeline; raises ``DefinitionError`` for another."""
    try:
        document = parse(text).document
    except DefinitionError as error:
        raise DefinitionError(f"it is {error}") from None
    starting = document.get(_STARTED_BY, {}) if isinstance(document, Mapping) else None
    if not isinstance(starting, Mapping) or not all(
        isinstance(each, Mapping) and isinstance(each.get("Type"), str) for each in starting.values()
    ):
        raise DefinitionError(f"it is not an object in which {_STARTED_BY!r} names resources with their 'Type'")
    return {name: value for name, value in document.items() if name != _STARTED_BY}, {
        name: ReviewedResource(each["Type"], {key: value for key, value in each.items() if key != "Type"})
        for name, each in starting.items()
    }


def _starts(resource: ReviewedResource, found: Reviewed) -> bool:
    """Whether a schedule or a rule has the pipeline among its targets."""
    own = found.path.removeprefix(f"{found.stack}/")
    arns = [str(target.arn) for target in targets(resource.type, resource.properties)]
    named = [arn for arn in arns if arn.lower().endswith(f":pipeline/{found.name.lower()}")]
    return bool(named) or any(f"${{{own}}}" in arn or f"${{{own}." in arn for arn in arns)


def _assets(text: str) -> dict[str, Asset]:
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _FILE.fullmatch(line)
        if match is None:
            raise DefinitionError(f"line {number} is not a hash and a name")
        found[match[2]] = Asset(match[2], match[1])
    return found


def _drawn(definition: Definition) -> str:
    try:
        return mermaid(graph(definition))
    except PipelineError as error:
        return f"flowchart TD\n    %% {error}\n"


def _is_used(role: ReviewedRole) -> bool:
    """Whether the pipeline uses a role that is none of its constructs: then permissions say what they are for."""
    return any(role.permissions.values())
