"""Where this user's local AWS run and what their keys derive from, for the user's other terminals.

Each running one keeps a file, locked as long as it lives, in a folder that only its user can enter: below the session's
own (XDG_RUNTIME_DIR), or in the machine's for temporary files, where everybody may write. Others could already have put
a folder, file or link of that name there, so what is not the user's alone is neither used nor trusted.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import CommandError

if sys.platform != "win32":
    import fcntl

PORT = 5566
"""Where a local AWS listens unless told otherwise."""
_NAME = "smpipe"
_PATIENCE = 2.0
"""Seconds to wait for a file that is still being written."""


@dataclass(frozen=True)
class Whereabouts:
    """One local AWS."""

    port: int
    url: str
    account: str
    region: str
    secret: str = field(repr=False)


@contextmanager
def announced(here: Whereabouts) -> Iterator[str | None]:
    """Lets the user's other terminals find it within the block; yields why they cannot, if so."""
    try:
        folder = _open_folder(_folders()[0], create=True)
    except CommandError as error:
        yield str(error)
        return
    try:
        name = _file_name(here.port)
        file = _locked(folder, name)
        if file is None:
            yield f"another local AWS holds the file of port {here.port}"
            return
        try:
            os.ftruncate(file, 0)
            os.write(file, json.dumps(asdict(here)).encode())
            yield None
        finally:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
            os.close(file)
    finally:
        os.close(folder)


def find(port: int | None, preferred: int) -> Whereabouts:
    """The one running on the port; without a port, the one on the preferred port or the only one.

    Raises ``CommandError`` when there is none, or it is not clear which.
    """
    if sys.platform == "win32":
        raise CommandError("--env finds no local AWS on Windows; use what 'smpipe local' printed when it started")
    running = {here.port: here for path in _folders() for here in _running(path)}
    if port is None and (preferred in running or len(running) != 1):
        if preferred not in running and running:
            ports = ", ".join(map(str, sorted(running)))
            raise CommandError(f"you have several local AWS running, on the ports {ports}; choose one with --port")
        port = preferred
    found = next(iter(running.values())) if port is None else running.get(port)
    if found is None:
        raise CommandError(f"you have no local AWS running on port {port}; start one with 'smpipe local'")
    return found


def why_taken(port: int) -> str:
    """Why nothing else can listen on a port, as far as it is known."""
    try:
        found = find(port, port)
    except CommandError:
        return f"cannot listen on port {port}; choose another with --port"
    chosen = "" if port == PORT else f" --port {port}"
    return (
        f"your smpipe local of account {found.account}, region {found.region}, is on port {port} already: use it, "
        f'eval "$(smpipe local{chosen} --env)", or choose another with --port'
    )


def _folders() -> list[Path]:
    """The folders to search; a new file goes into the first."""
    session = os.environ.get("XDG_RUNTIME_DIR")
    below = [Path(session) / _NAME] if session and Path(session).is_dir() else []
    return [*below, Path(tempfile.gettempdir()) / f"{_NAME}-{_me()}"]


def _me() -> int:
    return -1 if sys.platform == "win32" else os.geteuid()


def _file_name(port: int) -> str:
    return f"local-{port}.json"


def _open_folder(path: Path, *, create: bool) -> int:
    """A handle of the folder, used to open its files: the path may lead elsewhere a moment later."""
    if sys.platform == "win32":
        raise CommandError("on Windows there is no folder that a terminal can trust")
    if create:
        with suppress(OSError):
            os.mkdir(path, 0o700)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not create:
            raise
        raise CommandError(f"{path} cannot be used: {error.strerror}") from error
    if not _is_mine(os.fstat(folder)):
        os.close(folder)
        raise CommandError(f"{path} is not yours alone (it needs mode 700); remove it")
    return folder


def _is_mine(status: os.stat_result) -> bool:
    return status.st_uid == _me() and not stat.S_IMODE(status.st_mode) & 0o077


def _locked(folder: int, name: str) -> int | None:
    """The file of this name, created if missing, with a lock; None when somebody else holds the lock."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError):
            file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # another process may have removed it in between as a leftover
                if _is_own_file(file) and os.stat(name, dir_fd=folder).st_ino == os.fstat(file).st_ino:
                    return file
            os.close(file)
        time.sleep(0.05)
    return None


def _is_own_file(file: int) -> bool:
    status = os.fstat(file)
    return _is_mine(status) and stat.S_ISREG(status.st_mode)


def _running(path: Path) -> Iterator[Whereabouts]:
    try:
        folder = _open_folder(path, create=False)
    except FileNotFoundError:
        return
    try:
        for name in sorted(os.listdir(folder)):
            here = _read(folder, name)
            if here is not None and name == _file_name(here.port):
                yield here
    finally:
        os.close(folder)


def _read(folder: int, name: str) -> Whereabouts | None:
    """What the file says while its writer lives; a leftover is removed."""
    try:
        file = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    try:
        if not _is_own_file(file):
            return None
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=folder)
            return None
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with suppress(ValueError, TypeError):
                return Whereabouts(**json.loads(os.pread(file, 65536, 0)))
            time.sleep(0.05)
        return None
    finally:
        os.close(file)
