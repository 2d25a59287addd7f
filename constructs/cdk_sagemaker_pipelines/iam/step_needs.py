"""What the permissions of all step types begin with: the step, its environment, and notes on what is not known here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..language import Definition, StepView, is_expression_json
from ..language.field import Field
from .environment import Environment
from .permissions import IMPORTED, WHOLE, Permission, Reason


class StepNeeds:
    """The step and its environment, and what is said where nothing can be granted."""

    def __init__(self, definition: Definition, step: StepView, environment: Environment) -> None:
        self.definition = definition
        self.step = step
        self.environment = environment
        self.arguments = Field.of_arguments(step)
        self.beside = Field.of_step(step)
        """The members of the step beside its arguments."""

    def because(self, field: Field | None = None, note: str = "") -> tuple[Reason, ...]:
        """The step and the field, by default the step as a whole."""
        return (Reason(self.step.name, WHOLE if field is None else field.where, note),)

    def undecided(self, field: Field, actions: tuple[str, ...], what: str) -> Iterator[Permission]:
        """A note that ``what`` is only known at run time, if it is, so that nothing can be granted."""
        yield from self._undecided(field.value, actions, what, self.because(field))

    def _undecided(
        self, value: Any, actions: tuple[str, ...], what: str, because: tuple[Reason, ...]
    ) -> Iterator[Permission]:
        if is_expression_json(value):
            yield Permission(actions, (), because=because, unknown=what)

    def note(self, actions: tuple[str, ...], what: str, why: str, field: Field) -> Permission:
        """A note that ``what`` is not known here, for a reason from ``permissions``, so that nothing can be granted."""
        return Permission(actions, (), because=self.because(field), unknown=what, why=why)

    def unsaid_key(self, actions: tuple[str, ...], kind: str, name: str, because: tuple[Reason, ...]) -> Permission:
        """A note that nobody gives the key of a bucket, a queue or a topic, if it has one."""
        return Permission(actions, (), because=because, unknown=f"key of the {kind} {name!r}", why=IMPORTED[kind])
