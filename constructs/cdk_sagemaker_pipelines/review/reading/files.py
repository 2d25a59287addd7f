"""Reads the definitions at a path: a file with a definition, a CloudFormation template, or the cdk.out of an app."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ...iam.environment import Environment
from ...iam.environment_json import KEY, from_json
from ...language import Definition, DefinitionError
from ...language.parsing import Parsed
from ...language.tokens import has_string_token
from ...templates.documents import is_yaml, parse_yaml
from .assemblies import (
    LONGEST,
    Listed,
    content,
    content_below,
    is_assembly,
    parsed,
    paths_beside,
    templates,
    uploaded_files,
)
from .buckets import literal_names, with_keys
from .stacks import Resource, Stack, Template, linked
from .templates import PIPELINE, Deployed, joined, nested

DEFINITION_KEYS = frozenset({"Version", "Parameters", "Steps"})
"""A document with one of these keys is taken for a definition."""
_STEPS = re.compile(rb"^(?:steps[ \t]*:|\[steps[.\]])", re.MULTILINE)
"""The steps of a pipeline in YAML or TOML."""
_OF_APP = "it is a pipeline file for Pipeline.from_file; synthesize the app that reads it, and give its cdk.out"


@dataclass(frozen=True)
class Found:
    """A definition, and where it was found."""

    file: str
    name: str
    """The ``PipelineName`` or logical id in a template; the file's name for a definition alone."""
    path: str | None
    """The construct's path or the logical id in a template; None if the file is the definition."""
    definition: Definition
    surroundings: Environment | None = None
    """What the template or its assembly says about where the pipeline will run."""
    types: Mapping[str, str] = field(default_factory=dict)
    """The types of all resources of the template, by logical id; only on its first pipeline."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The literal texts that a token of the definition may turn out to be, as far as the template tells."""
    buckets: Mapping[str, str] = field(default_factory=dict)
    """The literal names of the app's buckets, by their tokens in the definition."""
    options: Mapping[str, Any] | None = None
    """What the service says of a deployed pipeline besides its definition; None if it was not asked."""

    @property
    def place(self) -> str:
        """The file, with the pipeline if the file may hold several: ``cdk.out/A.template.json#Dev/Pipeline``."""
        return self.file if self.path is None else f"{self.file}#{self.path}"


class Unreadable(NamedTuple):
    """What should have been a definition or should have held some, and why it cannot be read."""

    file: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


Outcome = Found | Unreadable
Content = Template | Outcome


def read(path: Path) -> list[Outcome]:
    """The definitions in a file or a directory, at least one; what cannot be read is returned too, not raised."""
    return definitions(contents(path), str(path))


def read_text(text: bytes, file: str, name: str) -> list[Outcome]:
    """The definitions in the content of a file, at least one. ``name``: the pipeline's, if the content has none."""
    return definitions(contents_of_text(text, file, name), file)


def contents(path: Path) -> list[Content]:
    """The templates in a file or a directory, or the one definition; what cannot be read is returned too.

    Only of an app without stacks there is nothing.
    """
    try:
        if path.is_dir():
            return _of_directory(path)
        return contents_of_text(content(path), str(path), path.stem, path.parent)
    except DefinitionError as error:
        return [Unreadable(str(path), str(error))]
    except (OSError, ValueError) as error:
        return [Unreadable(str(path), _words(error))]


def contents_of_text(text: bytes, file: str, name: str, directory: Path | None = None) -> list[Content]:
    """Like ``contents``, for the content of a file. A template's assets may be in ``directory`` or next to it."""
    try:
        found, lines = _parsed_or_yaml(text, file)
        document = found.document
        if isinstance(document, Mapping) and "Resources" in document:
            listed = Listed(Path(file), paths=paths_beside(Path(file)) if directory else {})
            return list(_with_nested(document, file, directory, set(), listed, lines))
        if isinstance(document, Mapping) and not document.keys() & DEFINITION_KEYS:
            if "steps" in document:
                raise DefinitionError(_OF_APP)
            raise DefinitionError("it is neither a definition nor a template: it has neither 'Steps' nor 'Resources'")
        return [Found(file, name, None, Definition(document, found.repetitions))]
    except DefinitionError as error:
        return [Unreadable(file, str(error))]


def definitions(found: Sequence[Content], source: str) -> list[Outcome]:
    """The definitions in all that was found in a source; if there are none, an ``Unreadable`` that says so."""
    whole = any(content.file == source for content in found)
    none = "it is a template without a pipeline" if whole else "its templates contain no pipeline"
    return pipelines(found) or [Unreadable(source, none)]


def pipelines(found: Sequence[Content]) -> list[Outcome]:
    """The definitions in all that was found in a source, and what cannot be read."""
    stacks = iter(linked([content for content in found if isinstance(content, Template)]))
    outcomes: list[Outcome] = []
    for each in found:
        outcomes += _definitions(next(stacks)) if isinstance(each, Template) else [each]
    return outcomes


def is_of_assembly(found: Sequence[Content]) -> bool:
    """Whether a cdk.out was read, which may be that of an app without pipelines."""
    return not found or any(isinstance(each, Template) and each.options is not None for each in found)


