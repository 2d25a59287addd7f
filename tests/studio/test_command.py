"""``smpipe studio``."""

from __future__ import annotations

import importlib
import json
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli import console, program
from cdk_sagemaker_pipelines.cli.commands import studio

SOURCES = str(Path(__file__).resolve().parents[2] / "constructs")


@pytest.fixture(autouse=True)
def somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is set up for an AWS that nobody serves."""
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "a very secret key", "AWS_REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def interrupted(monkeypatch: pytest.MonkeyPatch, do: object = None) -> None:
    """Lets the command be interrupted as soon as it serves, perhaps after something was done."""

    def wait() -> None:
        if callable(do):
            do()
        raise KeyboardInterrupt

    monkeypatch.setattr(studio, "threading", SimpleNamespace(Event=lambda: SimpleNamespace(wait=wait)))


def test_it_prints_one_link_and_its_page_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = []

    def ask() -> None:
        link = capsys.readouterr().out.splitlines()[1]
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(link) as page:
            pages.append((link, page.url, page.read().decode()))

    interrupted(monkeypatch, ask)
    assert cli.main(["studio", "--port", "0"]) == 0
    ((link, url, page),) = pages
    assert urlsplit(link).query.startswith("key=")
    assert urlsplit(url).query == ""
    assert "AWS does not answer" in page
    assert not any(secret in page for secret in ("a very secret key", link.partition("key=")[2]))


def test_a_script_gets_one_line_of_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    interrupted(monkeypatch)
    assert cli.main(["studio", "--port", "0", "--read-only", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["link"].startswith(f"http://localhost:{told['port']}/?key=")
    assert told["readOnly"] is True


def test_a_port_that_is_taken_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["studio", "--port", str(port)]) == 2
    assert f"cannot listen on port {port}; choose another with --port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("AWS_REGION", "", "no AWS region is set"), ("AWS_PROFILE", "nobody", "the AWS profile 'nobody' is not in")],
)
def test_what_is_wrong_with_the_terminal_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert cli.main(["studio"]) == 2
    assert told in capsys.readouterr().err


def test_a_browser_gets_the_link_from_a_file_of_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(console, "webbrowser", SimpleNamespace(open=opened.append))
    with console.opened("http://localhost:1/?key=k&a", False):
        assert not opened
    with console.opened("http://localhost:1/?key=k&a", True):
        (address,) = opened
        file = Path(urlsplit(address).path)
        assert "key" not in address
        assert 'content="0; url=http://localhost:1/?key=k&amp;a"' in file.read_text("utf-8")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


@pytest.mark.parametrize(
    ("variables", "profile", "told"),
    [
        ({"AWS_ENDPOINT_URL": "http://localhost:5566"}, None, "smpipe local --env"),
        ({"AWS_ACCESS_KEY_ID": "x"}, None, "in the environment of the console"),
        ({"AWS_ACCESS_KEY_ID": "x"}, "mine", "aws sso login --profile mine"),
        ({"AWS_PROFILE": "theirs"}, None, "aws sso login --profile theirs"),
    ],
)
def test_what_renews_credentials(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], profile: str | None, told: str
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert told in studio.renewal(profile)


ALONE = """
import sys
for name in ("aws_cdk", "cfnlint", "constructs", "jsii", "moto", "regex", "rich", "yaml"):
    sys.modules[name] = None
from cdk_sagemaker_pipelines.cli.commands import studio
print(studio.__name__)
"""


def test_it_needs_boto3_and_flask_alone() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, env={"PYTHONPATH": SOURCES})
    assert done.stdout.strip() == "cdk_sagemaker_pipelines.cli.commands.studio", done.stderr


def test_without_flask_it_names_its_extra(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(*_: object) -> None:
        raise ModuleNotFoundError(name="flask")

    monkeypatch.setattr(importlib, "import_module", missing)
    assert program.main(["studio"]) == 2
    assert "needs the extra 'studio' (flask is not installed)" in capsys.readouterr().err
