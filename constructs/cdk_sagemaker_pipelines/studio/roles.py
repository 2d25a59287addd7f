"""What the roles of a pipeline need, as ``smpipe explain`` derives it from the definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..language import Definition
from ..review.explain.access import explain, of_definition
from ..review.explain.as_json import as_json
from ..review.explain.roles import Roles
from ..review.reading.files import Found


class Role(NamedTuple):
    """A role. ``entry``: that of ``smpipe explain --json``."""

    entry: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is called."""
        return "The pipeline's own role" if self.entry["own"] else f"Role {self.entry['role']}"

    @property
    def needed(self) -> Sequence[Mapping[str, Any]]:
        """What it needs; nothing is known to be granted, since the definition alone says nothing of policies."""
        return [*self.entry["missing"], *self.entry["doubtful"]]


def explained(name: str, definition: Definition) -> list[Role]:
    """The roles, the pipeline's own first."""
    (found,) = explain([of_definition(Found(name, name, None, definition))], Roles([]))
    return [Role(each) for each in as_json(found)["roles"]]
