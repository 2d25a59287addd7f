"""How a job's process comes to see its own /opt/ml.

"namespace": Linux; a private mount namespace in which /opt/ml is the job's directory. The rest of /opt stays visible,
and nothing changes for the host: where the host has no /opt/ml, a tmpfs with the entries of /opt bound into it covers
/opt inside the namespace. As root this takes CAP_SYS_ADMIN, otherwise an unprivileged user namespace.

"rewrite": elsewhere; the text "/opt/ml" is replaced by the job's directory in arguments, environment, configuration and
the job's own copy of the scripts. Paths that a script puts together from pieces ("/opt" + "/ml") are not seen.

SMPIPE_ISOLATION=namespace or rewrite in the environment chooses; otherwise the first that works here.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from ..runner import StepFailed

Isolation = Literal["namespace", "rewrite"]

ISOLATION_VARIABLE = "SMPIPE_ISOLATION"

CONTAINER_ROOT = "/opt/ml"

# Arguments: the job's directory, working directory, command. "$job/opt" keeps the host's /opt in reach under the cover.
_ENTER = """\
set -eu
job=$1 cwd=$2
shift 2
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
    """The isolation that jobs get here. Raises StepFailed when the one asked for is unknown or does not work."""
    asked = os.environ.get(ISOLATION_VARIABLE, "")
    if asked == "rewrite":
        return "rewrite"
    if asked not in ("", "namespace"):
        raise StepFailed(f"{ISOLATION_VARIABLE} is {asked!r}; allowed are 'namespace' and 'rewrite'")
    if _namespaces_work():
        return "namespace"
    if asked:
        reason = "this machine does not allow private mount namespaces; unset it or set it to 'rewrite'"
        raise StepFailed(f"{ISOLATION_VARIABLE} is 'namespace', but {reason}")
    return "rewrite"


def namespace_command(job: Path, cwd: str, command: list[str]) -> list[str]:
    """command, wrapped so that it runs in cwd and sees job/ml as /opt/ml. Still one process: every wrapper execs."""
    flags = ["--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        flags.append("--map-root-user")
    return ["unshare", *flags, "/bin/sh", "-c", _ENTER, "sh", str(job), cwd, *command]


def rewritten(text: str, ml: Path) -> str:
    """text with the job's own directory in place of /opt/ml."""
    return _CONTAINER_PATH.sub(lambda match: str(ml), text)


@functools.lru_cache(maxsize=1)
def _namespaces_work() -> bool:
    if not all(shutil.which(tool) for tool in ("unshare", "mount", "sh")) or not Path("/opt").is_dir():
        return False
    job = Path(tempfile.mkdtemp(prefix="smpipe-probe-"))
    try:
        (job / "ml").mkdir()
        (job / "ml" / "seen").touch()
        probe = namespace_command(job, "/", ["test", "-e", f"{CONTAINER_ROOT}/seen"])
        return subprocess.run(probe, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        shutil.rmtree(job, ignore_errors=True)
