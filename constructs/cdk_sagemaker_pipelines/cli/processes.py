"""Programs that a command runs; none of them outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from .errors import CommandError

GRACE = 5.0
"""Seconds that a program has to exit after SIGTERM."""


def run(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
    """Runs a program with its output in ``log``; a ``CommandError`` shows the end of the log when it fails.

    The program and everything it starts form a process group, which is gone when this returns or raises.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandError(f"{command[0]} cannot be run: {error.strerror}") from error
        try:
            exit_code = process.wait()
        finally:
            _end(process)
    if exit_code:
        tail = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-30:]
        raise CommandError(
            "\n".join([f"'{' '.join(command)}' ended with exit code {exit_code}; the end of {log}:", *tail])
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter is how macOS reports that all are gone
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        for _ in range(100):
            os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.01)


@contextlib.contextmanager
def until_terminated() -> Iterator[None]:
    """Lets SIGTERM end a command as Ctrl-C does, so that whatever it started is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
