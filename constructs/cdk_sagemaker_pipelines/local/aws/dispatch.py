"""Dispatches verified requests to their services, and answers those that no service can."""

from __future__ import annotations

import gzip
import io
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
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

from . import s3_access, s3_questions
from .front.application import CALLER, Environ
from .front.refusal import Protocol, Refused, answer, protocol_of
from .front.request import HttpRequest
from .front.signature import V4
from .judge import admission
from .validation import checking

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

Make = Callable[[], BaseResponse]
_MOST_INFLATED = 64 * 1024 * 1024
_ADDING = {"batch": f"{__package__}.batch.api"}
"""Modules of ours that add operations to a service of moto's, which is loaded with its first request."""


class Dispatcher(DomainDispatcherApplication):
    """moto's services, some replaced by our own, each behind the validation of its requests.

    ``ours`` creates the handler of one request, by moto's name of the service; ``world`` has the judge of requests.
    """

    def __init__(self, ours: Mapping[str, Make], world: admission.World) -> None:
        super().__init__(lambda backend: _application(backend, ours, world))

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
        """The application of the verified service; moto would otherwise guess it from path and body."""
        who = environ[CALLER]
        if who.service == "s3":
            return "s3control" if _is_control(environ) else "s3"
        if who.service == "sagemaker" and environ["PATH_INFO"].startswith("/endpoints/"):
            return "sagemakerruntime"
        told = f"{V4} Credential={who.key.id}/-/{who.region}/{who.service}/aws4_request"
        return super().infer_service_region_host({**environ, "HTTP_AUTHORIZATION": told}, path)

    def get_backend_for_host(self, host: str | None) -> Any:
        """moto's name of the service that a host belongs to, without moto's own error for an unknown host."""
        if host is None or host == "moto_api":
            return host
        if host in _MODULES:
            return host
        return next((name for name, pattern in self.backend_url_patterns if pattern.match(f"http://{host}")), None)


_MODULES = frozenset(list_of_moto_modules())


def _application(backend: Any, ours: Mapping[str, Make], world: admission.World) -> Any:
    """The application of one service."""
    if backend is None:
        raise Refused(501, "NotImplemented", "the local AWS does not offer this service")
    if backend in _ADDING:
        import_module(_ADDING[backend])
    application = create_backend_app(backend)
    # errors are answered by us, and never as a debugger page
    application.debug = False
    for endpoint, view in application.view_functions.items():
        if backend in ours:
            view = convert_to_flask_response(_dispatched(ours[backend]))
        application.view_functions[endpoint] = _checked(backend, view, world)
    for missing in (NotFound, MethodNotAllowed):
        application.register_error_handler(missing, lambda error: _nowhere(backend))
    return application


def _is_control(environ: Environ) -> bool:
    """Whether a request signed for S3 is for S3 Control, which signs under the same name but names the account."""
    return "HTTP_X_AMZ_ACCOUNT_ID" in environ


def _with_bucket_in_path(environ: Environ) -> None:
    """Moves the bucket from the host name into the path, so that moto uses the one that was verified."""
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


def _checked(backend: str, view: Callable[..., Any], world: admission.World) -> Callable[..., Any]:
    """Passes on only requests that the service would accept and IAM allows; reports errors in the service's own words.

    What moto does not offer is answered with 501, which no client retries.
    """

    def answered(**arguments: Any) -> Any:
        current: Any = request._get_current_object()  # type: ignore[attr-defined]  # each look through Flask's costs
        try:
            checking.check(backend, current)
            if backend == "s3":
                s3_questions.check(current)
                s3_access.check(current)
            admission.check(world, backend, current)
            return view(**arguments)
        except HTTPException:  # how moto raises a service's errors
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
    """The answer when an operation breaks; not a server error, which clients would retry."""
    _logger.debug("a request could not be carried out", exc_info=error)
    text = f"the local AWS cannot carry this out: {type(error).__name__}: {error}"
    return Refused(400, "InternalFailure", text)


def _nowhere(backend: str) -> Response:
    """The answer for a path that moto does not have: what is wrong with the request, if the service has the path."""
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
    """Decompresses a compressed body, up to a limit, since a small one may become very large. Raises ``Refused``."""
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
