"""The folder of a state: its user's alone, for one server at a time, of a known version."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import stat
import uuid
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import StateError

fcntl: Any = importlib.import_module("fcntl") if os.name == "posix" else None

VERSION = 1
"""Of what is in the folder; a server reads no other."""
_MARK = "smpipe-state.json"
"""Says whose the folder is, and is locked as long as a server uses it."""
_FORMAT = "smpipe local --state"
_OBJECTS, _DATABASE = "objects", "state.sqlite"
_PART = re.compile(r"[0-9a-f]{2}")
"""The name of a folder of contents."""
_CONTENT = re.compile(r"[0-9a-f]{64}(?:\.[0-9a-f]{32}\.new)?")
"""The name of a content, and of one that was not written wholly."""


class StateFolder:
    """The folder, and its lock until it is closed."""

    def __init__(self, root: Path) -> None:
        """Opens a folder of this user, or makes one where there is none or an empty one.

        Raises ``StateError``, having changed nothing, for a folder that others may enter, that has other contents or
        another version, that leads elsewhere by links, or that another server uses.
        """
        self.root = root.absolute()
        self._lock = _locked(self.root)
        try:
            _check_own(self.root)
            (self.root / _OBJECTS).mkdir(mode=0o700, exist_ok=True)
        except BaseException as error:
            os.close(self._lock)
            if isinstance(error, OSError):
                raise StateError(f"{self.root} cannot be used: {error.strerror}") from error
            raise

    @property
    def database(self) -> Path:
        return self.root / _DATABASE

    def put(self, content: bytes) -> str:
        """Keeps a content, and returns its name. Raises ``StateError`` when the disk fails."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        try:
            if not path.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                new = path.with_name(f"{name}.{uuid.uuid4().hex}.new")
                with open(new, "xb", opener=_own) as file:
                    file.write(content)
                new.rename(path)
        except OSError as error:
            raise StateError(f"{path} cannot be written: {error.strerror}") from error
        return name

    def get(self, name: str) -> bytes:
        """The content of this name. Raises ``StateError`` if it is missing or damaged."""
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise StateError(f"{self._path(name)} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != name:
            raise StateError(f"{self._path(name)} is damaged")
        return content

    def keep_only(self, names: Collection[str]) -> None:
        """Removes all contents but these, and nothing else that is in the folder."""
        for part in _within(self.root / _OBJECTS, _PART):
            for found in _within(Path(part.path), _CONTENT):
                if found.name not in names and found.is_file(follow_symlinks=False):
                    os.unlink(found.path)

    def close(self) -> None:
        os.close(self._lock)

    def __enter__(self) -> StateFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _path(self, name: str) -> Path:
        return self.root / _OBJECTS / name[:2] / name


def _locked(root: Path) -> int:
    """The handle of the folder's mark, locked."""
    if fcntl is None:
        raise StateError("a state can only be kept on Linux and macOS")
    try:
        found = os.lstat(root) if os.path.lexists(root) else None
        if found is None:
            root.mkdir(mode=0o700)
        elif not stat.S_ISDIR(found.st_mode):
            raise StateError(f"{root} is not a folder")
        elif found.st_uid != os.geteuid():
            raise StateError(f"{root} belongs to another user")
        elif not os.listdir(root):
            root.chmod(0o700)
        elif not (root / _MARK).is_file():
            raise StateError(
                f"{root} has other contents than the state of a local AWS; choose an empty or a new folder"
            )
        elif stat.S_IMODE(found.st_mode) & 0o077:
            raise StateError(f"others may enter {root}; it needs to be yours alone, with mode 700")
        return _marked(root / _MARK)
    except OSError as error:
        raise StateError(f"{root} cannot be used: {error.strerror}") from error


def _check_own(root: Path) -> None:
    """Raises ``StateError`` if what the state has written there is not its user's own, or is elsewhere."""
    objects = root / _OBJECTS
    files = [found.path for found in os.scandir(root) if found.name == _MARK or found.name.startswith(_DATABASE)]
    for file in files:  # contents never change, so they may have other names
        if os.lstat(file).st_nlink > 1:
            raise StateError(
                f"{file} has another name elsewhere, whose content would change; copy it instead of linking"
            )
    folders = [str(objects)] if os.path.lexists(objects) else []
    for folder in folders:  # which grow
        _check_kind(folder, stat.S_ISDIR, "folder")
        if folder == str(objects):
            folders += [part.path for part in _within(objects, _PART)]
        else:
            files += [found.path for found in _within(Path(folder), _CONTENT)]
    for file in files:
        _check_kind(file, stat.S_ISREG, "file")


def _check_kind(path: str, is_kind: Callable[[int], bool], kind: str) -> None:
    found = os.lstat(path)
    if not is_kind(found.st_mode):
        raise StateError(f"{path} is not a {kind}; choose an empty or a new folder for the state")
    if found.st_uid != os.geteuid():
        raise StateError(f"{path} belongs to another user")


def _within(folder: Path, name: re.Pattern[str]) -> list[os.DirEntry[str]]:
    """What is in a folder by a name of the state's; nothing in what is no folder."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [found for found in os.scandir(folder) if name.fullmatch(found.name)]


def _own(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _marked(path: Path) -> int:
    mark = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(
                f"another local AWS uses {path.parent}; stop it first, or choose another folder"
            ) from error
        content = os.read(mark, 4096)
        if not content:
            os.write(mark, json.dumps({"format": _FORMAT, "version": VERSION}).encode())
            return mark
        _check(content, path.parent)
        return mark
    except BaseException:
        os.close(mark)
        raise


def _check(content: bytes, root: Path) -> None:
    try:
        told = json.loads(content)
        format_, version = told["format"], told["version"]
    except (ValueError, TypeError, KeyError):
        format_ = version = None
    if format_ != _FORMAT or not isinstance(version, int):
        raise StateError(f"{root / _MARK} is not that of a state of a local AWS; choose an empty or a new folder")
    if version != VERSION:
        age = "a newer" if version > VERSION else "an older"
        raise StateError(
            f"{root} is of {age} version of smpipe ({version}, this one has {VERSION}); use that one, or a new folder"
        )
