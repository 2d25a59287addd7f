"""Runs pip so that nothing but wheels is installed. Run as a script; imports nothing of this package.

Arguments: those of pip. A wheel is unpacked and runs nothing; whatever else there is to install would be built by
programs of its author, which pip starts. Here it can start none.
"""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec
from typing import Any

_STARTING = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
)
"""Events by which Python says that a program is started. https://docs.python.org/3/library/audit_events.html"""


def refuse(event: str, details: tuple[Any, ...]) -> None:
    """Refuses to start a program."""
    if event in _STARTING:
        program = details[0] if details else event
        raise PermissionError(
            f"local runs install wheels alone, but this would run {program!s}; build a wheel, put it beside the "
            "requirements.txt and name its file there, or have the script itself install it"
        )


if __name__ == "__main__":
    if find_spec("pip") is None:
        sys.exit("pip is not installed beside the library; run: python -m ensurepip")
    sys.addaudithook(refuse)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
