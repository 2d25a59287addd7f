"""The front of the server: gate, signature, and a refusal in the shape of the service for what does not pass."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from . import gate
from .callers import caller, service_of
from .keys import Keys
from .refusal import Answer, Protocol, Refused, answer, protocol_of
from .request import HttpRequest
from .signature import Caller

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

CALLER = "smpipe.caller"
"""Where later stages find who sent the request."""


class Front:
    """Passes a request on to the application if it is one of the user's own, together with its sender."""

    def __init__(self, keys: Keys, application: Application, port: int) -> None:
        self._keys, self._application, self._port = keys, application, port

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        request = HttpRequest(environ)
        try:
            gate.check(request, self._port)
        except Refused as refused:
            return _sent(answer(refused, "text"), start_response, request)
        try:
            who, authorization = self._caller(request)
        except Refused as refused:
            return _sent(_in_its_words(refused, request), start_response, request)
        environ[CALLER] = who
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = who.account
        # moto reads the region there; it recognizes presigned requests of S3 by itself
        if authorization is not None and (who.service != "s3" or request.has("authorization")):
            environ["HTTP_AUTHORIZATION"] = authorization
        return self._application(environ, _safe(start_response))

    def _caller(self, request: HttpRequest) -> tuple[Caller, str | None]:
        try:
            return caller(request, self._keys.find)
        except OSError as error:  # the body did not arrive, or not as announced
            text = f"the body of the request cannot be read: {error}"
            raise Refused(400, "IncompleteBody", text) from error
        except Refused:
            raise
        except Exception as error:  # whatever it is, nobody signed it
            _logger.debug("a request could not be verified", exc_info=True)
            text = f"the request cannot be verified: {type(error).__name__}: {error}"
            raise Refused(403, "AccessDenied", text) from error


def _in_its_words(refused: Refused, request: HttpRequest) -> Answer:
    service = service_of(request)
    has_target = request.has("x-amz-target")
    protocol: Protocol = protocol_of(service, request.header("content-type") or "", has_target)
    return answer(refused, protocol, service)


def _sent(told: Answer, start_response: Any, request: HttpRequest) -> Iterable[bytes]:
    start_response(f"{told.status} {HTTPStatus(told.status).phrase}", list(told.headers))
    return [] if request.method == "HEAD" else [told.body]


def _safe(start_response: Any) -> Any:
    """Starts only responses that can be sent and that no web page may read.

    It drops CORS headers: moto's own and those of a bucket's rules. For headers that HTTP cannot carry it raises
    Refused in the words of S3, whose requests can choose headers of the response.
    """

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        try:
            "".join(text for header in kept for text in header).encode("latin-1")
        except UnicodeEncodeError as error:
            raise Refused(400, "InvalidArgument", "Header value cannot be represented using ISO-8859-1.") from error
        return start_response(status, kept, *more)

    return start
