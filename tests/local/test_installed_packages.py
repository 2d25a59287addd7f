"""Packages that jobs need and the library does not: installed once, apart from it, for their user alone."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from cdk_sagemaker_pipelines.local.container import packages
from cdk_sagemaker_pipelines.local.container.packages import installed
from cdk_sagemaker_pipelines.local.endings import StepFailed, StepStopped, StopSignal
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.jobs import xgboost
from tests.local.support import Account, by_name, run, step, training
from tests.local.test_xgboost import IMAGE


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("SMPIPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The group of all files, which this user shares with another one; a test may change it."""
    me = SimpleNamespace(pw_name="me", pw_uid=os.getuid(), pw_gid=os.getgid())
    made = SimpleNamespace(gr_name="staff", gr_mem=["you"], users=[me])
    monkeypatch.setattr(packages, "pwd", SimpleNamespace(getpwuid=lambda _: me, getpwall=lambda: made.users))
    monkeypatch.setattr(packages, "grp", SimpleNamespace(getgrgid=lambda _: made))
    return made


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("x==1\n")
    return tmp_path / "requirements.txt"


def nothing() -> None:
    """Nobody waits."""


def put(folder: Path) -> None:
    (folder / "x.py").write_text("x = 1\n")


def test_once_for_each_list(requirements: Path, cache: Path) -> None:
    calls: list[Path] = []

    def install(folder: Path) -> None:
        calls.append(folder)
        put(folder)

    first = installed("x", requirements, install, StopSignal(), nothing)
    assert (first / "x.py").is_file()
    assert installed("x", requirements, install, StopSignal(), nothing) == first
    requirements.write_text("x==2\n")
    assert installed("x", requirements, install, StopSignal(), nothing) != first
    assert len(calls) == 2
    assert cache.stat().st_mode & 0o777 == 0o700


