"""A job's own temporary directory: its /opt/ml and its own Python environment."""

from __future__ import annotations

import json
import os
import posixpath
import re
import site
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ..endings import StepFailed, StopSignal
from . import wheels
from .environment import installer_environment, machine_environment
from .folder import Folder
from .isolation import CONTAINER_ROOT, Isolation, choose_isolation, job_namespaces, rewritten
from .log import JobLog
from .process import run_process
from .rewriting import rewrite_sources
from .safe_open import LeadsOutError, open_file

KEEP_VARIABLE = "SMPIPE_KEEP_JOBS"
"""Set to any value but "" and "0" to keep job directories; the job's log says where."""

REQUIREMENTS = "requirements.txt"

LONGEST_TEXT = 1 << 16

_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


class JobDirectory:
    """The directory of one job; as a context manager it is removed at the end, unless SMPIPE_KEEP_JOBS is set."""

    def __init__(self, job_name: str, isolation: Isolation | None = None) -> None:
        self.isolation = isolation or choose_isolation()
        self._folder = Folder(job_name[-10:], kept=os.environ.get(KEEP_VARIABLE, "0") not in ("", "0"))
        self.root, self.kept = self._folder.root, self._folder.kept
        self.ml, self.scratch, self._home = (self.root / name for name in ("ml", "scratch", "home"))
        for folder in (self.ml, self.scratch, self._home):
            folder.mkdir()
        self._bin = _python_environment(self.root / "python")

    def __enter__(self) -> JobDirectory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.__exit__(kind, error, trace)

    @property
    def python(self) -> str:
        """The interpreter of jobs: that of this process, in an environment where a job may install packages."""
        return str(self._bin / "python")

    def host(self, path: str) -> Path:
        """Where this process finds what the job sees at ``path``. Raises ``StepFailed`` for one outside of /opt/ml."""
        clean = posixpath.normpath(path)
        if clean != CONTAINER_ROOT and not clean.startswith(CONTAINER_ROOT + "/"):
            raise StepFailed(
                f"ClientError: the local path {path!r} is outside of {CONTAINER_ROOT}; choose one below it"
            )
        return self.ml / clean[len(CONTAINER_ROOT) :].lstrip("/")

    def make(self, path: str) -> Path:
        """The directory that the job sees at ``path``, created if missing."""
        directory = self.host(path)
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def holds(self, cwd: str, name: str) -> bool:
        """Whether a file of that name is in ``cwd``, a directory under /opt/ml or any other on this machine."""
        return (self._at(cwd) / name).is_file()

    def text(self, path: str) -> str | None:
        """The first LONGEST_TEXT bytes of the file that the job sees at ``path``; None if there is no file.

        Raises ``StepFailed`` if it is behind a link that leads out of the job's folder.
        """
        try:
            file = open_file(self.root, self.host(path))
        except LeadsOutError as error:
            raise StepFailed(f"ClientError: {path} {error}") from error
        if file is None:
            return None
        with file:
            return file.read(LONGEST_TEXT).decode(errors="replace")

    def _at(self, cwd: str) -> Path:
        return self.host(cwd) if cwd.startswith(f"{CONTAINER_ROOT}/") else Path(cwd)

    def inside(self, text: str) -> str:
        """``text`` with the paths under /opt/ml as the job's process has to write them."""
        return rewritten(text, self.ml) if self.isolation == "rewrite" else text

    def write_json(self, path: str, value: Any) -> None:
        """Writes the file that the job sees at ``path``."""
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
        """Runs ``command`` in ``cwd`` like ``run_process``; python and python3 are this interpreter.

        ``cwd`` is a directory under /opt/ml, or any other on this machine.
        """
        variables = {**machine_environment(self._bin, self._home), **environment}
        if self.isolation == "rewrite":
            rewrite_sources(self.ml)
            command = [self.inside(word) for word in command]
            variables = {name: self.inside(value) for name, value in variables.items()}
        log.note(f"process runner, {self.isolation}: {' '.join(command)}")
        return self._run(command, variables, cwd, log, stopping, seconds)

    def install(
        self,
        cwd: str,
        *,
        environment: Mapping[str, str],
        log: JobLog,
        stopping: StopSignal,
        seconds: float | None = None,
    ) -> int:
        """Installs the requirements.txt in ``cwd`` for the job: wheels only, with the user's configuration of pip.

        ``cwd`` is a directory under /opt/ml, or any other on this machine. Raises ``StepFailed`` for what cannot be
        done here.
        """
        used = _VARIABLE.search((self._at(cwd) / REQUIREMENTS).read_text(encoding="utf-8", errors="replace"))
        if used:
            raise StepFailed(
                f"{REQUIREMENTS} uses {used[0]}, which local runs do not substitute; they install with your own "
                "configuration of pip: set the index there, or in PIP_EXTRA_INDEX_URL"
            )
        log.note(f"pip install -r {REQUIREMENTS}, wheels only, as pip is configured for you")
        return self._pip(["-r", REQUIREMENTS], environment, cwd, log, stopping, seconds)

    def install_into(
        self, folder: Path, requirements: Path, *, log: JobLog, stopping: StopSignal, seconds: float | None = None
    ) -> int:
        """Installs requirements of ours, whose hashes are given, into a folder: wheels only, as pip is configured."""
        options = ["--require-hashes", "--no-deps", "--retries", "1", "--quiet", "--target", str(folder)]
        log.note(f"pip install --target {folder}, wheels only, as pip is configured for you")
        return self._pip([*options, "-r", str(requirements)], {}, str(self.scratch), log, stopping, seconds)

    def offer(self, folder: Path) -> None:
        """Lets the job's scripts import the packages in a folder, behind all others."""
        _site_packages(self._bin.parent).joinpath("packages.pth").write_text(f"{folder}\n", encoding="utf-8")

    def _pip(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        cwd: str,
        log: JobLog,
        stopping: StopSignal,
        seconds: float | None,
    ) -> int:
        options = ["--only-binary", ":all:", "--no-user", "--no-input", "--disable-pip-version-check"]
        command = [self.python, "-I", wheels.__file__, "install", *options, *arguments]
        variables = installer_environment(machine_environment(self._bin, self._home), environment)
        return self._run(command, variables, cwd, log, stopping, seconds)

    def _run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        cwd: str,
        log: JobLog,
        stopping: StopSignal,
        seconds: float | None,
    ) -> int:
        namespaces = self.isolation == "namespace"
        return run_process(
            command,
            environment=variables,
            cwd=self.root if namespaces else Path(self.inside(cwd)),
            log=log,
            stopping=stopping,
            seconds=seconds,
            within=job_namespaces(self.root, cwd) if namespaces else (),
        )


def _python_environment(directory: Path) -> Path:
    """Creates a virtual environment that sees all packages of this one and is where pip installs; returns its bin."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(directory)
    packages = site.getsitepackages()
    if site.ENABLE_USER_SITE:
        packages.append(site.getusersitepackages())
    lines = [f"import site; site.addsitedir({path!r})\n" for path in packages if os.path.isdir(path)]
    (_site_packages(directory) / "outer.pth").write_text("".join(lines), encoding="utf-8")
    bin_ = directory / "bin"
    for name in ("pip", "pip3"):
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{bin_}/python" -m pip "$@"\n', encoding="utf-8")
        (bin_ / name).chmod(0o755)
    return bin_


def _site_packages(environment: Path) -> Path:
    return environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
