"""The ends of logs, read on for all tabs that follow them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..executions.logs import LONGEST, Place, Reader
from ..language.errors import escaped
from .account import Account

LAST = 2000
"""Lines that are kept."""
PAGES = 4
"""Pages of a stream that are read on at once: whoever follows the log waits meanwhile."""
MOST = 500_000
"""Characters that are kept of all lines."""


class News(NamedTuple):
    """Lines of a log. ``next``: what to ask for those that follow; ``missed``: how many lines before are not kept."""

    lines: list[str]
    next: str
    missed: int


class Tail:
    """The last lines of a log. Each line has a number, so that any number of tabs can ask for what is new."""

    def __init__(self, client: Any, place: Place) -> None:
        self.place = place
        self._reader = Reader(client, place, LAST, PAGES)
        self._lines: deque[str] = deque()
        self._characters = 0
        self._count = 0
        self._name = secrets.token_hex(4)
        """Tokens of another tail of the same log, before the console was started again, mean nothing here."""

    def read_on(self) -> None:
        """Reads what has come since, or the next part of it."""
        for event in self._reader.news():
            moment = datetime.fromtimestamp(event.time / 1000, timezone.utc).astimezone()
            for line in event.message.rstrip("\n").split("\n"):
                self._add(f"{moment:%H:%M:%S}  {escaped(line[:LONGEST].rstrip(chr(13)).expandtabs(4))[:LONGEST]}")

    @property
    def is_behind(self) -> bool:
        """Whether there is more to be read already."""
        return self._reader.is_behind

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._characters += len(line)
        self._count += 1
        while len(self._lines) > LAST or self._characters > MOST:
            self._characters -= len(self._lines.popleft())

    def after(self, token: str) -> News:
        """The lines after those that came with a token; all that are kept for a token of another tail."""
        name, _, number = token.partition("-")
        known = int(number) if name == self._name and number.isdecimal() and len(number) < 16 else 0
        kept = list(self._lines)
        first = self._count - len(kept)
        return News(kept[max(known - first, 0) :], f"{self._name}-{self._count}", max(first - known, 0))


def tail(account: Account, key: str, place: Place) -> Tail:
    """The tail of a log, read on if that was not done a moment ago."""
    found = account.shared(("tail", key), 3600, lambda: Tail(account.client("logs"), place))

    def read_on() -> None:
        account.ask(found.read_on)

    account.shared(("read on", key), account.interval, read_on)
    return found


def matching(lines: Iterable[str], wanted: str) -> list[str]:
    """The lines that contain a text, in whatever case."""
    return [line for line in lines if wanted.lower() in line.lower()]
