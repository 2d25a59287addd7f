"""Adapts scripts that contain /opt/ml to a job's own directory, in the job's own copy."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path
from typing import IO

from .archives import ArchiveError, members, open_tar
from .isolation import rewritten

_CODE = frozenset({".py", ".sh", ".bash", ".r", ".R", ".jl", ".ipynb", ".toml", ".cfg", ".ini", ".yaml", ".yml"})
_LARGEST_FILE = 2_000_000  # bytes; scripts are smaller
_LARGEST_ARCHIVE = 50_000_000
_LARGEST_CONTENT = 200_000_000


def rewrite_sources(ml: Path) -> None:
    """Replaces /opt/ml in every script under ``ml``, including those in small tar.gz archives.

    Such an archive is a packed source directory, which a start script unpacks.
    """
    for path in ml.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix in _CODE and path.stat().st_size <= _LARGEST_FILE:
            text = path.read_bytes()
            changed = _rewritten(text, ml)
            if changed != text:
                path.write_bytes(changed)
        elif path.suffix in (".gz", ".tgz") and path.stat().st_size <= _LARGEST_ARCHIVE:
            _rewrite_archive(path, ml)


def _rewritten(content: bytes, ml: Path) -> bytes:
    if b"/opt/ml" not in content:
        return content
    # latin-1 keeps every byte, whatever the encoding.
    return rewritten(content.decode("latin-1"), ml).encode("latin-1", errors="replace")


def _rewrite_archive(path: Path, ml: Path) -> None:
    entries: list[tuple[tarfile.TarInfo, bytes | None]] = []
    changed = False
    try:
        with open_tar(path, _LARGEST_CONTENT) as archive:
            for member in members(archive, _LARGEST_CONTENT):
                file = archive.extractfile(member) if member.isreg() else None
                content = _content(file) if file is not None else None
                if content is not None and Path(member.name).suffix in _CODE:
                    adapted = _rewritten(content, ml)
                    changed = changed or adapted != content
                    content, member.size = adapted, len(adapted)
                entries.append((member, content))
    except ArchiveError:
        return  # data, or too large for a source directory
    if not changed:
        return
    with tarfile.open(path, "w:gz") as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content) if content is not None else None)


def _content(file: IO[bytes]) -> bytes:
    content = io.BytesIO()
    shutil.copyfileobj(file, content)
    return content.getvalue()
