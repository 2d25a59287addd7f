"""Calls of functions whose answer nobody waits for: their tries, and where their end is reported.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
Other than on AWS, code that cannot be unpacked or run here is not tried again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import LambdaFunction

from ..endings import StopSignal
from ..functions.function import Answer, CodeError, UnsupportedRuntimeError
from .invocation_records import DEAD_LETTERS, End, record, reported
from .target_roles import TargetRoles
from .tries import Tries

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

CALL = "call"
"""The kind of what waits for another try."""
_WAITS = (60, 120)
"""Seconds before the second try after an error of the function, and before the third."""
_LONGEST_WAIT = 300
"""Seconds, after an error that is not the function's."""
_AGE = 6 * 60 * 60


class Throttled(Exception):
    """A function that may not be called now."""


class _Functions(Protocol):
    def found(self, account: str, region: str, name: str, qualifier: str | None) -> LambdaFunction: ...

    def check(self, account: str, region: str, name: str, qualifier: str | None) -> None: ...

    def call(
        self, account: str, region: str, name: str, qualifier: str | None, event: Any, request: str | None = None
    ) -> Answer: ...


class _World(Protocol):
    tries: Tries
    target_roles: TargetRoles

    def services(self, account: str, region: str) -> Any: ...


class AsynchronousCalls:
    """Calls functions in threads, again if they fail, until ``close``."""

    def __init__(self, functions: _Functions, world: _World, ending: StopSignal) -> None:
        """``ending``: stops the functions."""
        self._functions, self._world, self._tries, self._ending = functions, world, world.tries, ending
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._tries.serve(CALL, self._begin)

    def start(self, account: str, region: str, name: str, qualifier: str | None, event: Any) -> None:
        """Starts a call. Raises ``UnsupportedRuntimeError`` if it cannot run here, and moto's if there is none."""
        self._functions.check(account, region, name, qualifier)
        place = {"account": account, "region": region, "name": name, "qualifier": qualifier}
        begun = {"id": str(uuid.uuid4()), "tries": 0, "since": self._tries.now().timestamp()}
        self._begin({**place, **begun, "event": event, "to": f"the function {name}"})

    def close(self) -> None:
        """Waits for the calls, which are being stopped."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _begin(self, told: Mapping[str, Any]) -> None:
        def run() -> None:
            try:
                self._attempt(told)
            except Exception:  # nobody else hears of it
                _logger.exception("a call of %s could not be followed up", told["to"])
            with self._lock:
                self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"function {told['name']}", daemon=True)
        with self._lock:
            if self._ending.is_set():
                return
            self._threads.add(thread)
        thread.start()

    def _attempt(self, told: Mapping[str, Any]) -> None:
        place = (told["account"], told["region"], told["name"], told["qualifier"])
        outcome: Answer | Exception
        try:
            outcome = self._functions.call(*place, told["event"], told["id"])
        except Exception as error:
            outcome = error
        if self._ending.is_set():  # what it says may only be that it was stopped
            return
        try:
            found = self._functions.found(*place)
        except (UnknownFunctionException, UnknownAliasException):
            _logger.warning("%s is gone; its event is dropped", told["to"])
            self._tries.ended(told["id"])
            return
        text = outcome.payload.decode(errors="replace") if isinstance(outcome, Answer) else str(outcome)
        config = found.event_invoke_config[-1].config if found.event_invoke_config else {}
        age = self._tries.now().timestamp() - told["since"]
        step = _next(outcome, told["tries"], age, config)
        if isinstance(step, (int, float)):
            due = self._tries.later(CALL, told["id"], {**told, "tries": told["tries"] + 1}, step)
            note = "an asynchronous call of %s failed, and is tried again at %s: %s"
            _logger.warning(note, told["to"], f"{due:%Y-%m-%dT%H:%M:%SZ}", text[:1000])
            return
        if step != "Success":
            _logger.warning("an asynchronous call of %s failed: %s", told["to"], text[:1000])
        self._report(found, config, End(told["id"], told["event"], outcome, step, told["tries"] + 1))
        self._tries.ended(told["id"])

    def _report(self, found: LambdaFunction, config: Mapping[str, Any], end: End) -> None:
        side = (config.get("DestinationConfig") or {}).get("OnFailure" if end.failed else "OnSuccess") or {}
        if destination := side.get("Destination"):
            self._send(found, destination, record(found, end))
        if end.failed and (letters := getattr(found, DEAD_LETTERS, None)):
            self._send(found, letters, end.event, end.about)

    def _send(self, found: LambdaFunction, arn: str, message: Any, about: Mapping[str, Any] | None = None) -> None:
        try:
            reported(self._world, arn, message, found, about)
        except Exception as error:  # there is nobody to tell but the log
            text = "the end of a call of the function %s could not be reported: %s"
            _logger.warning(text, found.function_name, error)


def _next(outcome: Answer | Exception, tries: int, age: float, config: Mapping[str, Any]) -> float | str:
    """How many seconds the next try waits, or, in Lambda's words, how the call has ended.

    ``tries``: how many there were before; ``age``: how many seconds ago the event came.
    """
    if isinstance(outcome, Throttled):
        return "ZeroReservedConcurrency"
    if isinstance(outcome, Answer):
        if outcome.error is None:
            return "Success"
        most = config.get("MaximumRetryAttempts")
        if tries >= (len(_WAITS) if most is None else int(most)):
            return "RetriesExhausted"
        seconds = _WAITS[min(tries, len(_WAITS) - 1)]
    elif isinstance(outcome, (CodeError, UnsupportedRuntimeError)):
        return "RetriesExhausted"
    else:
        seconds = min(2 ** min(tries, 9), _LONGEST_WAIT)
    return "EventAgeExceeded" if age + seconds > int(config.get("MaximumEventAgeInSeconds") or _AGE) else seconds
