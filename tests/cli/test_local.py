"""``smpipe local`` in two terminals: how the second finds what the first serves, and nobody else does."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from cdk_sagemaker_pipelines.cli import main, whereabouts
from cdk_sagemaker_pipelines.cli.commands import local
from cdk_sagemaker_pipelines.cli.errors import CommandError
from cdk_sagemaker_pipelines.cli.served import beside_console, deployment
from cdk_sagemaker_pipelines.cli.whereabouts import Whereabouts, announced, find
from cdk_sagemaker_pipelines.local.account_and_region import check_account_and_region
from cdk_sagemaker_pipelines.local.seeding.seed import Seed
from cdk_sagemaker_pipelines.properties.regions import regions

ROOT = Path(__file__).resolve().parents[2]
SECRET = "not a good secret, but long"


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the session, and one for everybody's temporary files."""
    shared, own = tmp_path / "tmp", tmp_path / "session"
    shared.mkdir()
    own.mkdir(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    monkeypatch.setenv("TMPDIR", str(shared))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(own))
    return own


def here(port: int = 5566) -> Whereabouts:
    return Whereabouts(port, f"http://localhost:{port}", "111122223333", "eu-west-1", "secret " * 4)


def smpipe(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "PYTHONUNBUFFERED": "1"}
    environment["AWS_PROFILE"] = "of-another-aws"  # as in a terminal that is set up for one
    program = "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", program, "local", *arguments],
        cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(process: subprocess.Popen[str], text: str) -> str:
    """What a process prints until a text is among it."""
    assert process.stdout is not None
    shown = ""
    for line in process.stdout:
        shown += line
        if text in line:
            return shown
    raise AssertionError(shown + (process.stderr.read() if process.stderr else ""))


