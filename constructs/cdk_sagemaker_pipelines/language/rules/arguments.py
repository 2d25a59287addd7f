"""The rule that holds arguments against the request of the API, and the kinds of value that expressions give there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..definition import Step
from ..errors import PipelineError
from ..expressions import Reference
from ..findings import Finding
from .subject import Subject

_DECLARED = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}


def request_shapes(subject: Subject) -> Iterator[Finding]:
    """Arguments have the form of the API request that the step makes."""
    if subject.model is None:
        return
    for step in subject.definition.all_steps():
        if not isinstance(step.json.get("Arguments", {}), Mapping):
            continue
        for found in subject.model.check_request(step.type, step.arguments, lambda value: kind_of(subject, value)):
            dot = "." if found.where and not found.where.startswith("[") else ""
            yield replace(found, step=step.name, where=f"Arguments{dot}{found.where}")


def kind_of(subject: Subject, expression: Any) -> str | None:
    """The kind of value that an expression gives, or None where that is not known."""
    if not isinstance(expression, Mapping):
        return None
    if "Std:Join" in expression:
        return "string"
    try:
        reference = Reference.parse(expression.get("Get"))
        if reference.kind == "Parameters":
            return _DECLARED.get(subject.definition.parameters[reference.name].type)
        if reference.kind in ("Execution", "PipelineExperimentConfig"):
            return "string"
        if reference.kind != "Steps" or subject.model is None:
            return None
        step = subject.definition.find(reference.name)
    except (PipelineError, KeyError):
        return None  # another rule finds it
    if step is None:
        return None
    if reference.path[:1] == ("OutputParameters",) and len(reference.path) > 1:
        return _output_kind(step, reference.path[1])
    return subject.model.property_kind(step.type, reference.path)


def _output_kind(step: Step, name: str | int) -> str | None:
    listed = step.json.get("OutputParameters")
    for output in listed if isinstance(listed, list) else []:
        if isinstance(output, Mapping) and output.get("OutputName") == name:
            declared = output.get("OutputType")
            return _DECLARED.get(declared) if isinstance(declared, str) else None
    return None
