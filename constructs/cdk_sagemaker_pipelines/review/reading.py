"""From a path to the definitions in it: a definition's file, a CloudFormation template, the cdk.out of an app."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..iam.places import Place
from ..language import Definition, DefinitionError
from ..language.parsing import Parsed, check_depth, parse
from ..language.tokens import has_string_token
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
    surroundings: Place | None = None
    """What a template, or the assembly that it is of, knows of where the pipeline is to run."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Of the first pipeline of a template the types of all of its resources, by logical id."""

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


@dataclass(frozen=True)
class Template:
    """A template, and the directories in which its assets may lie."""

    file: str
    document: Mapping[str, Any]
    assets: tuple[Path, ...] = ()
    environment: tuple[str, str] = ("", "")
    """The account and the region that an assembly says; empty where it says none."""


Outcome = Found | Unreadable
Content = Template | Outcome


def read(path: Path) -> list[Outcome]:
    """The definitions of a file or a directory: at least one; what cannot be read is one and is not raised."""
    return definitions(contents(path), str(path))


def read_text(content: bytes, file: str, name: str) -> list[Outcome]:
    """The definitions of the content of a file: at least one. ``name`` is the pipeline's where it does not say."""
    return definitions(contents_of_text(content, file, name), file)


def contents(path: Path) -> list[Content]:
    """The templates of a file or a directory, or the one definition; what cannot be read is one of them."""
    try:
        if path.is_dir():
            return _of_directory(path)
        return contents_of_text(_content(path), str(path), path.stem, path.parent)
    except DefinitionError as error:
        return [Unreadable(str(path), str(error))]
    except (OSError, ValueError) as error:
        return [Unreadable(str(path), _words(error))]


def contents_of_text(content: bytes, file: str, name: str, directory: Path | None = None) -> list[Content]:
    """As ``contents``, of the content of a file. In ``directory`` or beside it may lie the assets of a template."""
    try:
        parsed = _parsed(content)
        document = parsed.document
        if isinstance(document, Mapping) and "Resources" in document:
            return list(_with_nested(document, file, directory, set()))
        if isinstance(document, Mapping) and not document.keys() & DEFINITION_KEYS:
            raise DefinitionError("it is no definition and no template: it has neither 'Steps' nor 'Resources'")
        return [Found(file, name, None, Definition(document, parsed.repetitions))]
    except DefinitionError as error:
        return [Unreadable(file, str(error))]


def definitions(found: Sequence[Content], source: str) -> list[Outcome]:
    """The definitions in all that was found in a source: at least one, or that there is none."""
    outcomes = [outcome for content in found for outcome in _definitions(content)]
    whole = any(content.file == source for content in found)
    none = "it is a template without a pipeline" if whole else "its templates hold no pipeline"
    return outcomes or [Unreadable(source, none)]


def _definitions(content: Content) -> Iterator[Outcome]:
    if not isinstance(content, Template):
        yield content
        return
    types = _types(content.document)
    for pipeline in pipelines(content.document, content.assets):
        try:
            place = _in_environment(pipeline.place, content.environment)
            yield Found(content.file, pipeline.name, pipeline.path, pipeline.definition(), place, types)
            types = {}
        except (DefinitionError, OSError, UnicodeDecodeError) as error:
            yield Unreadable(f"{content.file}#{pipeline.path}", _words(error))


def _types(document: Mapping[str, Any]) -> dict[str, str]:
    resources = _at(document, "Resources").items()
    types = {logical_id: resource.get("Type") for logical_id, resource in resources if isinstance(resource, Mapping)}
    return {logical_id: kind for logical_id, kind in types.items() if isinstance(kind, str)}


def _in_environment(place: Place, environment: tuple[str, str]) -> Place:
    """The place, with the account and region of the assembly where it knows none itself."""
    account, region = (
        told if told and has_string_token(own) else own
        for told, own in zip(environment, (place.account, place.region), strict=True)
    )
    return replace(place, account=account, region=region)


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(LONGEST + 1)


def _parsed(content: bytes) -> Parsed:
    if len(content) > LONGEST:
        raise DefinitionError(f"it is longer than {LONGEST // 1024 // 1024} MB, which no definition is")
    try:
        parsed = parse(content)
        if not isinstance(parsed.document, Mapping) or "Resources" in parsed.document:
            check_depth([parsed.document])
    except DefinitionError as error:
        raise DefinitionError(f"it is {error}") from None
    return parsed


def _of_directory(directory: Path) -> list[Content]:
    files = list(_templates(directory, set()))
    if not files:
        return [Unreadable(str(directory), "it holds no template; run 'cdk synth' first")]
    seen: set[Path] = set()
    return [content for file, environment in files for content in _of_file(file, seen, environment)]


def _templates(directory: Path, seen: set[Path]) -> Iterator[tuple[Path, tuple[str, str]]]:
    """The templates of an assembly and of the assemblies of its stages, each with its account and region.

    The manifest tells which, since files of stacks that are no more stay in the directory.
    """
    if directory.resolve() in seen:
        return
    seen.add(directory.resolve())
    manifest = directory / "manifest.json"
    if not manifest.is_file():
        yield from ((file, ("", "")) for file in sorted(directory.glob("*.template.json")))
        stages = sorted(directory.glob("assembly-*/"))
    else:
        artifacts = _at(_parsed(_content(manifest)).document, "artifacts")
        properties = [_at(artifact, "properties") for artifact in artifacts.values()]
        environments = map(_environment, artifacts.values())
        named = zip((each.get("templateFile") for each in properties), environments, strict=True)
        yield from sorted((directory / file, where) for file, where in named if isinstance(file, str))
        stages = sorted(directory / name for each in properties if isinstance(name := each.get("directoryName"), str))
    for stage in stages:
        yield from _templates(stage, seen)


def _environment(artifact: Any) -> tuple[str, str]:
    """The account and the region of an artifact, empty where they are known at deployment only."""
    told = artifact.get("environment") if isinstance(artifact, Mapping) else None
    match = re.fullmatch("aws://([^/]*)/([^/]*)", told) if isinstance(told, str) else None
    account, region = match.groups() if match else ("", "")
    return account if account != "unknown-account" else "", region if region != "unknown-region" else ""


def _of_file(file: Path, seen: set[Path], environment: tuple[str, str]) -> Iterator[Content]:
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
        document = document if isinstance(document, Mapping) else {}
        yield from _with_nested(document, str(file), file.parent, seen, environment)


def _with_nested(
    document: Mapping[str, Any],
    file: str,
    directory: Path | None,
    seen: set[Path],
    environment: tuple[str, str] = ("", ""),
) -> Iterator[Content]:
    """A template and those of its nested stacks."""
    yield Template(file, document, (directory, directory.parent) if directory else (), environment)
    if directory is not None:
        for name in nested(document):
            yield from _of_file(directory / Path(name).name, seen, environment)


def _at(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _words(error: Exception) -> str:
    return f"it cannot be read: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