def exported(*arguments: str, cwd: Path) -> dict[str, str]:
    """The variables of a shell that has evaluated what ``smpipe local --env`` prints."""
    with smpipe(*arguments, cwd=cwd) as process:
        lines, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    shell = subprocess.run(
        ["sh", "-c", f"{lines}\nenv -0"], env={"PATH": os.environ["PATH"], "AWS_PROFILE": "mine"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return dict(entry.split("=", 1) for entry in shell.stdout.split("\0") if "=" in entry)


def account(variables: Mapping[str, str]) -> str:
    """The account that the keys of a shell act as."""
    sts: Any = boto3.client(
        "sts", region_name=variables["AWS_REGION"], endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    return str(sts.get_caller_identity()["Account"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """What the first terminal shows."""
    process = smpipe("--port", "0", "--account", "111122223333", "--region", "eu-west-1", cwd=tmp_path)
    yield until(process, "smpipe start")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_a_second_terminal_uses_what_the_first_serves(served: str, tmp_path: Path) -> None:
    assert "  cdk deploy --all  # in the directory of your app\n" in served
    assert "\nIAM: what roles may not do is refused; roles not here may do everything\n" in served
    port = served.partition("http://localhost:")[2].partition("\n")[0]
    assert f'eval "$(smpipe local --port {port} --env)"' in served
    own = exported("--env", cwd=tmp_path)
    assert all(f"export {name}={own[name]}" in served for name in ("AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY"))
    assert ("AWS_PROFILE" in own, own["AWS_DEFAULT_REGION"]) == (False, "eu-west-1")
    assert account(own) == "111122223333"
    other = exported("--env", "444455556666", "--port", port, "--region", "us-east-1", cwd=tmp_path)
    assert account(other) == other["AWS_ACCESS_KEY_ID"] == "444455556666"
    assert other["AWS_REGION"] == "us-east-1"
    assert other["AWS_SECRET_ACCESS_KEY"] != own["AWS_SECRET_ACCESS_KEY"]


def test_a_script_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("buckets: [raw-data]")
    process = smpipe(
        *("--port", "0", "--studio", "0", "--json", "--iam", "strict", "--clock", "60", "--seed", "seed.yaml"),
        *("--account", "111122223333"), cwd=tmp_path,
    )  # fmt: skip
    told = json.loads(until(process, "endpoint"))
    assert account(told["environment"]) == told["account"] == "111122223333"
    assert [(each["name"], each["new"]) for each in told["created"]] == [("raw-data", True)]
    assert (told["clock"], told["time"][:2], told["iam"]) == (60, "20", "strict")
    assert (told["state"], told["unrestored"], told["unfound"]) == (None, [], None)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(told["console"]) as page:
        assert "key" not in page.url
        assert b"local AWS, account 111122223333" in page.read()
    with smpipe("--env", "444455556666", "--json", cwd=tmp_path) as asked:
        other = json.loads(asked.communicate(timeout=60)[0])
    assert account({**other}) == "444455556666"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "the outcomes outcomes.json cannot be read: No such file or directory"),
        ('{"Train": {"fale": "x"}}', "has no member 'fale'; did you mean 'fail'?"),
    ],
    ids=["missing", "wrong"],
)
def test_outcomes_that_cannot_be_used_are_refused_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "outcomes.json").write_text(content)
    assert main(["local", "--port", "0", "--outcomes", "outcomes.json"]) == 2
    assert told in capsys.readouterr().err


def test_a_seed_says_where_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seed = Seed(account="222233334444", region="eu-west-3")
    asked = argparse.Namespace(account=None, region=None)
    assert local._place(asked, seed) == ("222233334444", "eu-west-3")
    assert local._place(argparse.Namespace(account="333344445555", region=None), seed) == ("333344445555", "eu-west-3")
    place = {"account": "111122223333", "region": "eu-west-1"}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environments": {"Dev": place}}}))
    assert local._place(asked, seed) == local._place(asked, None) == ("111122223333", "eu-west-1")


@pytest.mark.parametrize(
    "option", ["--seed", "--outcomes", "--state", "--assume", "--secret", "--account", "--clock", "--iam"]
)
def test_what_only_serving_takes_is_refused_beside_env(capsys: pytest.CaptureFixture[str], option: str) -> None:
    with announced(here()):
        assert main(["local", "--env", option, "tell" if option == "--iam" else "60"]) == 2
    assert capsys.readouterr().err.startswith(f"smpipe: {option} cannot be used with --env")


def test_it_is_no_longer_found_after_it_stopped(tmp_path: Path, session: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = smpipe("--port", "0", cwd=tmp_path)
        until(process, "smpipe start")
        assert exported("--env", cwd=tmp_path)
        process.send_signal(number)
        process.communicate(timeout=30)
        with smpipe("--env", cwd=tmp_path) as asked:
            _, err = asked.communicate(timeout=60)
        assert asked.returncode == 2
        assert err == "smpipe: you have no local AWS running on port 5566; start one with 'smpipe local'\n"
        assert list((session / "smpipe").iterdir()) == []


def test_a_fixed_secret_gives_the_same_keys_again(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    keys = set()
    for option in (str(file), "-"):
        process = smpipe("--port", "0", "--secret", option, cwd=tmp_path)
        assert process.stdin is not None
        process.stdin.write(f"{SECRET}\n")
        process.stdin.close()
        shown = until(process, "AWS_SECRET_ACCESS_KEY")
        keys.add(shown.partition("AWS_SECRET_ACCESS_KEY=")[2].strip())
        process.kill()
        process.wait()
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        ("short", 0o600, "the secret has 5 characters; it needs 16 or more"),
        (SECRET, 0o640, "others may read {}; it needs to be yours, with mode 600"),
        (SECRET, 0o604, "others may read {}; it needs to be yours, with mode 600"),
        (None, 0, "--secret takes a file: {} cannot be read: No such file or directory"),
    ],
)
def test_an_invalid_secret_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, mode: int, told: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    assert main(["local", "--port", "0", "--secret", str(file)]) == 2
    assert capsys.readouterr().err == f"smpipe: {told.format(file)}\n"


def test_a_secret_of_someone_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    file.chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(CommandError, match="it needs to be yours"):
        local._secret(str(file))


def test_an_invalid_account_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with announced(here()):
        assert main(["local", "--env", "12; reboot"]) == 2
    assert capsys.readouterr() == ("", "smpipe: an AWS account number has twelve digits, found '12; reboot'\n")


@pytest.mark.parametrize(
    "region",
    [
        "eu-west-1; reboot", "eu-west-1 #", "eu-west-1\x1b]8;;http://evil\x07", "eu-west-1\u202e", "eu-west-1\n",
        "Eu-west-1", "eu-west-\u0661", "-1", "eu", "x" * 99,
    ],
    ids=["command", "comment", "link", "direction", "line", "capital", "digit", "empty", "short", "long"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["local --env --region", "local --port 0 --region", "local --port 0", "demo"])
def test_what_no_region_is_called_is_refused_where_it_enters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, region: str
) -> None:
    """All of it is printed, and pasted into a shell."""
    monkeypatch.chdir(tmp_path)
    words = command.split()
    if words[-1] == "--region":
        words[-1] = f"--region={region}"
    else:
        place = {"account": "123456789012", "region": region}
        (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environments": {"Dev": place}}}))
    with announced(here()):
        assert main(words) == 2
    out, err = capsys.readouterr()
    assert (out, "an AWS region has a name like eu-west-1, found" in err) == ("", True)
    assert not set(err) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1"])
def test_names_of_regions(capsys: pytest.CaptureFixture[str], region: str) -> None:
    with announced(here()):
        assert main(["local", "--env", "--region", region]) == 0
    assert f"export AWS_REGION={region}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("eu-wset-1", "; did you mean 'eu-west-1'?"),
        ("ap-southeast-10", "; did you mean 'ap-southeast-1'?"),
    ],
)
def test_a_region_that_does_not_exist(capsys: pytest.CaptureFixture[str], region: str, hint: str) -> None:
    with announced(here()):
        for command in (["local", "--port", "0"], ["local", "--env"]):
            assert main([*command, "--region", region]) == 2
            assert capsys.readouterr() == ("", f"smpipe: there is no region {region!r}{hint}\n")


