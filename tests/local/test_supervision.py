"""Nothing of a job outlives it, and nothing of any job outlives the server, however that ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import site
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.container import isolation, process
from cdk_sagemaker_pipelines.local.container.directory import JobDirectory
from cdk_sagemaker_pipelines.local.container.folder import Folder, sweep
from cdk_sagemaker_pipelines.local.container.process import TimeLimitExceededError, run_process
from cdk_sagemaker_pipelines.local.endings import StepStopped, StopSignal

from .processes import eventually, everything, mark, running

ROOT = Path(__file__).resolve().parents[2]
PS = f"{sys.executable} {ROOT / 'tests' / 'local' / 'processes.py'}"
DAEMON = "import os, sys\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
"""How daemons start: outside of the process group and the session, as nobody's child."""


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        pass


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["PID namespace", "mount namespace", "rewrite"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way in which jobs run on some machine; the first two only where this machine has them."""
    flags = isolation.namespaces()
    if request.param == "rewrite":
        monkeypatch.setenv("SMPIPE_ISOLATION", "rewrite")
    elif flags is None or (request.param == "PID namespace" and "--pid" not in flags):
        pytest.skip(f"no {request.param}s here")
    elif request.param == "mount namespace":
        without = tuple(flag for flag in flags if flag not in ("--pid", "--fork"))
        monkeypatch.setattr(isolation, "namespaces", lambda: without)
    return str(request.param)


def job(*command: str, stopping: StopSignal | None = None, seconds: float | None = None) -> tuple[int, list[str]]:
    """Runs a command as a job; returns exit code and output."""
    log = Lines()
    with JobDirectory("job") as directory:
        where = str(directory.scratch)
        options = {"environment": {}, "cwd": where, "stopping": stopping or StopSignal(), "seconds": seconds}
        return directory.run(command, log=log, **options), log.lines  # type: ignore[arg-type]


def test_exit_codes(kind: str) -> None:
    assert job("sh", "-c", "echo out; echo err >&2; exit 7") == (7, ["out", "err"])
    assert job("sh", "-c", "kill -9 $$")[0] == 137
    code, lines = job("/no/such/program")
    assert (code, lines) == (127, ["/no/such/program cannot be started: No such file or directory"])


def test_what_has_left_the_session_ends_with_the_job(kind: str) -> None:
    if sys.platform != "linux":
        pytest.skip("macOS does not tell whose child a daemon was")
    word = mark()
    script = f"{DAEMON}os.execvp('sleep', ['sleep', '{word}'])"
    began = time.monotonic()
    code, lines = job("sh", "-c", f'{sys.executable} -c "{script}"; setsid sleep {word} & sleep 0.3; {PS}')
    assert code == 0
    assert sum(f"sleep {word}" in line for line in lines) >= 2, "it did run"
    assert running(word) == []
    assert time.monotonic() - began < 10


def test_a_job_sees_only_its_own_processes(kind: str) -> None:
    if kind != "PID namespace":
        pytest.skip("in a PID namespace only")
    _, lines = job("sh", "-c", f"{PS}; kill -9 {os.getpid()}; echo $$")
    assert not any("pytest" in line for line in lines)
    assert len([line for line in lines if "supervisor.py" in line]) == 1
    assert int(lines[-1]) < 20


def test_a_stop_lets_a_job_clean_up(kind: str, temporary: Path) -> None:
    word, stopping = mark(), StopSignal()
    script = f"trap 'echo cleaned > {temporary}/told; exit 3' TERM; sleep {word} & wait"

    def stop() -> None:
        try:
            assert eventually(lambda: ["sleep", word] in running(word))  # the trap is set before
        finally:
            stopping.set()

    thread = threading.Thread(target=stop)
    thread.start()
    began = time.monotonic()
    with pytest.raises(StepStopped):
        job("sh", "-c", script, stopping=stopping)
    thread.join()
    assert (temporary / "told").read_text() == "cleaned\n"
    assert running(word) == []
    assert time.monotonic() - began < process.GRACE_SECONDS


def test_a_job_that_ignores_the_stop_is_killed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.5)
    word = mark()
    with pytest.raises(TimeLimitExceededError):
        job("sh", "-c", f"trap '' TERM; sleep {word}; sleep {word}", seconds=0.5)
    assert running(word) == []


def test_an_endless_line_is_split(kind: str) -> None:
    code, lines = job(sys.executable, "-c", f"print('x' * {process.LONGEST_LINE * 2 + 1})")
    assert (code, [len(line) for line in lines]) == (0, [process.LONGEST_LINE, process.LONGEST_LINE, 1])


def test_a_supervisor_cannot_be_ended_by_others(kind: str) -> None:
    _, lines = job("sh", "-c", "trap 'echo mine' TERM; kill -TERM $PPID; kill -HUP $PPID; sleep 0.2; kill -TERM $$")
    assert lines == ["mine"]


STOPS_ITS_SUPERVISOR = "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\n"


def test_a_supervisor_that_its_job_stopped_still_ends_the_job(kind: str) -> None:
    word, began = mark(), time.monotonic()
    script = f"{STOPS_ITS_SUPERVISOR}{DAEMON}os.execvp('sleep', ['sleep', '{word}'])"
    stays = script.replace("os._exit(0)", f"os.execvp('sleep', ['sleep', '{word}'])", 1)
    with pytest.raises(TimeLimitExceededError):
        job(sys.executable, "-c", stays, seconds=2)
    assert running(word) == []
    assert time.monotonic() - began < process.GRACE_SECONDS


def test_a_process_that_never_starts_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.5)
    word, began = mark(), time.monotonic()
    options = {"environment": dict(os.environ), "cwd": tmp_path, "stopping": StopSignal(), "seconds": 0.5}
    with pytest.raises(TimeLimitExceededError):
        run_process(["true"], log=Lines(), within=["sh", "-c", f"sleep {word}; sleep {word}", "sh"], **options)  # type: ignore[arg-type]
    assert running(word) == []
    assert time.monotonic() - began < 20


SERVER = """
import sys, threading, time
from pathlib import Path
from typing import Any
from cdk_sagemaker_pipelines.local.container.directory import JobDirectory
from cdk_sagemaker_pipelines.local.container.folder import Folder, sweep
from cdk_sagemaker_pipelines.local.container.isolation import process_namespaces
from cdk_sagemaker_pipelines.local.container.process import run_process
from cdk_sagemaker_pipelines.local.endings import StopSignal

class Log:
    def line(self, text): print(text, flush=True)
    def note(self, text): pass

def job(script):
    with JobDirectory("job") as directory:
        directory.run([sys.executable, "-c", script], environment={}, cwd="/opt/ml", log=Log(), stopping=StopSignal())

def function(script):
    with Folder("function") as folder:
        command = [sys.executable, "-c", script]
        run_process(command, environment={}, cwd=folder.root, log=Log(), stopping=StopSignal(),
                    within=process_namespaces())

sweep()
for run, script in ((job, sys.argv[1]), (job, sys.argv[2]), (function, sys.argv[2])) if sys.argv[1:] else ():
    threading.Thread(target=run, args=(script,), daemon=True).start()
print("serving", flush=True)
sys.stdin.read()
"""


def server(tmp: Path, *scripts: str, within: Sequence[str] = (sys.executable,), **more: str) -> subprocess.Popen[str]:
    """A process that runs two jobs and a function, until its standard input ends."""
    return subprocess.Popen(
        [*within, "-c", SERVER, *scripts],
        env={**VARIABLES, "TMPDIR": str(tmp), **more},
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def ended(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
VARIABLES = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), *site.getsitepackages()])}


def another_user() -> list[str] | None:
    """The command with which an unprivileged user runs the library with some Python on this machine."""
    if os.geteuid() or not shutil.which("setpriv"):
        return None
    probe = "import cdk_sagemaker_pipelines.local, subprocess, sys; subprocess.check_call([sys.executable, '-V'])"
    for python in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError):
            tried = subprocess.run([*NOBODY, python, "-c", probe], env=VARIABLES, cwd="/", capture_output=True)
            if tried.returncode == 0:
                return [*NOBODY, python]
    return None


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder for temporary files of any user."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
@pytest.mark.parametrize("way", ["namespace", "rewrite"])
def test_a_job_that_stopped_its_supervisor_does_not_outlive_the_server(everybodys: Path, way: str) -> None:
    if way == "namespace" and isolation.namespaces() is None:
        pytest.skip("no namespaces here")
    word = mark()
    stops = f"{STOPS_ITS_SUPERVISOR}os.execvp('sleep', ['sleep', '{word}'])"
    started = server(everybodys, stops, stops, SMPIPE_ISOLATION=way)
    assert eventually(lambda: len(running(word)) == 3), "they run"
    killed(started)
    assert eventually(lambda: not running(word), 5)
    assert not any(str(everybodys) in " ".join(args) for args in everything()), "no supervisor either"


@pytest.mark.parametrize("way", ["namespace", "rewrite"])
@pytest.mark.parametrize("user", ["me", "another"])
@pytest.mark.parametrize("end", [killed, ended])
def test_nothing_outlives_the_server(everybodys: Path, way: str, user: str, end: Callable[..., None]) -> None:
    if sys.platform != "linux" or (way == "namespace" and isolation.namespaces() is None):
        pytest.skip("no namespaces here")
    within = another_user() if user == "another" else [sys.executable]
    if within is None:
        pytest.skip("this is not root, or other users cannot read what is here")
    word, other = mark(), mark()
    stays = f"import os; os.execvp('sleep', ['sleep', '{word}'])"
    leaves = f"{DAEMON.replace('os._exit(0)', stays, 1)}os.execvp('sleep', ['sleep', '{other}'])"
    started = server(everybodys, stays, leaves, within=within, SMPIPE_ISOLATION=way)
    assert eventually(lambda: len(running(word)) == 3 and len(running(other)) == 2), "they run"
    end(started)
    assert eventually(lambda: not running(word) and not running(other), 5)
    assert not any(str(everybodys) in " ".join(args) for args in everything()), "no supervisor either"
    if end is killed:
        assert len(list(everybodys.iterdir())) == 3
        ended(server(everybodys, within=within))
    assert list(everybodys.iterdir()) == []


def test_the_sweep_leaves_what_lives_and_what_is_kept(temporary: Path) -> None:
    kept = Folder("kept", kept=True).root
    (temporary / "smpipe-of-somebody-else").mkdir()
    with Folder("alive") as alive:
        (alive.root / "x").write_text("y")
        sweep()
        assert (alive.root / "x").exists()
    sweep()
    assert sorted(temporary.iterdir()) == sorted([kept, temporary / "smpipe-of-somebody-else"])


def dead(name: str = "smpipe-dead-x") -> Path:
    """A folder whose process is gone."""
    folder = Path(tempfile.gettempdir(), name)
    folder.mkdir()
    (folder / "lock").touch()
    return folder


def test_the_sweep_follows_no_link(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "lock").touch()
    (outside / "precious").mkdir(mode=0o500)
    folder = dead()
    (folder / "closed").mkdir()
    (folder / "closed" / "out").symlink_to(outside)
    (folder / "closed" / "precious").symlink_to(outside / "precious")
    (folder / "closed").chmod(0o500)
    (temporary / "smpipe-link").symlink_to(outside)
    sweep()
    assert [path.name for path in temporary.iterdir()] == ["smpipe-link"]
    assert stat.S_IMODE((outside / "precious").stat().st_mode) == 0o500


@pytest.mark.parametrize("call", ["open", "fstat", "flock", "listdir", "fchmod"])
def test_the_sweep_empties_no_folder_that_is_put_in_place_meanwhile(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Another user may own what is in the folder for temporary files, and replace it between any two calls."""
    precious = tmp_path_factory.mktemp("precious")
    for name in ("lock", "data"):
        (precious / name).touch()
    folder = dead()
    (folder / "inner").mkdir()
    module = fcntl if call == "flock" else os
    real = getattr(module, call)

    def swapping(*arguments: Any, **more: Any) -> Any:
        told = real(*arguments, **more)
        if not folder.is_symlink() and (call != "listdir" or arguments != (str(temporary),)):
            folder.rename(temporary / "moved")
            folder.symlink_to(precious)
        return told

    with monkeypatch.context() as patched:
        patched.setattr(module, call, swapping)
        sweep()
    assert folder.is_symlink(), "the folder was replaced"
    assert sorted(path.name for path in precious.iterdir()) == ["data", "lock"]


def test_the_sweep_leaves_what_belongs_to_others(temporary: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    folder = dead()
    os.chown(folder, 65534, 65534)
    sweep()
    assert (folder / "lock").exists()


def test_folders_that_nobody_may_write_to_are_removed(temporary: Path) -> None:
    with Folder("job") as folder:
        deep = folder.root / "a" / "b"
        deep.mkdir(parents=True)
        (deep / "x").touch()
        for path in (deep, deep.parent):
            path.chmod(0)
    assert list(temporary.iterdir()) == []


def nest(folder: Path, levels: int) -> None:
    """Makes folders in folders, as a script does that goes into each: their path may be longer than any may be."""
    script = f"import os, sys\nos.chdir(sys.argv[1])\nfor _ in range({levels}): os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-c", f"{script}\nopen('x', 'w')", folder], check=True)


