"""The callback steps of one account and region that wait, and the answers that come for them.

SendPipelineExecutionStepSuccess and SendPipelineExecutionStepFailure name a step by its token. A token that nobody
ever got is not found; one that has its answer is a conflict, unless the same request (by its ClientRequestToken) comes
again.
"""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

TOKEN_LENGTH = 10

_ALPHABET = string.ascii_letters + string.digits


class UnknownTokenError(Exception):
    """No step has the token."""


class AnsweredError(Exception):
    """The step has its answer, or waits no longer."""


@dataclass
class Callback:
    """One step that waits."""

    token: str
    execution_arn: str
    outputs: Sequence[tuple[str, str]] | None = None
    """Names and values of a success."""
    failure: str | None = None
    request: str | None = None
    """The ClientRequestToken of the answer."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when it waits no longer."""


class Callbacks:
    """Called from many threads."""

    def __init__(self) -> None:
        self._callbacks: dict[str, Callback] = {}
        self._lock = threading.Lock()

    @contextmanager
    def waiting(self, execution_arn: str) -> Iterator[Callback]:
        """A step that can be answered within the block."""
        token = "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))
        callback = Callback(token, execution_arn)
        with self._lock:
            self._callbacks[token] = callback
        try:
            yield callback
        finally:
            callback.over.set()

    def succeed(self, token: str, outputs: Sequence[tuple[str, str]], request: str | None) -> Callback:
        """Answers with success. Raises UnknownTokenError or AnsweredError."""
        return self._answer(token, request, outputs, None)

    def fail(self, token: str, reason: str, request: str | None) -> Callback:
        """Answers with failure. Raises UnknownTokenError or AnsweredError."""
        return self._answer(token, request, None, reason)

    def _answer(
        self, token: str, request: str | None, outputs: Sequence[tuple[str, str]] | None, failure: str | None
    ) -> Callback:
        with self._lock:
            callback = self._callbacks.get(token)
            if callback is None:
                raise UnknownTokenError(f"no step waits with the callback token {token!r}")
            if callback.over.is_set():
                if request is not None and callback.request == request:
                    return callback
                raise AnsweredError(f"the step with the callback token {token!r} has ended already")
            callback.outputs, callback.failure, callback.request = outputs, failure, request
            callback.over.set()
            return callback
