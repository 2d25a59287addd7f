"""Packs a folder into a ``.tar.gz`` with the same bytes on every machine."""

from __future__ import annotations

import fnmatch
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..language.later import Later

if TYPE_CHECKING:
    import tarfile
else:
    tarfile = Later("tarfile")

ALWAYS_EXCLUDED = (
    "__pycache__",
    "*.pyc",
    ".git",
    ".DS_Store",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "cdk.out",
    "node_modules",
)


def files(folder: Path, exclude: Sequence[str] = ()) -> list[Path]:
    """The files of a folder, sorted by relative path, without those that never belong in an archive."""
    patterns = (*ALWAYS_EXCLUDED, *exclude)
    return sorted(_walk(folder, folder, patterns), key=lambda path: path.relative_to(folder).as_posix())


def _walk(folder: Path, root: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        inside = path.relative_to(root).as_posix()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in (entry.name, inside)):
            continue
        if entry.is_dir():
            yield from _walk(path, root, patterns)
        elif entry.is_file():
            yield path


def tar_gz(folder: Path, exclude: Sequence[str] = ()) -> bytes:
    """The folder's files at the root of a gzipped tar.

    They are sorted, have neither times nor owners, and the mode 0755 if executable, else 0644.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in files(folder, exclude):
            content = path.read_bytes()
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = len(content)
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return _gzip(buffer.getvalue())


_BLOCK = 65535


def _gzip(content: bytes) -> bytes:
    """RFC 1952 with stored blocks only, since compressors differ between machines."""
    parts = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK]
        last = start + _BLOCK >= len(content)
        parts.append(
            bytes([last]) + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block
        )
    parts.append(zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little"))
    return b"".join(parts)
