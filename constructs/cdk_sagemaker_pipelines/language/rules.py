"""The rules over a definition: one function a rule, each yields findings. ``check`` runs them all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from . import loops
from .definition import COMPLETED, TRIGGERS, VERSION, Definition, Step
from .errors import PipelineError, choices, did_you_mean
from .expressions import EXECUTION_VARIABLES, Parameter, Reference, is_expression_json, references
from .findings import Finding, Level
from .graph import StepGraph
from .misplaced import misplaced
from .step_types import CHECK_KEYS, STEP_TYPES
from .tokens import is_token

STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


class ServiceModel(Protocol):
    """What the rules need to know of the API: the shapes of requests and of what jobs describe."""

    def check_request(self, step_type: str, arguments: Mapping[str, Any]) -> list[tuple[str, str, Level]]:
        """What is wrong in a step's arguments: path, text and level."""
        ...

    def check_property(self, step_type: str, path: tuple[str | int, ...]) -> str | None:
        """What is wrong with a property path, or None."""
        ...


class Subject:
    """What the rules look at: a definition, its graph and the model of the service, if given."""

    def __init__(self, definition: Definition, model: ServiceModel | None) -> None:
        self.definition = definition
        self.graph = StepGraph(definition)
        self.model = model


Rule = Callable[[Subject], Iterator[Finding]]


def check(definition: Definition, model: ServiceModel | None = None) -> list[Finding]:
    """All findings of a definition, in the order of the rules and of the document.

    ``model`` adds the rules that need the service's shapes.
    """
    subject = Subject(definition, model)
    return [finding for rule in RULES for finding in rule(subject)]


def document_shape(subject: Subject) -> Iterator[Finding]:
    """The document and its lists have the form that the service parses."""
    document = subject.definition.json
    if document.get("Version") != VERSION:
        yield Finding("version", f"Version must be {VERSION!r}, not {document.get('Version')!r}", where="Version")
    known = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
    for key in document:
        if key not in known:
            yield Finding("unknown-key", f"unknown key{did_you_mean(key, known)}", where=key)
    for key in ("Parameters", "Steps"):
        value = document.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            yield Finding("shape", f"{key} must be a list of objects", where=key)
    if not subject.definition.steps:
        yield Finding("no-steps", "the pipeline has no step", where="Steps")


def parameter_declarations(subject: Subject) -> Iterator[Finding]:
    """Parameters have a name, a type, a default of that type, and each name occurs once."""
    seen: set[str] = set()
    declared = subject.definition.json.get("Parameters")
    for index, item in enumerate(declared if isinstance(declared, list) else []):
        if not isinstance(item, Mapping):
            continue
        where = f"Parameters[{index}]"
        name = item.get("Name")
        if isinstance(name, str):
            if name in seen:
                yield Finding("duplicate-parameter", f"parameter {name!r} is declared twice", where=where)
            seen.add(name)
        for key in item:
            if key not in ("Name", "Type", "DefaultValue", "EnumValues"):
                yield Finding("unknown-key", f"unknown key {key!r}", where=where)
        arguments = {"default": item["DefaultValue"]} if "DefaultValue" in item else {}
        if "EnumValues" in item:
            arguments["enum_values"] = item["EnumValues"] or ()
        try:
            Parameter(name, item.get("Type"), **arguments)  # type: ignore[arg-type]
        except PipelineError as error:
            yield Finding("parameter", str(error), where=where)


def step_names(subject: Subject) -> Iterator[Finding]:
    """Names have up to 64 letters, digits, '-' and '_', and are unique over the whole tree."""
    seen: dict[str, Step] = {}
    for step in subject.definition.all_steps():
        if not STEP_NAME.fullmatch(step.name):
            text = f"the name {step.json.get('Name')!r} must have 1 to 64 letters, digits, '-' or '_'"
            yield Finding("step-name", text, step=step.name or None, where="Name")
        elif step.name in seen:
            first, second = _place(seen[step.name]), _place(step)
            text = f"two steps have the name: one {first}, one {second}; names are unique in the whole pipeline"
            yield Finding("duplicate-step", text, step=step.name, where="Name")
        seen.setdefault(step.name, step)


