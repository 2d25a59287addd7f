"""Processes on this machine, found by a word of their command line: PIDs differ inside of a namespace."""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Callable


def mark() -> str:
    """A number that no other process has in its command line; as seconds to sleep it lasts for hours."""
    return f"{36000 + uuid.uuid4().int % 10**9}.{uuid.uuid4().int % 10**9}"


def everything() -> list[list[str]]:
    """The command lines of all processes, by word."""
    listed = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True, check=True).stdout
    found = (line.split() for line in listed.splitlines())
    return [words[1:] for words in found if words[0][0] != "Z"]


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
