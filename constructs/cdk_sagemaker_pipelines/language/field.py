"""A value inside a step and its path, by which rules and the derivation of permissions navigate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .definition import StepView
from .expressions import MISSING, has_placeholder
from .findings import Finding, Level
from .references import is_expression_json
from .tokens import is_token

ARGUMENTS = "Arguments"
"""The member of a step with the request; messages that name the step leave it out of paths."""


def in_arguments(where: str) -> str:
    """A path below the arguments from there on; any other path as it is."""
    return where.removeprefix(f"{ARGUMENTS}.")


@dataclass(slots=True)  # not frozen, since very many are made and freezing slows each down
class Field:
    """A value of a step's JSON and its path; members of a missing value or of an expression are missing as well.

    ``where``: the path in the step, such as ``Arguments.Inputs[0].Uri``; empty for the step itself.
    """

    step: StepView
    where: str
    value: Any

    @classmethod
    def of_arguments(cls, step: StepView, *, own: bool = False) -> Field:
        """A step's arguments; ``own``: without the steps inside."""
        return cls(step, ARGUMENTS, step.own_arguments if own else step.arguments)

    @classmethod
    def of_step(cls, step: StepView) -> Field:
        """The step itself, with what it says beside its arguments."""
        return cls(step, "", step.json)

    def at(self, *names: str) -> Field:
        """The member of that name, or at that path of names."""
        value, where = self.value, self.where
        for name in names:
            value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
            where = f"{where}.{name}" if where else name
        return Field(self.step, where, value)

    def items(self) -> list[Field]:
        """The elements of a list; none for any other value."""
        if not isinstance(self.value, (list, tuple)):
            return []
        return [Field(self.step, f"{self.where}[{index}]", item) for index, item in enumerate(self.value)]

    def members(self) -> Iterator[tuple[str | int, Field]]:
        """The members of an object by their names, the elements of a list by their positions; none of anything else."""
        if isinstance(self.value, dict):
            for name, value in self.value.items():
                yield name, Field(self.step, f"{self.where}.{name}" if self.where else str(name), value)
        elif isinstance(self.value, (list, tuple)):
            yield from enumerate(self.items())

    def texts(self) -> Iterator[tuple[str, Field]]:
        """Every text below, however deep, with the key that it stands at."""
        for key, inner in self.members():
            if isinstance(inner.value, str):
                yield str(key), inner
            else:
                yield from inner.texts()

    def every(self, *names: str) -> list[Field]:
        """What is there as of ``at``, where a name that ends with ``[]`` stands for each element of a list."""
        found = [self]
        for name in names:
            plain, given = name.removesuffix("[]"), []
            for field in found:
                value = field.value.get(plain) if isinstance(field.value, dict) else None
                if value is not None:  # else no field is made, since most of what is asked for is missing
                    given.append(Field(field.step, f"{field.where}.{plain}" if field.where else plain, value))
            found = given if plain == name else [item for field in given for item in field.items()]
        return found

    def has(self, name: str) -> bool:
        """Whether there is a member of that name."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    @property
    def given(self) -> bool:
        """Whether there is a value."""
        return self.value is not MISSING and self.value is not None

    @property
    def is_object(self) -> bool:
        """Whether it is an object whose members are known now."""
        return isinstance(self.value, dict) and not is_expression_json(self.value)

    @property
    def text(self) -> str | None:
        """The literal text; None for a value that is not a text or not known now."""
        value = self.value
        return value if isinstance(value, str) and not is_token(value) and not has_placeholder(value) else None

    @property
    def name(self) -> str | None:
        """The text, whatever CDK's tokens in it stand for; None for an empty one and for what is no text."""
        return self.value if isinstance(self.value, str) and self.value else None

    @property
    def number(self) -> float | None:
        """The literal number; None for a value that is not a number or not known now."""
        known = isinstance(self.value, (int, float)) and not isinstance(self.value, bool) and not is_token(self.value)
        return self.value if known else None

    def finding(self, code: str, text: str, level: Level = "error") -> Finding:
        """A finding at this location."""
        return Finding(code, text, self.step.name or None, self.where, level)

    def exactly_one(self, code: str, *names: str) -> Iterator[Finding]:
        """Reports an object that has none of the members, or more than one."""
        found = [name for name in names if self.has(name)]
        if self.is_object and len(found) != 1:
            has = f"has {_and(found)}" if found else "has none of them"
            yield self.finding(code, f"{has}; needs exactly one of {_and(names)}")


def repeated(code: str, names: Iterable[Field], what: str, level: Level = "error") -> Iterator[Finding]:
    """Reports literal names that occurred before."""
    seen: set[str] = set()
    for name in names:
        text = name.text
        if text is None:
            continue
        if text in seen:
            yield name.finding(code, f"there is another {what} {text!r}; each needs a name of its own", level)
        seen.add(text)


def _and(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
