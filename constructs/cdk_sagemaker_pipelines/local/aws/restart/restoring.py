"""Repeats what was recorded, so that moto and SageMaker hold what they held when the last server ended."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.test import create_environ

from ...state.journal import Call, Journal
from ..front.application import CALLER, Application, Environ
from ..front.keys import Key
from ..front.request import RAW_HEADERS
from ..front.signature import Caller
from ..repeating import repeatable
from .changes import waits
from .deliveries import DELIVERIES, deliver_again
from .models import MODELS, Models
from .recording import answered, told

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


def repeated(application: Application, journal: Journal, models: Models, marks: dict[str, str]) -> Iterator[str]:
    """Repeats all calls of a journal; yields, in words, what did not come out as it was.

    ``marks`` are headers that have another value at each start.
    """
    for call in journal.calls():
        waiting = waits(call.service, call.request.get("HTTP_X_AMZ_TARGET", ""), call.body)
        with repeatable(call.seed, call.moment, again=True, waits=waiting):
            try:
                if call.service == DELIVERIES:
                    deliver_again(call)
                    answer = call.answer
                elif call.service == MODELS:
                    answer = models.again(call)
                else:
                    answer = told(*answered(application, environ_of(call, marks)))
            except Exception as error:
                _logger.debug("a call could not be repeated", exc_info=True)
                yield f"{_named(call)}: {type(error).__name__}: {error}"
                continue
        if call.answer not in (None, answer):
            yield _named(call)


def answering(application: Application) -> Application:
    """The application for what repeated calls ask: it reads, and what would change something was recorded by itself."""

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return application(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", "2")])
        return [b"{}"]

    return answer


def environ_of(call: Call, marks: dict[str, str]) -> Environ:
    """The request, as the front passes it on."""
    request = dict(call.request)
    key_id, account, service, region = request.pop("caller")
    headers = [(name, value) for name, value in request.pop("headers")]
    environ: dict[str, Any] = create_environ(base_url=f"http://{request.get('HTTP_HOST', 'localhost')}")
    environ.update(request)
    environ.update({name: value for name, value in marks.items() if name in request})
    environ.update(
        {
            "wsgi.input": io.BytesIO(call.body),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(call.body)),
            RAW_HEADERS: headers,
            CALLER: Caller(Key(key_id, account, ""), service, region),
        }
    )
    return environ


def _named(call: Call) -> str:
    about = call.subject or call.request.get("type")
    return " ".join(part for part in (call.service, call.operation, about) if part)
