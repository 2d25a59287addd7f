"""Records every call that changes something, before its sender gets the answer."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import sys
import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from werkzeug.wsgi import get_input_stream

from ...errors import StateError
from ...state.journal import Call, Journal
from ..front.application import CALLER, Application, Environ
from ..front.refusal import Refused, answer, protocol_of
from ..front.request import RAW_HEADERS
from ..front.signature import Caller
from ..repeating import present, repeatable
from ..validation.checking import judged
from .changes import about, operation_of, refusal, says_nothing, settle, waits

_LEFT_OUT = ("SERVER_", "REMOTE_")
_TIMES = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?"
    rb"|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d"
    rb"|\b\d{10}(?:\d{3}|\.\d+|(?=\D))"
)
"""Times, of which the last digits differ."""
_TOLD = ("etag", "location", "x-amz-version-id", "x-amz-delete-marker")
"""The headers that say what was made."""

_carried_out = threading.local()
"""The call that the thread carries out."""


class Recorder:
    """An application whose calls are kept in a journal."""

    def __init__(self, application: Application, journal: Journal) -> None:
        self._application, self._journal = application, journal

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        who: Caller = environ[CALLER]
        seed, moment = secrets.token_bytes(32), present()
        if who.service in ("cloudformation", "sts"):
            with repeatable(seed, moment):
                return self._application(environ, start_response)
        body = body_of(environ)
        refused = refusal(who.service, environ, body)
        if refused is not None:
            return _refused(refused, who.service, environ, start_response)
        call = Call(who.service, "", moment, seed, _request(environ, who), body)
        _carried_out.call = (call, self._journal)
        try:
            with repeatable(seed, moment, waits=waits(who.service, environ.get("HTTP_X_AMZ_TARGET", ""), body)):
                status, headers, content = answered(self._application, environ, start_response)
        finally:
            _carried_out.call = None
        if int(status[:3]) < 400:
            try:
                self._keep(call, environ, status, headers, content)
            except StateError as error:
                text = f"it was carried out, but will be forgotten when the local AWS stops: {error}"
                return _refused(Refused(400, "InternalFailure", text), who.service, environ, start_response)
        return [content]

    def _keep(self, call: Call, environ: Environ, status: str, headers: Any, content: bytes) -> None:
        if call.id is None:
            found = judged(environ)
            operation = operation_of(call.service, environ, found.operation if found else None)
            if operation is None or says_nothing(call.service, operation, content):
                return
            call.operation = operation
            about(call, environ["PATH_INFO"])
        call.answer = told(status, headers, content)
        if call.id is not None or settle(call, self._journal):
            self._journal.add(call)


def keep_now(operation: str) -> None:
    """Keeps the call that this thread carries out before it is answered: what it sets off will be kept, too."""
    carried_out: tuple[Call, Journal] | None = getattr(_carried_out, "call", None)
    if carried_out is not None:
        call, journal = carried_out
        call.operation = operation
        journal.add(call)


def answered(
    application: Application, environ: Environ, start_response: Any = lambda *_: None
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer; nothing is sent before the body is."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        written = start_response(status, headers, *more)
        started[:] = [status, headers]
        return written

    parts = application(environ, start)
    try:
        content = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return started[0], started[1], content


def _refused(refused: Refused, service: str, environ: Environ, start_response: Any) -> Iterable[bytes]:
    protocol = protocol_of(service, environ.get("CONTENT_TYPE", ""), "HTTP_X_AMZ_TARGET" in environ)
    sent = answer(refused, protocol, service)
    # With the error at hand, instead of what was to be sent before.
    start_response(f"{sent.status} {HTTPStatus(sent.status).phrase}", list(sent.headers), sys.exc_info())
    return [sent.body]


def told(status: str, headers: Iterable[tuple[str, str]], content: bytes) -> str:
    """What has to be equal when the call is repeated."""
    kept = sorted(f"{name.lower()}: {value}" for name, value in headers if name.lower() in _TOLD)
    parts = [status[:3].encode(), *(header.encode() for header in kept), _TIMES.sub(b"", content)]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def body_of(environ: Environ) -> bytes:
    """The body, which can still be read afterwards."""
    content = get_input_stream(environ).read()
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))
    environ["wsgi.input_terminated"] = True
    return content


def _request(environ: Mapping[str, Any], who: Caller) -> dict[str, Any]:
    """What a request needs to be sent again, without its body."""
    plain = {
        name: value
        for name, value in environ.items()
        if isinstance(value, str) and not name.startswith(_LEFT_OUT) and name.isupper()
    }
    return {
        **plain,
        "headers": [list(pair) for pair in environ.get(RAW_HEADERS, ())],
        "caller": [who.key.id, who.account, who.service, who.region],
    }
