"""The folders of jobs and functions: removed at their end or, if this process is killed before, at the next start."""

from __future__ import annotations

import atexit
import importlib
import os
import stat
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
OPEN_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""How a folder is opened that may have been replaced by a link."""

_removing = threading.RLock()
atexit.register(_removing.acquire)  # the interpreter does not exit while one of its threads is removing a folder


class Folder:
    """A temporary folder, empty except for its lock; as a context manager it is removed at the end, unless kept."""

    def __init__(self, name: str, *, kept: bool = False) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{name}-")).resolve()
        self.kept = kept
        # Called when the block is left, or when this interpreter exits before that.
        self._end = None if kept else weakref.finalize(self, _remove_and_unlock, self.root, *_locked(self.root))

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._end is not None:
            self._end()


def sweep() -> None:
    """Removes the folders of killed processes; those of living processes, and kept ones, stay.

    Everybody may write where they are, and put something else there at any moment. So what was found to be this user's
    is reached through its handle from then on, and never by its path again.
    """
    if fcntl is None:
        return
    temporary = tempfile.gettempdir()
    for name in os.listdir(temporary):
        if name.startswith(_PREFIX):
            with suppress(OSError):
                path = Path(temporary, name)
                folder = os.open(path, OPEN_FOLDER)
                try:
                    if os.fstat(folder).st_uid == os.geteuid():
                        _remove_if_dead(path, folder)
                finally:
                    os.close(folder)


def _remove_if_dead(path: Path, folder: int) -> None:
    lock = os.open(_LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path, folder)
    finally:
        os.close(lock)


def _locked(root: Path) -> tuple[int, ...]:
    """The handles of the folder and of its lock, which gets its name only once it is locked."""
    new = root / f"new-{_LOCK}"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if fcntl is None:
        return (lock,)
    fcntl.flock(lock, fcntl.LOCK_EX)
    new.rename(root / _LOCK)
    return os.open(root, OPEN_FOLDER), lock


def _remove_and_unlock(root: Path, *handles: int) -> None:
    with _removing:
        if len(handles) > 1:
            _remove(root, handles[0])
    for handle in handles:
        os.close(handle)


def _remove(path: Path, folder: int) -> None:
    """Removes the folder: its lock last, so that what cannot be removed now is tried again at the next start."""
    with suppress(OSError):
        os.fchmod(folder, 0o700)
        _empty(folder)
        if os.listdir(folder) == [_LOCK]:
            os.unlink(_LOCK, dir_fd=folder)
            os.rmdir(path)  # follows no link


def _empty(root: int) -> None:
    """Removes everything in the folder except its lock. Deep folders are moved up before they are entered.

    A job may nest folders deeper than Python can recurse, a path may be long, and files may be open.
    """
    left = [name for name in os.listdir(root) if name != _LOCK]
    while left:
        name = left.pop()
        with suppress(OSError):
            if not _is_folder(name, root):
                os.unlink(name, dir_fd=root)
                continue
            folder = _opened(name, root)
            try:
                for entry in os.listdir(folder):
                    with suppress(OSError):
                        if _is_folder(entry, folder):
                            os.close(_opened(entry, folder))  # only what its owner may change can be moved
                            moved = uuid.uuid4().hex
                            os.rename(entry, moved, src_dir_fd=folder, dst_dir_fd=root)
                            left.append(moved)
                        else:
                            os.unlink(entry, dir_fd=folder)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=root)


def _opened(name: str, within: int) -> int:
    """The handle of a folder, which only its owner can read and change from now on."""
    try:
        folder = os.open(name, OPEN_FOLDER, dir_fd=within)
    except PermissionError:  # a job may have made folders that even their owner may not enter
        os.chmod(name, 0o700, dir_fd=within)  # where it is, nobody else can replace it
        folder = os.open(name, OPEN_FOLDER, dir_fd=within)
    try:
        os.fchmod(folder, 0o700)
    except OSError:
        os.close(folder)
        raise
    return folder


def _is_folder(name: str, within: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode)
