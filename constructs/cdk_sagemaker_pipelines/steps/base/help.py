"""What ``help()``, ``inspect.signature`` and notebooks show of a class with fields; worked out when they ask."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from inspect import Parameter
from itertools import pairwise
from typing import Any, Protocol

from ...language.expressions import MISSING

_WIDTH = 116


class _WithFields(Protocol):
    """An object of a class with fields."""

    _declared_fields: Mapping[str, Any]


def signature(cls: type[_WithFields]) -> inspect.Signature:
    """The signature of the constructor with the fields in place of its ``**given``.

    The required fields come first, then those of the class itself, then those of its bases: what the type is about
    stands before what all steps have.
    """
    given = list(inspect.signature(cls.__init__).parameters.values())[1:]
    fixed = [parameter for parameter in given if parameter.kind is not Parameter.VAR_KEYWORD]
    if fixed == given:
        return inspect.Signature(given)
    taken = {parameter.name for parameter in fixed}
    fields = [_parameter(cls, name, note) for name, note in _annotations(cls).items() if name not in taken]
    return inspect.Signature([*fixed, *sorted(fields, key=lambda field: field.default is not Parameter.empty)])


def documentation(cls: type[_WithFields]) -> str | None:
    """The text of the class, followed by a line for each of its fields."""
    text: str | None = vars(cls).get("__doc__")
    lines = field_lines(cls)
    shown = [name for name in signature(cls).parameters if name in lines]
    if text is None or not shown:
        return text
    listed = [
        textwrap.fill(f"{name}: {lines[name]}", _WIDTH, initial_indent="    ", subsequent_indent="        ")
        for name in shown
    ]
    return "\n".join([inspect.cleandoc(text), "", "Args:", *listed])


def _parameter(cls: type[_WithFields], name: str, annotation: Any) -> Parameter:
    default = cls._declared_fields[name]
    return Parameter(
        name, Parameter.KEYWORD_ONLY, default=Parameter.empty if default is MISSING else default, annotation=annotation
    )


def _annotations(cls: type[_WithFields]) -> dict[str, Any]:
    """The annotations of the fields, those of the most derived class first."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        for name, annotation in vars(base).get("_field_annotations", {}).items():
            found.setdefault(name, annotation)
    return found


def field_lines(cls: type) -> dict[str, str]:
    """The first paragraph of the text below each field, by the name of the field."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "_declared_fields" in vars(base):
            found.update(_own_field_lines(base))
    return found


@cache
def _own_field_lines(cls: type) -> Mapping[str, str]:
    """As written in the class itself; Python keeps these texts in the source alone, which an installation may lack."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return {}
    (definition,) = ast.parse(textwrap.dedent(source)).body
    return {
        field.target.id: " ".join(inspect.cleandoc(text).split("\n\n")[0].split())
        for field, below in pairwise(definition.body if isinstance(definition, ast.ClassDef) else ())
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(text := below.value.value, str) and text
    }
