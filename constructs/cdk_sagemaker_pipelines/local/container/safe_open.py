"""What a job or a function left in its folder, read without following a link that leads out of it.

The code that ran there has chosen every name and link. The server must not follow them elsewhere: for it, /proc/self is
the server's own, with its environment.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .folder import OPEN_FOLDER


class LeadsOutError(Exception):
    """A link leads out of the folder; the message is meant to follow the name of what was asked for."""

    def __init__(self) -> None:
        super().__init__(
            "is behind a link that leads out of the job's folder; copy it there, or make the link relative"
        )


def real_path(root: Path, path: Path) -> Path:
    """The path below the folder ``root``, itself without links, behind all links. Raises ``LeadsOutError``."""
    real = Path(os.path.realpath(path))
    if real != root and root not in real.parents:
        raise LeadsOutError
    return real


def open_file(root: Path, path: Path) -> BinaryIO | None:
    """The file at the path below ``root``; None if there is none, or a folder or pipe. Raises ``LeadsOutError``.

    From ``root`` on, each part is opened as what it was when the links were followed, and never as a new link.
    """
    *parents, name = real_path(root, path).relative_to(root).parts or (".",)
    with suppress(OSError):
        folder = os.open(root, OPEN_FOLDER)
        try:
            for parent in parents:
                outer = folder
                folder = os.open(parent, OPEN_FOLDER, dir_fd=outer)
                os.close(outer)
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        if stat.S_ISREG(os.fstat(file).st_mode):
            return os.fdopen(file, "rb")
        os.close(file)
    return None
