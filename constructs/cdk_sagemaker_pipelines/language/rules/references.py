"""Rules over what expressions read, and where they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import loops
from ..definition import StepView
from ..errors import PipelineError, an, choices, did_you_mean, has_no, shown
from ..expressions import EXECUTION_VARIABLES
from ..findings import Finding
from ..references import Reference, is_expression_json
from ..step_types import CHECK_KEYS, JOB_NAMES
from ..tokens import is_token
from .subject import Subject


def reference_targets(subject: Subject) -> Iterator[Finding]:
    """Every ``Get`` reads something that exists."""
    for step, where, get in subject.gets:
        yield from _target(subject, get, where, step)


def _target(subject: Subject, get: Any, where: str, step: StepView | None) -> Iterator[Finding]:
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
    elif reference.kind in VARIABLES and reference.name not in VARIABLES[reference.kind]:
        text = f"it reads {get!r}, but the service has no such variable"
        yield Finding("unknown-variable", text + near(reference.name, VARIABLES[reference.kind]), name, where)
    elif reference.kind in ("Parameters", *VARIABLES) and reference.path:
        text = f"it reads {get!r}, but '{reference.kind}.{reference.name}' is a single value without members"
        yield Finding("reference", text, name, where)
    elif reference.kind == "PipelineExperimentConfig" and not definition.json.get("PipelineExperimentConfig"):
        text = f"it reads {get!r}, but the pipeline has no PipelineExperimentConfig, so it may have no value"
        yield Finding("no-experiment", text, name, where, "warning")
    elif reference.kind in ("ForEach", "IterationOutput"):
        problem = loops.item_problem(definition, subject.model, reference, where, step)
        if problem:
            yield Finding("for-each-item", f"it reads {get!r}, {problem}", name, where)
    elif reference.kind == "Steps":
        yield from _step_target(subject, reference, where, step)


VARIABLES: Mapping[str, tuple[str, ...]] = {
    "Execution": EXECUTION_VARIABLES,
    "PipelineExperimentConfig": ("ExperimentName", "TrialName"),
}


def _step_target(subject: Subject, reference: Reference, where: str, step: StepView | None) -> Iterator[Finding]:
    name = step.name if step else None
    target = subject.definition.find(reference.name)
    reads = f"it reads {shown(reference.get)}"
    if step is None:
        text = f"{reads}, but no step has run when an execution begins"
        yield Finding("head-reads-step", text, name, where, "warning")
    if target is None:
        text = f"{reads}, but the pipeline has no step '{reference.name}'"
        yield Finding("unknown-step", text + near(reference.name, subject.definition.step_names), name, where)
    elif target.type == "Fail":
        text = f"{reads}, but '{target.name}' is a Fail step: the execution ends there, so nothing can follow"
        yield Finding("depends-on-fail", text, name, where)
    elif outside := loops.outside_problem(step, target):
        instead = "read its results from the for-each: IterationOutputs or Selected, in code .result() or .selected()"
        text = f"{reads}, but {outside}; {instead}"
        yield Finding("for-each-outside", text, name, where)
    elif reference.path[:1] == ("PropertyFiles",):
        yield from _file_target(target, reference, where, name)
    elif not reference.path:
        text = f"{reads}, which names no property; write 'Steps.{target.name}.<property>'"
        yield Finding("no-property", text, name, where, "warning")
    elif target.type == "ForEach":
        problem = loops.result_problem(subject.model, target, reference)
        if problem:
            yield Finding("unknown-property", f"{reads}, {problem}", name, where)
    elif problem := _undeclared_problem(target, reference):
        yield Finding("unknown-output", f"{reads}, but {problem}", name, where)
    elif subject.model is not None:
        problem = subject.model.check_property(target.type, reference.path) or _element_problem(target, reference)
        if problem:
            yield Finding("unknown-property", f"{reads}: {problem}", name, where)


def _file_target(target: StepView, reference: Reference, where: str, name: str | None) -> Iterator[Finding]:
    """A property file is declared by its processing step, and is read with ``Std:JsonGet``."""
    file = str(reference.path[1]) if len(reference.path) > 1 else ""
    reads = f"it reads {shown(reference.get)}"
    if target.type != "Processing":
        text = f"{reads}, but '{target.name}' is {an(target.type)} step; only Processing steps have property files"
        yield Finding("unknown-property-file", text, name, where)
    elif file not in target.property_files:
        text = f"{reads}, but step '{target.name}' has no such property file"
        yield Finding("unknown-property-file", text + near(file, target.property_files), name, where)
    elif len(reference.path) > 2:
        yield Finding("reference", f"{reads}; a value in the file is read with the Path of Std:JsonGet", name, where)
    elif not where.endswith(".Std:JsonGet.PropertyFile"):
        text = f"{reads}, a file; a value in it is read with Std:JsonGet and a Path"
        yield Finding("property-file-value", text, name, where, "warning")


def _undeclared_problem(target: StepView, reference: Reference) -> str | None:
    """What is wrong with the name of an output that a callback or a function returns."""
    if target.type not in ("Callback", "Lambda") or reference.path[0] != "OutputParameters" or len(reference.path) < 2:
        return None
    listed = target.json.get("OutputParameters") or []
    if not isinstance(listed, list):
        return None  # another rule reports it
    names = [str(item.get("OutputName")) for item in listed if isinstance(item, dict)]
    name = str(reference.path[1])
    return None if name in names else f"step '{target.name}' {has_no('output', name, names)}"


_ELEMENTS = (
    (("ProcessingOutputConfig", "Outputs"), ("ProcessingOutputConfig", "Outputs"), "OutputName", "output"),
    (("ProcessingInputs",), ("ProcessingInputs",), "InputName", "input"),
    (("ActionArns",), ("Actions",), "ActionName", "action"),
    (("ArtifactArns",), ("Artifacts",), "ArtifactName", "artifact"),
    (("ContextArns",), ("Contexts",), "ContextName", "context"),
)
"""Properties that correspond to a list in the arguments: the property, the argument, its key, a word for an element."""


def _element_problem(target: StepView, reference: Reference) -> str | None:
    """What is wrong with the name or the position of something that the step itself lists."""
    for path, argument, name_of, word in _ELEMENTS:
        if reference.path[: len(path)] != path or len(reference.path) == len(path):
            continue
        listed: Any = target.arguments
        for member in argument:
            listed = listed.get(member) if isinstance(listed, dict) else None
        if argument[0] not in target.arguments:
            listed = []
        if not isinstance(listed, list):
            continue
        key = reference.path[len(path)]
        if isinstance(key, int):
            count = f"{len(listed)} {word}{'' if len(listed) == 1 else 's'}"
            return f"step '{target.name}' has {count}, counted from 0" if key >= len(listed) else None
        names = [item.get(name_of) for item in listed if isinstance(item, dict)]
        if key not in names and all(isinstance(name, str) and not is_token(name) for name in names):
            return f"step '{target.name}' {has_no(word, str(key), list(map(str, names)))}"
    return None


def near(word: str, names: Iterable[str]) -> str:
    """The closest name, or else all of them."""
    listed = list(names)
    return did_you_mean(word, listed) or (f"; there are {choices(listed)}" if listed else "")


def job_names(subject: Subject) -> Iterator[Finding]:
    """A job's name is only known in the arguments of its own step."""
    for step, where, get in subject.gets:
        for variable, types in JOB_NAMES.items():
            if get == f"Execution.{variable}" and (step is None or step.type not in types):
                text = f"it reads {get!r}, which only has a value in the arguments of {an(types[0])} step"
                yield Finding("job-name", text, step.name if step else None, where)


def literal_fields(subject: Subject) -> Iterator[Finding]:
    """Outside of arguments the service only substitutes values in the options of checks."""
    for step in subject.definition.all_steps():
        for key, value in step.json.items():
            if key == "Arguments" or key in CHECK_KEYS:
                continue
            for where, _ in _expressions(value, key):
                text = "the service substitutes no expression here; write a literal"
                yield Finding("expression-not-allowed", text, step=step.name, where=where)
    declared = subject.definition.json.get("Parameters")
    for index, item in enumerate(declared if isinstance(declared, list) else []):
        for where, _ in _expressions(item, f"Parameters[{index}]"):
            text = "the service substitutes no expression here; write a literal"
            yield Finding("expression-not-allowed", text, where=where)


def _expressions(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if is_expression_json(value):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _expressions(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _expressions(item, f"{where}[{index}]")
