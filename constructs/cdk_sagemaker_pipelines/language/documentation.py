"""What ``help()`` shows of a class with fields: its docstring, followed by the texts below its fields.

Python keeps the texts below fields in the source alone, so they are read there when somebody asks.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from typing import TypeVar

from .later import later_pattern

T = TypeVar("T")

_WIDTH = 116
_LAST = later_pattern(r"^(?:Raises|API|CloudFormation|Source):", re.M)
_SECTION = later_pattern(r"^Args:\n((?:(?:    .*)?\n)+)", re.M)
_ENTRY = later_pattern(r"^    \**(\w+): (.*(?:\n        .*)*)", re.M)


def documented(cls: type[T]) -> type[T]:
    """Decorates a dataclass, for ``help()`` to show the texts below its fields."""
    if cls.__doc__ is not None:  # as it is with python -OO
        cls.__doc__ = _Documentation(cls.__doc__)
    return cls


class _Documentation(str):
    """The docstring of a dataclass, which gets a section on the fields when it is read from the class."""

    def __get__(self, instance: object, owner: type) -> str:
        shown = [field.name for field in dataclasses.fields(owner) if field.init]
        return with_arguments(self, field_lines(owner), shown)


def with_arguments(text: str, lines: Mapping[str, str], names: Iterable[str]) -> str:
    """A docstring with a section for the arguments of which there are lines, before what may be raised and links."""
    listed = [
        textwrap.fill(f"{name}: {lines[name]}", _WIDTH, initial_indent="    ", subsequent_indent="        ")
        for name in names
        if name in lines
    ]
    if not listed:
        return str(text)
    own = inspect.cleandoc(text)
    end = match.start() if (match := _LAST.search(own)) else len(own)
    return "\n".join([own[:end].rstrip(), "", "Args:", *listed, *(["", own[end:]] if own[end:] else [])])


def argument_lines(document: str | None) -> dict[str, str]:
    """What the section ``Args:`` of a docstring says, by the name of the argument."""
    section = _SECTION.search(f"{inspect.cleandoc(document or '')}\n")
    return {name: " ".join(text.split()) for name, text in _ENTRY.findall(section[1] if section else "")}


def field_lines(cls: type) -> dict[str, str]:
    """The first paragraph of the text below each field, by the name of the field."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "_declared_fields" in vars(base) or "__dataclass_fields__" in vars(base):
            found.update({name: " ".join(text.split("\n\n")[0].split()) for name, text in _texts(base).items()})
    return found


@cache
def _texts(cls: type) -> Mapping[str, str]:
    """As written in the class itself; nothing where an installation lacks the source."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return {}
    (definition,) = ast.parse(textwrap.dedent(source)).body
    return {
        field.target.id: inspect.cleandoc(text)
        for field, below in pairwise(definition.body if isinstance(definition, ast.ClassDef) else ())
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(text := below.value.value, str) and text
    }
