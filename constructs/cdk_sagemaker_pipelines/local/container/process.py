"""A job's process: started in a group of its own, watched, and ended with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..runner import StepFailed, StopSignal
from .log import JobLog

GRACE_SECONDS = 10.0
"""Between SIGTERM and SIGKILL. The service waits 120 s."""


class TimeLimitExceededError(Exception):
    """The process ran longer than allowed."""


def run_process(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    log: JobLog,
    stopping: StopSignal,
    seconds: float | None = None,
) -> int:
    """Runs command to its end and returns its exit code (128 + signal number when a signal ended it, as in a shell).

    seconds is the longest time that it may take; then TimeLimitExceededError. Raises StepStopped when asked to stop.
    """
    if os.name != "posix":
        raise StepFailed("jobs run as processes on Linux and macOS only")
    stopping.check()
    try:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise StepFailed(f"ClientError: the job's process cannot be started: {error}") from error
    # Called below; or when this interpreter ends before, so that no process is left behind.
    kill_group = weakref.finalize(process, _signal, process.pid, signal.SIGKILL)
    reader = threading.Thread(target=_read, args=(process, log), name=f"output of {process.pid}", daemon=True)
    reader.start()
    killer = threading.Timer(GRACE_SECONDS, _signal, (process.pid, signal.SIGKILL))
    killer.daemon = True

    def end() -> None:
        _signal(process.pid, signal.SIGTERM)
        if killer.ident is None:
            killer.start()

    try:
        with stopping.calling(end):
            try:
                code = process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                end()
                process.wait()
                stopping.check()
                raise TimeLimitExceededError from None
    finally:
        killer.cancel()
        kill_group()  # what the process left running
        process.wait()
        reader.join(timeout=GRACE_SECONDS)
    stopping.check()
    return code if code >= 0 else 128 - code


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _read(process: subprocess.Popen[bytes], log: JobLog) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            log.line(line.decode(errors="replace").rstrip("\r\n"))
