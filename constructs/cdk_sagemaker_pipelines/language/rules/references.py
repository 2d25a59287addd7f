"""Rules over what expressions read, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import loops
from ..definition import Step
from ..errors import PipelineError, choices, did_you_mean
from ..expressions import EXECUTION_VARIABLES, Reference, is_expression_json, references
from ..findings import Finding
from ..misplaced import misplaced
from ..step_types import CHECK_KEYS
from .subject import Subject


def reference_targets(subject: Subject) -> Iterator[Finding]:
    """Every ``Get`` reads something that exists."""
    for step in subject.definition.all_steps():
        document = {key: value for key, value in step.json.items() if key != "Arguments"}
        for where, get in references({**document, "Arguments": step.own_arguments}):
            yield from _target(subject, get, where, step)
    head = {key: value for key, value in subject.definition.json.items() if key not in ("Steps", "Parameters")}
    for where, get in references(head):
        yield from _target(subject, get, where, None)


def _target(subject: Subject, get: Any, where: str, step: Step | None) -> Iterator[Finding]:
    name = step.name if step else None
    try:
        reference = Reference.parse(get)
    except PipelineError as error:
        yield Finding("reference", str(error), step=name, where=where)
        return
    definition = subject.definition
    if reference.kind == "Parameters" and reference.name not in definition.parameters:
        text = f"it reads {get!r}, but the pipeline declares no such parameter"
        yield Finding("unknown-parameter", text + near(reference.name, definition.parameters), name, where)
    elif reference.kind == "Execution" and reference.name not in EXECUTION_VARIABLES:
        text = f"it reads {get!r}, but the service has no such variable"
        yield Finding("unknown-variable", text + near(reference.name, EXECUTION_VARIABLES), name, where)
    elif reference.kind in ("Parameters", "Execution") and reference.path:
        text = f"it reads {get!r}, but '{reference.kind}.{reference.name}' is one value and has no members"
        yield Finding("reference", text, name, where)
    elif reference.kind in ("ForEach", "IterationOutput"):
        problem = loops.item_problem(definition, subject.model, reference, where, step)
        if problem:
            yield Finding("for-each-item", f"it reads {get!r}, {problem}", name, where)
    elif reference.kind == "Steps":
        yield from _step_target(subject, reference, where, step)


def _step_target(subject: Subject, reference: Reference, where: str, step: Step | None) -> Iterator[Finding]:
    name = step.name if step else None
    names = subject.definition.step_names
    if reference.name not in names:
        text = f"it reads {reference.get!r}, but the pipeline has no step '{reference.name}'"
        yield Finding("unknown-step", text + near(reference.name, names), name, where)
        return
    target = subject.definition.step(reference.name)
    outside = loops.outside_problem(step, target)
    if outside:
        text = f"it reads {reference.get!r}, but {outside}; read what it left behind of the for-each's IterationOutputs"
        yield Finding("for-each-outside", text, name, where)
    elif target.type == "ForEach":
        problem = loops.result_problem(subject.model, target, reference)
        if problem:
            yield Finding("unknown-property", f"it reads {reference.get!r}, {problem}", name, where)
    elif reference.path[:1] == ("PropertyFiles",):
        file = str(reference.path[1]) if len(reference.path) > 1 else ""
        if file not in target.property_files:
            text = f"it reads {reference.get!r}, but step '{target.name}' has no such property file"
            yield Finding("unknown-property-file", text + near(file, target.property_files), name, where)
    elif subject.model is not None:
        problem = subject.model.check_property(target.type, reference.path) or _output_problem(target, reference)
        if problem:
            yield Finding("unknown-property", f"it reads {reference.get!r}: {problem}", name, where)


def _output_problem(target: Step, reference: Reference) -> str | None:
    """What is wrong with the name of an input or output that the step itself lists."""
    for path, name_of in (
        (("ProcessingOutputConfig", "Outputs"), "OutputName"),
        (("ProcessingInputs",), "InputName"),
    ):
        listed: Any = target.arguments
        for member in path:
            listed = listed.get(member) if isinstance(listed, Mapping) else None
        if reference.path[: len(path)] != path or len(reference.path) == len(path) or not isinstance(listed, list):
            continue
        name = reference.path[len(path)]
        names = [str(item.get(name_of)) for item in listed if isinstance(item, Mapping)]
        if isinstance(name, str) and name not in names:
            return f"step '{target.name}' has no {name_of[:-4].lower()} {str(name)!r}{near(name, names)}"
    return None


def near(word: str, names: Iterable[str]) -> str:
    """The closest name, or those that there are."""
    listed = list(names)
    return did_you_mean(word, listed) or (f"; there are {choices(listed)}" if listed else "")


def job_names(subject: Subject) -> Iterator[Finding]:
    """A job's name is known in the arguments of the very step only."""
    for step in subject.definition.all_steps():
        for where, get in references(step.own_arguments, "Arguments"):
            for variable, types in _JOB_NAMES.items():
                if get == f"Execution.{variable}" and step.type not in types:
                    text = f"it reads {get!r}, which has a value in a {types[0]} step's own arguments only"
                    yield Finding("job-name", text, step.name, where)


_JOB_NAMES = {
    "TrainingJobName": ("Training",),
    "ProcessingJobName": ("Processing", "ClarifyCheck", "QualityCheck"),
}


def literal_fields(subject: Subject) -> Iterator[Finding]:
    """Outside of arguments the service substitutes nothing, but in the options of checks."""
    for step in subject.definition.all_steps():
        for key, value in step.json.items():
            if key == "Arguments" or key in CHECK_KEYS:
                continue
            for where, _ in _expressions(value, key):
                text = "an expression stands where the service substitutes none; write a literal"
                yield Finding("expression-not-allowed", text, step=step.name, where=where)
    declared = subject.definition.json.get("Parameters")
    for index, item in enumerate(declared if isinstance(declared, list) else []):
        for where, _ in _expressions(item, f"Parameters[{index}]"):
            text = "an expression stands where the service substitutes none; write a literal"
            yield Finding("expression-not-allowed", text, where=where)


def _expressions(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if is_expression_json(value):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _expressions(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _expressions(item, f"{where}[{index}]")


def misplaced_texts(subject: Subject) -> Iterator[Finding]:
    """No list token and no piece of a placeholder is left."""
    yield from misplaced(subject.definition)
