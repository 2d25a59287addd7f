"""The console on a port of this machine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from ..local.listening import Handler, Listener
from .account import Account
from .application import application
from .gate import Options


class Impatient(Handler):
    """Lets nobody who says nothing keep a thread: other users of the machine can connect as well."""

    timeout = 20.0
    """Seconds of silence."""


@contextmanager
def serving(account: Account, port: int, *, read_only: bool = False) -> Iterator[Options]:
    """Serves within the block, with a new key. Raises ``OSError`` if the port is taken. ``port``: 0 for a free one."""
    listener = Listener(port)
    try:
        options = Options(listener.port, secrets.token_urlsafe(32), read_only)
        listener.serve(application(account, options), Impatient, name="studio")
        yield options
    finally:
        listener.close()
