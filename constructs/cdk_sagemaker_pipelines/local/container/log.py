"""A job's combined output: sent to CloudWatch Logs, with its last lines kept for the failure reason."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

from botocore.exceptions import ClientError

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

REASON_LENGTH = 1024
"""Characters of a job's FailureReason that the service keeps."""

_TAIL_LINES = 40
_BATCH_SECONDS = 0.3
_BATCH_EVENTS = 2000
_EVENT_BYTES = 250_000  # the service accepts 256 KiB, including its overhead
_BATCH_BYTES = 500_000


class JobLog:
    """One log stream; lines are sent in the background, in order, and all are sent when the block is left.

    Who may not write into it has no log, and runs all the same.
    """

    def __init__(
        self, logs: Any, group: str, stream: str, now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        """``now``: what time it is for the service, which refuses lines of another day."""
        self._logs = logs
        self._group = group
        self._stream = stream
        self._now = now
        self._is_refused = False
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._listeners: list[Callable[[str], None]] = []
        self._queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send, name=f"log {stream}", daemon=True)

    def __enter__(self) -> JobLog:
        try:
            self._open()
        except ClientError as error:  # by its code: jobs run in threads, and botocore may then create its classes twice
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            self._is_refused = True
            _logger.warning("there is no log %s: %s", self._stream, error)
        self._sender.start()
        return self

    def _open(self) -> None:
        """Creates the stream, and the group if there is none: a role that may create no groups can log into one."""
        stream = {"logGroupName": self._group, "logStreamName": self._stream}
        try:
            self._logs.create_log_stream(**stream)
            return
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        try:
            self._logs.create_log_group(logGroupName=self._group)
        except ClientError as error:  # another job was faster
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise
        self._logs.create_log_stream(**stream)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.put(None)
        self._sender.join()

    def listen(self, listener: Callable[[str], None]) -> None:
        """Calls ``listener`` with every further line of the process."""
        self._listeners.append(listener)

    def line(self, text: str) -> None:
        """Adds a line of the job's process."""
        self._tail.append(text)
        for listener in self._listeners:
            listener(text)
        self._put(text)

    def note(self, text: str) -> None:
        """Adds a line of ours, which does not count among the process's last lines."""
        self._put(f"[smpipe] {text}")

    def tail(self) -> str:
        """The process's last lines."""
        return "\n".join(self._tail).strip()

    def _put(self, text: str) -> None:
        # The service refuses an empty message and one that is too long.
        if self._is_refused:
            return
        message = text.encode(errors="replace")[:_EVENT_BYTES].decode(errors="ignore") or " "
        self._queue.put({"timestamp": int(self._now().timestamp() * 1000), "message": message})

    def _send(self) -> None:
        open_ = True
        while open_:
            batch: list[dict[str, Any]] = []
            size = 0
            until: float | None = None
            while len(batch) < _BATCH_EVENTS and size < _BATCH_BYTES:
                try:
                    event = self._queue.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
                except queue.Empty:
                    break
                if event is None:
                    open_ = False
                    break
                until = until or time.monotonic() + _BATCH_SECONDS
                batch.append(event)
                size += len(event["message"].encode())
            if batch:
                try:
                    self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=batch)
                except Exception as error:  # a job does not fail because of its log
                    _logger.warning("%d lines of %s are lost: %s", len(batch), self._stream, error)


def failure_reason(head: str, tail: str) -> str:
    """``head`` and as much of the end of ``tail`` as fits into a FailureReason."""
    head = head[:REASON_LENGTH]
    room = REASON_LENGTH - len(head) - 1
    if not tail or room < 1:
        return head
    return f"{head}\n{tail[-room:]}"
