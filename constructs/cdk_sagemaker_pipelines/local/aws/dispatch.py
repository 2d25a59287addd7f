"""Which service answers a request that may be carried out, and what is said where none can."""

from __future__ import annotations

import gzip
import io
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from botocore.model import OperationNotFoundError
from flask import Response, request
from moto.backends import list_of_moto_modules
from moto.core.responses import BaseResponse
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wsgi import get_input_stream

from .front.application import CALLER, Environ
from .front.refusal import Protocol, Refused, answer, protocol_of
from .front.request import HttpRequest
from .front.signature import V4
from .validation import checking

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

Make = Callable[[], BaseResponse]
_MOST_INFLATED = 64 * 1024 * 1024


class Dispatcher(DomainDispatcherApplication):
    """moto's services, with our own in the place of some, each behind the check of its requests.

    `ours` makes what answers one request, by moto's name of the service.
    """

    def __init__(self, ours: Mapping[str, Make]) -> None:
        super().__init__(lambda backend: _application(backend, ours))

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        who = environ[CALLER]
        try:
            if who.service != "s3":
                _inflate(environ)
            elif not _is_control(environ):
                _with_bucket_in_path(environ)
            responded: Iterable[bytes] = self.get_application(environ)(environ, start_response)
            return responded
        except Exception as error:
            refused = error if isinstance(error, Refused) else _broken(error)
            has_target = "HTTP_X_AMZ_TARGET" in environ
            protocol = protocol_of(who.service, environ.get("CONTENT_TYPE", ""), has_target)
            return _response(refused, protocol, who.service)(environ, start_response)

    def infer_service_region_host(self, environ: Environ, path: str) -> str | None:
        """Of the service that was verified; without an Authorization, moto would look for one in path and body."""
        who = environ[CALLER]
        if who.service == "s3":
            return "s3control" if _is_control(environ) else "s3"
        told = f"{V4} Credential={who.key.id}/-/{who.region}/{who.service}/aws4_request"
        return super().infer_service_region_host({**environ, "HTTP_AUTHORIZATION": told}, path)

    def get_backend_for_host(self, host: str | None) -> Any:
        """moto's name of the service that a host is of, without moto's words for a host that is of none."""
        if host is None or host == "moto_api":
            return host
        if host in _MODULES:
            return host
        return next((name for name, pattern in self.backend_url_patterns if pattern.match(f"http://{host}")), None)


_MODULES = frozenset(list_of_moto_modules())


def _application(backend: Any, ours: Mapping[str, Make]) -> Any:
    """The application of one service."""
    if backend is None:
        raise Refused(501, "NotImplemented", "the embedded AWS does not offer this service")
    application = create_backend_app(backend)
    # what goes wrong is told by us, and to no page
    application.debug = False
    for endpoint, view in application.view_functions.items():
        if backend in ours:
            view = convert_to_flask_response(_dispatched(ours[backend]))
        application.view_functions[endpoint] = _checked(backend, view)
    for missing in (NotFound, MethodNotAllowed):
        application.register_error_handler(missing, lambda error: _nowhere(backend))
    return application


def _is_control(environ: Environ) -> bool:
    """Whether a request of S3 is one of S3 Control, which signs by the same name: all of them name the account."""
    return "HTTP_X_AMZ_ACCOUNT_ID" in environ


def _with_bucket_in_path(environ: Environ) -> None:
    """Moves the bucket from the host's name into the path, so that moto finds there the one that was verified."""
    request = HttpRequest(environ)
    if request.place != request.path:
        environ.update(
            {
                "HTTP_HOST": f"localhost:{request.host.rpartition(':')[2]}",
                "PATH_INFO": unquote(request.place, "latin-1"),
                "RAW_URI": request.place + request.target[len(request.path) :],
            }
        )


def _dispatched(make: Make) -> Callable[..., Any]:
    def dispatch(request: Any, url: str, headers: Any) -> Any:
        return make()._dispatch(request, url, headers)

    return dispatch


def _checked(backend: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Lets only requests through that the service would take, and tells whatever goes wrong in the service's own words.

    What moto does not offer is told once: 501, which no client tries again.
    """

    def answered(**arguments: Any) -> Any:
        try:
            checking.check(backend, request)  # type: ignore[arg-type]
            return view(**arguments)
        except HTTPException:  # how moto says what a service says
            raise
        except Refused as refused:
            return _in_its_words(refused, backend)
        except (NotImplementedError, OperationNotFoundError) as error:
            found = checking.judged(request.environ)
            named = found.operation if found and str(error).startswith("The ") else str(error)  # moto's own words
            return _in_its_words(checking.unknown(checking.service_name(backend), named), backend)
        except Exception as error:
            return _in_its_words(_broken(error), backend)

    return answered


def _broken(error: Exception) -> Refused:
    """What is said where an operation came upon what it was not made for. No failure, which clients would try again."""
    _logger.debug("a request could not be carried out", exc_info=error)
    text = f"the embedded AWS cannot carry this out: {type(error).__name__}: {error}"
    return Refused(400, "InternalFailure", text)


def _nowhere(backend: str) -> Response:
    """What is said of a path that moto does not have: what is wrong with the request, if the service has it."""
    refused = checking.unknown(checking.service_name(backend), f"{request.method} {request.path}")
    try:
        checking.check(backend, request)  # type: ignore[arg-type]
    except Refused as error:
        refused = error
    return _in_its_words(refused, backend)


def _in_its_words(refused: Refused, backend: str) -> Response:
    service = checking.service_name(backend)
    protocol = checking.protocol_of(backend, request)  # type: ignore[arg-type]
    if protocol is None:
        protocol = protocol_of(service, request.content_type or "", "X-Amz-Target" in request.headers)
    return _response(refused, protocol, service)


def _response(refused: Refused, protocol: Protocol, service: str) -> Response:
    told = answer(refused, protocol, service)
    return Response(told.body, status=told.status, headers=list(told.headers))


def _inflate(environ: Environ) -> None:
    """Unpacks a body that was sent packed; bounded, since little of it may become very much. Raises Refused."""
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() != "gzip":
        return
    stream = get_input_stream(environ)
    try:
        content = gzip.GzipFile(fileobj=stream).read(_MOST_INFLATED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Refused(400, "SerializationException", "the body of the request is not gzip") from error
    if len(content) > _MOST_INFLATED:
        raise Refused(413, "RequestEntityTooLarge", f"the body unpacks to more than {_MOST_INFLATED} bytes")
    environ.update({"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))})
    del environ["HTTP_CONTENT_ENCODING"]
