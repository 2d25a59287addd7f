"""Access keys: their owners and their secrets.

Every start of the server has its own secret. The key of an account is the account's number, and its secret key is
derived from the secret and that number: whoever has the secret can act as every account, and whoever holds the key of
one account knows nothing about another's. Sessions are random and belong to one account. Those that somebody asked for
expire; those of jobs and functions, which have no way to renew them, end with what they are for (``identities``).
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
SHORTEST_SECRET = 16
MOST_EXPIRING = 10_000
"""Sessions that expire which are kept; with a further one, that which would expire first is dropped."""


@dataclass(frozen=True)
class Key:
    """A key: who signs with it, and how."""

    id: str
    account: str
    """Twelve digits: the account that the signer acts as."""
    secret: str
    token: str | None = None
    """The token that must accompany the signature of a session."""

    def __repr__(self) -> str:
        return f"Key({self.id!r}, {self.account!r})"  # no secret in a log or a traceback


class Keys:
    """All keys of one server."""

    def __init__(
        self,
        secret: str | None = None,
        users: Callable[[str], Key | None] = lambda key_id: None,
        dropped: Callable[[Key], None] = lambda session: None,
    ) -> None:
        """``secret`` is random when left out. ``users`` finds the keys that IAM made; ``dropped`` forgets a session.

        Raises ``ValueError`` for a secret of fewer than 16 characters.
        """
        if secret is not None and len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the secret has {len(secret)} characters; it needs {SHORTEST_SECRET} or more")
        self.secret = secret or secrets.token_urlsafe(32)
        self._users, self._dropped = users, dropped
        self._sessions: dict[str, Key] = {}
        self._expiring: list[tuple[float, str]] = []
        """A heap: when sessions expire, by the clock of the machine as their holders have it, and their ids."""
        self._lock = threading.Lock()

    def of_account(self, account: str) -> Key:
        """The key for acting as an account."""
        derived = hmac.new(self.secret.encode(), f"account {account}".encode(), hashlib.sha256).digest()
        return Key(account, account, base64.b64encode(derived)[:40].decode())

    def new_session(self, account: str, seconds: float | None = None) -> Key:
        """A key with a token, for temporary use within the account; without ``seconds`` it is valid until dropped."""
        key_id = "ASIA" + base64.b32encode(secrets.token_bytes(10)).decode()
        session = Key(key_id, account, secrets.token_urlsafe(30), secrets.token_urlsafe(48))
        with self._lock:
            self._sessions[key_id] = session
            if seconds is not None:
                heapq.heappush(self._expiring, (time.time() + seconds, key_id))
        self._drop_expired()
        return session

    def drop(self, key_id: str) -> None:
        """Forgets a session, which is then not valid any more."""
        session = self._sessions.pop(key_id, None)
        if session is not None:
            self._dropped(session)

    def _drop_expired(self) -> None:
        while True:
            with self._lock:
                if not self._expiring:
                    return
                if self._expiring[0][0] > time.time() and len(self._expiring) <= MOST_EXPIRING:
                    return
                _, key_id = heapq.heappop(self._expiring)
            self.drop(key_id)

    def find(self, key_id: str) -> Key | None:
        """The key with this id; None if there is none, it is inactive or has expired, or its owner is gone."""
        if _ACCOUNT.fullmatch(key_id):
            return self.of_account(key_id)
        self._drop_expired()
        return self._sessions.get(key_id) or self._users(key_id)
