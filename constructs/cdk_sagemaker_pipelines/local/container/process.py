"""A job's process: started under a supervisor, watched, and ended with everything that it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..endings import StepFailed, StopSignal
from . import supervisor
from .log import JobLog

GRACE_SECONDS = 10.0
"""Seconds between SIGTERM and SIGKILL; the service waits 120 s."""

_PATIENCE = 0.5
"""Seconds until a supervisor that does not react is continued: its job may have stopped it."""

LONGEST_LINE = 250_000
"""Bytes; a longer line is split, as the logs accept 256 KiB including their overhead."""

_SUPERVISOR = (sys.executable, "-I", "-S", supervisor.__file__)


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
    within: Sequence[str] = (),
) -> int:
    """Runs ``command`` to its end and returns its exit code (128 + signal number if a signal ended it, as in a shell).

    Whatever it leaves running is killed. None of it outlives this process, even if that is killed. ``seconds`` is the
    time limit; beyond it TimeLimitExceededError is raised. Raises ``StepStopped`` when asked to stop. ``within`` is the
    prefix of the command with which it enters its namespaces.
    """
    if os.name != "posix":
        raise StepFailed("jobs only run as processes on Linux and macOS")
    stopping.check()
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            [*within, *_SUPERVISOR, *command],
            env=dict(environment),
            cwd=cwd,
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # the latter for a null character
        ours.close()
        raise StepFailed(f"ClientError: the job's process cannot be started: {error}") from error
    finally:
        theirs.close()
    # Called below, or when this interpreter exits before that, so that it waits for the end of the process.
    kill = weakref.finalize(process, _kill, ours, process.pid)
    reader = threading.Thread(target=_read, args=(process, log), name=f"output of {process.pid}", daemon=True)
    reader.start()
    killer = threading.Timer(GRACE_SECONDS, _kill, (ours, process.pid))
    killer.daemon = True

    def end() -> None:
        with suppress(OSError):
            process.send_signal(signal.SIGCONT)
            ours.send(b".")
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
        kill()
        process.wait()
        ours.close()
        reader.join(timeout=GRACE_SECONDS)
    stopping.check()
    return code if code >= 0 else 128 - code


def _kill(supervised: socket.socket, group: int) -> None:
    """Makes the supervisor kill everything, and returns when it is gone."""
    with suppress(OSError):
        supervised.shutdown(socket.SHUT_WR)
        for seconds, number in ((_PATIENCE, signal.SIGCONT), (GRACE_SECONDS, signal.SIGKILL)):
            try:
                supervised.settimeout(seconds)
                supervised.recv(1)
                return
            except TimeoutError:  # its job stopped it; or it never started to run
                os.killpg(group, number)


def _read(process: subprocess.Popen[bytes], log: JobLog) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        while line := stream.readline(LONGEST_LINE):
            log.line(line.decode(errors="replace").rstrip("\r\n"))
