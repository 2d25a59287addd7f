"""``smpipe demo`` and ``smpipe local`` as processes: they work, they end, and they leave nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.cli import app
from cdk_sagemaker_pipelines.cli.commands import demo

ROOT = Path(__file__).resolve().parent.parent
# a shell in the background has SIGINT ignored, and what it starts inherits that
SMPIPE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from cdk_sagemaker_pipelines.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A copy of the app, so that two tests do not write the same cdk.out."""
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def smpipe(*arguments: str, cwd: Path, **more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "PYTHONUNBUFFERED": "1", **more}
    return subprocess.Popen(
        [sys.executable, "-c", SMPIPE, *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def working_in(directory: Path) -> Iterator[str]:
    """The processes whose working directory or command line is in a directory."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if (process / "cwd").readlink().is_relative_to(directory) or str(directory) in command:
                yield command
        except OSError:
            continue


def nothing_works_in(directory: Path) -> bool:
    deadline = time.monotonic() + 5
    while remaining := list(working_in(directory)):
        if time.monotonic() > deadline:
            pytest.fail(f"left behind: {remaining}")
        time.sleep(0.1)
    return True


@pytest.mark.deploy
def test_the_demo_succeeds(workplace: Path) -> None:
    """Even behind a proxy, without a setting that exempts this machine from it."""
    nowhere = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
    process = smpipe("demo", cwd=workplace, **nowhere)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert "Succeeded in" in out
    assert "diabetes version 1, PendingManualApproval" in out
    assert "CheckMse         Condition" in out
    assert "What to type next" in out
    assert max(map(len, (line for line in out.splitlines() if "s3://" not in line))) <= 80
    for script in ("stacks/diabetes/jobs/train/train.py",):
        assert script in out
        assert (ROOT / script).exists()
    assert nothing_works_in(workplace)


@pytest.mark.deploy
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_the_demo_can_be_interrupted(workplace: Path, number: signal.Signals) -> None:
    process = smpipe("demo", cwd=workplace)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("cdk deploy"):
            break
    deadline = time.monotonic() + 60
    while not any("app.py" in command for command in working_in(workplace)):  # the CDK CLI runs it
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert nothing_works_in(workplace)


@pytest.mark.deploy
def test_an_app_that_fails_is_shown(workplace: Path) -> None:
    (workplace / "app.py").write_text("raise SystemExit('the pipeline has no step Trian')")
    process = smpipe("demo", cwd=workplace)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "exit code 1; the end of .smpipe" in err
    assert "the pipeline has no step Trian" in err
    assert "Traceback" not in err
    assert nothing_works_in(workplace)


def test_the_demo_needs_an_app(tmp_path: Path) -> None:
    process = smpipe("demo", cwd=tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err == (
        f"smpipe: {tmp_path / 'cdk.json'} names no environment: 'smpipe demo' runs the example in the repository of "
        "cdk-sagemaker-pipelines, or an app with the same 'environments' in the context of its cdk.json; for another "
        "app run 'smpipe local' and deploy to it\n"
    )


def test_local_emulates_the_first_environment_until_it_is_interrupted(workplace: Path) -> None:
    process = smpipe("local", "--port", "0", cwd=workplace)
    assert process.stdout is not None
    shown = []
    for line in process.stdout:
        shown.append(line)
        if "smpipe start" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("\nstopped\n")
    text = "".join(shown)
    assert "is running as account 111122223333, region eu-west-1" in text
    assert "export AWS_ENDPOINT_URL=http://localhost:" in text
    assert "export AWS_ACCESS_KEY_ID=111122223333" in text


def test_local_refuses_a_port_that_is_taken(workplace: Path) -> None:
    first = smpipe("local", "--port", "0", cwd=workplace)
    assert first.stdout is not None
    port = next(line for line in first.stdout if "localhost" in line).rpartition(":")[2].strip()
    try:
        second = smpipe("local", "--port", port, cwd=workplace)
        _, err = second.communicate(timeout=30)
    finally:
        first.terminate()
        first.communicate(timeout=30)
    assert second.returncode == 2
    assert err.startswith("smpipe: your smpipe local of account 111122223333, region ")
    assert err.endswith(
        f', is on port {port} already: use it, eval "$(smpipe local --port {port} --env)", '
        "or choose another with --port\n"
    )


def test_local_refuses_a_port_of_another_program(workplace: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = smpipe("local", "--port", str(port), cwd=workplace)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (2, f"smpipe: cannot listen on port {port}; choose another with --port\n")


def test_local_refuses_an_invalid_account(tmp_path: Path) -> None:
    process = smpipe("local", "--account", "12", cwd=tmp_path)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (2, "smpipe: an AWS account number has twelve digits, found '12'\n")


def test_the_next_steps_fit_the_app(tmp_path: Path) -> None:
    here, elsewhere = (demo._next(place, "Abalone", "Dev/*", "aws://1/eu-west-1") for place in (ROOT, tmp_path))
    assert "stacks/diabetes" in here
    for absent in ("stacks/", "make demo", "BreastCancer", ".venv"):
        assert absent not in elsewhere
    assert "smpipe start Abalone --watch" in elsewhere
    assert "cdk deploy 'Dev/*'" in elsewhere
    local = elsewhere.partition("For a real account")[0].splitlines()
    at = {command: next(index for index, line in enumerate(local) if command in line) for command in COMMANDS}
    assert list(at.values()) == sorted(at.values())
    assert "cdk bootstrap aws://1/eu-west-1" in local[at["cdk bootstrap"]]


COMMANDS = ("smpipe local[", "smpipe local --env", "cdk bootstrap", "cdk deploy", "smpipe start")
"""What a new local AWS needs, in this order: it has nothing that CDK deploys with."""


def test_the_page_of_the_local_aws_names_what_it_needs() -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / "docs/local.md").read_text("utf-8"), re.M | re.S)
    (block,) = (block for block in blocks if "cdk deploy" in block)
    lines = [line.removeprefix("$ ").partition("#")[0].strip() for line in block.splitlines()]
    place = app.environment(ROOT, "Dev")
    assert lines == [
        'eval "$(smpipe local --env)"',
        f"cdk bootstrap aws://{place.account}/{place.region}",
        "cdk deploy 'Dev/*'",
        "smpipe start Diabetes --watch",
    ]
