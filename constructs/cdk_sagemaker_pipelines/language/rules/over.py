"""Rules over the arguments of steps of some types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps

from ..field import Field
from ..findings import Finding
from .subject import Rule, Subject

ArgumentRule = Callable[[Field], Iterator[Finding]]


def over(*types: str) -> Callable[[ArgumentRule], Rule]:
    """Makes a rule of what looks at the arguments of one step of these types; it needs the model, as shapes do."""

    def made(look: ArgumentRule) -> Rule:
        @wraps(look)
        def rule(subject: Subject) -> Iterator[Finding]:
            for type in types if subject.model is not None else ():
                for step in subject.by_type.get(type, ()):
                    if isinstance(step.json.get("Arguments", {}), dict):
                        yield from look(Field.of_arguments(step))

        return rule

    return made
