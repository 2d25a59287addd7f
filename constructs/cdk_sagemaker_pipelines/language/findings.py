"""What is wrong or doubtful in a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import escaped, escaped_lines

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem (``error``: the service refuses it or every run fails) or doubt (``warning``).

    ``code`` is stable and names the rule, ``where`` is the path inside the step or the document, ``text`` says what
    was found, what is allowed and what is close.
    """

    code: str
    text: str
    step: str | None = None
    where: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        place = f"step '{escaped(self.step)}': " if self.step else ""
        field = f"{escaped(self.where)}: " if self.where else ""
        return f"{place}{field}{escaped_lines(self.text)} [{self.code}]"
