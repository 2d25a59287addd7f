"""A value inside a step and its location, by which rules navigate the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from .definition import StepView
from .expressions import MISSING, has_placeholder, is_expression_json
from .findings import Finding, Level
from .rules.subject import Rule, Subject
from .tokens import is_token


@dataclass(frozen=True)
class Field:
    """A value of a step's JSON; members of a missing value or of an expression are missing as well."""

    step: StepView
    where: str
    value: Any

    def at(self, *names: str) -> Field:
        """The member of that name, or at that path of names."""
        value, where = self.value, self.where
        for name in names:
            value = value.get(name, MISSING) if isinstance(value, Mapping) else MISSING
            where = f"{where}.{name}"
        return Field(self.step, where, value)

    def items(self) -> list[Field]:
        """The elements of a list; none for any other value."""
        listed = self.value if isinstance(self.value, list) else []
        return [Field(self.step, f"{self.where}[{index}]", item) for index, item in enumerate(listed)]

    @property
    def given(self) -> bool:
        """Whether there is a value."""
        return self.value is not MISSING and self.value is not None

    @property
    def is_object(self) -> bool:
        """Whether it is an object whose members are known now."""
        return isinstance(self.value, Mapping) and not is_expression_json(self.value)

    @property
    def text(self) -> str | None:
        """The literal text; None for a value that is not a text or not known now."""
        known = isinstance(self.value, str) and not is_token(self.value) and not has_placeholder(self.value)
        return self.value if known else None

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
        found = [name for name in names if self.at(name).given]
        if self.is_object and len(found) != 1:
            has = f"has {_and(found)}" if found else "has none of them"
            yield self.finding(code, f"{has}; needs exactly one of {_and(names)}")


ArgumentRule = Callable[[Field], Iterator[Finding]]


def over(*types: str) -> Callable[[ArgumentRule], Rule]:
    """Makes a rule of a function over the arguments of one step of these types; like shapes, it needs the model."""

    def made(look: ArgumentRule) -> Rule:
        @wraps(look)
        def rule(subject: Subject) -> Iterator[Finding]:
            for type in types if subject.model is not None else ():
                for step in subject.by_type.get(type, ()):
                    if isinstance(step.json.get("Arguments", {}), Mapping):
                        yield from look(Field(step, "Arguments", step.arguments))

        return rule

    return made


def repeated(code: str, names: Iterable[Field], what: str, level: Level = "error") -> Iterator[Finding]:
    """Reports literal names that occurred before."""
    seen: set[str] = set()
    for name in names:
        if name.text is None:
            continue
        if name.text in seen:
            yield name.finding(code, f"there is another {what} {name.text!r}; each needs a name of its own", level)
        seen.add(name.text)


def _and(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
