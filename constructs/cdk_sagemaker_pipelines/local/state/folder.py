"""The folder of a state: its user's alone, for one server at a time, of a known version."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import stat
import uuid
from collections.abc import Collection
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
_OBJECTS = "objects"


class StateFolder:
    """The folder, and its lock until it is closed."""

    def __init__(self, root: Path) -> None:
        """Opens a folder of this user, or makes one where there is none or an empty one.

        Raises ``StateError``, having changed nothing, for a folder that others may enter, that has other contents or
        another version, or that another server uses.
        """
        self.root = root.absolute()
        self._lock = _locked(self.root)
        (self.root / _OBJECTS).mkdir(mode=0o700, exist_ok=True)

    @property
    def database(self) -> Path:
        return self.root / "state.sqlite"

    def put(self, content: bytes) -> str:
        """Keeps a content, and returns its name. Raises ``StateError`` when the disk fails."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        try:
            if not path.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                new = path.with_name(f"{name}.{uuid.uuid4().hex}.new")
                new.write_bytes(content)
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
        """Removes all contents but these."""
        for path in (self.root / _OBJECTS).glob("*/*"):
            if path.name not in names:
                path.unlink()

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
