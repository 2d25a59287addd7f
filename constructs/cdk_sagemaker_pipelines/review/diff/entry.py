"""One thing that differs, in words: text and Markdown are views of a list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

PIPELINE, CAPACITY, PARAMETERS, STEPS, ORDER = "pipeline", "capacity", "parameters", "steps", "order"
PERMISSIONS, CODE, RESOURCES = "permissions", "code", "resources"


@dataclass(frozen=True)
class Entry:
    """One thing that differs. ``sign``: ``+`` is new, ``-`` is gone, ``~`` has changed, ``>`` has moved."""

    section: str
    sign: str
    subject: str
    """The step, parameter, role, resource or file."""
    path: str = ""
    """Where in it; empty for the subject itself."""
    old: str | None = None
    new: str | None = None
    """What was there and what is, as text; None where there is nothing."""
    note: str = ""
    """What a permission is for, what a step does, or how many lines of a file differ."""
    kind: str = ""
    """The type of a step, a parameter or a resource that is new or gone."""
    type: str = ""
    """The type of the resource, also where it has changed."""

    def placed(self, text: Callable[[str], str]) -> Entry:
        """The entry with its texts changed by the function."""
        old, new = (None if value is None else text(value) for value in (self.old, self.new))
        return replace(self, subject=text(self.subject), path=text(self.path), old=old, new=new, note=text(self.note))
