"""The defaults that parameters get in a pipeline, instead of those that they were declared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import Finding, Parameter, PipelineError
from ..language.errors import has_no

_PARAMETER_DEFAULT = "parameter-default"


def with_defaults(
    declared: Mapping[str, Parameter[Any]], defaults: Mapping[str, Any], findings: list[Finding]
) -> list[Parameter[Any]]:
    """The parameters with these defaults, by name; adds to the findings what is not declared or not of its type."""
    found = dict(declared)
    for name, value in defaults.items():
        parameter = declared.get(name)
        try:
            if parameter is None:
                raise PipelineError(f"the pipeline {has_no('parameter', name, list(declared))}")
            found[name] = Parameter(name, parameter.type, value, parameter.enum_values)
        except PipelineError as error:
            findings.append(Finding(_PARAMETER_DEFAULT, f"defaults: {error.args[0]}", where="Parameters"))
    return list(found.values())
