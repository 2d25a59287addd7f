"""Packages that some jobs need and this library does not: installed at first use, below the user's cache.

They are kept apart from the environment of the library, a folder for each list of requirements and Python.
SMPIPE_CACHE in the environment names another folder than the system's usual one.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import stat
import sys
import sysconfig
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..endings import StepFailed, StopSignal
from .folder import fcntl

CACHE_VARIABLE = "SMPIPE_CACHE"
_OURS = "cdk-sagemaker-pipelines"
_WAIT_SECONDS = 0.2
grp: Any = importlib.import_module("grp") if os.name == "posix" else None
pwd: Any = importlib.import_module("pwd") if os.name == "posix" else None
_WAYS_OUT = f"correct that, or name another one in {CACHE_VARIABLE}"


def installed(
    name: str, requirements: Path, install: Callable[[Path], None], stopping: StopSignal, waiting: Callable[[], None]
) -> Path:
    """The folder with the packages of a list of requirements, made by ``install`` unless it is there already.

    Only one process and thread installs at a time; ``waiting`` is called once when another one does. Raises what
    ``install`` raises, and then leaves nothing behind; ``StepFailed`` for a cache that others may write to, and
    ``StepStopped`` when asked to stop.
    """
    digest = hashlib.sha256(requirements.read_bytes() + sysconfig.get_platform().encode()).hexdigest()[:12]
    cache = _private(_cache())
    folder = cache / f"{name}-py{sys.version_info.major}{sys.version_info.minor}-{digest}"
    if os.path.lexists(folder):
        return _own_packages(folder)
    with _alone(cache / f"{folder.name}.lock", stopping, waiting):
        if not os.path.lexists(folder):
            for unfinished in cache.glob(f"{folder.name}.new-*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            new = cache / f"{folder.name}.new-{uuid.uuid4().hex}"
            try:
                new.mkdir(0o700)
                install(new)
                new.rename(folder)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    return _own_packages(folder)


def _cache() -> Path:
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).absolute()
    usual = Path("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or usual).expanduser().absolute() / _OURS


def _private(folder: Path) -> Path:
    """The folder, created if missing. Raises ``StepFailed`` if somebody else could have put something into it."""
    try:
        for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            missing.mkdir(0o700, exist_ok=True)
        is_own = _is_own(folder)
        open_above = [one for one in (*folder.parents, *folder.resolve().parents) if _is_open(one)]
    except OSError as error:
        raise StepFailed(f"the cache {folder} cannot be created: {error.strerror}; set {CACHE_VARIABLE}") from error
    if not is_own:
        raise StepFailed(f"the cache {folder} is not a folder of yours to which nobody else may write; {_WAYS_OUT}")
    if open_above:
        raise StepFailed(
            f"the cache {folder} is in {open_above[0]}, in which somebody else may put another one in its place; "
            f"{_WAYS_OUT}"
        )
    return folder


def _own_packages(folder: Path) -> Path:
    """The folder. Raises ``StepFailed`` if somebody else could have put something into it."""
    if not _is_own(folder):
        raise StepFailed(
            f"the packages in {folder} are not in a folder of yours to which nobody else may write; remove it, and "
            "they are installed again"
        )
    return folder


def _is_own(folder: Path) -> bool:
    """Whether this is a folder, no link, of this user, to which nobody else may write."""
    state = os.lstat(folder)
    mine = os.name != "posix" or (state.st_uid == os.geteuid() and not _is_shared(state))
    return mine and stat.S_ISDIR(state.st_mode)


def _is_open(folder: Path) -> bool:
    """Whether somebody else, but for the administrator, may rename what is in a folder: what ssh asks of its files.

    With the sticky bit, as of ``/tmp``, only the owner of each file may.
    """
    if os.name != "posix":
        return False
    state = os.stat(folder)
    shared = _is_shared(state) and not state.st_mode & stat.S_ISVTX
    return shared or state.st_uid not in (0, os.geteuid())


def _is_shared(state: os.stat_result) -> bool:
    """Whether somebody else may write to it, on account of its mode."""
    if state.st_mode & stat.S_IWOTH:
        return True
    return bool(state.st_mode & stat.S_IWGRP) and not _is_private(state.st_gid)


def _is_private(gid: int) -> bool:
    """Whether a group is this user's alone, as Debian and others give one to each user and write for it (umask 002)."""
    try:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    others = {one.pw_name for one in pwd.getpwall() if one.pw_gid == gid} | set(group.gr_mem)
    return gid == me.pw_gid and group.gr_name == me.pw_name and others <= {me.pw_name}


@contextmanager
def _alone(lock: Path, stopping: StopSignal, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the lock, which the kernel releases however this process ends."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        said = False
        while fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said:
                    waiting()
                    said = True
                if stopping.wait(_WAIT_SECONDS):
                    stopping.check()
        yield
    finally:
        os.close(handle)
