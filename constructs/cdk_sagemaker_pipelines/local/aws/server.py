"""The server: moto on localhost, with our CloudFormation and SageMaker in front of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, request
from moto.core.responses import BaseResponse
from moto.core.utils import convert_to_flask_response
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from ...language import Definition
from ..execution import PipelineExecution
from ..outcomes import OUTCOMES_VARIABLE, read_outcomes
from .cloudformation.api import CloudFormationApi
from .lambda_api import LambdaApi
from .repairs import repaired
from .sagemaker.api import SageMakerApi
from .sagemaker.pipelines import ExecutionFactory
from .world import LocalServices, World

_KEY = re.compile(r"Credential=([^/%]+)(?:/|%2F)")

_running = threading.Lock()
"""Held while an embedded AWS runs: moto keeps its state per process."""


class EmbeddedAws:
    """An AWS of one process, on localhost only, empty at every start.

    It plays the account `account` in every region; `region` is the one that `services()` answers for when not told
    otherwise. Any credentials are accepted. An access key of twelve digits plays the account of that number, and
    the session of an assumed role the role's account.
    `executions` makes what runs a pipeline. `outcomes` is a file that says what steps come to instead of running
    (`local.outcomes`), read anew for every execution; without one it is the file that SMPIPE_OUTCOMES names, if any.
    """

    def __init__(
        self,
        region: str,
        account: str,
        *,
        executions: ExecutionFactory | None = None,
        outcomes: Path | None = None,
    ) -> None:
        if not re.fullmatch(r"\d{12}", account):
            raise ValueError(f"an AWS account is twelve digits, found {account!r}")
        self.region, self.account = region, account
        self.url = ""
        self._executions = executions or _with_outcomes(outcomes)
        self._world = World(account, self._executions)
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._undo = ExitStack()

    def start(self, port: int = 0) -> str:
        """Listens on `port`, 0 for any free one, and answers with the endpoint's URL.

        Raises OSError when the port is taken, RuntimeError when an embedded AWS runs in this process already.
        """
        if not _running.acquire(blocking=False):
            raise RuntimeError("an embedded AWS already runs in this process; stop it first")
        self._undo.callback(_running.release)
        self._undo.enter_context(repaired())
        try:
            with _listening(port) as listener:
                front = _Front(self._world, self._application())
                # The name and not the number: CDK and S3 clients tell the endpoint of this machine by it.
                self.url = self._world.url = f"http://localhost:{listener.getsockname()[1]}"
                self._server = make_server(
                    "127.0.0.1", port, front, threaded=True, request_handler=_Handler, fd=listener.fileno()
                )
        except BaseException:
            self._end()
            raise
        serve, arguments = self._server.serve_forever, {"poll_interval": 0.05}
        self._thread = threading.Thread(target=serve, kwargs=arguments, name="embedded-aws", daemon=True)
        self._thread.start()
        return self.url

    def stop(self) -> None:
        """Stops running executions, closes the port and forgets everything; a second call does nothing."""
        if self._server is None:
            return
        self._world.close()
        self._server.shutdown()
        if self._thread is not None:
            self._thread.join()
        self._server.server_close()
        self._server = None
        self._end()

    def services(self, region: str | None = None) -> LocalServices:
        """How jobs and tests reach this AWS; `region` defaults to the one given at construction."""
        return self._world.services(self.account, region or self.region)

    def __enter__(self) -> EmbeddedAws:
        if self._server is None:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _application(self) -> DomainDispatcherApplication:
        ours: dict[str, Callable[[], BaseResponse]] = {
            "cloudformation": lambda: CloudFormationApi(self._world),
            "sagemaker": lambda: SageMakerApi(self._world),
            "awslambda": lambda: LambdaApi(self._world.functions),
        }

        def create(service: Any) -> Any:
            application = create_backend_app(service)
            for endpoint, view in application.view_functions.items():
                if service in ours:
                    view = convert_to_flask_response(_dispatcher(ours[service]))
                application.view_functions[endpoint] = _honest(view)
            return application

        return DomainDispatcherApplication(create)

    def _end(self) -> None:
        self._undo.close()
        self._world = World(self.account, self._executions)


def _with_outcomes(file: Path | None) -> ExecutionFactory:
    """Makes executions that end their steps as the file says, or the one that the environment names."""

    def make(definition: Definition, **options: Any) -> PipelineExecution:
        named = file or os.environ.get(OUTCOMES_VARIABLE)
        return PipelineExecution(definition, outcomes=read_outcomes(Path(named)) if named else None, **options)

    return make


def _listening(port: int) -> socket.socket:
    """A listening socket; made here because werkzeug would end the process when the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise OSError(error.errno, f"port {port} cannot be listened on ({error.strerror}); choose another") from error


def environment(url: str, region: str, account: str) -> dict[str, str]:
    """The variables by which a child process (`cdk`, `aws`, boto3) uses the embedded AWS and nothing else.

    Whoever adds them to variables of its own must leave out AWS_PROFILE and AWS_DEFAULT_PROFILE there: clients refuse
    a profile that their configuration does not have, and the configuration is hidden from them.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def _dispatcher(make: Callable[[], BaseResponse]) -> Callable[..., Any]:
    def dispatch(request: Any, url: str, headers: Any) -> Any:
        return make()._dispatch(request, url, headers)

    return dispatch


def _honest(view: Callable[..., Any]) -> Callable[..., Any]:
    """What moto does not offer is told to the client once, instead of as a failure that it would try again."""

    def answer(**arguments: Any) -> Any:
        try:
            return view(**arguments)
        except NotImplementedError as error:
            message = f"the embedded AWS does not offer this: {error}"
            if "json" in (request.content_type or ""):
                body = json.dumps({"__type": "NotImplemented", "message": message})
                return Response(body, status=501, content_type="application/x-amz-json-1.1")
            details = f"<Code>NotImplemented</Code><Message>{escape(message)}</Message>"
            return Response(
                f"<ErrorResponse><Error>{details}</Error></ErrorResponse>", status=501, content_type="text/xml"
            )

    return answer


class _Front:
    """Tells moto which account asks, before it looks at the request."""

    def __init__(self, world: World, application: Callable[..., Iterable[bytes]]) -> None:
        self._world, self._application = world, application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account(environ)
        return self._application(environ, start_response)

    def _account(self, environ: dict[str, Any]) -> str:
        match = _KEY.search(environ.get("HTTP_AUTHORIZATION", "")) or _KEY.search(environ.get("QUERY_STRING", ""))
        key = match.group(1) if match else ""
        if re.fullmatch(r"\d{12}", key):
            return key
        return _account_of_session(key) or self._world.account


def _account_of_session(key: str) -> str | None:
    """The account of an assumed role. (moto's own search sets up every account in every partition first.)"""
    for account, partitions in list(iam_backends.items()):
        if any(key in backend.access_keys for backend in list(partitions.values())):
            return account
    return None


class _Handler(MotoRequestHandler):
    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Nothing: the log of a development server is not what its user came for."""
