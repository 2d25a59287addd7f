"""What a cdk.out says of its templates: which they are, their stacks, and the constructs' paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...language import DefinitionError
from ...language.parsing import Parsed, check_depth, parse

LONGEST = 64 * 1024 * 1024
"""The longest file that is read, in bytes; the service refuses definitions of a tenth of it."""

_TEMPLATE, _METADATA = ".template.json", ".metadata.json"
_LOGICAL_ID, _WARNING = "aws:cdk:logicalId", "aws:cdk:warning"


class Listed(NamedTuple):
    """A template of an assembly."""

    file: Path
    stack: str = ""
    """The name of the stack; empty if no manifest has it."""
    environment: str = ""
    """Its account and region."""
    paths: Mapping[str, str] = {}
    """The constructs' paths by logical id."""
    path: str = ""
    """The path of the stack's construct."""
    options: Mapping[str, Any] | None = None
    """How the stack is deployed; None if no manifest has it."""
    warnings: Sequence[tuple[str, str]] = ()
    """What the synthesis warned of: the construct's path, and the text."""


_OPTIONS = (
    "stackName",
    "terminationProtection",
    "tags",
    "notificationArns",
    "parameters",
    "assumeRoleArn",
    "assumeRoleExternalId",
    "assumeRoleAdditionalOptions",
    "cloudFormationExecutionRoleArn",
)
"""The properties of a stack in the manifest that say how it is deployed; those that say nothing are left out."""


def is_assembly(directory: Path) -> bool:
    """Whether ``cdk synth`` wrote the directory, be it for an app without stacks."""
    manifest = directory / "manifest.json"
    if not manifest.exists():
        return False
    document = parsed(content_below(directory, manifest)).document
    return isinstance(document, Mapping) and {"version", "artifacts"} <= document.keys()


def templates(directory: Path, root: Path, seen: set[Path]) -> Iterator[Listed]:
    """The templates of an assembly and of its stages' assemblies, with each stack's name and environment.

    Only those in the manifest: files of deleted stacks stay in the directory. A stage without a directory below
    ``root`` is reported in place of its templates.
    """
    if directory.resolve() in seen:
        return
    seen.add(directory.resolve())
    manifest = directory / "manifest.json"
    if not manifest.exists():
        yield from (Listed(file) for file in sorted(directory.glob(f"*{_TEMPLATE}")))
        stages = sorted(directory.glob("assembly-*/"))
    else:
        artifacts = _at(parsed(content_below(root, manifest)).document, "artifacts")
        found = {str(name): (artifact, _at(artifact, "properties")) for name, artifact in artifacts.items()}
        stacks = {name: each for name, each in found.items() if isinstance(each[1].get("templateFile"), str)}
        yield from sorted(
            (_listed(directory, root, name, *each) for name, each in stacks.items()), key=lambda listed: listed[:3]
        )
        stages = sorted(
            directory / name for _, each in found.values() if isinstance(name := each.get("directoryName"), str)
        )
    for stage in stages:
        if stage.is_dir() and is_below(root, stage):
            yield from templates(stage, root, seen)
        else:
            yield Listed(stage)


def _listed(directory: Path, root: Path, name: str, artifact: Any, properties: Mapping[str, Any]) -> Listed:
    file = directory / properties["templateFile"]
    metadata = _at(artifact, "metadata")
    further = artifact.get("additionalMetadataFile")
    if isinstance(further, str):
        metadata = {**metadata, **_document(directory / further, root)}
    environment = str(artifact.get("environment", ""))
    called = str(properties.get("stackName", name))
    path = str(artifact.get("displayName", "")).partition(" (")[0]
    told = {**properties, "stackName": called}
    options = {f"{key[0].upper()}{key[1:]}": told[key] for key in _OPTIONS if told.get(key)}
    return Listed(file, called, environment, paths(metadata), path, options, tuple(_entries(metadata, _WARNING)))


def uploaded_files(template: Path) -> Mapping[str, str] | None:
    """The files that are uploaded with a template, by their hashes; None if nothing next to it says so."""
    manifest = template.with_name(template.name.removesuffix(_TEMPLATE) + ".assets.json")
    if not manifest.exists():
        return None
    sources = {
        str(name): _at(each, "source") for name, each in _at(_document(manifest, template.parent), "files").items()
    }
    return {name: source["path"] for name, source in sources.items() if isinstance(source.get("path"), str)}


def paths_beside(template: Path) -> Mapping[str, str]:
    """The constructs' paths of a template that is read alone, from the file that CDK puts next to it."""
    if not template.name.endswith(_TEMPLATE):
        return {}
    name = template.name.removesuffix(_TEMPLATE) + _METADATA
    return paths(_document(template.with_name(name), template.parent))


def paths(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    """The constructs' paths by logical id, without ids that nested stacks have as well."""
    found: dict[str, str] = {}
    several: set[str] = set()
    for path, logical_id in _entries(metadata, _LOGICAL_ID):
        several |= {logical_id} & found.keys()
        found[logical_id] = path
    return {logical_id: path for logical_id, path in found.items() if logical_id not in several}


def _entries(metadata: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """The texts of a kind, each after the path of its construct."""
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping) and entry.get("type") == kind and isinstance(entry.get("data"), str):
                yield str(path).removeprefix("/"), entry["data"]


def _document(file: Path, root: Path) -> Mapping[str, Any]:
    """A file that only adds to what is known; empty if it is not there or cannot be read."""
    try:
        document = parsed(content_below(root, file)).document
    except (DefinitionError, OSError):
        return {}
    return document if isinstance(document, Mapping) else {}


def parsed(content: bytes) -> Parsed:
    """The JSON of a file; raises ``DefinitionError`` if it is none, too long, or too deep for a template."""
    if len(content) > LONGEST:
        raise DefinitionError(f"it is longer than {LONGEST // 1024 // 1024} MB, which no definition is")
    try:
        found = parse(content)
        if not isinstance(found.document, Mapping) or "Resources" in found.document:
            check_depth([found.document])
    except DefinitionError as error:
        raise DefinitionError(f"it is {error}") from None
    return found


def content_below(root: Path, file: Path) -> bytes:
    """The content of a file that another file names; raises ``DefinitionError`` if it is not a file below ``root``."""
    if not is_below(root, file):
        raise DefinitionError("it cannot be read: it is outside of the assembly")
    return content_of_file(file)


def content_of_file(file: Path) -> bytes:
    """The content of a regular file; raises ``DefinitionError`` for another: a pipe would wait for a writer."""
    if file.exists() and not file.is_file():
        raise DefinitionError("it cannot be read: it is not a file")
    return content(file)


def is_below(root: Path, path: Path) -> bool:
    """Whether the path, wherever links lead, is in the folder."""
    return path.resolve().is_relative_to(root.resolve())


def content(file: Path) -> bytes:
    """The content of a file, and no more than can be used."""
    with file.open("rb") as stream:
        return stream.read(LONGEST + 1)


def _at(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}
