"""``docs/github/review.sh``: the very lines that the workflow calls, on two commits of a throw-away repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "docs" / "github" / "review.sh"
MARKER = "<!-- smpipe diff -->\n"
CHANGED = '`"before"` | `"after"`'
APP = """
import aws_cdk as cdk
from cdk_sagemaker_pipelines import FailStep, Pipeline

app = cdk.App()
FailStep(Pipeline(cdk.Stack(app, "Line"), "Pipeline", pipeline_name="line"), "Stop", message="before")
app.synth()
"""
COPIES = """#!/bin/sh
# instead of the CDK CLI: copies what is there
while [ "$1" != --output ]; do shift; done
[ ! -e broken ] || { echo "cannot: <b>[link](https://example.com)</b>"; exit 1; }
cp -r made "$2"
"""


def template(message: str, parameters: Sequence[object] = ()) -> str:
    definition = {
        "Version": "2020-12-01",
        "Parameters": [*parameters],
        "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": message}}],
    }
    role = "arn:aws:iam::111122223333:role/line"
    body = {"PipelineDefinitionBody": json.dumps(definition)}
    properties = {"PipelineName": "line", "RoleArn": role, "PipelineDefinition": body}
    return json.dumps({"Resources": {"Line": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}})


class Repository:
    """A repository in which a commit follows another, and the script is run."""

    def __init__(self, root: Path, inside: str = ".") -> None:
        self.root, self.app = root, root / inside
        self.app.mkdir(parents=True, exist_ok=True)
        self.cdk = root.parent / "cdk-that-copies"
        self.cdk.write_text(COPIES, "utf-8")
        self.cdk.chmod(0o755)
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, **files: str | None) -> str:
        """Writes files of the app (``None``: removes one; ``__`` in a name is a dot, ``made`` a whole cdk.out)."""
        for key, text in files.items():
            name = key.replace("__", ".")
            file = self.app / ("made/Line.template.json" if name == "made" else name)
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
            if name == "made":
                stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Line.template.json"}}
                manifest = {"version": "36.0.0", "artifacts": {"Line": stack}}
                (file.parent / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def review(self, base: str, cdk: str | None = None, app: str = "") -> tuple[int, str, str, str]:
        """The exit code, the comment, the plain text, and what was printed."""
        out = self.root.parent / "out"
        shutil.rmtree(out, ignore_errors=True)
        environment = {**os.environ, "CDK": cdk or str(self.cdk), "PYTHONPATH": str(ROOT / "constructs"), "APP": app}
        done = subprocess.run(
            ["bash", str(SCRIPT), base, str(out)], cwd=self.app, env=environment, capture_output=True, text=True
        )
        written = [(out / name) for name in ("comment.md", "difference.txt")]
        comment, plain = (file.read_text("utf-8") if file.exists() else "" for file in written)
        assert self.git("worktree", "list").count("\n") == 0, "the worktree of the base is left"
        return done.returncode, comment, plain, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.mark.slow
def test_the_comment_of_two_commits_with_the_cdk_cli(repository: Repository) -> None:
    base = repository.commit(cdk__json='{"app": "python app.py"}', app__py=APP)
    repository.commit(app__py=APP.replace("before", "after"))
    code, comment, plain, told = repository.review(base, str(ROOT / "node_modules/.bin/cdk"))
    assert code == 0, told
    assert comment.startswith(MARKER + "\n**1 pipeline · 1 step changed · 1 difference in all**\n")
    assert f"| changed | `Stop` `ErrorMessage` | {CHANGED} |" in comment
    assert "before" in plain
    assert "after" in plain


def test_nothing_differs(repository: Repository) -> None:
    base = repository.commit(cdk__json="{}", made=template("same"))
    repository.commit(README__md="a word")
    code, comment, plain, told = repository.review(base)
    assert (code, comment, plain) == (0, f"{MARKER}\n**No pipeline differs.**\n", "No pipeline differs.\n"), told


def test_what_the_base_got_since_is_not_the_change(repository: Repository) -> None:
    repository.commit(cdk__json="{}", made=template("before"))
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit(README__md="a word")
    repository.git("switch", "--quiet", "main")
    repository.commit(made=template("of others"))
    repository.git("switch", "--quiet", "topic")
    assert repository.review("main")[2] == "No pipeline differs.\n"


def test_an_app_in_a_folder(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "team a/app")
    base = repository.commit(cdk__json="{}", made=template("before"))
    repository.commit(made=template("after"))
    code, comment, _, told = repository.review(base)
    assert code == 0, told
    assert CHANGED in comment


@pytest.mark.parametrize("name", ["$(touch${IFS}pwned)", "a;`touch${IFS}pwned`'\"&|"])
def test_a_branch_with_signs_of_the_shell(repository: Repository, name: str) -> None:
    repository.commit(cdk__json="{}", made=template("before"))
    repository.git("branch", name)
    repository.commit(made=template("after"))
    code, comment, _, told = repository.review(name)
    assert (code, CHANGED in comment) == (0, True), told
    assert not [*repository.root.rglob("pwned")]


@pytest.mark.parametrize("base", ["nothing", "--help", "-x", "", "HEAD:cdk.json"])
def test_a_base_that_is_none(repository: Repository, base: str) -> None:
    repository.commit(cdk__json="{}", made=template("before"))
    code, comment, _, told = repository.review(base)
    assert (code, comment) == (2, "")
    assert told.startswith(f"review.sh: there is no commit '{base}' here; fetch it" if base else "review.sh: usage: ")


def test_a_folder_without_an_app(repository: Repository) -> None:
    base = repository.commit(README__md="a word")
    assert repository.review(base)[::3] == (
        2,
        "review.sh: this folder has no cdk.json; run it in the folder of the app\n",
    )


@pytest.mark.parametrize("folder", [".", "apps/line"])
def test_a_base_without_an_app(tmp_path: Path, folder: str) -> None:
    repository = Repository(tmp_path / "repository", folder)
    (repository.root / "README.md").write_text("a word")
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "first")
    base = repository.git("rev-parse", "HEAD")
    repository.commit(cdk__json="{}", made=template("first"))
    code, comment, plain, told = repository.review(base)
    assert code == 0, told
    assert "### `Line/Line` is new" in comment
    assert plain.startswith("+ Line/Line is new\n")


def test_the_first_pipeline_of_an_app_and_its_last(repository: Repository) -> None:
    none = repository.commit(cdk__json="{}", made='{"Resources": {}}')
    first = repository.commit(made=template("first"))
    code, comment, plain, told = repository.review(none)
    assert code == 0, told
    assert "### `Line/Line` is new" in comment
    repository.commit(made='{"Resources": {}}')
    code, comment, plain, told = repository.review(first)
    assert code == 0, told
    assert "### `Line/Line` is gone" in comment
    assert plain == "- Line/Line\n"


def test_the_name_of_an_app(repository: Repository) -> None:
    base = repository.commit(cdk__json="{}", made=template("before"))
    repository.commit(made=template("after"))
    code, comment, _, told = repository.review(base, app="ranking-2")
    assert code == 0, told
    assert comment.startswith("<!-- smpipe diff: ranking-2 -->\n\n**ranking-2**\n\n**1 pipeline")
    repository.commit(broken="")
    _, comment, _, _ = repository.review(base, app="ranking-2")
    assert comment.startswith(
        "<!-- smpipe diff: ranking-2 -->\n\n**ranking-2**\n\n**This commit cannot be synthesized.**\n"
    )
    for wrong in ("A", "a--b", "a\n", "$(id)", "a -->"):
        code, comment, _, told = repository.review(base, app=wrong)
        assert (code, comment) == (2, "")
        assert told == "review.sh: APP must have small letters, digits and single hyphens between them, at most 40\n"


def test_what_cannot_be_synthesized_is_told(repository: Repository) -> None:
    base = repository.commit(cdk__json="{}", made=template("before"), broken="")
    mended = repository.commit(broken=None)
    code, comment, plain, _ = repository.review(base)
    assert code == 0
    assert "**The base cannot be synthesized, so there is no difference to show.**" in comment
    assert "\n    cannot: <b>[link](https://example.com)</b>\n" in comment, "indented, it is code"
    assert "\ncannot: " in plain

    repository.commit(broken="")
    code, comment, _, _ = repository.review(mended)
    assert code == 2
    assert comment.startswith(f"{MARKER}\n**This commit cannot be synthesized.**\n")


def test_findings_fail_after_the_comment_is_made(repository: Repository) -> None:
    base = repository.commit(cdk__json="{}", made=template("before"))
    repository.commit(made=template("after", [{"Name": "A", "Type": "Text"}]))
    code, comment, plain, told = repository.review(base)
    assert code == 1, told
    assert CHANGED in comment
    assert "**`smpipe check` finds errors:**" in comment
    assert "smpipe check finds errors:\nnew.out/Line.template.json" in plain