def _place(step: Step) -> str:
    return "at the top" if step.parent is None else f"in {step.branch} of '{step.parent.name}'"


def step_types(subject: Subject) -> Iterator[Finding]:
    """The type is known (else a doubt: the service may be newer), and each key belongs to the type."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        if not step.type:
            text = f"Type must be a text such as 'Training', not {step.json.get('Type')!r}"
            yield Finding("shape", text, step=step.name, where="Type")
            continue
        if facts is None:
            text = f"the type {step.json.get('Type')!r} is not known here{did_you_mean(step.type, STEP_TYPES)}"
            yield Finding("step-type", text, step=step.name, where="Type", level="warning")
            continue
        if not isinstance(step.json.get("Arguments", {}), Mapping):
            yield Finding("shape", "Arguments must be an object", step=step.name, where="Arguments")
        for key in step.json:
            if key not in facts.keys:
                level: Level = "warning" if key in ("CacheConfig", "RetryPolicies") and facts.disputed else "error"
                text = f"a {step.type} step takes no {key}{did_you_mean(key, facts.keys)}"
                yield Finding("step-key", text, step=step.name, where=key, level=level)


def retry_policies(subject: Subject) -> Iterator[Finding]:
    """Retries name exceptions that the type can meet."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        policies = step.json.get("RetryPolicies")
        if facts is None or not isinstance(policies, list):
            continue
        for index, policy in enumerate(policies):
            exceptions = policy.get("ExceptionType") if isinstance(policy, Mapping) else None
            for exception in exceptions if isinstance(exceptions, list) else [exceptions]:
                if isinstance(exception, str) and exception.startswith("SageMaker.") and not facts.job_retries:
                    text = f"a {step.type} step is not retried for {exception!r}; it takes 'Step.' exceptions only"
                    yield Finding(
                        "retry-exception", text, step=step.name, where=f"RetryPolicies[{index}].ExceptionType"
                    )


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


def dependencies(subject: Subject) -> Iterator[Finding]:
    """``DependsOn`` names steps that exist, and no fail step."""
    names = subject.definition.step_names
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn", [])
        if not isinstance(listed, list) or len(step.depends_on) < len(listed):
            text = "it must be a list of step names, or of objects with Step and Trigger"
            yield Finding("shape", text, step=step.name, where="DependsOn")
        for dependency in step.depends_on:
            if dependency.step not in names:
                text = f"it depends on {dependency.step!r}, but the pipeline has no such step"
                text += _near(dependency.step, names)
                yield Finding("unknown-step", text, step=step.name, where="DependsOn")
            elif subject.definition.step(dependency.step).type == "Fail":
                text = (
                    f"it depends on '{dependency.step}', a Fail step: the execution ends there and nothing can follow"
                )
                yield Finding("depends-on-fail", text, step=step.name, where="DependsOn")
            elif outside := loops.outside_problem(step, subject.definition.step(dependency.step)):
                text = f"it depends on '{dependency.step}', but {outside}; let it depend on the for-each"
                yield Finding("for-each-outside", text, step=step.name, where="DependsOn")


