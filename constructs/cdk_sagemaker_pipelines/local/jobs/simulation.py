"""Steps whose containers or clusters cannot run here: they look at their inputs and leave placeholders.

Such a step succeeds unless it is told otherwise (see outcomes.py), and says that it was simulated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ...language import Step
from ..runner import StepContext, StepResult

SIMULATED = "simulated"
"""The first word of the note of a step that was simulated."""


class Simulated(ABC):
    """A runner of steps that are simulated."""

    what: str
    """What did not run and what was left instead, for the step's note."""

    def run(self, context: StepContext, step: Step, arguments: dict[str, Any]) -> StepResult:
        context.note(f"{SIMULATED}: {self.what}")
        context.stopping.check()
        return self.simulate(context, step, arguments)

    @abstractmethod
    def simulate(self, context: StepContext, step: Step, arguments: dict[str, Any]) -> StepResult:
        """Does what can be done here. Raises StepFailed where the service would fail for what it is given."""