def test_every_known_region_has_a_region_s_name() -> None:
    for region in regions():
        check_account_and_region("123456789012", region)


# Where it is written


def test_nobody_else_can_read_it(session: Path) -> None:
    with announced(here()) as unfound:
        assert unfound is None
        folder = session / "smpipe"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (file,) = folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert find(None, 5566) == here()
    assert list(folder.iterdir()) == []


def test_without_a_session_it_is_among_the_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    with announced(here()):
        folder = tmp_path / "tmp" / f"smpipe-{os.geteuid()}"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert find(None, 5566) == here()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "session"))
        assert find(None, 5566) == here()  # also from a terminal that has a session


@pytest.mark.parametrize("kind", ["readable", "link", "file", "other"])
def test_a_folder_that_is_not_the_users_alone_is_neither_used_nor_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Everybody may make one of this name among the temporary files before the user does."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    folder, elsewhere = tmp_path / "tmp" / f"smpipe-{os.geteuid()}", tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    if kind == "link":
        folder.symlink_to(elsewhere)
    elif kind == "file":
        folder.touch()
    else:
        folder.mkdir(0o755 if kind == "readable" else 0o700)
    if kind == "other":
        monkeypatch.setattr(whereabouts, "_is_mine", lambda status: False)
    with announced(here()) as unfound:
        assert unfound is not None
        assert str(folder) in unfound
        assert list(elsewhere.iterdir()) == []
    planted = elsewhere if kind == "link" else folder
    if kind != "file":
        (planted / "local-5566.json").write_text(json.dumps(vars(here())))
    with pytest.raises(CommandError, match=str(folder)):
        find(None, 5566)


@pytest.mark.parametrize("kind", ["readable", "link", "pipe", "unlocked", "no-json", "other-port"])
def test_a_file_without_a_server_of_the_user_is_not_trusted(session: Path, kind: str) -> None:
    folder = session / "smpipe"
    folder.mkdir(0o700)
    file, text = folder / "local-5566.json", json.dumps(vars(here(5567 if kind == "other-port" else 5566)))
    if kind == "link":
        (session / "target").write_text(text)
        file.symlink_to(session / "target")
    elif kind == "pipe":
        os.mkfifo(file, 0o600)
    else:
        file.write_text("no json" if kind == "no-json" else text)
        file.chmod(0o644 if kind == "readable" else 0o600)
    held = None
    if kind in ("readable", "no-json", "other-port"):
        held = file.open("r+")
        fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(CommandError, match="you have no local AWS running on port 5566"):
        find(None, 5566)
    if held is not None:
        held.close()
    assert file.exists() != (kind == "unlocked")


def test_one_of_several_is_chosen_by_its_port() -> None:
    with announced(here(1)), announced(here(2)):
        with pytest.raises(
            CommandError, match="you have several local AWS running, on the ports 1, 2; choose one with"
        ):
            find(None, 5566)
        assert find(2, 5566).port == 2
        with pytest.raises(CommandError, match="you have no local AWS running on port 3"):
            find(3, 5566)
        with announced(here()):
            assert find(None, 5566).port == 5566


