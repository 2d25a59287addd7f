"""The rule that checks arguments against the API request, and the kinds of values that expressions give there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from ..definition import ParameterDeclaration, StepView
from ..expressions import PARAMETER_TYPES
from ..findings import Finding
from ..references import Reference
from .subject import Subject

ENOUGH = 10
"""How many values of a parameter are reported for a kind of place."""

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


def given_values(subject: Subject) -> Iterator[Finding]:
    """Defaults and enum values of parameters, and joined literals, fit where they are the whole value."""
    if subject.model is None:
        return
    uses: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for step in subject.definition.all_steps():
        found = subject.model.scalar_expressions(step.type, step.arguments, lambda value: kind_of(subject, value))
        for place, expression, shape in found:
            where = f"Arguments.{place}".replace(".[", "[")
            joined, name = _joined(expression), str(expression.get("Get")).removeprefix("Parameters.")
            for problem in subject.model.check_scalar(shape, joined) if joined is not None else ():
                yield Finding("argument", f"the joined text {problem.text}", step.name, where, problem.level)
            if name in subject.definition.parameters:
                uses.setdefault((name, shape), []).append((step.name, where))
    for (name, shape), places in uses.items():
        (first, where), more = places[0], len(places) - 1
        problems = (
            f"{words} of parameter {name!r} {problem.text}"
            for words, value in _given(subject.definition.parameters[name])
            for problem in subject.model.check_scalar(shape, value)
        )
        for text in islice(problems, ENOUGH):
            text += f"; the same in {more} more place{'s' if more > 1 else ''}" if more else ""
            yield Finding("parameter-value", text, first, where, "warning")


def _given(parameter: ParameterDeclaration) -> Iterator[tuple[str, Any]]:
    """The values that the definition itself gives a parameter, if they are of its type, and what each of them is."""
    allowed = PARAMETER_TYPES[parameter.type]
    if isinstance(parameter.default, allowed) and (isinstance(parameter.default, bool) == (bool in allowed)):
        yield "the default", parameter.default
    for value in dict.fromkeys(value for value in parameter.enum_values or () if isinstance(value, str)):
        if value != parameter.default:
            yield "an enum value", value


def _joined(expression: Any) -> str | None:
    """The text that a join of literals results in; None for any other expression."""
    join = expression.get("Std:Join")
    if not isinstance(join, dict) or not isinstance(join.get("On"), str) or not isinstance(join.get("Values"), list):
        return None
    parts = [_joined(value) if isinstance(value, dict) else value for value in join["Values"]]
    known = [str(part) for part in parts if isinstance(part, (str, int)) and not isinstance(part, bool)]
    return join["On"].join(known) if len(known) == len(parts) else None


def kind_of(subject: Subject, expression: Any) -> str | None:
    """The kind of value that an expression gives, or None where that is not known."""
    if not isinstance(expression, dict):
        return None
    if "Std:Join" in expression:
        return "string"
    reference = Reference.of(expression.get("Get"))
    if reference is None:
        return None
    if reference.kind == "Parameters":
        parameter = subject.definition.parameters.get(reference.name)
        return None if parameter is None else _DECLARED.get(parameter.type)
    if reference.kind in ("Execution", "PipelineExperimentConfig"):
        return "string"
    step = subject.definition.find(reference.name) if reference.kind == "Steps" else None
    if step is None or subject.model is None:
        return None
    if reference.path[:1] == ("OutputParameters",) and len(reference.path) > 1:
        return _output_kind(step, reference.path[1])
    return subject.model.property_kind(step.type, reference.path)


def _output_kind(step: StepView, name: str | int) -> str | None:
    listed = step.json.get("OutputParameters")
    for output in listed if isinstance(listed, list) else []:
        if isinstance(output, dict) and output.get("OutputName") == name:
            declared = output.get("OutputType")
            return _DECLARED.get(declared) if isinstance(declared, str) else None
    return None
