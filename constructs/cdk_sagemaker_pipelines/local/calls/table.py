"""The calls that AWS makes on roles, by the type of the step. Nothing that derives permissions reads this table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "iam" / "calls.json"

DOUBTFUL = ("inferred", "unknown")
"""How certain a call is of which no page and no log says that it happens."""
SILENT = ("Fail", "ForEach")
"""Types of which no page names a call: a loop makes those of its body."""


@dataclass(frozen=True)
class Call:
    """One call, on the role of the pipeline, of the job, or of another that the step brings along.

    ``resource``: an ARN with ``{variables}``. ``context``: what IAM knows besides, with variables too. ``when``:
    what the step must have, besides all the variables. ``given``: values of variables that are always the same.
    ``free``: the variables and context keys that cannot be narrowed, each with the reason. ``unlisted``: where it was
    seen that the service checks this resource, though the service authorization reference lists none like it.
    """

    role: str
    action: str
    resource: str
    source: tuple[str, ...]
    certainty: str
    context: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, str] = field(default_factory=dict)
    unlisted: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether no page says so."""
        return self.certainty in DOUBTFUL

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in braces, each once."""
        return variables_in(self.resource, *self.context.values())


@cache
def variables_in(*texts: str) -> tuple[str, ...]:
    """The names in braces, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in re.findall(r"\{(\w+)\}", text)))


def _calls(table: Mapping[str, Any]) -> Iterator[tuple[str, Call]]:
    for row in table["calls"]:
        more = {key: value for key, value in row.items() if key not in ("types", "actions", "source")}
        for kind in row["types"]:
            for action in row["actions"]:
                yield kind, Call(action=action, source=tuple(row["source"]), **more)


@cache
def table() -> Mapping[str, Any]:
    """The document, with its sources and how certain a call can be."""
    read: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return read


@cache
def calls() -> Mapping[str, tuple[Call, ...]]:
    """All calls, by the type of the step."""
    found: dict[str, list[Call]] = {kind: [] for kind in SILENT}
    for kind, call in _calls(table()):
        found.setdefault(kind, []).append(call)
    return {kind: tuple(of_kind) for kind, of_kind in found.items()}
