"""Rules over arguments: the shapes of requests, and what shapes do not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import did_you_mean
from ..findings import Finding
from .subject import Subject


def request_shapes(subject: Subject) -> Iterator[Finding]:
    """Arguments have the form of the API request that the step makes."""
    if subject.model is None:
        return
    for step in subject.definition.all_steps():
        if not isinstance(step.json.get("Arguments", {}), Mapping):
            continue
        for where, text, level in subject.model.check_request(step.type, step.arguments):
            yield Finding("argument", text, step.name, f"Arguments.{where}" if where else "Arguments", level)


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