def triggers(subject: Subject) -> Iterator[Finding]:
    """A trigger is one of the service's, and a step has one for each other step."""
    for step in subject.definition.all_steps():
        listed = step.json.get("DependsOn")
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            where = f"DependsOn[{index}]"
            if not isinstance(entry, Mapping):
                continue
            for key in entry:
                if key not in ("Step", "Trigger"):
                    text = f"unknown key{did_you_mean(key, ('Step', 'Trigger'))}"
                    yield Finding("unknown-key", text, step=step.name, where=f"{where}.{key}")
            trigger = entry.get("Trigger", COMPLETED)
            if trigger not in TRIGGERS:
                hint = did_you_mean(trigger, TRIGGERS) if isinstance(trigger, str) else ""
                text = f"the trigger {trigger!r}; allowed are {choices(TRIGGERS)}{hint}"
                yield Finding("trigger", text, step=step.name, where=f"{where}.Trigger")
        seen: dict[str, str] = {}
        for dependency in step.depends_on:
            first = seen.setdefault(dependency.step, dependency.trigger)
            if first != dependency.trigger:
                text = f"it depends on '{dependency.step}' with the triggers {first!r} and {dependency.trigger!r}"
                text += "; a step has one trigger for another, 'Any' is for every end"
                yield Finding("two-triggers", text, step=step.name, where="DependsOn")
        for dependency, count in Counter(step.depends_on).items():
            if count > 1:
                text = f"it names '{dependency.step}' {count} times"
                yield Finding("duplicate-dependency", text, step=step.name, where="DependsOn", level="warning")


def misplaced_texts(subject: Subject) -> Iterator[Finding]:
    """No list token and no piece of a placeholder is left."""
    yield from misplaced(subject.definition)


_JOB_NAMES = {
    "TrainingJobName": ("Training",),
    "ProcessingJobName": ("Processing", "ClarifyCheck", "QualityCheck"),
}


def job_names(subject: Subject) -> Iterator[Finding]:
    """A job's name is known in the arguments of the very step only."""
    for step in subject.definition.all_steps():
        for where, get in references(step.own_arguments, "Arguments"):
            for variable, types in _JOB_NAMES.items():
                if get == f"Execution.{variable}" and step.type not in types:
                    text = f"it reads {get!r}, which has a value in a {types[0]} step's own arguments only"
                    yield Finding("job-name", text, step.name, where)


def untaken_branches(subject: Subject) -> Iterator[Finding]:
    """A step that waits for one in the other branch of its condition never runs."""
    for edge in subject.graph.edges:
        source, target = subject.definition.step(edge.source), subject.definition.step(edge.target)
        ways = {ancestor.name: one.branch for one, ancestor in _ways(source)}
        for one, ancestor in _ways(target):
            if ways.get(ancestor.name, one.branch) != one.branch:
                text = (
                    f"it waits for '{source.name}' ({edge.why}), which runs in the other branch of '{ancestor.name}': "
                    "it never runs"
                )
                yield Finding("untaken-branch", text, target.name, edge.why, level="warning")


def _ways(step: Step) -> Iterator[tuple[Step, Step]]:
    """The condition steps around a step, each with what leads into it: the step or an ancestor of it."""
    for inner in (step, *step.ancestors()):
        if inner.parent is not None and inner.parent.type == "Condition":
            yield inner, inner.parent


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
        yield Finding("unknown-parameter", text + _near(reference.name, definition.parameters), name, where)
    elif reference.kind == "Execution" and reference.name not in EXECUTION_VARIABLES:
        text = f"it reads {get!r}, but the service has no such variable"
        yield Finding("unknown-variable", text + _near(reference.name, EXECUTION_VARIABLES), name, where)
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
        yield Finding("unknown-step", text + _near(reference.name, names), name, where)
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
            yield Finding("unknown-property-file", text + _near(file, target.property_files), name, where)
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
            return f"step '{target.name}' has no {name_of[:-4].lower()} {str(name)!r}{_near(name, names)}"
    return None


def _near(word: str, names: Iterable[str]) -> str:
    """The closest name, or those that there are."""
    listed = list(names)
    return did_you_mean(word, listed) or (f"; there are {choices(listed)}" if listed else "")


