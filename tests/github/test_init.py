"""``smpipe init``: the project synthesizes, its tests are green, its jobs run; nothing is overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.commands.init import FILES, TEMPLATES
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.executions import Account

ROOT = Path(__file__).resolve().parent.parent.parent


def run(project: Path, *command: str, **more: str) -> str:
    """What a command prints in the project, which finds the library as if it were installed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "CDK_DISABLE_CLI_TELEMETRY": "true", **more}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init") / "a-line9"
    assert cli.main(["init", str(folder)]) == 0
    return folder


def test_every_file_is_written_and_nothing_is_left_to_fill_in(project: Path) -> None:
    written = {
        file.relative_to(project).as_posix(): file.read_text("utf-8") for file in project.rglob("*") if file.is_file()
    }
    assert {*FILES} == written.keys()
    assert not [name for name, text in written.items() if "{{name}}" in text or "{{version}}" in text]
    assert {*FILES.values()} == {file.name for file in TEMPLATES.iterdir()}
    package, lock = json.loads(written["package.json"]), json.loads(written["package-lock.json"])
    locked = lock["packages"]
    assert {package["name"], lock["name"], locked[""]["name"]} == {"a-line9"}, "or npm install changes the file"
    ours = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked[""]["devDependencies"] == package["devDependencies"], "as npm ci demands"
    assert locked["node_modules/aws-cdk"] == ours["node_modules/aws-cdk"]
    for name in ("comment.yml", "deploy.yml", "pipelines.yml", "review.sh"):
        assert (TEMPLATES / name).read_bytes() == (ROOT / "docs" / "github" / name).read_bytes(), "one is copied"


@pytest.mark.slow
def test_its_own_tests_are_green(project: Path) -> None:
    assert "3 passed" in run(project, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.slow
def test_it_synthesizes_without_findings(project: Path) -> None:
    run(project, str(ROOT / "node_modules/.bin/cdk"), "synth", "--quiet")
    assert run(
        project, sys.executable, "-c", "from cdk_sagemaker_pipelines.cli import main; main(['check', 'cdk.out'])"
    )
    assert cli.main(["check", "--strict", str(project / "cdk.out")]) == 0


@pytest.mark.long
def test_it_is_deployed_and_runs(tmp_path: Path) -> None:
    folder = tmp_path / "my-line"
    assert cli.main(["init", str(folder)]) == 0
    with EmbeddedAws("eu-west-1", "111122223333") as served:
        account = Account(served)
        bootstrap(account.client("cloudformation"))
        cdk = str(ROOT / "node_modules/.bin/cdk")
        run(folder, cdk, "deploy", "--require-approval", "never", **served.environment())
        ended = account.end(account.start("my-line"))
        assert (ended.status, ended.reason) == ("Succeeded", "")
        assert [*ended.statuses()] == ["Prepare", "Train", "Evaluate", "CheckMse", "Register"]
        refused = account.end(account.start("my-line", {"MaxMse": "0.1"}))
        assert refused.status == "Failed"
        assert "TooInaccurate" in refused.statuses()
        run(folder, cdk, "destroy", "--force", **served.environment())


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (".git", ".venv", "notes.txt", "other"):
        (tmp_path / name).mkdir()
    assert cli.main(["init", str(tmp_path), "--name", "line"]) == 2
    told = capsys.readouterr().err
    assert told == (
        f"smpipe: {tmp_path} is not empty, it has 'notes.txt' and 1 more; name a new folder: smpipe init FOLDER\n"
    )
    assert len([*tmp_path.iterdir()]) == 4


def test_what_a_beginner_makes_first_may_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (".git", ".venv", "node_modules"):
        (tmp_path / name).mkdir()
    assert cli.main(["init", str(tmp_path), "--name", "line", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(tmp_path), "name": "line", "files": [*FILES]}


@pytest.mark.parametrize(
    "name", ["", "1line", "Line", "my_line", "a--b", "a-", "x" * 41, 'a"b', "../a", "{{name}}", "lïne"]
)
def test_names_that_aws_would_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert cli.main(["init", str(tmp_path / "new"), "--name", name]) == 2
    assert capsys.readouterr().err.startswith("smpipe: a project cannot be called ")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert cli.main(["init", str(tmp_path / "file")]) == 2
    assert cli.main(["init", str(tmp_path / "file" / "below")]) == 2
    assert cli.main(["init", str(tmp_path / "my line")]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.rpartition(": ")[2] for line in told[:2]] == ["Not a directory", "Not a directory"]
    assert told[2] == (
        "smpipe: a project cannot be called 'my line': its name has small letters, digits and single hyphens, "
        f"at most 40, and begins with a letter; run: smpipe init '{tmp_path}/my line' --name my-line"
    )


@pytest.mark.parametrize(
    ("folder", "name"),
    [("my_project", "my-project"), ("1_My..Line-", "my-line"), ("2030", "NAME"), ("a" * 50, "a" * 40)],
)
def test_a_name_that_fits_is_suggested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", folder]) == 2
    command = capsys.readouterr().err.rpartition("; run: smpipe ")[2].split()
    assert command == ["init", folder, "--name", name]
    if name != "NAME":
        assert cli.main(command) == 0