def test_folders_of_any_depth_are_removed(temporary: Path) -> None:
    with Folder("job") as folder:
        nest(folder.root, 2200)
        (folder.root / "d" / "d").chmod(0)
    assert list(temporary.iterdir()) == []


def test_the_sweep_removes_what_is_deep_and_goes_on_with_what_cannot_be_removed(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("smpipe-a-x", "smpipe-b-x"):
        (dead(name) / "stays").mkdir()
        nest(temporary / name, 1100)
    remove = os.rmdir

    def rmdir(path: Any, **more: Any) -> None:
        if Path(path).name == "stays":
            raise PermissionError(path)
        remove(path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", rmdir)
        sweep()
    assert sorted(path.name for path in temporary.glob("*/*")) == ["lock", "lock", "stays", "stays"]
    sweep()
    assert list(temporary.iterdir()) == []


def test_a_lock_that_is_a_pipe_does_not_block_the_start(temporary: Path) -> None:
    folder = dead()
    (folder / "lock").unlink()
    os.mkfifo(folder / "lock")
    began = time.monotonic()
    sweep()
    assert time.monotonic() - began < 5


def test_a_process_without_a_log_that_reads(tmp_path: Path) -> None:
    log = Lines()
    options = {"environment": {"PATH": os.environ["PATH"]}, "cwd": tmp_path, "stopping": StopSignal()}
    assert run_process(["cat"], log=log, **options) == 0, "it has nothing to read"  # type: ignore[arg-type]
    assert log.lines == []