def property_files(subject: Subject) -> Iterator[Finding]:
    """A property file lies in an output of its step, and its name is unique there."""
    for step in subject.definition.all_steps():
        files = step.json.get("PropertyFiles")
        if not isinstance(files, list):
            continue
        config = step.arguments.get("ProcessingOutputConfig")
        listed = config.get("Outputs") if isinstance(config, Mapping) else None
        outputs = (
            [item.get("OutputName") for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        )
        seen: set[Any] = set()
        for index, item in enumerate(files):
            if not isinstance(item, Mapping):
                yield Finding("shape", "a property file is an object", step=step.name, where=f"PropertyFiles[{index}]")
                continue
            name, output = item.get("PropertyFileName"), item.get("OutputName")
            if output not in outputs:
                text = f"the step has no output {output!r}{did_you_mean(str(output), [str(o) for o in outputs])}"
                yield Finding("unknown-output", text, step=step.name, where=f"PropertyFiles[{index}].OutputName")
            if str(name) in seen:
                text = f"two property files have the name {name!r}"
                yield Finding("duplicate-property-file", text, step=step.name, where=f"PropertyFiles[{index}]")
            seen.add(str(name))


def nested_conditions(subject: Subject) -> Iterator[Finding]:
    """A condition inside of a condition: the developer guide says no, the SDK writes it; so it is a doubt."""
    for step in subject.definition.all_steps():
        if step.type == "Condition" and any(ancestor.type == "Condition" for ancestor in step.ancestors()):
            text = (
                "a condition inside of another one is not supported, says the developer guide; join them with "
                "'&' or '|'"
            )
            yield Finding("nested-condition", text, step=step.name, level="warning")


def cleanup_sources(subject: Subject) -> Iterator[Finding]:
    """A cleanup names steps that exist, and runs after them."""
    names = subject.definition.step_names
    for step in subject.definition.all_steps():
        resources = step.arguments.get("Resources") if step.type == "Cleanup" else None
        sources = resources.get("S3") if isinstance(resources, Mapping) else None
        for index, source in enumerate(sources if isinstance(sources, list) else []):
            name = source.get("StepName") if isinstance(source, Mapping) else None
            if not isinstance(name, str):
                continue
            where = f"Arguments.Resources.S3[{index}].StepName"
            if name not in names:
                text = f"it cleans up after {name!r}, but the pipeline has no such step{did_you_mean(name, names)}"
                yield Finding("unknown-step", text, step=step.name, where=where)
            elif name not in subject.graph.predecessors(step.name):
                text = f"it cleans up after '{name}', but does not wait for it; name it in DependsOn"
                yield Finding("cleanup-order", text, step=step.name, where=where)


def for_each_bodies(subject: Subject) -> Iterator[Finding]:
    """See ``loops``."""
    yield from loops.bodies(subject.definition)


def cycles(subject: Subject) -> Iterator[Finding]:
    """No step waits for itself, directly or by way of others."""
    cycle = subject.graph.cycle()
    if cycle is not None:
        yield Finding("cycle", subject.graph.describe_cycle(cycle), step=cycle[0])


def request_shapes(subject: Subject) -> Iterator[Finding]:
    """Arguments have the form of the API request that the step makes."""
    if subject.model is None:
        return
    for step in subject.definition.all_steps():
        if not isinstance(step.json.get("Arguments", {}), Mapping):
            continue
        for where, text, level in subject.model.check_request(step.type, step.arguments):
            yield Finding("argument", text, step.name, f"Arguments.{where}" if where else "Arguments", level)


def literal_lengths(subject: Subject) -> Iterator[Finding]:
    """Names and descriptions for people stay within the service's lengths."""
    for step in subject.definition.all_steps():
        for key, most in (("DisplayName", 256), ("Description", 3072)):
            value = step.json.get(key)
            if isinstance(value, str) and not is_token(value) and len(value) > most:
                yield Finding("length", f"{len(value)} characters; at most {most}", step=step.name, where=key)


RULES: tuple[Rule, ...] = (
    document_shape,
    parameter_declarations,
    step_names,
    step_types,
    retry_policies,
    literal_fields,
    literal_lengths,
    dependencies,
    triggers,
    reference_targets,
    job_names,
    untaken_branches,
    misplaced_texts,
    property_files,
    nested_conditions,
    for_each_bodies,
    cleanup_sources,
    cycles,
    request_shapes,
)
