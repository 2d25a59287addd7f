"""Checks the resources of templates: by their types' schemas, what starts pipelines, what only executions know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...language import Definition, DefinitionError, Finding
from ...templates import placeholders, registry, targets
from ...templates.schemas import violations
from ..reading.stacks import Resource, Stack, Template, linked
from ..reading.templates import PIPELINE
from ..words import printable

_NAME = ":pipeline/"


@dataclass(frozen=True)
class Told:
    """A finding on a resource."""

    path: str
    """The construct's path, or the logical id."""
    line: int | None
    """The line in the template, if it is in YAML."""
    finding: Finding


@dataclass(frozen=True)
class CheckedTemplate:
    """A template with the findings on its resources, in their order."""

    file: str
    told: tuple[Told, ...]
    unjudged: str | None = None
    """Why some of its resources were not checked, and which."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, without their places."""
        return tuple(each.finding for each in self.told)

    def places(self) -> list[dict[str, Any]]:
        """The place of each finding, for JSON."""
        return [{"file": self.file, "resource": each.path, "line": each.line, "pipeline": None} for each in self.told]

    def lines(self) -> list[tuple[str, str, str, str]]:
        """For each finding: the place, ``-`` instead of a step, the code and the text."""
        return [
            (
                printable(f"{self.file}{f':{each.line}' if each.line else ''}#{each.path}"),
                "-",
                each.finding.code,
                printable(
                    ("" if each.finding.level == "error" else f"{each.finding.level}: ")
                    + (f"{each.finding.where}: " if each.finding.where else "")
                    + each.finding.text
                ),
            )
            for each in self.told
        ]


def judged(templates: Sequence[Template]) -> list[CheckedTemplate]:
    """Checks the resources of the templates of an app."""
    stacks = linked(templates)
    pipelines = [resource for stack in stacks for resource in stack.resources() if resource.type == PIPELINE]
    return [
        CheckedTemplate(template.file, tuple(_told(template, stack, pipelines)), _unjudged(stack))
        for template, stack in zip(templates, stacks, strict=True)
    ]


def _told(template: Template, stack: Stack, pipelines: Sequence[Resource]) -> Iterator[Told]:
    for resource in stack.resources():
        written = template.document["Resources"][resource.logical_id].get("Properties", {})
        for violation in violations(registry.schema(resource.type) or {}, written):
            if violation.text:
                finding = Finding("resource-property", violation.text, where=targets.dotted(violation.path))
                yield _at(template, resource, violation.path, finding)
        of_requests = targets.requested(resource.type, resource.properties, resource.text)
        for target in (*targets.targets(resource.type, resource.properties), *of_requests):
            definition = _started(resource.text(target.arn), stack, pipelines)
            for finding in targets.judge(target, definition) if definition is not None else ():
                yield _at(template, resource, target.where, finding)

    paths = {resource.logical_id: resource.path for resource in stack.resources()}
    for path, finding in placeholders.outside(template.document):
        name = placeholders.logical_id(path)
        yield _told_at(template, paths.get(name, name) if path[0] == "Resources" else name, path, finding)


def _at(template: Template, resource: Resource, path: Sequence[str | int], finding: Finding) -> Told:
    return _told_at(template, resource.path, ("Resources", resource.logical_id, "Properties", *path), finding)


def _told_at(template: Template, about: str, whole: tuple[str | int, ...], finding: Finding) -> Told:
    """A finding with its line, or that of the closest key around it that has one."""
    lines = (template.lines.get(whole[:length]) for length in range(len(whole), 1, -1))
    return Told(about, next((line for line in lines if line is not None), None), finding)


def _unjudged(stack: Stack) -> str | None:
    types = dict.fromkeys(resource.type for resource in stack.resources())
    if not types:
        return None
    if not registry.available():
        return f"its resources were not checked: {registry.MISSING}"
    unknown = sorted(name for name in types if registry.schema(name) is None)
    return f"not checked, since cfn-lint has no schema for them: {', '.join(unknown)}" if unknown else None


def _started(arn: str, stack: Stack, pipelines: Sequence[Resource]) -> Definition | None:
    """The definition of the pipeline with this ARN; one in the same stack comes before others with its name."""
    name = arn.rpartition(_NAME)[2] if _NAME in arn else ""
    named = [each for each in pipelines if name in _names(each)]
    own = [each for each in named if each.stack is stack] or named
    if not name or len(own) != 1:
        return None
    try:
        return own[0].stack.definition(own[0])
    except (DefinitionError, OSError, UnicodeDecodeError):  # reported where the definition itself is read
        return None


def _names(pipeline: Resource) -> tuple[str, ...]:
    """What the pipeline's ARN may end with; the service writes the name in lower case."""
    name = pipeline.text(pipeline.properties.get("PipelineName", ""))
    return (pipeline.token(), name, name.lower())
