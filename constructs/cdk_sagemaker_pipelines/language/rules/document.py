"""Rules over the document and its parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..definition import VERSION
from ..errors import PipelineError, did_you_mean
from ..expressions import Parameter
from ..findings import Finding
from .subject import Subject


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


def repeated_keys(subject: Subject) -> Iterator[Finding]:
    """No object has a key twice: readers of JSON keep the last one in silence."""
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
                text = f"the key {key!r} stands there more than once, and all but the last would be lost; keep one"
                yield Finding("repeated-key", text, step=name, where=f"{where}.{key}".lstrip("."))


def _objects(value: Any, where: str, but: Collection[int]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object in a value with its place, but the ones further in that are left out with all that is in them."""
    if where and id(value) in but:
        return
    if isinstance(value, Mapping):
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
