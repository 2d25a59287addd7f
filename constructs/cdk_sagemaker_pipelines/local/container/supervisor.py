"""Runs one command and ends everything that it started. Run as a script; imports nothing from this package.

Arguments: the command. Standard input is a socket whose other end the server holds: each byte asks the command to end
(SIGTERM to its process group). When the other end is closed, by the server or by its death, everything is killed. The
exit code is the command's, or 128 + signal number if a signal ended it, as in a shell.

In a PID namespace this is process 1, and the kernel kills the rest of the namespace with it. Elsewhere on Linux it
adopts whatever the command leaves behind, even if it left the session. On macOS, processes that left the command's
process group are not found.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from _thread import start_new_thread  # `threading` takes as long to load as the rest of this
from contextlib import suppress

KILLED = 137
"""128 + SIGKILL."""
CANNOT_START = 127
"""As a shell reports it."""

_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_SECONDS_TO_DIE = 2.0


def main(command: list[str]) -> int:
    """Runs the command to its end."""
    alone = os.getpid() == 1
    deaf = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # only the server or the command may end it
    for number in deaf:
        signal.signal(number, signal.SIG_IGN)
    if not alone:
        _adopt_orphans_and_wake_up()
    try:
        job = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
            setsigdef=[*deaf, signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores the last two
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
        return CANNOT_START
    start_new_thread(_obey, (job, alone))
    while True:
        ended, status = os.wait()
        if ended == job:
            break
    if not alone:
        _kill_the_rest(job)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _obey(job: int, alone: bool) -> None:
    """Obeys the server until the connection is closed."""
    with suppress(OSError):
        while os.read(0, 1):
            with suppress(OSError):
                os.killpg(job, signal.SIGTERM)
    if alone:
        os._exit(KILLED)
    _kill(job)  # the main thread notices its end, and kills the rest


def _kill(job: int) -> None:
    for kill in (os.kill, os.killpg):
        with suppress(OSError):
            kill(job, signal.SIGKILL)


def _kill_the_rest(job: int) -> None:
    _kill(job)
    until = time.monotonic() + _SECONDS_TO_DIE  # processes that changed their user cannot be killed
    while time.monotonic() < until:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for child in _children():  # their children become ours, and follow in the next round
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def _children() -> list[int]:
    found, own = [], str(os.getpid())
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
        with suppress(OSError):
            if name.isdigit():
                with open(f"/proc/{name}/stat", encoding="latin-1") as file:
                    if file.read().rpartition(")")[2].split()[1] == own:
                        found.append(int(name))
    return found


def _adopt_orphans_and_wake_up() -> None:
    """Asks Linux for orphans, and to continue this process when the server dies: the command may have stopped it."""
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes

            prctl = ctypes.CDLL(None).prctl
            prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGCONT, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
