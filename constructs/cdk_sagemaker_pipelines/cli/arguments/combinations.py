"""Options that only mean something beside others, or without them: given otherwise, they would be ignored."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from ..errors import CommandError

INTERVAL = 2.0
"""Seconds between two polls, by default."""


class _Pair(NamedTuple):
    command: str
    option: str
    other: str
    together: bool
    """Whether the option needs the other, or excludes it."""
    why: str


_PAIRS = (
    _Pair("start", "--watch", "--dry-run", False, "it starts nothing that could be watched"),
    *(
        _Pair(command, "--interval", "--watch", True, "without it nothing is polled")
        for command in ("start", "stop", "resume")
    ),
    _Pair("logs", "--interval", "--follow", True, "without it the log is read once"),
    *(
        _Pair(command, "--width", "--json", False, "JSON has no width")
        for command in ("diff", "draw", "explain", "why", "compare")
    ),
    _Pair("diff", "--width", "--markdown", False, "Markdown has no width"),
    _Pair("explain", "--width", "--markdown", False, "Markdown has no width"),
    _Pair("explain", "--markdown", "--used", True, "roles are explained as text or JSON"),
    _Pair("explain", "--markdown", "--json", False, "it is one or the other"),
    _Pair("explain", "--pipeline", "--used", False, "the executions say which pipeline"),
    _Pair("seed", "--port", "--from", False, "it asks no local AWS"),
)
_MEMBERS = {"--from": "source"}


def settle(options: argparse.Namespace) -> None:
    """Raises ``CommandError`` for a pair of options of which one would be ignored, and fills in ``--interval``."""
    for pair in _PAIRS:
        asked = pair.command == options.command and _given(options, pair.option)
        if asked and _given(options, pair.other) is not pair.together:
            goes = "only goes" if pair.together else "cannot be used"
            raise CommandError(f"{pair.option} {goes} with {pair.other}: {pair.why}")
    if getattr(options, "interval", INTERVAL) is None:
        options.interval = INTERVAL


def _given(options: argparse.Namespace, option: str) -> bool:
    value = getattr(options, _MEMBERS.get(option, option.removeprefix("--").replace("-", "_")))
    return value is not None and value is not False
