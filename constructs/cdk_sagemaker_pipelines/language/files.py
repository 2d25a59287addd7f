"""Files that users name: read up to a length, and never waited for."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

LONGEST = 64 * 1024 * 1024
"""The longest file that is read, in bytes."""


def read_bytes(file: Path, longest: int = LONGEST) -> bytes:
    """The content. Raises ``OSError`` for what cannot be read, is longer, or is a pipe in the file system.

    The pipe that a shell puts in place of a command, ``<(command)``, is read: it is below ``/dev``, and is written.
    """
    if stat.S_ISFIFO(file.stat().st_mode) and not file.absolute().is_relative_to("/dev"):
        raise OSError(errno.EINVAL, "it is a pipe, not a file", str(file))
    with file.open("rb") as stream:
        content = stream.read(longest + 1)
    if len(content) > longest:
        raise OSError(errno.EFBIG, f"it has more than {longest} bytes", str(file))
    return content


def read_text(file: Path, longest: int = LONGEST) -> str:
    """The content as text. Raises ``OSError`` as ``read_bytes``, and ``UnicodeDecodeError`` for what is not UTF-8."""
    return read_bytes(file, longest).decode("utf-8")
