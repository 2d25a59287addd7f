"""Processes on this machine, found by a word of their command line: PIDs differ inside of a namespace.

Run as a script, it prints PID and command line of each, as ``ps -eo pid=,args=`` does, which not every machine has.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path


def mark() -> str:
    """A number that no other process has in its command line; as seconds to sleep it lasts for hours."""
    return f"{36000 + uuid.uuid4().int % 10**9}.{uuid.uuid4().int % 10**9}"


def everything() -> list[list[str]]:
    """The command lines of all processes, by word."""
    return [words for _, words in _listed()]


def _listed() -> Iterator[tuple[int, list[str]]]:
    if (Path("/proc") / "self" / "stat").exists():
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                if (folder / "stat").read_text("utf-8", "replace").rpartition(") ")[2][0] != "Z":
                    yield (
                        int(folder.name),
                        (folder / "cmdline").read_text("utf-8", "replace").replace("\0", " ").split(),
                    )
        return
    listed = subprocess.run(["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    for process, state, *words in map(str.split, listed.splitlines()):
        if state[0] != "Z":
            yield int(process), words


def running(word: str) -> list[list[str]]:
    """The command lines that contain the word."""
    return [words for words in everything() if word in words]


def eventually(condition: Callable[[], object], seconds: float = 30.0) -> bool:
    """Whether the condition becomes true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    for process, words in _listed():
        print(process, *words)
