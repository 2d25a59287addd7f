"""Expressions of a pipeline in texts of a template that no execution reads: they are deployed as placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language import Finding
from ..language.expressions import readable
from ..language.misplaced import has_beginning
from .targets import dotted

Path = tuple[str | int, ...]

CODE = "placeholder-outside"
_PIPELINE = "AWS::SageMaker::Pipeline"
_SHOWN = 100
_NAMED = ("Resources", "Outputs", "Parameters", "Mappings", "Conditions", "Rules")
"""The sections whose members have logical ids."""


def outside(document: Mapping[str, Any]) -> Iterator[tuple[Path, Finding]]:
    """An error for each text with a placeholder, and the path to it; definitions have rules of their own."""
    for path, text in _texts(document, ()):
        if not has_beginning(text) or _is_of_definition(path, document):
            continue
        # what stands around it may be long, such as the code of a function
        shown = next(part for part in readable(text).splitlines() if "{" in part)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        told = (
            f"{shown!r} is a value of a pipeline's execution, and CloudFormation knows none of these: it deploys the "
            "placeholder as it is; hand the value over where the pipeline runs, as an input of a step, or take a "
            "value that is known at deployment"
        )
        inside = path[2:] if path[0] == "Resources" else path
        yield path, Finding(CODE, told, where=dotted(inside))


def logical_id(path: Path) -> str:
    """Of what a path is inside; the section where its members have none."""
    return str(path[1] if path[0] in _NAMED and len(path) > 1 else path[0])


def _is_of_definition(path: Path, document: Mapping[str, Any]) -> bool:
    if path[:1] != ("Resources",) or path[2:4] != ("Properties", "PipelineDefinition"):
        return False
    return bool(document["Resources"][path[1]].get("Type") == _PIPELINE)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(key, str) and has_beginning(key):
                yield path, key
            yield from _texts(inner, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
