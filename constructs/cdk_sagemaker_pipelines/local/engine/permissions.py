"""What the engine asks before a step runs, where somebody enforces IAM."""

from __future__ import annotations

from typing import Any, Protocol

from ...language import StepView
from .runner import StepContext


class Permissions(Protocol):
    """Whether the roles of an execution may do what AWS does with them for a step."""

    def check(self, context: StepContext, step: StepView, arguments: dict[str, Any], *, transfers: bool) -> None:
        """Asks for all that a step needs; ``arguments`` contain no expressions.

        ``transfers``: whether its runner reads and writes S3 as its job's role, and so is asked for that itself.
        Raises ``StepFailed`` in the service's words.
        """

    def check_stop(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> None:
        """Asks for what stopping a step needs, and notes what is refused."""
