"""The peak memory of this process and its child processes, printed as the last line of its output."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

_PROC = Path("/proc")


def tell() -> None:
    """Prints ``{"python": bytes, "node": bytes or null}``; the memory of other processes is only known on Linux."""
    if not (_PROC / "self" / "status").exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"python": peak if sys.platform == "darwin" else peak * 1024, "node": None}))
        return
    print(json.dumps({"python": _peak("self"), "node": sum(map(_peak, _descendants("self")))}))


def _peak(process: str) -> int:
    lines = (_PROC / process / "status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _descendants(process: str) -> list[str]:
    tasks = (_PROC / process / "task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return children + [below for child in children for below in _descendants(child)]
