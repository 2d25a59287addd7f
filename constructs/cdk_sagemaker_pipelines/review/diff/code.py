"""Which files of code differ, and by how many lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff

from ..reviewed.assets import Asset


@dataclass(frozen=True)
class FileChange:
    """A file of an asset that differs."""

    name: str
    added: int = 0
    removed: int = 0
    """Lines; 0 of a file that is no text."""
    lines: Sequence[str] = field(default=(), repr=False)
    """The differing lines with ``+`` and ``-`` and those around them, as ``diff -u`` prints them."""
    is_text: bool = True


@dataclass(frozen=True)
class AssetChange:
    """An asset whose content differs; that of a source that is new is told by who uses it."""

    name: str
    files: Sequence[FileChange] | None = None
    """None if the content of one side is not here."""
    old: str = ""
    new: str = ""
    """The hashes."""

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(file.added for file in self.files or ())

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(file.removed for file in self.files or ())


def asset_changes(old: Mapping[str, Asset] | None, new: Mapping[str, Asset] | None) -> list[AssetChange]:
    """The assets of both sides that differ."""
    if old is None or new is None:
        return []
    return [_changed(asset, new[name]) for name, asset in old.items() if name in new and asset.hash != new[name].hash]


def _changed(old: Asset, new: Asset) -> AssetChange:
    before, after = old.files, new.files
    files = None if before is None or after is None else list(_files(before, after))
    return AssetChange(new.name, files, old.hash, new.hash)


def _files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[FileChange]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield _file(name, old.get(name, b""), new.get(name, b""))


def _file(name: str, old: bytes, new: bytes) -> FileChange:
    try:
        before, after = old.decode("utf-8").splitlines(), new.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return FileChange(name, is_text=False)
    lines = list(unified_diff(before, after, lineterm="", n=3))[2:]
    added = sum(line.startswith("+") for line in lines)
    return FileChange(name, added, sum(line.startswith("-") for line in lines), lines)
