"""The JSON files that ``Std:JsonGet`` reads, wherever in a step it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, Step
from .permissions import Permission
from .places import Location, Place, location, output_location


def permissions(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs: it reads the files itself."""
    for where, content in _json_gets(step.own_arguments, "Arguments"):
        file = _json_file(definition, content)
        because = (f"{step.name}: {where}",)
        if file is not None:
            yield Permission(("s3:GetObject",), (file.object(place),), because=because)
            key = place.bucket_keys.get(file.bucket)
            if key is not None:
                yield Permission(("kms:Decrypt",), (key,), because=because)


def _json_file(definition: Definition, content: Mapping[str, Any]) -> Location | None:
    """The object that a ``Std:JsonGet`` reads; None when its bucket is known at run time only."""
    if "S3Uri" in content:
        return location(definition, content["S3Uri"])
    file = content.get("PropertyFile")
    get = file.get("Get") if isinstance(file, Mapping) else None
    if not isinstance(get, str):
        return None
    try:
        reference = Reference.parse(get)
    except PipelineError:
        return None  # a rule finds it
    if reference.kind != "Steps" or len(reference.path) != 2 or reference.name not in definition.step_names:
        return None
    step = definition.step(reference.name)
    view = step.property_files.get(str(reference.path[1]))
    output = output_location(definition, step, view.output_name) if view else None
    return output.below(view.file_path) if output and view else None


def _json_gets(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every ``Std:JsonGet`` under a JSON value: where it stands and what it says."""
    if isinstance(value, Mapping):
        content = value.get("Std:JsonGet")
        if isinstance(content, Mapping):
            yield path, content
        for key, item in value.items():
            yield from _json_gets(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _json_gets(item, f"{path}[{index}]")
