"""Isolation: a job's process sees its own /opt/ml, and no processes but its own.

"namespace": Linux; a private mount namespace in which /opt/ml is the job's directory. The rest of /opt stays visible,
and nothing changes for the host: if the host has no /opt/ml, a tmpfs with the entries of /opt bound into it covers /opt
inside the namespace. For root this requires CAP_SYS_ADMIN, otherwise an unprivileged user namespace. It includes a PID
namespace, except in containers that do not allow a separate /proc.

"rewrite": elsewhere; the text "/opt/ml" is replaced by the job's directory in arguments, environment, configuration and
the job's own copy of the scripts. Paths that a script assembles from pieces ("/opt" + "/ml") are missed.

SMPIPE_ISOLATION=namespace or rewrite in the environment chooses one; the default is the first that works here. With
SMPIPE_ISOLATION=docker the images of jobs run instead (``docker``); what is still a process has the default.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from ..endings import StepFailed
from .folder import Folder

Isolation = Literal["namespace", "rewrite", "docker"]

ISOLATION_VARIABLE = "SMPIPE_ISOLATION"
DOCKER: Isolation = "docker"

CONTAINER_ROOT = "/opt/ml"

# Arguments: the job's directory, working directory, command. "$job/opt" keeps the host's /opt in reach under the cover.
_ENTER = """\
set -eu
job=$1 cwd=$2
shift 2
[ $$ != 1 ] || mount -t proc proc /proc
if [ ! -d /opt/ml ]; then
    mkdir -p "$job/opt"
    mount --rbind /opt "$job/opt"
    mount -t tmpfs -o mode=755 tmpfs /opt
    for entry in "$job"/opt/* "$job"/opt/.[!.]*; do
        name=/opt/${entry##*/}
        if [ -L "$entry" ]; then cp -P "$entry" "$name"
        elif [ -d "$entry" ]; then mkdir "$name"; mount --rbind "$entry" "$name"
        elif [ -e "$entry" ]; then : > "$name"; mount --bind "$entry" "$name"
        fi
    done
    mkdir /opt/ml
fi
mount --bind "$job/ml" /opt/ml
cd "$cwd"
exec "$@"
"""

# Not within a longer name ("/opt/mlops") and not inside another path or URI ("s3://bucket/opt/ml").
_CONTAINER_PATH = re.compile(r"(?<![\w.\-])/opt/ml(?![\w\-])")


def choose_isolation() -> Isolation:
    """The isolation of processes here. Raises ``StepFailed`` if the requested one is unknown or does not work."""
    asked = os.environ.get(ISOLATION_VARIABLE, "")
    if asked == "rewrite":
        return "rewrite"
    if asked not in ("", "namespace", DOCKER):
        raise StepFailed(f"{ISOLATION_VARIABLE} is {asked!r}; allowed are 'namespace', 'rewrite' and 'docker'")
    if namespaces() is not None:
        return "namespace"
    if asked == "namespace":
        reason = "this machine does not allow private mount namespaces; unset it or set it to 'rewrite'"
        raise StepFailed(f"{ISOLATION_VARIABLE} is 'namespace', but {reason}")
    return "rewrite"


def job_namespaces(job: Path, cwd: str) -> list[str]:
    """The prefix of a command to run it in ``cwd`` with ``job``/ml as /opt/ml, given ``namespaces()``."""
    return _enter(namespaces() or (), job, cwd)


def process_namespaces() -> list[str]:
    """The prefix of a command so that it sees no processes but its own; empty if that is not available."""
    flags = namespaces() or ()
    refused = os.environ.get(ISOLATION_VARIABLE) == "rewrite"
    return ["unshare", *flags, "--mount-proc"] if "--pid" in flags and not refused else []


@functools.lru_cache(maxsize=1)
def namespaces() -> tuple[str, ...] | None:
    """The options of ``unshare`` for the namespaces of jobs here: mounts and PIDs, mounts only, or None."""
    if not all(shutil.which(tool) for tool in ("unshare", "mount", "sh")) or not Path("/opt").is_dir():
        return None
    user = () if os.geteuid() == 0 else ("--map-root-user",)
    mounts = ("--mount", "--propagation", "private", *user)
    return next((flags for flags in ((*mounts, "--pid", "--fork"), mounts) if _work(flags)), None)


def rewritten(text: str, ml: Path) -> str:
    """``text`` with the job's own directory in place of /opt/ml."""
    return _CONTAINER_PATH.sub(lambda match: str(ml), text)


def _enter(flags: tuple[str, ...], job: Path, cwd: str) -> list[str]:
    return ["unshare", *flags, "/bin/sh", "-c", _ENTER, "sh", str(job), cwd]


def _work(flags: tuple[str, ...]) -> bool:
    with Folder("probe") as folder:
        (folder.root / "ml").mkdir()
        (folder.root / "ml" / "seen").touch()
        try:
            probe = [*_enter(flags, folder.root, "/"), "test", "-e", f"{CONTAINER_ROOT}/seen"]
            return subprocess.run(probe, capture_output=True, timeout=30, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
