"""What is wrong or doubtful in a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .documentation import documented
from .errors import escaped, escaped_lines

Level = Literal["error", "warning"]


@documented
@dataclass(frozen=True)
class Finding:
    """A problem or a doubt that a rule found in a pipeline.

    ```python
    finding = Finding("unknown-step", "it reads 'Steps.Trian'; did you mean 'Train'?", step="Evaluate")
    assert str(finding) == "step 'Evaluate': it reads 'Steps.Trian'; did you mean 'Train'? [unknown-step]"
    ```
    """

    code: str
    """The name of the rule, such as ``unknown-step``; it never changes. docs/checks.md lists all."""
    text: str
    """What was found, what is allowed and what is close, in lower case."""
    step: str | None = None
    """The name of the step; None for the pipeline as a whole."""
    where: str = ""
    """The path inside the step or the document, such as ``Arguments.RoleArn``; empty for all of it."""
    level: Level = "error"
    """"error" if the service refuses it or every run fails; "warning" for a doubt, which can be acknowledged."""

    def __str__(self) -> str:
        place = f"step '{escaped(self.step)}': " if self.step else ""
        field = f"{escaped(self.where)}: " if self.where else ""
        return f"{place}{field}{escaped_lines(self.text)} [{self.code}]"
