"""Rules over the document and its parameters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..definition import VERSION
from ..errors import PipelineError, did_you_mean, shown
from ..expressions import Parameter
from ..findings import Finding
from ..later import later_pattern
from ..references import is_expression_json, references
from ..tokens import has_string_token, is_token
from .subject import Subject


def document_shape(subject: Subject) -> Iterator[Finding]:
    """The document and its lists have the form that the service parses."""
    document = subject.definition.json
    if document.get("Version") != VERSION:
        yield Finding("version", f"Version must be {VERSION!r}, not {shown(document.get('Version'))}", where="Version")
    known = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")
    for key in document:
        if key not in known:
            hint = did_you_mean(key, known) or f"; allowed are {', '.join(known)}"
            yield Finding("unknown-key", f"unknown key{hint}", where=key)
    for key in ("Parameters", "Steps"):
        value = document.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            yield Finding("shape", f"{key} must be a list of objects", where=key)
    if not subject.definition.steps:
        yield Finding("no-steps", "the pipeline has no step", where="Steps")


def repeated_keys(subject: Subject) -> Iterator[Finding]:
    """No object has a key twice: JSON parsers silently keep the last one."""
    repeated: dict[int, list[str]] = defaultdict(list)
    for repetition in subject.definition.repetitions:
        repeated[id(repetition.holder)].append(repetition.key)
    if not repeated:
        return
    steps = [(step.name, step.json) for step in subject.definition.all_steps()]
    inner = {id(document) for _, document in steps}
    for name, document in ((None, subject.definition.json), *steps):
        for where, holder in _objects(document, "", inner):
            for key in repeated.get(id(holder), ()):
                text = f"the key {key!r} occurs more than once, and all but the last would be lost; keep one"
                yield Finding("repeated-key", text, step=name, where=f"{where}.{key}".lstrip("."))


def _objects(value: Any, where: str, but: Collection[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object in a value with its place, except the ones to leave out and everything in them."""
    if where and id(value) in but:
        return
    if isinstance(value, dict):
        yield where, value
        for key, item in value.items():
            yield from _objects(item, f"{where}.{key}".lstrip("."), but)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, f"{where}[{index}]", but)


def parameter_declarations(subject: Subject) -> Iterator[Finding]:
    """Parameters have a name, a type, a default of that type, and each name occurs once."""
    seen: set[str] = set()
    declared = subject.definition.json.get("Parameters")
    for index, item in enumerate(declared if isinstance(declared, list) else []):
        if not isinstance(item, dict):
            continue
        where = f"Parameters[{index}]"
        name = item.get("Name")
        if isinstance(name, str):
            if name in seen:
                yield Finding("duplicate-parameter", f"parameter {shown(name)} is declared twice", where=where)
            seen.add(name)
        for key in item:
            if key == "Description":
                text = "only the JSON schema knows a Description of parameters, and no SDK writes one"
                yield Finding("parameter-description", text, where=f"{where}.{key}", level="warning")
            elif key not in PARAMETER_KEYS:
                text = f"unknown key; allowed are {', '.join(PARAMETER_KEYS)}{did_you_mean(key, PARAMETER_KEYS)}"
                yield Finding("unknown-key", text, where=f"{where}.{key}")
        listed = item.get("EnumValues")
        for value, count in Counter(map(str, listed)).items() if isinstance(listed, list) else ():
            if count > 1:
                text = f"EnumValues has {shown(value)} {count} times; once is enough"
                yield Finding("duplicate-enum-value", text, where=f"{where}.EnumValues", level="warning")
        known = "DefaultValue" in item and not has_string_token(item["DefaultValue"])
        arguments = {"default": item["DefaultValue"]} if known else {}
        if "EnumValues" in item:
            arguments["enum_values"] = item["EnumValues"] or ()
        try:
            Parameter(name, item.get("Type"), **arguments)  # type: ignore[arg-type]
        except PipelineError as error:
            yield Finding("parameter", str(error), where=where)
        default = item.get("DefaultValue")
        if item.get("Type") == "Integer" and type(default) is int and not -LARGEST - 1 <= default <= LARGEST:
            text = f"parameter {shown(name)}: the default {shown(default)} has more than the 64 bits of AWS's integers"
            yield Finding("parameter", text, where=f"{where}.DefaultValue", level="warning")


