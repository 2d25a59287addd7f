"""Runs pip so that only wheels are installed. Run as a script; imports nothing from this package.

Arguments: those of pip. A wheel is unpacked without running anything; everything else would be built by programs of its
author, started by pip. Here pip cannot start any.
"""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec
from typing import Any

_STARTING = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
)
"""Events with which Python reports the start of a program. https://docs.python.org/3/library/audit_events.html"""


def refuse(event: str, details: tuple[Any, ...]) -> None:
    """Refuses to start a program."""
    if event in _STARTING:
        program = details[0] if details else event
        raise PermissionError(
            f"local runs only install wheels, but this would run {program!s}; build a wheel, put it next to the "
            "requirements.txt and name its file there, or have the script install it"
        )


if __name__ == "__main__":
    if find_spec("pip") is None:
        sys.exit("pip is not installed in the library's environment; run: python -m ensurepip")
    sys.addaudithook(refuse)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
