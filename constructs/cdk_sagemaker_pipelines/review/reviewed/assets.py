"""The files that an app uploads: what they are called, and what is in them. CDK names them by their content."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ...iam.environment_json import FILES, KEY
from ...language import DefinitionError
from ..reading.assemblies import LONGEST, content_below, content_of_file, is_below, parsed
from ..reading.stacks import Stack

_HASHED = re.compile(r"\b([0-9a-f]{64})(\.[A-Za-z0-9.]*[A-Za-z0-9]|/analysis_config\.json)?")
_MOST_FILES = 5000
_UNREADABLE = (OSError, ValueError, EOFError, RuntimeError, zlib.error, tarfile.TarError, zipfile.BadZipFile)
"""What damaged archives raise, and encrypted ones."""


@dataclass(frozen=True)
class Asset:
    """A file, a folder or an image's folder that the app uploads."""

    name: str
    """The name of the source, such as ``prepare.py``, or of the file that runs; else where it is used."""
    hash: str
    path: Path | None = field(default=None, compare=False)
    """Where it lies in the assembly."""
    construct: str = field(default="", compare=False)
    """The path of the construct that uploads it, as far as the assembly says it."""

    @cached_property
    def files(self) -> Mapping[str, bytes] | None:
        """Its files by name; None if they are not here or cannot be read."""
        try:
            return None if self.path is None else dict(_files(self.path, self.name))
        except (*_UNREADABLE, DefinitionError):
            return None


class Assets:
    """The assets of a stack by their hashes."""

    def __init__(self, stack: Stack) -> None:
        found = dict(_listed(stack))
        sources = dict(_sources(stack))
        for hashed in sources:
            found.setdefault(hashed, ("", None))
        self._known = dict(_named(found, sources))

    def text(self, text: str) -> str:
        """A text with the names of assets, ``<prepare.py>``, in place of their hashes."""
        if len(text) < 64:
            return text
        return _HASHED.sub(
            lambda match: f"<{self._known[match[1]].name}>" if match[1] in self._known else match[0], text
        )

    def value(self, value: Any) -> Any:
        """A JSON value with the names of assets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, (list, tuple)) else value

    def used(self, value: Any) -> Iterator[Asset]:
        """The assets that a value names."""
        if isinstance(value, str):
            for match in _HASHED.finditer(value) if len(value) >= 64 else ():
                if match[1] in self._known:
                    yield self._known[match[1]]
        elif isinstance(value, (Mapping, list, tuple)):
            for item in value.values() if isinstance(value, Mapping) else value:
                yield from self.used(item)


def _sources(stack: Stack) -> Iterator[tuple[str, str]]:
    """What the library has noted: the name of a source by its hash."""
    for resource in stack.resources():
        known = resource.metadata.get(KEY)
        noted = known.get(FILES) if isinstance(known, Mapping) else None
        for key, name in noted.items() if isinstance(noted, Mapping) else ():
            match = _HASHED.search(str(key))
            if match and isinstance(name, str):
                yield match[1], name


def _named(found: Mapping[str, tuple[str, Path | None]], sources: Mapping[str, str]) -> Iterator[tuple[str, Asset]]:
    """The assets with names that differ: the source's, else that of its only file, else of the construct."""
    names = {hashed: sources.get(hashed) or _only_file(path) or display for hashed, (display, path) in found.items()}
    count = Counter(names.values())
    for hashed, (display, path) in found.items():
        name = names[hashed] or hashed
        if count[name] > 1 and display and name != display:
            name = f"{name} of {display.removesuffix('/Code')}"
        elif count[name] > 1:
            name = hashed
        yield hashed, Asset(name, hashed, path, display)


def _only_file(path: Path | None) -> str:
    if path is None or not path.is_dir():
        return ""
    files = [entry.name for entry in path.iterdir()]
    return files[0] if len(files) == 1 else ""


def _listed(stack: Stack) -> Mapping[str, tuple[str, Path | None]]:
    """The assets that the assembly lists for a stack: the path of the construct, and where the content is."""
    found: dict[str, tuple[str, Path | None]] = {}
    if not stack.assets:
        return found
    folder, root = stack.assets[0], stack.assets[-1]
    manifest = folder / (Path(stack.file).name.removesuffix(".template.json") + ".assets.json")
    try:
        document = parsed(content_below(root, manifest)).document if manifest.exists() else {}
    except (DefinitionError, OSError):
        document = {}
    for kind, where in (("files", "path"), ("dockerImages", "directory")):
        listed = document.get(kind) if isinstance(document, Mapping) else None
        for hashed, each in listed.items() if isinstance(listed, Mapping) else ():
            source = each.get("source") if isinstance(each, Mapping) else None
            file = source.get(where) if isinstance(source, Mapping) else None
            if isinstance(file, str) and Path(file).name.startswith("asset."):
                path = folder / file
                here = path if is_below(root, path) and path.exists() else None
                found[str(hashed)] = (str(each.get("displayName", "")), here)
    for directory in stack.assets if not found else ():
        for path in sorted(directory.glob("asset.*")):
            match = _HASHED.match(path.name.removeprefix("asset."))
            if match:
                found.setdefault(match[1], ("", path))
    return found


def _files(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for number, file in enumerate(sorted(each for each in path.rglob("*") if each.is_file())):
            if number >= _MOST_FILES or not is_below(path, file):
                raise DefinitionError("it has too many files, or leads out of its folder")
            yield file.relative_to(path).as_posix(), content_of_file(file)
        return
    data = content_of_file(path)
    if len(data) > LONGEST:
        raise DefinitionError("it is too long")
    if path.name.endswith((".tar.gz", ".tgz", ".gz")):
        yield from _of_tar(data)
    elif path.suffix == ".zip":
        yield from _of_zip(data)
    else:
        yield name, data


def _of_tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        unpacked = packed.read(LONGEST + 1)  # tarfile reads what a header says, which may be more than memory has
    left = LONGEST
    if len(unpacked) > left:
        raise DefinitionError("its content is too long")
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                left -= member.size
                if left < 0:
                    raise DefinitionError("its content is too long")
                yield member.name, stream.read()


def _of_zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    left = LONGEST
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                left -= member.file_size
                if left < 0 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise DefinitionError("its content is too long, or packed in a way without a limit")
                with archive.open(member) as stream:
                    yield member.filename, stream.read(member.file_size)  # which may be wrong, and is the limit
