"""Unpacks archives that others made: up to a size, and never outside of the folder, whatever the version of Python.

The ``filter`` of Python's own ``extractall`` came in patch releases, with holes that later ones closed, so tar archives
are unpacked here. Links may point to what is in the folder, and are the only members besides files and folders.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

LARGEST = 10 << 30
"""Bytes that an archive may occupy on this machine's disk."""
MOST = 100_000
"""Files and folders that an archive may contain, including folders that are only part of a name."""

_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_LONGEST_READ = 1 << 18  # bytes; only headers are read at once, and a larger one is longer than any name
_BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError,
    OverflowError,
    RuntimeError,  # nested headers, and a zip that is encrypted or has an unknown compression
)  # fmt: skip


class ArchiveError(Exception):
    """An archive that is not unpacked; the message says why and is meant to follow its name."""


@contextmanager
def open_tar(archive: Path, largest: int = LARGEST) -> Iterator[tarfile.TarFile]:
    """Opens a tar archive, plain or compressed, to be read from start to end.

    Raises ``ArchiveError`` if it is not one, and within the block if it exceeds ``largest`` bytes or has too many
    members.
    """
    try:
        with archive.open("rb") as file:
            start = file.read(6)
            file.seek(0)
            opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
            content = opener(file, "rb") if opener else file
            with tarfile.open(fileobj=_Bounded(content, largest), mode="r:") as tar:
                yield tar
    except ArchiveError:
        raise
    except _BROKEN as error:
        raise ArchiveError(f"is not a readable tar.gz archive: {error}") from error


def members(tar: tarfile.TarFile, largest: int = LARGEST) -> Iterator[tarfile.TarInfo]:
    """The members of an archive of ``open_tar``, up to the limits of number and size. Raises ``ArchiveError``."""
    size, entries = 0, _Entries()
    for member in tar:
        size += member.size  # for a sparse file, more than what is in the archive
        entries.add(member.name, is_folder=member.isdir())
        if size > largest:
            raise ArchiveError(_too_large(largest))
        yield member
        # otherwise it keeps all of them, with their headers
        tar.members, tar.pax_headers = [], {}  # type: ignore[attr-defined]


def extract_tar(archive: Path, directory: Path, largest: int = LARGEST) -> None:
    """Unpacks a tar archive into a directory. Raises ``ArchiveError``."""
    with open_tar(archive, largest) as tar:
        for member in members(tar, largest):
            _extract(tar, member, directory)


def extract_zip(archive: bytes, directory: Path, largest: int) -> int:
    """Unpacks a zip archive into a directory; returns the number of bytes unpacked. Raises ``ArchiveError``."""
    with open_zip(archive, largest) as file:
        for info in file.infolist():
            _inside(info.filename)
        file.extractall(directory)  # which writes a link as a file
        return sum(info.file_size for info in file.infolist())


@contextmanager
def open_zip(archive: bytes, largest: int) -> Iterator[zipfile.ZipFile]:
    """A zip archive whose members have at most ``largest`` bytes. Raises ``ArchiveError``, also within the block."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            entries = _Entries()
            for info in file.infolist():
                if not info.filename:
                    raise ArchiveError("contains a file without a name")
                entries.add(info.filename, is_folder=info.is_dir())
            # reading stops at the size that a member states
            if sum(info.file_size for info in file.infolist()) > largest:
                raise ArchiveError(_too_large(largest))
            yield file
    except ArchiveError:
        raise
    except _BROKEN as error:
        raise ArchiveError(f"is not a readable zip archive: {error}") from error


class _Entries:
    """Counts files and folders: a short name may contain hundreds of folders."""

    def __init__(self) -> None:
        self._members = self._files = 0
        self._folders: dict[tuple[int, str], int] = {}
        """The number of each folder, by its parent's number and its name there."""

    def add(self, name: str, *, is_folder: bool) -> None:
        """Counts a member. Raises ``ArchiveError`` if it is one too many."""
        parts = PurePosixPath(name).parts
        holder = 0
        for part in parts if is_folder else parts[:-1]:
            holder = self._folders.setdefault((holder, part), len(self._folders) + 1)
        self._members += 1
        self._files += not is_folder
        if max(self._members, self._files + len(self._folders)) > MOST:
            raise ArchiveError(f"contains more than {MOST:,} files and folders")


class _Bounded(io.RawIOBase):
    """A stream for which it is an error to exceed a limit, or to read too much at once."""

    def __init__(self, content: IO[bytes], largest: int) -> None:
        self._content, self._largest = content, largest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_READ:
            raise ArchiveError("contains a header that is longer than any name")
        if self._content.tell() > self._largest + MOST * tarfile.BLOCKSIZE:
            raise ArchiveError(_too_large(self._largest))
        return self._content.read(size)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._content.tell()

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        if place > self._largest + MOST * tarfile.BLOCKSIZE:
            raise ArchiveError(_too_large(self._largest))
        return self._content.seek(place, whence)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, directory: Path) -> None:
    place = _place(directory, member.name)
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    if not (member.isreg() or member.issym() or member.islnk()):
        raise ArchiveError(f"contains {member.name!r}, which is not a file, a folder or a link")
    if place == directory:
        raise ArchiveError(f"contains a file named {member.name!r}")
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or place.is_file():
        place.unlink()
    if member.issym():
        place.symlink_to(_target(member))
    elif member.islnk():
        linked = _place(directory, member.linkname)
        if linked.is_symlink() or not linked.is_file():
            raise ArchiveError(
                f"contains the link {member.name!r} to {member.linkname!r}, which is not an earlier file"
            )
        os.link(linked, place)
    else:
        content = tar.extractfile(member)
        assert content is not None
        with content, place.open("xb") as file:
            shutil.copyfileobj(content, file, 1 << 16)
        place.chmod(0o600 | (member.mode & 0o755))


def _inside(name: str) -> PurePosixPath:
    """A member's path in the folder. Raises ``ArchiveError`` for a name that leads out of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise ArchiveError(f"contains {name!r}, which would be written outside of the folder")
    return path


def _place(directory: Path, name: str) -> Path:
    """A member's destination. Raises ``ArchiveError`` for a name that leads elsewhere, even through a link."""
    place = directory
    for part in _inside(name).parts:
        if place != directory and place.is_symlink():
            raise ArchiveError(f"contains {name!r}, which would be written through a link")
        place = place / part
    return place


def _target(member: tarfile.TarInfo) -> str:
    """The target of a symbolic link. Raises ``ArchiveError`` if that may be outside.

    It is relative to the folder that contains the link, which is not a link itself. So it may climb as many levels as
    that folder is deep, and no more once it has named something, which may be a link.
    """
    parts = PurePosixPath(member.linkname).parts
    climbs = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    deep = len(PurePosixPath(member.name).parts) - 1
    outside = PurePosixPath(member.linkname).is_absolute() or climbs > deep or ".." in parts[climbs:]
    if outside or not member.linkname:
        raise ArchiveError(f"contains the link {member.name!r} to {member.linkname!r}, which leads out of the folder")
    return member.linkname


def _too_large(largest: int) -> str:
    return f"unpacks to more than {largest:,} bytes"
