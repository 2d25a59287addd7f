"""Client request tokens: what is asked for again with the same token is not done again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .errors import ConflictException

MEMBERS = ("ClientRequestToken", "ClientToken")
"""What an operation calls its token."""
_KEPT = 10_000
"""How many tokens are remembered; how long the service does is not documented."""


class Outcome(NamedTuple):
    """What a request with a token asked for, and the ARN that it was answered with."""

    request: str
    arn: str


class Tokens:
    """The tokens of one account and region; whatever takes one happens one at a time."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._lock = threading.RLock()

    def once(self, operation: str, request: Mapping[str, Any], carry_out: Callable[[], str]) -> str:
        """The ARN that ``carry_out`` gave for this request, or gives now.

        Raises ``ConflictException`` if the token came with another request of this operation.
        """
        token = next((request[member] for member in MEMBERS if member in request), None)
        asked = json.dumps(request, sort_keys=True, default=str)
        with self._lock:
            if token is None:
                return carry_out()
            known = self._outcomes.get((operation, token))
            if known is None:
                known = self._outcomes[operation, token] = Outcome(asked, carry_out())
                while len(self._outcomes) > _KEPT:
                    del self._outcomes[next(iter(self._outcomes))]
            if known.request != asked:
                raise ConflictException(f"the token {token} was used for another request of {operation}")
            return known.arn

    def forget(self, arn: str) -> None:
        """Forgets what led to a resource, or to what is below it, so that the same can be asked for anew."""
        with self._lock:
            gone = [key for key, known in self._outcomes.items() if f"{known.arn}/".startswith(f"{arn}/")]
            for key in gone:
                del self._outcomes[key]
