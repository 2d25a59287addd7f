"""From a path to the definitions in it: a definition's file, a CloudFormation template, the cdk.out of an app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..language import Definition, DefinitionError
from ..language.parsing import Parsed, check_depth, parse
from .templates import nested, pipelines

LONGEST = 64 * 1024 * 1024
"""Bytes of a file that is read; the service takes no definition of a tenth of it."""

DEFINITION_KEYS = frozenset({"Version", "Parameters", "Steps"})
"""A document with one of them is meant as a definition."""


@dataclass(frozen=True)
class Found:
    """A definition, and where it was found."""

    file: str
    name: str
    """The ``PipelineName`` in a template or the logical id; of a definition's file the name of the file."""
    path: str | None
    """The construct's path or the logical id in a template; None where the file is the definition."""
    definition: Definition

    @property
    def place(self) -> str:
        """The file, and which pipeline where the file may hold several: ``cdk.out/A.template.json#Dev/Pipeline``."""
        return self.file if self.path is None else f"{self.file}#{self.path}"


@dataclass(frozen=True)
class Unreadable:
    """What should have been a definition, or should have held some."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


Outcome = Found | Unreadable


def read(path: Path) -> list[Outcome]:
    """What a file or a directory holds: at least one; what cannot be read is one of them and is not raised."""
    try:
        if path.is_dir():
            return _of_directory(path)
        return read_text(_content(path), str(path), path.stem, path.parent)
    except DefinitionError as error:
        return [Unreadable(str(path), str(error))]
    except (OSError, ValueError) as error:
        return [Unreadable(str(path), _words(error))]


def read_text(content: bytes, file: str, name: str, directory: Path | None = None) -> list[Outcome]:
    """What the content of a file holds: at least one. ``name`` is the pipeline's where the content does not say.

    ``directory`` is where the assets of a template may lie, or beside it.
    """
    try:
        parsed = _parsed(content)
        document = parsed.document
        if isinstance(document, Mapping) and "Resources" in document:
            found = list(_of_template(document, file, directory, set()))
            return found or [Unreadable(file, "it is a template without a pipeline")]
        if isinstance(document, Mapping) and not document.keys() & DEFINITION_KEYS:
            raise DefinitionError("it is no definition and no template: it has neither 'Steps' nor 'Resources'")
        return [Found(file, name, None, Definition(document, parsed.repetitions))]
    except DefinitionError as error:
        return [Unreadable(file, str(error))]


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(LONGEST + 1)


def _parsed(content: bytes) -> Parsed:
    if len(content) > LONGEST:
        raise DefinitionError(f"it is longer than {LONGEST // 1024 // 1024} MB, which no definition is")
    try:
        parsed = parse(content)
        check_depth([parsed.document])
    except DefinitionError as error:
        raise DefinitionError(f"it is {error}") from None
    return parsed


def _of_directory(directory: Path) -> list[Outcome]:
    files = list(_templates(directory, set()))
    if not files:
        return [Unreadable(str(directory), "it holds no template; run 'cdk synth' first")]
    seen: set[Path] = set()
    found = [outcome for file in files for outcome in _of_file(file, seen)]
    return found or [Unreadable(str(directory), "its templates hold no pipeline")]


def _templates(directory: Path, seen: set[Path]) -> Iterator[Path]:
    """The templates of an assembly and of the assemblies of its stages.

    The manifest tells which, since files of stacks that are no more stay in the directory.
    """
    if directory.resolve() in seen:
        return
    seen.add(directory.resolve())
    manifest = directory / "manifest.json"
    if not manifest.is_file():
        yield from sorted(directory.glob("*.template.json"))
        stages = sorted(directory.glob("assembly-*/"))
    else:
        artifacts = _at(_parsed(_content(manifest)).document, "artifacts")
        properties = [_at(artifact, "properties") for artifact in artifacts.values()]
        yield from sorted(directory / file for each in properties if isinstance(file := each.get("templateFile"), str))
        stages = sorted(directory / name for each in properties if isinstance(name := each.get("directoryName"), str))
    for stage in stages:
        yield from _templates(stage, seen)


def _of_file(file: Path, seen: set[Path]) -> Iterator[Outcome]:
    if file.resolve() in seen:
        return
    seen.add(file.resolve())
    try:
        document = _parsed(_content(file)).document
    except DefinitionError as error:
        yield Unreadable(str(file), str(error))
    except OSError as error:
        yield Unreadable(str(file), _words(error))
    else:
        yield from _of_template(document if isinstance(document, Mapping) else {}, str(file), file.parent, seen)


def _of_template(document: Mapping[str, Any], file: str, directory: Path | None, seen: set[Path]) -> Iterator[Outcome]:
    """The pipelines of a template and of its nested stacks."""
    assets = (directory, directory.parent) if directory else ()
    for pipeline in pipelines(document, assets):
        try:
            yield Found(file, pipeline.name, pipeline.path, pipeline.definition())
        except (DefinitionError, OSError, UnicodeDecodeError) as error:
            yield Unreadable(f"{file}#{pipeline.path}", _words(error))
    if directory is not None:
        for name in nested(document):
            yield from _of_file(directory / Path(name).name, seen)


def _at(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _words(error: Exception) -> str:
    return f"it cannot be read: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
