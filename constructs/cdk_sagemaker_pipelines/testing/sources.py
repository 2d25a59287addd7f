"""From what a test has at hand to a definition."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ..language import Definition, DefinitionError, check, choices, did_you_mean
from ..properties.service_model import Model
from ..review import Found, Unreadable, read
from ..review.reading.files import contents
from ..review.reviewed.app import reviewed
from ..review.reviewed.values import Reviewed

Target = Any
"""A ``Stack``, ``Stage``, ``App`` or ``Pipeline`` of CDK, a ``Definition``, its document or its JSON text, or the path
of a definition, a template or a cdk.out."""

Pipelines = list[tuple[tuple[str, ...], Definition]]
"""Definitions, each with the names by which it can be chosen: its own, its construct's path and id."""

Of = TypeVar("Of")

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


def reviewed_of(target: Target, pipeline: str | None) -> Reviewed:
    """The pipeline of a target with its roles and files; ``pipeline`` chooses one of several, as above.

    Raises ``DefinitionError`` for a target without a pipeline or with several.
    """
    if isinstance(target, (str, Path)):
        found, source = _synthesized(Path(target)), str(target)
    elif hasattr(type(target), "node") and hasattr(target.node.root, "synth"):
        path = target.node.path
        everything = _synthesized(Path(target.node.root.synth().directory))
        found = [each for each in everything if f"{each.path}/".startswith(f"{path}/" if path else "")]
        source = repr(path) if path else "the app"
    else:
        raise DefinitionError(f"{target!r} cannot be synthesized; give a stack, a pipeline or the path of a cdk.out")
    named = [(each, (each.name, each.path, each.path.rpartition("/")[2])) for each in found]
    return _one_of([(names, each) for each, names in named], pipeline, source)


def _synthesized(path: Path) -> list[Reviewed]:
    """The pipelines of an assembly, which is read once as long as its files stay as they are."""
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path] if path.exists() else []
    states = tuple((str(file), state.st_mtime_ns, state.st_size) for file in files for state in [file.stat()])
    return _reviewed_files(path, states)


@functools.lru_cache(maxsize=8)
def _reviewed_files(path: Path, _: tuple[tuple[str, int, int], ...]) -> list[Reviewed]:
    found = reviewed(contents(path))
    for outcome in found:
        if isinstance(outcome, Unreadable):
            raise DefinitionError(str(outcome))
    return [each for each in found if isinstance(each, Reviewed) and each.definition is not None]


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
    return _one_of(found, name, source)


def _one_of(found: Sequence[tuple[tuple[str, ...], Of]], name: str | None, source: str) -> Of:
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