LARGEST = 2**63 - 1
"""The largest ``Long`` of AWS's services; of an integer of a pipeline no source gives bounds."""
PARAMETER_KEYS = ("Name", "Type", "DefaultValue", "EnumValues")

_USE = later_pattern(r"Parameters\.([A-Za-z0-9\-_]+)")


def unused_parameters(subject: Subject) -> Iterator[Finding]:
    """A parameter is read somewhere, even inside a text, such as JSON that a job or a function parses."""
    beside = (get for _, get in references([one.uri for one in subject.beside]) if isinstance(get, str))
    texts = (*subject.values.distinct, *beside)
    used = {name for text in texts if "Parameters." in text for name in _USE.findall(text)}
    declared = subject.definition.json.get("Parameters")
    for index, item in enumerate(declared if isinstance(declared, list) else []):
        name = item.get("Name") if isinstance(item, dict) else None
        if isinstance(name, str) and name not in used:
            text = f"nothing reads parameter {shown(name)}, so its value at a start has no effect; leave it out"
            yield Finding("unused-parameter", text, where=f"Parameters[{index}]", level="warning")


METADATA_KEY = later_pattern(r"[A-Za-z0-9\-_]{1,128}")
METADATA_LENGTH = 1024


def metadata(subject: Subject) -> Iterator[Finding]:
    """Metadata are texts by name; only the published JSON schema limits names and lengths, so those are warnings."""
    given = subject.definition.json.get("Metadata", {})
    if not isinstance(given, dict):
        yield Finding("shape", f"Metadata must be an object of texts, not {shown(given)}", where="Metadata")
        return
    for key, value in given.items():
        where = f"Metadata.{key}"
        if not METADATA_KEY.fullmatch(key):
            text = f"the key {shown(key)} needs 1 to 128 letters, digits, '-' or '_', according to the JSON schema"
            yield Finding("metadata", text, where=where, level="warning")
        if not isinstance(value, str):
            text = f"it is {shown(value)}; the JSON schema wants a text"
            yield Finding("metadata", text, where=where, level="warning")
        elif len(value) > METADATA_LENGTH and not is_token(value):
            text = f"{len(value)} characters; at most {METADATA_LENGTH}, according to the JSON schema"
            yield Finding("metadata", text, where=where, level="warning")


CONFIGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "PipelineExperimentConfig": (("ExperimentName", "TrialName"), ()),
    "MlflowConfig": (("MlflowResourceArn",), ("MlflowExperimentName",)),
}
"""The objects at the top of a document, which may be null: the keys that they need, and those that they may have."""

ENTITY_NAME = later_pattern(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")
"""API shape ``ExperimentEntityName``."""


def configs(subject: Subject) -> Iterator[Finding]:
    """The experiment and the MLflow server have the members that the service knows, as texts or expressions."""
    for name, (needed, more) in CONFIGS.items():
        given = subject.definition.json.get(name)
        if given is None:
            continue
        known = (*needed, *more)
        if not isinstance(given, dict):
            text = f"it must be an object with {' and '.join(known)}, or null, not {shown(given)}"
            yield Finding("shape", text, where=name)
            continue
        for key in given:
            if key not in known:
                text = f"unknown key; allowed are {', '.join(known)}{did_you_mean(key, known)}"
                yield Finding("unknown-key", text, where=f"{name}.{key}")
        for key in needed:
            if key not in given:
                yield Finding("missing-key", f"{name} needs {key}", where=f"{name}.{key}")
        for key in known:
            value = given.get(key, "x")
            if not isinstance(value, str) and not is_expression_json(value):
                yield Finding("shape", f"it must be a text or an expression, not {shown(value)}", where=f"{name}.{key}")
            elif name == "PipelineExperimentConfig" and not _is_entity_name(value):
                text = f"{shown(value)} is not a name of 1 to 120 letters and digits, with '-' between them"
                yield Finding("experiment-name", text, where=f"{name}.{key}", level="warning")


def _is_entity_name(value: Any) -> bool:
    return not isinstance(value, str) or is_token(value) or ENTITY_NAME.fullmatch(value) is not None
