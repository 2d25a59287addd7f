"""The clients of the sessions of steps, which are used again: making one takes longer than most requests.

A client is handed on when its step has ended, to a step of the same role only, and then signs with the keys of its new
step. Whoever still has it from the ended step, such as a thread that nobody waits for, has only the ``_Lent``,
which is good for nothing any more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.credentials import Credentials

Step = tuple[str, str]
"""The ARN of an execution, and the name of a step."""
Keys = tuple[str, str, str]
"""Id, secret and token of a session."""

_MOST_UNUSED = 100
_MOST_STEPS = 2000
"""Steps that have clients; with a further one, that which began first loses its own."""


class Kind(NamedTuple):
    """What a client is for."""

    role: str
    session: str
    service: str


class Made(NamedTuple):
    """A client, and the credentials with which it signs."""

    client: Any
    credentials: Credentials


class _Lent:
    """A client of a step, until the step has ended."""

    def __init__(self, client: Any) -> None:
        self._client: Any = client

    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            raise RuntimeError("the step has ended, and its sessions with it")
        return getattr(self._client, name)

    def take_back(self) -> None:
        """Makes it good for nothing."""
        self._client = None


class StepClients:
    """Lends clients to steps. ``make``: makes one of a service. Not thread-safe."""

    def __init__(self, make: Callable[[str], Made]) -> None:
        self._make = make
        self._lent: OrderedDict[Step, dict[Kind, tuple[Made, _Lent]]] = OrderedDict()
        self._unused: deque[tuple[Kind, Made]] = deque(maxlen=_MOST_UNUSED)

    def lend(self, step: Step, kind: Kind, keys: Keys) -> Any:
        """The client of a step, which signs with these keys from now on."""
        of_step = self._lent.setdefault(step, {})
        if kind not in of_step:
            made = self._take(kind)
            of_step[kind] = made, _Lent(made.client)
        made, lent = of_step[kind]
        made.credentials.access_key, made.credentials.secret_key, made.credentials.token = keys
        if len(self._lent) > _MOST_STEPS:
            self.end(next(iter(self._lent)))
        return lent

    def end(self, step: Step) -> None:
        """Takes back the clients of a step that has ended."""
        for kind, (made, lent) in self._lent.pop(step, {}).items():
            lent.take_back()
            self._unused.append((kind, made))

    def close(self) -> None:
        """Closes the connections of all clients, and forgets them."""
        for step in list(self._lent):
            self.end(step)
        for _, made in self._unused:
            made.client.close()
        self._unused.clear()

    def _take(self, kind: Kind) -> Made:
        for found in self._unused:
            if found[0] == kind:
                self._unused.remove(found)
                return found[1]
        return self._make(kind.service)
