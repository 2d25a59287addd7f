"""What keeps one local AWS over a restart."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ...state.folder import StateFolder
from ...state.journal import Journal
from ..repeating import present
from ..resources.moto_models import MotoProvider
from .executions import KeptExecutions
from .models import Models
from .patching import repeated_moto
from .stacks import KeptStacks

_BIRTH, _PORT, _CLOCK = "birth", "port", "clock"


class Kept:
    """A journal, and what writes to it and reads from it."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder for this process. Raises ``StateError``."""
        opened = StateFolder(folder)
        try:
            self.journal = Journal(opened)
        except BaseException:
            opened.close()
            raise
        self.models = Models(self.journal)
        self._stacks: dict[tuple[str, str], KeptStacks] = {}

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Within the block, moto does the same again when it is asked the same."""
        birth = self.journal.records(_BIRTH).get("")
        if birth is None:
            birth = {"seed": secrets.token_bytes(32), "moment": present()}
            self.journal.put(_BIRTH, "", birth)
        MotoProvider.watch = self.models.watch
        try:
            with repeated_moto(birth["seed"], birth["moment"]):
                yield
        finally:
            MotoProvider.watch = None

    def stacks(self, account: str, region: str) -> KeptStacks:
        """What keeps the stacks of an account and region."""
        return self._stacks.setdefault((account, region), KeptStacks(self.journal, account, region))

    def executions(self, account: str, region: str) -> KeptExecutions:
        """What keeps the executions and jobs of an account and region."""
        return KeptExecutions(self.journal, account, region)

    def time(self) -> datetime | None:
        """What time it was when the last server with this state looked at its clock, if that was ahead."""
        kept: datetime | None = self.journal.records(_CLOCK).get("")
        return kept

    def passed(self, now: datetime) -> None:
        """Keeps the time of a clock that is ahead of the machine's."""
        self.journal.put(_CLOCK, "", now)

    def moved(self, port: int) -> Iterator[str]:
        """Says, if it is so, that the last start listened elsewhere, which queues have in their URLs."""
        before = self.journal.records(_PORT).get("", port)
        self.journal.put(_PORT, "", port)
        if before != port:
            yield f"the port is {port}; URLs of queues in outputs of stacks name {before}"

    def places(self) -> list[tuple[str, str]]:
        """The accounts and regions that have stacks or jobs."""
        keys = [key for kind in ("stack", "job") for key in self.journal.records(kind)]
        return sorted({(account, region) for account, region, _ in (key.split("/", 2) for key in keys)})
