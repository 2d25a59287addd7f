"""A model's container that answers requests, as a batch transform sends them: ``serve``, /ping and /invocations.

Its port is only published on this machine, at 127.0.0.1, so it is in a network of Docker's own and cannot reach the
local AWS: it gets its model and its code in its directory, and no credentials.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ..endings import StepFailed, StepStopped, StopSignal
from . import docker
from .log import JobLog

START_SECONDS = 600
"""Until a container has to answer /ping; pulling its image counts."""

LARGEST_ANSWER = 1 << 30
"""Bytes."""

_PAUSE = 0.2


class Answering:
    """A running container, as a context manager. Raises ``StepFailed`` if it does not start or ends."""

    def __init__(
        self, image: str, *, environment: Mapping[str, str], root: Path, name: str, log: JobLog, stopping: StopSignal
    ) -> None:
        self._image, self._environment, self._root, self._name = image, environment, root, name
        self._log, self._stopping = log, stopping
        self._own = StopSignal()
        """Ends the container, whether it is no longer needed or the job is stopped."""
        self._failed: StepFailed | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._port = 0

    def __enter__(self) -> Answering:
        self._thread.start()
        try:
            until = time.monotonic() + START_SECONDS
            while not self._is_ready():
                self._check()
                if time.monotonic() > until:
                    raise StepFailed(f"ClientError: the container of {self._image} does not answer /ping")
                self._stopping.wait(_PAUSE)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def ask(self, body: bytes, content_type: str | None, accept: str | None, seconds: float) -> bytes:
        """The container's answer to a request. Raises ``StepFailed`` and ``StepStopped``."""
        headers = {"Content-Type": content_type, "Accept": accept}
        given = {name: value for name, value in headers.items() if value}
        try:
            status, answer = self._request("POST", "/invocations", body, given, seconds)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._check()
            raise StepFailed(f"ClientError: the container of {self._image} does not answer: {error}") from error
        if status == http.client.NO_CONTENT:
            return b""
        if status != http.client.OK:
            text = answer[:500].decode(errors="replace")
            raise StepFailed(f"ClientError: the container of {self._image} answers with {status}: {text}")
        return answer

    def _request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            answer = response.read(LARGEST_ANSWER + 1)
        finally:
            connection.close()
        if len(answer) > LARGEST_ANSWER:
            raise ValueError(f"an answer is longer than {LARGEST_ANSWER} bytes")
        return response.status, answer

    def _is_ready(self) -> bool:
        self._port = self._port or docker.published_port(self._name)
        try:
            return self._port != 0 and self._request("GET", "/ping", b"", {}, 5)[0] == http.client.OK
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def _check(self) -> None:
        self._stopping.check()
        if not self._thread.is_alive():
            raise self._failed or StepFailed(f"AlgorithmError: the container of {self._image} has ended")

    def _run(self) -> None:
        try:
            with self._stopping.calling(self._own.set):
                code = docker.run_image(
                    self._image,
                    entrypoint=(),
                    arguments=("serve",),
                    environment=self._environment,
                    root=self._root,
                    name=self._name,
                    network=docker.PUBLISHED,
                    log=self._log,
                    stopping=self._own,
                )
            tail = self._log.tail()[-700:]
            self._failed = StepFailed(f"AlgorithmError: the container has ended, exit code: {code}\n{tail}")
        except StepStopped:
            return
        except StepFailed as error:
            self._failed = error
        except Exception as error:  # nobody else sees what ends a thread
            self._failed = StepFailed(f"InternalServerError: the local run of the container broke: {error}")

    def _end(self) -> None:
        self._own.set()
        self._thread.join()