def test_one_at_a_time(requirements: Path) -> None:
    running: list[int] = []
    waited: list[str] = []
    most = 0

    def install(folder: Path) -> None:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        time.sleep(0.3)
        put(folder)
        running.pop()

    def work() -> None:
        installed("x", requirements, install, StopSignal(), lambda: waited.append("waited"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, waited) == (1, ["waited"] * 3)


def test_what_fails_leaves_nothing(requirements: Path, cache: Path) -> None:
    def broken(folder: Path) -> None:
        put(folder)
        raise StepFailed("no index")

    with pytest.raises(StepFailed, match="no index"):
        installed("x", requirements, broken, StopSignal(), nothing)
    assert [path.name for path in cache.iterdir() if path.is_dir()] == []
    unfinished = cache / f"{installed('x', requirements, put, StopSignal(), nothing).name}.new-1"
    assert not unfinished.exists()


def test_what_a_killed_process_left_is_removed(requirements: Path, cache: Path) -> None:
    done = installed("x", requirements, put, StopSignal(), nothing)
    done.rename(cache / f"{done.name}.new-dead")
    installed("x", requirements, put, StopSignal(), nothing)
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [done.name]


def test_who_waits_can_be_stopped(requirements: Path) -> None:
    stopping, started, go_on = StopSignal(), threading.Event(), threading.Event()

    def install(folder: Path) -> None:
        started.set()
        go_on.wait(30)

    thread = threading.Thread(target=lambda: installed("x", requirements, install, StopSignal(), nothing))
    thread.start()
    started.wait(30)
    try:
        with pytest.raises(StepStopped):
            installed("x", requirements, put, stopping, stopping.set)
    finally:
        go_on.set()
        thread.join()


@pytest.mark.parametrize("how", ["writable", "link", "file"])
def test_a_cache_that_is_not_private(requirements: Path, cache: Path, tmp_path: Path, how: str) -> None:
    if how == "writable":
        cache.mkdir()
        cache.chmod(0o777)
    elif how == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        cache.symlink_to(tmp_path / "elsewhere")
    else:
        cache.write_text("")
    with pytest.raises(StepFailed, match=r"SMPIPE_CACHE"):
        installed("x", requirements, put, StopSignal(), nothing)


def test_a_group_of_ones_own_may_write(
    requirements: Path, cache: Path, group: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"  # as ~/.cache is with the umask 002, which gives each user a group
    shared.mkdir()
    shared.chmod(0o775)
    monkeypatch.setenv("SMPIPE_CACHE", str(shared / "cache"))
    group.gr_name, group.gr_mem = "me", []
    installed("x", requirements, put, StopSignal(), nothing).chmod(0o775)
    assert installed("x", requirements, put, StopSignal(), nothing).is_dir()
    other = SimpleNamespace(pw_name="you", pw_uid=os.getuid() + 1, pw_gid=os.getgid())
    for name, members, users in (("me", ["you"], []), ("staff", [], []), ("me", [], [other])):
        group.gr_name, group.gr_mem, group.users[1:] = name, members, users
        with pytest.raises(StepFailed, match=f"{shared}, in which somebody else may"):
            installed("x", requirements, put, StopSignal(), nothing)


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_folder_above_in_which_others_may_rename(
    requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    (tmp_path / "open" / "own").mkdir(parents=True)
    (tmp_path / "open").chmod(mode)
    monkeypatch.setenv("SMPIPE_CACHE", str(tmp_path / "open" / "own" / "cache"))
    with pytest.raises(StepFailed, match=rf"{tmp_path}/open, in which somebody else may .*; correct that, or name"):
        installed("x", requirements, put, StopSignal(), nothing)
    (tmp_path / "link").symlink_to(tmp_path / "open" / "own")
    monkeypatch.setenv("SMPIPE_CACHE", str(tmp_path / "link" / "cache"))
    with pytest.raises(StepFailed, match=f"{tmp_path}/open, in which somebody else"):
        installed("x", requirements, put, StopSignal(), nothing)
    (tmp_path / "open").chmod(mode | 0o1000)  # as /tmp is
    assert installed("x", requirements, put, StopSignal(), nothing).is_dir()


def test_folders_above_are_made_for_their_user_alone(
    requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMPIPE_CACHE", str(tmp_path / "a" / "b" / "cache"))
    before = os.umask(0)
    try:
        installed("x", requirements, put, StopSignal(), nothing)
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/cache")] == [0o700] * 3


@pytest.mark.parametrize("how", ["writable", "link", "file"])
def test_packages_that_somebody_else_may_have_put(requirements: Path, tmp_path: Path, how: str) -> None:
    folder = installed("x", requirements, put, StopSignal(), nothing)
    if how == "writable":
        folder.chmod(0o777)
    else:
        folder.rename(tmp_path / "elsewhere")
        if how == "link":
            folder.symlink_to(tmp_path / "elsewhere")
        else:
            folder.write_text("")
    with pytest.raises(StepFailed, match=rf"the packages in {folder} are not in a folder of yours .*; remove it"):
        installed("x", requirements, put, StopSignal(), nothing)


def test_a_cache_of_somebody_else(requirements: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StepFailed, match="is not a folder of yours"):
        installed("x", requirements, put, StopSignal(), nothing)


def wheel(folder: Path, name: str) -> str:
    """Writes a wheel; returns the line that requires it, with its hash."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}-1-py3-none-any.whl"
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}==1 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def trained(account: Account) -> str:
    """The reason why a job of the algorithm fails."""
    arguments = training({"num_round": "1"}, {"train": account.put("train/data", "1,2\n")})
    arguments["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    arguments["InputDataConfig"][0]["ContentType"] = "csv"
    answer = by_name(run([step("Train", "Training", arguments)], runners=RUNNERS, services=account))["Train"]
    return str(answer["FailureReason"])


def test_no_index_can_be_reached(account: Account, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    reason = trained(account)
    assert "the algorithm runs here with xgboost-cpu 3.2.0, which pip cannot install: let it reach an index" in reason
    assert "say in a file of outcomes how the step ends" in reason
    assert [path.name for path in cache.iterdir() if path.is_dir()] == []


def test_pip_as_it_is_configured(
    account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(wheel(tmp_path / "wheels", "smpipe_probe"))
    monkeypatch.setattr(xgboost, "REQUIREMENTS", mine)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setattr(xgboost, "version", lambda: "probe 1")
    assert "No module named 'xgboost'" in trained(account)  # the probe is there, and nothing of the library's own
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    assert (folder / "smpipe_probe.py").is_file()


def test_a_package_with_another_hash(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(f"{wheel(tmp_path / 'wheels', 'smpipe_probe').partition(' ')[0]} --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(xgboost, "REQUIREMENTS", mine)
    monkeypatch.setattr(xgboost, "version", lambda: "probe 1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    reason = trained(account)
    assert "runs here with probe 1, which pip cannot install" in reason
    assert "HASH" in reason
