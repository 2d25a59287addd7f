"""The folders of jobs and functions: removed at their end or, if this process is killed before, at the next start."""

from __future__ import annotations

import atexit
import importlib
import os
import tempfile
import threading
import uuid
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

fcntl: Any = importlib.import_module("fcntl") if os.name == "posix" else None  # no job runs on Windows

_PREFIX = "smpipe-"
_LOCK = "lock"
"""A file that this process keeps locked as long as it lives; the kernel unlocks it, however the process ends."""

_removing = threading.RLock()
atexit.register(_removing.acquire)  # the interpreter does not exit while one of its threads is removing a folder


class Folder:
    """A temporary folder, empty except for its lock; as a context manager it is removed at the end, unless kept."""

    def __init__(self, name: str, *, kept: bool = False) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-")).resolve()
        self.kept = kept
        # Called when the block is left, or when this interpreter exits before that.
        self._end = None if kept else weakref.finalize(self, _remove_and_unlock, self.root, _locked(self.root))

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._end is not None:
            self._end()


def sweep() -> None:
    """Removes the folders of killed processes; those of living processes, and kept ones, stay."""
    if fcntl is None:
        return
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):
            if lock.parent.is_symlink() or lock.parent.stat().st_uid != os.geteuid():
                continue
            descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(lock.parent)
            finally:
                os.close(descriptor)


def _locked(root: Path) -> int:
    """The descriptor of the folder's lock, which gets its name only once it is locked."""
    new = root / f"new-{_LOCK}"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    new.rename(root / _LOCK)
    return descriptor


def _remove_and_unlock(root: Path, lock: int) -> None:
    with _removing:
        _remove(root)
    os.close(lock)


def _remove(root: Path) -> None:
    """Removes the folder: its lock last, so that what cannot be removed now is tried again at the next start."""
    with suppress(OSError):
        root.chmod(0o700)
        _empty(root)
        if [entry.name for entry in root.iterdir()] == [_LOCK]:
            (root / _LOCK).unlink()
            root.rmdir()


def _empty(root: Path) -> None:
    """Removes everything in the folder except its lock. Deep folders are moved up before they are entered.

    A job may nest folders deeper than Python can recurse, a path may be long, and files may be open.
    """
    left = [entry for entry in root.iterdir() if entry.name != _LOCK]
    while left:
        path = left.pop()
        with suppress(OSError):
            if not _is_folder(path):
                path.unlink()
                continue
            path.chmod(0o700)  # a job may have created folders that even their owner may not change
            for entry in list(path.iterdir()):
                with suppress(OSError):
                    if _is_folder(entry):
                        entry.chmod(0o700)  # nor move
                        left.append(entry.rename(root / uuid.uuid4().hex))
                    else:
                        entry.unlink()
            path.rmdir()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
