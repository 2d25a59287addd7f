"""The JSON files that ``Std:JsonGet`` reads, wherever in a step it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language import Definition, Reference
from ..language.field import ARGUMENTS, Field
from .needs import Needs, member
from .patterns import output_uri
from .permissions import Permission


def permissions(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: it reads the files itself."""
    for where, found in need.step.objects:
        content = found.get("Std:JsonGet")
        if isinstance(content, dict) and where.startswith(ARGUMENTS):
            uri, path = _file(need.definition, content)
            yield from need.read_object(Field(need.step, where, uri), below=path)


def _file(definition: Definition, content: Mapping[str, Any]) -> tuple[Any, str]:
    """The S3 URI, as JSON, that a ``Std:JsonGet`` reads, and the path below it; None for what a rule refuses."""
    if "S3Uri" in content:
        return content["S3Uri"], ""
    get = member(content, "PropertyFile", "Get")
    reference = Reference.of(get)
    if reference is None or reference.kind != "Steps" or len(reference.path) != 2:
        return None, ""
    step = definition.find(reference.name)
    view = step.property_files.get(str(reference.path[1])) if step else None
    return (output_uri(step, view.output_name), view.file_path) if step and view else (None, "")
