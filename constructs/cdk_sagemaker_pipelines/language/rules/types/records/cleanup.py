"""Cleanup: the steps whose objects are deleted. Source: the SDK's own step."""

from __future__ import annotations

from collections.abc import Iterator

from ....errors import an, did_you_mean
from ....field import Field
from ....findings import Finding
from ....step_types import row_of
from ...subject import Subject


def _sources(subject: Subject) -> Iterator[Field]:
    for step in subject.by_type.get("Cleanup", ()):
        yield from Field.of_arguments(step).at("Resources", "S3").items()


def cleanup_sources(subject: Subject) -> Iterator[Finding]:
    """A cleanup names steps that exist, and runs after them."""
    names = subject.definition.step_names
    for source in _sources(subject):
        name, place = source.at("StepName").value, source.at("StepName")
        if not isinstance(name, str):
            continue
        if name not in names:
            text = f"it cleans up after {name!r}, but the pipeline has no such step{did_you_mean(name, names)}"
            yield place.finding("unknown-step", text)
        elif name not in subject.graph.predecessors(source.step.name):
            text = f"it cleans up after '{name}', but does not wait for it; name it in DependsOn"
            yield place.finding("cleanup-order", text)


def cleanup_objects(subject: Subject) -> Iterator[Finding]:
    """The service finds what a training step wrote; for other steps the objects are listed; no step may be in a VPC."""
    for source in _sources(subject):
        name = source.at("StepName").text
        if name is None or name not in subject.definition.step_names:
            continue
        step = subject.definition.step(name)
        uris = source.at("S3Uris")
        row = row_of(step.type)
        if row.cleaned == "named" and not uris.given:
            text = f"needs the member 'S3Uris': what to delete of '{name}', {an(step.type)} step"
            yield source.finding("cleanup-objects", text)
        elif row.cleaned is None:
            text = f"'{name}' is {an(step.type)} step; a cleanup is for Training, Processing and Transform steps"
            yield source.at("StepName").finding("cleanup-objects", text, "warning")
        arguments = Field.of_arguments(step)
        if arguments.at("VpcConfig").given or arguments.at("NetworkConfig", "VpcConfig").given:
            text = f"'{name}' runs in a VPC, and the service cannot clean up after such a step"
            yield source.at("StepName").finding("cleanup-objects", text)
