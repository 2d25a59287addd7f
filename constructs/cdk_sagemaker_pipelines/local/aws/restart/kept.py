"""What keeps one local AWS over a restart."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...state.folder import StateFolder
from ...state.journal import Journal
from ..resources.moto_models import MotoProvider
from .executions import KeptExecutions
from .models import Models
from .patching import repeated_moto
from .stacks import KeptStacks

_BIRTH, _PORT = "birth", "port"


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
            birth = {"seed": secrets.token_bytes(32), "moment": time.time()}
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
