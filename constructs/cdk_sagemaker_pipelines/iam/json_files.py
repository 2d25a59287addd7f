"""The JSON files that ``Std:JsonGet`` reads, wherever in a step it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, StepView
from .environment import Environment
from .needs import Needs, member
from .patterns import output_uri
from .permissions import Permission


def permissions(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs: it reads the files itself."""
    need = Needs(definition, step, environment)
    for where, content in _json_gets(step.own_arguments):
        uri, path = _file(definition, content)
        yield from need.read_object(uri, where, path)


def _file(definition: Definition, content: Mapping[str, Any]) -> tuple[Any, str]:
    """The S3 URI, as JSON, that a ``Std:JsonGet`` reads, and the path below it; None for what a rule refuses."""
    if "S3Uri" in content:
        return content["S3Uri"], ""
    get = member(content, "PropertyFile", "Get")
    try:
        reference = Reference.parse(get)
        step = definition.step(reference.name) if reference.kind == "Steps" and len(reference.path) == 2 else None
    except PipelineError:
        return None, ""
    view = step.property_files.get(str(reference.path[1])) if step else None
    return (output_uri(step, view.output_name), view.file_path) if step and view else (None, "")


def _json_gets(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every ``Std:JsonGet`` under a JSON value: where it stands and what it says."""
    if isinstance(value, Mapping):
        content = value.get("Std:JsonGet")
        if isinstance(content, Mapping):
            yield path, content
        for key, item in value.items():
            yield from _json_gets(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _json_gets(item, f"{path}[{index}]")
