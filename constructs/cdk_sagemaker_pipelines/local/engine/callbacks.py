"""The waiting callback steps of one account and region, and their answers.

SendPipelineExecutionStepSuccess and SendPipelineExecutionStepFailure name a step by its token. A token that was never
issued is not found; one that was already answered is a conflict, unless the same request (by its ClientRequestToken)
comes again.
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
    """The step was already answered, or is no longer waiting."""


@dataclass
class Callback:
    """One waiting step."""

    token: str
    execution_arn: str
    outputs: Sequence[tuple[str, str]] | None = None
    """Output names and values of a success."""
    failure: str | None = None
    request: str | None = None
    """The ClientRequestToken of the answer."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when it is no longer waiting."""


class Callbacks:
    """The callback steps of one account and region; thread-safe."""

    def __init__(self) -> None:
        self._callbacks: dict[str, Callback] = {}
        self._lock = threading.Lock()

    @contextmanager
    def waiting(self, execution_arn: str) -> Iterator[Callback]:
        """Registers a step, which can be answered within the block."""
        token = "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))
        callback = Callback(token, execution_arn)
        with self._lock:
            self._callbacks[token] = callback
        try:
            yield callback
        finally:
            callback.over.set()

    def execution_of(self, token: str) -> str | None:
        """The ARN of the execution of which a step has the token; None if none has."""
        with self._lock:
            found = self._callbacks.get(token)
        return None if found is None else found.execution_arn

    def succeed(self, token: str, outputs: Sequence[tuple[str, str]], request: str | None) -> Callback:
        """Answers with success. Raises ``UnknownTokenError`` or ``AnsweredError``."""
        return self._answer(token, request, outputs, None)

    def fail(self, token: str, reason: str, request: str | None) -> Callback:
        """Answers with failure. Raises ``UnknownTokenError`` or ``AnsweredError``."""
        return self._answer(token, request, None, reason)

    def _answer(
        self, token: str, request: str | None, outputs: Sequence[tuple[str, str]] | None, failure: str | None
    ) -> Callback:
        with self._lock:
            callback = self._callbacks.get(token)
            if callback is None:
                raise UnknownTokenError(f"no step is waiting with the callback token {token!r}")
            if callback.over.is_set():
                if request is not None and callback.request == request:
                    return callback
                raise AnsweredError(f"the step with the callback token {token!r} has already ended")
            callback.outputs, callback.failure, callback.request = outputs, failure, request
            callback.over.set()
            return callback
