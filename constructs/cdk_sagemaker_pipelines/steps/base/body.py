"""The body of a for-each: where the steps stand that run once an item."""

from __future__ import annotations

from ...language import PipelineError, an
from ...language.step_types import row_of
from ..control.condition import Branch
from .step import Step, StepScope


class Body(Branch):
    """The steps that run once an item. Declare them with the body as their scope."""

    def __init__(self, loop: Step) -> None:
        super().__init__(loop, "Body")
        self.loop = loop

    def take(self, step: Step) -> None:
        kind = getattr(step, "type", "")  # which a raw step does not know yet; a rule finds it
        if not row_of(kind).in_a_body:
            raise PipelineError(f"{an(kind)} step cannot stand in the body of a for-each")
        super().take(step)


def body_of(step: Step) -> Body | None:
    """The body in which a step stands, also by way of groups."""
    scope: StepScope | None = step.outer
    while scope is not None and not isinstance(scope, Body):
        scope = scope.outer
    return scope


def refuse_shared(step: Step, field: str, shared: str, example: str) -> None:
    """Raises in a body, where the default of a field would be the same in all runs.

    ``shared``: what they would do with it; ``example``: a value with something of the item.
    """
    body = body_of(step)
    if body is not None:
        raise PipelineError(
            f"{field}: it runs once for each item of '{body.loop.name}', and without {field}= all runs would {shared}; "
            f"give one with something of the item, such as {example}"
        )
