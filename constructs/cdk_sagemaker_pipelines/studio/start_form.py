"""The form that starts a pipeline: its fields, what was written into them, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from ..executions import starting
from ..executions.search import as_text
from ..language import Definition, PipelineError
from ..language.definition import ParameterDeclaration

OF_PARAMETER = "p."
"""How the names of the fields of parameters begin."""
LONGEST_DESCRIPTION = 3072
"""``PipelineExecutionDescription``."""
LONG = 60
"""Characters from which a text gets a field of several lines."""


class Field(NamedTuple):
    """The field of a parameter."""

    declared: ParameterDeclaration
    value: str
    """What is in it."""
    error: str
    readers: Sequence[tuple[str, str]]
    """The steps that read it, with the paths of their fields."""
    left: str | None = None
    """The value that an empty field means, since a form could not give it back as it is."""

    @property
    def name(self) -> str:
        """As the form sends it."""
        return OF_PARAMETER + self.declared.name

    @property
    def default(self) -> str | None:
        """As a start would give it; None where there is none."""
        return as_text(self.declared.default) if self.declared.has_default else None

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """The values that it can have and their labels; empty if it can have any."""
        boolean = ("true", "false") if self.declared.type == "Boolean" else ()
        known = boolean or tuple(map(as_text, self.declared.enum_values or ()))
        if not known:
            return ()
        other = [] if self.value in known else [(self.value, self.value or "choose one")]
        return [*other, *((each, each) for each in known)]

    @property
    def mode(self) -> str:
        """``inputmode``: the keyboard of a telephone."""
        return {"Integer": "numeric", "Float": "decimal"}.get(self.declared.type, "text")

    @property
    def lines(self) -> int:
        """Of the field; 1 for an ordinary one."""
        return min(max(self.value.count("\n") + 1, 1 + len(self.value) // LONG), 8)


class Form:
    """What a form says, or what it begins with."""

    def __init__(self, definition: Definition, asked: MultiDict[str, str], inherited: Mapping[str, str]) -> None:
        """``asked``: the fields, if it has been filled in. ``inherited``: the values of another execution."""
        self.definition = definition
        self.filled_in = any(key.startswith(OF_PARAMETER) for key in asked) or "show" in asked
        self._begins = {
            name: inherited[name] if name in inherited else as_text(each.default)
            for name, each in definition.parameters.items()
            if name in inherited or each.has_default
        }
        self._written = {
            name: _plain(asked[OF_PARAMETER + name]) for name in definition.parameters if OF_PARAMETER + name in asked
        }
        names = [key[len(OF_PARAMETER) :] for key in asked if key.startswith(OF_PARAMETER)]
        self.unknown = [name for name in names if name not in definition.parameters]
        self.display_name = asked.get("name", "").strip()
        self.description = _plain(asked.get("description", ""))
        self.parallel = asked.get("parallel", "").strip()
        self.only = [name for name in asked.getlist("only") if name]
        self.source = asked.get("from", "").strip()
        self.version = asked.get("version", "").strip()
        self.seen = asked.get("seen", "")
        """Which definition the form was made for."""
        self.nonce = asked.get("nonce", "")
        self.errors: dict[str, str] = {}
        """What is wrong, by the name of the field; found by ``check``."""

    @property
    def given(self) -> dict[str, str]:
        """The parameters that a start gives: those whose value is not the default."""
        found = {}
        for name, declared in self.definition.parameters.items():
            value = self._value(name)
            default = as_text(declared.default) if declared.has_default else None
            if value is not None and value != default:
                found[name] = value
        return found

    def check(self) -> None:
        """Finds what is wrong with each field alone."""
        faults = starting.faults(self.definition, self.given)
        self.errors = {OF_PARAMETER + name: text for name, text in faults.items()}
        if self.unknown:
            self.errors[""] = f"the pipeline has no parameter {' and no '.join(map(repr, self.unknown))}"
        if self.display_name:
            try:
                starting.display_name(self.display_name)
            except PipelineError as error:
                self.errors["name"] = str(error)
        if len(self.description) > LONGEST_DESCRIPTION:
            told = f"it has {len(self.description)} characters, at most {LONGEST_DESCRIPTION} are allowed"
            self.errors["description"] = told
        if self.parallel and not re.fullmatch("[1-9][0-9]{0,8}", self.parallel):
            self.errors["parallel"] = f"{self.parallel!r} is not a number of steps; write 1 or more"

    def fields(self, readers: Mapping[str, Sequence[tuple[str, str]]]) -> list[Field]:
        """The fields of the parameters."""
        return [self._field(each, readers.get(name, ())) for name, each in self.definition.parameters.items()]

    def _field(self, declared: ParameterDeclaration, readers: Sequence[tuple[str, str]]) -> Field:
        begins = self._begins.get(declared.name)
        left = begins if begins is not None and not _comes_back(begins) else None
        value = self._written.get(declared.name, "" if left is not None or begins is None else _plain(begins))
        return Field(declared, value, self.errors.get(OF_PARAMETER + declared.name, ""), readers, left)

    def _value(self, name: str) -> str | None:
        """The value of a parameter; None for one that is not given."""
        begins, written = self._begins.get(name), self._written.get(name)
        is_left = written == "" and (begins is None or not _comes_back(begins))
        return begins if written is None or is_left else written


def _plain(text: str) -> str:
    """As browsers send line ends, and we mean them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _comes_back(text: str) -> bool:
    """Whether a field of a form shows a text so that people can read it, and gives it back as it is."""
    return text.replace("\n", "").replace("\t", "").isprintable()
