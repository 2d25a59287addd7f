"""A job's own directory: its /opt/ml and its own Python environment. Temporary."""

from __future__ import annotations

import json
import os
import posixpath
import shutil
import site
import sys
import tempfile
import venv
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ..runner import StepFailed, StopSignal
from .isolation import CONTAINER_ROOT, choose_isolation, namespace_command, rewritten
from .log import JobLog
from .process import run_process
from .rewriting import rewrite_sources

KEEP_VARIABLE = "SMPIPE_KEEP_JOBS"
"""Any value but "" and "0": job directories are kept, and the job's log says where."""

# Of this process's environment, a job gets only what has to do with the machine; the rest is not in a container either.
_INHERITED = ("HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
_INHERITED_PREFIXES = ("LC_", "PIP_", "UV_", "CUDA_", "NVIDIA_", "REQUESTS_CA_", "OMP_", "OPENBLAS_", "MKL_")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


class JobDirectory:
    """The directory of one job. As a context manager: removed at the end, unless SMPIPE_KEEP_JOBS is set."""

    def __init__(self, job_name: str) -> None:
        self.isolation = choose_isolation()
        self.root = Path(tempfile.mkdtemp(prefix=f"smpipe-{job_name[-10:]}-")).resolve()
        self.kept = os.environ.get(KEEP_VARIABLE, "0") not in ("", "0")
        # Called when the block is left; or when this interpreter ends before.
        self._remove = weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        if self.kept:
            self._remove.detach()
        self.ml = self.root / "ml"
        self.ml.mkdir()
        self.scratch = self.root / "scratch"
        self.scratch.mkdir()
        self._bin = _python_environment(self.root / "python")

    def __enter__(self) -> JobDirectory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    @property
    def python(self) -> str:
        """The interpreter of jobs: this process's own, in an environment where a job may install packages."""
        return str(self._bin / "python")

    def host(self, path: str) -> Path:
        """Where this process finds what the job sees at path. Raises StepFailed for a path outside of /opt/ml."""
        clean = posixpath.normpath(path)
        if clean != CONTAINER_ROOT and not clean.startswith(CONTAINER_ROOT + "/"):
            raise StepFailed(
                f"ClientError: the local path {path!r} is outside of {CONTAINER_ROOT}; choose one below it"
            )
        return self.ml / clean[len(CONTAINER_ROOT) :].lstrip("/")

    def make(self, path: str) -> Path:
        """The directory that the job sees at path, made when missing."""
        directory = self.host(path)
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def inside(self, text: str) -> str:
        """text with the paths under /opt/ml as the job's process has to write them."""
        return text if self.isolation == "namespace" else rewritten(text, self.ml)

    def write_json(self, path: str, value: Any) -> None:
        """Writes the file that the job sees at path."""
        file = self.host(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.inside(json.dumps(value, default=str)), encoding="utf-8")

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: str,
        log: JobLog,
        stopping: StopSignal,
        seconds: float | None = None,
    ) -> int:
        """Runs command in cwd, as in run_process. python and python3 are this interpreter.

        cwd is a directory under /opt/ml, or any other of this machine.
        """
        variables = {**machine_environment(self._bin), **environment}
        if self.isolation == "namespace":
            wrapped = namespace_command(self.root, cwd, list(command))
            where = self.root
        else:
            rewrite_sources(self.ml)
            wrapped = [self.inside(word) for word in command]
            variables = {name: self.inside(value) for name, value in variables.items()}
            where = Path(self.inside(cwd))
        log.note(f"process runner, {self.isolation}: {' '.join(command)}")
        return run_process(wrapped, environment=variables, cwd=where, log=log, stopping=stopping, seconds=seconds)


def machine_environment(bin_: Path) -> dict[str, str]:
    """The variables that a job's or a function's process gets of this one's; programs are found in bin_ first."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES) or name.lower() in _PROXIES
    }
    path = os.pathsep.join([str(bin_), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # Without the user's AWS profile, nothing can reach a real account by mistake.
    nowhere = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {**inherited, "PATH": path, "PYTHONUNBUFFERED": "1", **nowhere}


def _python_environment(directory: Path) -> Path:
    """A virtual environment that sees all packages of this one, but into which alone pip installs; returns its bin."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(directory)
    own = directory / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    packages = site.getsitepackages()
    if site.ENABLE_USER_SITE:
        packages.append(site.getusersitepackages())
    lines = [f"import site; site.addsitedir({path!r})\n" for path in packages if os.path.isdir(path)]
    (own / "outer.pth").write_text("".join(lines), encoding="utf-8")
    bin_ = directory / "bin"
    for name in ("pip", "pip3"):
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{bin_}/python" -m pip "$@"\n', encoding="utf-8")
        (bin_ / name).chmod(0o755)
    return bin_
