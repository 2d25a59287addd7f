"""The files of a snapshot: the same for each account, region and machine, and for stages with the same pipeline."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from ...language import Definition, DefinitionError, PipelineError, lines
from ..draw.graph import graph
from ..draw.mermaid import mermaid
from ..reviewed.assets import Asset
from ..reviewed.placed import ACCOUNT, REGION, placed_by, without_place
from ..reviewed.values import Reviewed, ReviewedRole
from .permissions import from_text, to_text

DEFINITION, PERMISSIONS, GRAPH, FILES = "definition.json", "permissions.txt", "graph.md", "files.txt"
_PSEUDO = {"${AWS::AccountId}": ACCOUNT, "${AWS::Region}": REGION}
_FILE = re.compile(r"([0-9a-f]{64})  (.+)")


def unplaced(found: Reviewed, placeholders: Mapping[str, str] | None = None) -> Reviewed:
    """What a snapshot has of a pipeline: its definition, the roles that are its own, and files, without places.

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
    placed = placed_by(replace(found, roles=roles, resources=None, options=None, assets=assets), text)
    return replace(placed, account="", region="", images_of_aws=frozenset())


def to_files(found: Reviewed, *, with_files: bool = False) -> dict[str, str]:
    """The content of each file, by name, of a pipeline as ``unplaced`` gives it."""
    definition = found.definition
    assert definition is not None
    written = {
        DEFINITION: "\n".join(lines(definition.json)) + "\n",
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
        reading = PERMISSIONS
        roles = from_text(written[PERMISSIONS]) if PERMISSIONS in written else None
        reading = FILES
        assets = _assets(written[FILES]) if FILES in written else None
    except DefinitionError as error:
        raise DefinitionError(f"{reading}: {error}") from None
    return Reviewed(new.path, new.stack, definition=definition, roles=roles, assets=assets)


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