def _definitions(stack: Stack) -> Iterator[Outcome]:
    types = {resource.logical_id: resource.type for resource in stack.resources()}
    for pipeline in stack.resources():
        if pipeline.type != PIPELINE:
            continue
        written = pipeline.properties.get("PipelineName")
        name = written if isinstance(written, str) else pipeline.logical_id
        pieces: dict[Deployed, str] = {}
        try:
            definition = stack.definition(pipeline, partial(_called, stack, pieces))
            around, values = _surroundings(pipeline, name), _values(stack, pieces)
            buckets = literal_names(stack, stack.called)
            yield Found(stack.file, name, pipeline.address, definition, around, types, values, buckets)
            types = {}
        except (DefinitionError, OSError, UnicodeDecodeError) as error:
            yield Unreadable(f"{stack.file}#{pipeline.address}", _words(error))


def _called(stack: Stack, pieces: dict[Deployed, str], piece: Deployed) -> str:
    """The name of a piece, which is taken down."""
    return pieces.setdefault(piece, stack.called(piece))


def _values(stack: Stack, pieces: Mapping[Deployed, str]) -> Mapping[str, Sequence[str]]:
    """What pieces may turn out to be, by their tokens."""
    found: dict[str, list[str]] = {}
    for piece in pieces:
        found.setdefault(joined([piece], pieces.__getitem__)[1:-1], []).extend(stack.may_be(piece))
    return found


def _surroundings(pipeline: Resource, name: str) -> Environment:
    """What the template says about where the pipeline will run; its stack's account and region if it says nothing."""
    called = pipeline.stack.called
    role = pipeline.properties.get("RoleArn")
    kept = pipeline.plain(pipeline.metadata.get(KEY), called)
    environment = from_json(kept, name, None if role is None else pipeline.text(role, called))
    environment = with_keys(environment, pipeline.stack, called)
    known = pipeline.stack.place
    account = (
        known.get("AWS::AccountId", environment.account)
        if has_string_token(environment.account)
        else environment.account
    )
    region = (
        known.get("AWS::Region", environment.region) if has_string_token(environment.region) else environment.region
    )
    return replace(environment, account=account, region=region)


def _parsed_or_yaml(text: bytes, file: str) -> tuple[Parsed, Mapping[tuple[str | int, ...], int]]:
    """Like ``parsed``; for a template in YAML with its lines."""
    try:
        return parsed(text), {}
    except DefinitionError:
        if _STEPS.search(text[:LONGEST]):
            raise DefinitionError(_OF_APP) from None
        if len(text) > LONGEST or not is_yaml(text, file):
            raise
    try:
        document, lines = parse_yaml(text)
    except DefinitionError as error:
        raise DefinitionError(f"it is {error}") from None
    if not isinstance(document, Mapping) or "Resources" not in document:
        raise DefinitionError("it is not a template: it has no 'Resources'")
    return Parsed(document, ()), lines


def _of_directory(directory: Path) -> list[Content]:
    files = list(templates(directory, directory, set()))
    if not files and not is_assembly(directory):
        return [Unreadable(str(directory), "it has no template; run 'cdk synth' first")]
    seen: set[Path] = set()
    return [content for listed in files for content in _of_file(listed, directory, seen)]


def _of_file(
    listed: Listed, root: Path, seen: set[Path], uploaded: Mapping[str, str] | None = None
) -> Iterator[Content]:
    file = listed.file
    if file.resolve() in seen:
        return
    seen.add(file.resolve())
    try:
        document = parsed(content_below(root, file)).document
    except DefinitionError as error:
        yield Unreadable(str(file), str(error))
    except OSError as error:
        yield Unreadable(str(file), _words(error))
    else:
        template = document if isinstance(document, Mapping) else {}
        yield from _with_nested(template, str(file), file.parent, seen, listed, uploaded=uploaded)


def _with_nested(
    document: Mapping[str, Any],
    file: str,
    directory: Path | None,
    seen: set[Path],
    listed: Listed,
    lines: Mapping[tuple[str | int, ...], int] | None = None,
    uploaded: Mapping[str, str] | None = None,
) -> Iterator[Content]:
    """A template, and those of its nested stacks. ``uploaded``: what the stack around it uploads, by its hash."""
    assets = (directory, directory.parent) if directory else ()
    names = (listed.stack, listed.environment, lines or {}, listed.paths, listed.path, listed.options)
    if uploaded is None and directory is not None:
        uploaded = uploaded_files(Path(file))
    inside = nested(document, uploaded or {})
    found = {name: each for name, each in inside.items() if each}
    yield Template(file, document, assets, *names, found, listed.warnings)
    if directory is None:
        return
    for logical_id, name in inside.items():
        if name:
            yield from _of_file(Listed(directory / Path(name).name, paths=listed.paths), directory, seen, uploaded)
        elif uploaded is not None or listed.options is not None:
            yield Unreadable(f"{file}#{logical_id}", "the template of the nested stack is not in the assembly")


def _words(error: Exception) -> str:
    return f"it cannot be read: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