def test_a_leftover_is_overwritten(session: Path) -> None:
    (session / "smpipe").mkdir(0o700)
    file = session / "smpipe" / "local-5566.json"
    file.write_text("x" * 1000)
    file.chmod(0o600)
    with announced(here()):
        assert find(None, 5566) == here()


def test_it_serves_even_if_nothing_can_be_written(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=_interrupted)))
    (session / "smpipe").touch()
    assert main(["local", "--port", "0"]) == 0
    out = capsys.readouterr().out
    assert f"'smpipe local --env' will not find it: {session}" in out.replace("\n", "")
    assert "export AWS_SECRET_ACCESS_KEY=" in out


def _interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_other_users_reach_the_port_and_nothing_behind_it(served: str) -> None:
    """Only the signature protects the user's account from them."""
    port = int(served.partition("http://localhost:")[2].partition("\n")[0])
    for request in (b"GET / HTTP/1.1", b"GET /moto-api/data.json HTTP/1.1", b"POST /?Action=ListUsers HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request + f"\r\nHost: localhost:{port}\r\n\r\n".encode())
            assert connection.recv(65536).startswith(b"HTTP/1.1 403 ")


ENVIRONMENTS = {
    "Dev": {"account": "111122223333", "region": "eu-west-1"},
    "Big Prod": {"account": "444455556666", "region": "us-east-1"},
}


def test_what_the_console_does_not_show(tmp_path: Path) -> None:
    alone = "It shows the account 111122223333 in eu-west-1 alone."
    assert list(beside_console(here(), tmp_path)) == [alone]
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environments": ENVIRONMENTS}}))
    asks = "--env 444455556666 --region us-east-1"
    for port, chosen in ((5566, ""), (5577, " --port 5577")):
        assert list(beside_console(here(port), tmp_path)) == [
            alone, f'  Big Prod: eval "$(smpipe local{chosen} {asks})"; smpipe studio --port 0',
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("context", "account", "region", "command"),
    [
        ({"environments": ENVIRONMENTS}, "111122223333", "eu-west-1", "cdk deploy 'Dev/*'"),
        ({"environments": ENVIRONMENTS}, "444455556666", "us-east-1", "cdk deploy 'Big Prod/*'"),
        ({"environments": ENVIRONMENTS}, "111122223333", "us-east-1", "cdk deploy --all"),
        ({}, "123456789012", "us-east-1", "cdk deploy --all"),
        (None, "123456789012", "us-east-1", "cdk deploy --all  # in the directory of your app"),
    ],
)
def test_the_command_that_deploys_fits_the_app(
    context: dict[str, Any] | None, account: str, region: str, command: str, tmp_path: Path
) -> None:
    if context is not None:
        (tmp_path / "cdk.json").write_text(json.dumps({"app": "python3 app.py", "context": context}))
    assert deployment(tmp_path, account, region) == command


def test_assumptions_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local", "--port", "0", "--assume", "after_failur=finish"]) == 2
    assert "there is no assumption 'after_failur'; did you mean 'after_failure'?" in capsys.readouterr().err


def test_a_state_is_kept_from_start_to_start(tmp_path: Path) -> None:
    said = []
    for _ in range(2):
        with smpipe("--port", "0", "--state", "kept", cwd=tmp_path) as server:
            said.append(until(server, "smpipe start"))
            port = next(line.rpartition(":")[2] for line in said[-1].splitlines() if line.startswith("http://"))
            told = exported("--port", port, "--env", cwd=tmp_path)
            session: Any = boto3.Session(
                told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
            )
            s3 = session.client("s3", endpoint_url=told["AWS_ENDPOINT_URL"])
            names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
            s3.create_bucket(Bucket=f"bucket-{len(said)}")
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    assert names == ["bucket-1"]
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert "state is kept in kept" in said[0]
    assert "not restored" not in said[0]
    assert f"not restored: the port is {port}; URLs" in said[1]


def test_a_folder_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with smpipe("--port", "0", "--state", str(tmp_path), cwd=tmp_path) as server:
        _, err = server.communicate(timeout=60)
    assert server.returncode == 2
    assert "has other contents than the state of a local AWS; choose an empty or a new folder" in err.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["notes.txt"]
