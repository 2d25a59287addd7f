"""What ``help()``, ``inspect.signature`` and notebooks show of a class with fields; worked out when they ask."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from inspect import Parameter
from typing import Any, Protocol

from ...language.documentation import field_lines, with_arguments
from ...language.expressions import MISSING


class _WithFields(Protocol):
    """An object of a class with fields."""

    _declared_fields: Mapping[str, Any]


def signature(cls: type[_WithFields]) -> inspect.Signature:
    """The signature of the constructor with the fields in place of its ``**given``.

    The required fields come first, then those of the class itself, then those of its bases: what the type is about
    comes before what all steps have.
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
    return None if text is None else with_arguments(text, field_lines(cls), signature(cls).parameters)


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
