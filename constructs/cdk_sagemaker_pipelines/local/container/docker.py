"""Runs a job's image with the Docker engine of this machine, where its user asks for that.

SMPIPE_ISOLATION=docker in the environment of the server asks for it. The job's directory is its /opt/ml; it runs as
this user, without capabilities, and, if the job is isolated, without a network. On Linux only: elsewhere a container
cannot reach the server, which listens on this machine's own addresses.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..endings import StepFailed, StopSignal
from .isolation import CONTAINER_ROOT, DOCKER, ISOLATION_VARIABLE
from .log import JobLog
from .process import GRACE_SECONDS, run_process

LABEL = "cdk-sagemaker-pipelines"
"""The label of our containers: the user and the job's directory."""

HOST, NONE, PUBLISHED = "--network=host", "--network=none", "--publish=127.0.0.1::8080"
"""The networks of a container: this machine's, none, or one of its own whose port 8080 is published here."""

CANNOT_RUN = 125
"""The exit code of ``docker run`` when it is Docker itself that fails."""

_IMAGE = re.compile(r"[A-Za-z0-9][\w.:/@-]*")
_PATIENCE = 30
"""Seconds that a question to Docker may take."""
_LIMITS = ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit=4096")


def is_asked_for() -> bool:
    """Whether images are to run. Raises ``StepFailed`` where they cannot."""
    if os.environ.get(ISOLATION_VARIABLE) != DOCKER:
        return False
    why = "" if shutil.which("docker") else "there is no docker on the PATH"
    if sys.platform != "linux":
        why = "only on Linux can a container reach the local AWS"
    if why:
        raise StepFailed(f"{ISOLATION_VARIABLE} is {DOCKER!r}, but images cannot run here: {why}")
    return True


def run_image(
    image: str,
    *,
    entrypoint: Sequence[str],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    root: Path,
    name: str,
    network: str,
    log: JobLog,
    stopping: StopSignal,
    seconds: float | None = None,
) -> int:
    """Runs an image to its end and returns the exit code of its container, like ``run_process``.

    ``root`` is the job's directory, of which ``ml`` becomes /opt/ml; without an ``entrypoint`` the image's own runs;
    ``network`` is HOST, NONE or PUBLISHED.
    Raises ``StepFailed`` for what Docker would not take as it is meant.
    """
    if not _IMAGE.fullmatch(image):
        raise StepFailed(f"ClientError: {image!r} is not the name of an image")
    _remove_orphans()
    variables = _environment_file(root / f"{name}.env", environment)
    command = [
        *("docker", "run", "--rm", f"--name={name}", f"--label={LABEL}={os.getuid()}:{root}", *_LIMITS),
        network,
        f"--user={os.getuid()}:{os.getgid()}",
        f"--env-file={variables}",
        f'--mount=type=bind,"source={root / "ml"}",target={CONTAINER_ROOT}',
        *([f"--entrypoint={entrypoint[0]}"] if entrypoint else []),
        *(image, *entrypoint[1:], *arguments),
    ]
    stop = ("stop", "-t", f"{GRACE_SECONDS:g}", name)
    log.note(f"docker {network}: {' '.join([image, *entrypoint, *arguments])}")
    try:
        with stopping.calling(lambda: threading.Thread(target=_ask, args=stop, daemon=True).start()):
            code = run_process(command, environment=os.environ, cwd=root, log=log, stopping=stopping, seconds=seconds)
    finally:
        _ask("rm", "--force", name)
    if code == CANNOT_RUN:
        raise StepFailed(f"ClientError: docker cannot run the image {image}: {log.tail()[-700:]}")
    return code


def published_port(name: str) -> int:
    """The port on this machine behind which a container answers at its port 8080; 0 if there is none yet."""
    found = re.search(r"^127\.0\.0\.1:(\d+)$", _ask("port", name, "8080/tcp"), re.M)
    return int(found[1]) if found else 0


def _environment_file(file: Path, environment: Mapping[str, str]) -> Path:
    """Writes the variables of a container where only this user can read them; others could read a command line."""
    lines = []
    for name, value in {"HOME": "/tmp", **environment}.items():
        if "\n" in value or "\r" in value or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise StepFailed(f"the variable {name!r} is not one that docker passes: it needs a plain name and one line")
        lines.append(f"{name}={value}\n")
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.writelines(lines)
    return file


@functools.cache
def _remove_orphans() -> None:
    """Removes the containers of servers that were killed, whose folders were removed when this one started."""
    listed = _ask("ps", "--all", f"--filter=label={LABEL}", f'--format={{{{.ID}}}} {{{{.Label "{LABEL}"}}}}')
    for line in listed.splitlines():
        container, _, label = line.partition(" ")
        user, _, root = label.partition(":")
        if user == str(os.getuid()) and not Path(root).exists():
            _ask("rm", "--force", container)


def _ask(*arguments: str) -> str:
    """What docker answers; nothing if it fails."""
    try:
        done = subprocess.run(
            ["docker", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
