"""From what a test has at hand to a definition."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ..language import Definition, DefinitionError, check, choices, did_you_mean
from ..properties.service_model import Model
from ..review import Found, Unreadable, read

Target = Any
"""A ``Stack``, ``Stage``, ``App`` or ``Pipeline`` of CDK, a ``Definition``, its document or its JSON text, or the path
of a definition, a template or a cdk.out."""

Pipelines = list[tuple[tuple[str, ...], Definition]]
"""Definitions, each with the names by which it can be chosen: its own, its construct's path and id."""

_of_constructs: WeakKeyDictionary[Any, tuple[str, Pipelines]] = WeakKeyDictionary()
_checked: WeakKeyDictionary[Definition, None] = WeakKeyDictionary()


def definition_of(target: Target, pipeline: str | None) -> Definition:
    """The definition of a target; ``pipeline`` chooses one of several, by name, construct's path or id.

    Raises ``DefinitionError`` for a target without a definition or with several, and for one that the service refuses.
    """
    definition = _definition(target, pipeline)
    if definition not in _checked:
        errors = [str(finding) for finding in check(definition, Model()) if finding.level == "error"]
        if errors:
            raise DefinitionError(f"the definition is not valid: {'; '.join(errors)}")
        _checked[definition] = None
    return definition


def _definition(target: Target, pipeline: str | None) -> Definition:
    if isinstance(target, Definition):
        return target
    if isinstance(target, Mapping):
        return Definition(target)
    if isinstance(target, str) and target.lstrip().startswith("{"):
        return _parsed(target)
    if isinstance(target, (str, Path)):
        return _chosen(_read(Path(target)), pipeline, str(target))
    if hasattr(type(target), "node"):
        place, declared = _declared(target)
        return _chosen(declared, pipeline, place)
    raise DefinitionError(
        f"{target!r} has no definition; give a stack, a pipeline, a definition or the path of a cdk.out"
    )


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> Definition:
    return Definition.parse(text)


def _read(path: Path) -> Pipelines:
    found = read(path)
    for outcome in found:
        if isinstance(outcome, Unreadable):
            raise DefinitionError(str(outcome))
    pipelines = [outcome for outcome in found if isinstance(outcome, Found)]
    return [((each.name, each.path or each.name), each.definition) for each in pipelines]


def _declared(target: Any) -> tuple[str, Pipelines]:
    """Where a construct stands, and the pipelines at and below it; CDK is asked once, which takes longer than a run."""
    if target not in _of_constructs:
        found: Pipelines = []
        for construct in target.node.find_all():
            definition = getattr(type(construct), "definition", None) and construct.definition
            if isinstance(definition, Definition):
                # the construct's own name is a token
                name = getattr(construct.node.default_child, "pipeline_name", None)
                found.append(((str(name), construct.node.path, construct.node.id), definition))
        path = target.node.path
        _of_constructs[target] = (repr(path) if path else "the app", found)
    return _of_constructs[target]


def _chosen(found: Pipelines, name: str | None, source: str) -> Definition:
    if not found:
        raise DefinitionError(f"{source} holds no pipeline")
    known = [names[1] for names, _ in found]
    if name is not None:
        found = [each for each in found if name in each[0]]
        if not found:
            raise DefinitionError(
                f"{source} holds no pipeline {name!r}, but {choices(known)}{did_you_mean(name, known)}"
            )
    if len(found) > 1:
        raise DefinitionError(f"{source} holds {choices(known)}; choose one with pipeline=")
    return found[0][1]
