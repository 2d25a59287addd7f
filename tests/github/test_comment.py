"""``docs/github/comment.yml``: its lines, run with a GitHub that answers what the test says, and hostile artifacts."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER, OWN = ROOT / "docs" / "github", ROOT / ".github" / "workflows"
WORKFLOWS = {file.stem: file.read_text("utf-8") for file in sorted(FOLDER.glob("*.yml"))}
MARKER = "<!-- smpipe diff -->"
COMMENT = f"{MARKER}\n\n**1 pipeline**\n"
GITHUB = """
import json, sys
from pathlib import Path

here = Path(__file__).parent
arguments = sys.argv[2:]
with open(here / "calls", "a") as calls:
    print(json.dumps([*arguments, sys.stdin.read() if "--input" in arguments else ""]), file=calls)
if "PATCH" in arguments or "POST" in arguments:
    print("{}")
elif arguments[0].endswith("/zip"):
    sys.stdout.buffer.write((here / "zip").read_bytes())
else:
    answers = json.loads((here / "answers").read_text())
    print(json.dumps(answers[arguments[0].partition("?")[0].rpartition("/")[2]]))
"""
BOMB = 200_000_000


def lines(workflow: str) -> str:
    """The Python of the step that posts."""
    (step,) = yaml.safe_load(WORKFLOWS[workflow])["jobs"]["comment"]["steps"]
    assert step["shell"] == "python"
    return str(step["run"])


def archive(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return packed.getvalue()


def texts(comment: str = COMMENT, plain: str = "~ Stop\n") -> dict[str, str | bytes]:
    return {"comment.md": comment, "difference.txt": plain}


class GitHub:
    """What GitHub tells of a run for a pull request, and what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository, self.fork = {"id": 1, "owner": {"login": "us"}}, {"id": 2, "owner": {"login": "them"}}
        self.run: dict[str, Any] = {
            "id": 5,
            "head_sha": "a" * 40,
            "head_branch": "topic",
            "repository": self.repository,
            "head_repository": self.repository,
            "actor": {"type": "User"},
        }
        self.pulls = [self.pull(7)]
        self.artifacts = [{"id": 9, "name": "pipelines-review", "expired": False, "size_in_bytes": 500}]
        self.comments: list[dict[str, Any]] = []
        self.zip = archive(texts())

    def pull(self, number: int, sha: str = "a" * 40, repository: int = 1) -> dict[str, Any]:
        return {"number": number, "head": {"sha": sha, "repo": {"id": repository}}}

    def from_fork(self) -> None:
        self.run["head_repository"], self.pulls = self.fork, [self.pull(7, repository=2)]

    def answer(self) -> tuple[list[list[str]], str]:
        """Runs the lines: the calls with their input, and what was printed."""
        answers = {"pulls": self.pulls, "artifacts": {"artifacts": self.artifacts}, "comments": self.comments}
        (self.folder / "answers").write_text(json.dumps(answers), "utf-8")
        (self.folder / "event").write_text(json.dumps({"workflow_run": self.run}), "utf-8")
        (self.folder / "zip").write_bytes(self.zip)
        gh = self.folder / "gh"
        gh.write_text(f"#!{sys.executable} -S\n{GITHUB}", "utf-8")
        gh.chmod(0o755)
        work = self.folder / "work"
        work.mkdir()
        environment = {
            "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_EVENT_PATH": str(self.folder / "event"),
            "GITHUB_REPOSITORY": "us/line",
        }
        program = [sys.executable, "-c", lines("comment")]
        done = subprocess.run(program, cwd=work, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert [*work.iterdir()] == [], "nothing is unpacked"
        calls = (self.folder / "calls").read_text("utf-8") if (self.folder / "calls").exists() else ""
        return [json.loads(call) for call in calls.splitlines()], done.stdout

    def posted(self) -> tuple[str, str]:
        """Where the comment went, and its text."""
        calls, told = self.answer()
        written = [call for call in calls if call[-1]]
        assert len(written) == 1, told
        (path, _, method, *_, given) = written[0]
        return f"{method} {path}", json.loads(given)["body"]

    def refused(self) -> str:
        """Why nothing was posted."""
        calls, told = self.answer()
        assert not [call for call in calls if call[-1]]
        return told.removeprefix("No comment: ").removesuffix(".\n")


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def test_a_new_comment(github: GitHub) -> None:
    assert github.posted() == ("POST repos/us/line/issues/7/comments", COMMENT)


def test_the_comment_is_updated_in_place_but_no_one_elses(github: GitHub) -> None:
    github.comments = [
        {"id": 1, "user": {"login": "mallory"}, "body": f"{MARKER}\nforged"},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "of another workflow"},
        {"id": 3, "user": None, "body": MARKER},
        {"id": 4, "user": {"login": "github-actions[bot]"}, "body": f"{MARKER}\nbefore"},
    ]
    assert github.posted() == ("PATCH repos/us/line/issues/comments/4", COMMENT)


def test_each_app_has_a_comment_of_its_own(github: GitHub) -> None:
    of_app = "<!-- smpipe diff: ranking -->"
    github.comments = [
        {"id": 1, "user": {"login": "github-actions[bot]"}, "body": f"{MARKER}\nof no app"},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- smpipe diff: ranking-2 -->\nof another"},
        {"id": 3, "user": {"login": "github-actions[bot]"}, "body": f"{of_app}\nbefore"},
    ]
    github.artifacts[0]["name"] = "pipelines-review-ranking"
    github.zip = archive(texts(f"{of_app}\n\n**ranking**\n"))
    assert github.posted() == ("PATCH repos/us/line/issues/comments/3", f"{of_app}\n\n**ranking**\n")


def test_a_comment_of_one_app_that_says_it_is_of_another_is_plain(github: GitHub) -> None:
    github.artifacts[0]["name"] = "pipelines-review-ranking"
    assert github.posted() == (
        "POST repos/us/line/issues/7/comments",
        "<!-- smpipe diff: ranking -->\n\n**What differs in the pipelines of ranking:**\n\n```diff\n~ Stop\n\n```\n",
    )


def test_several_apps_of_one_run(github: GitHub) -> None:
    own = {"expired": False, "size_in_bytes": 500}
    names = ["pipelines-review-a", "pipelines-review-a", "pipelines-review-b-2", "pipelines-review"]
    github.artifacts = [{**own, "id": number, "name": name} for number, name in enumerate(names)]
    github.artifacts[2]["size_in_bytes"] = 2_000_000_000
    calls, told = github.answer()
    assert [json.loads(call[-1])["body"].partition("\n")[0] for call in calls if call[-1]] == [
        "<!-- smpipe diff: a -->",
        MARKER,
    ]
    assert told == "No comment for b-2: the artifact is too large.\n"
    assert not [call for call in calls if call[0].endswith("/1/zip")], "the newest of a name"


@pytest.mark.parametrize(
    "app",
    ["", "A", "a--b", "-a", "a-", "a" * 41, "a b", "a\n::set-env name=A::b", "a -->", "../a", "\u0430"],
    ids=[
        "empty",
        "capital",
        "two-hyphens",
        "in-front",
        "at-the-end",
        "long",
        "space",
        "command",
        "html",
        "path",
        "cyrillic",
    ],
)
def test_the_name_of_an_app_is_data_of_a_fork(github: GitHub, app: str) -> None:
    github.from_fork()
    github.artifacts[0]["name"] = f"pipelines-review-{app}"
    assert github.refused() == "nothing was reviewed"


def test_a_fork_makes_no_flood_of_comments(github: GitHub) -> None:
    github.from_fork()
    github.artifacts = [{**github.artifacts[0], "name": f"pipelines-review-a{number}"} for number in range(21)]
    assert github.refused() == "more than 20 apps were reviewed"


def test_the_artifact_has_no_say_in_where(github: GitHub) -> None:
    github.zip = archive({**texts(), "pr": "1", "number.txt": "1", "event.json": '{"number": 1}'})
    assert github.posted()[0] == "POST repos/us/line/issues/7/comments"


HOSTILE = "@everyone ![](https://evil.example/x.png)\n```\n</details>~~~\n````\r# [Approve](https://evil.example)\u202e\x1b[2J\n"


@pytest.mark.parametrize("who", ["fork", "bot"])
def test_what_others_write_is_plain_text(github: GitHub, who: str) -> None:
    if who == "fork":
        github.from_fork()
    github.run["actor"]["type"] = "Bot" if who == "bot" else "User"
    github.zip = archive(texts(f"{MARKER}\n{HOSTILE}", HOSTILE))
    where, body = github.posted()
    assert where == "POST repos/us/line/issues/7/comments"
    head, fence, rest = body.partition("\n```diff\n")
    assert head == f"{MARKER}\n\n**What differs in the pipelines, as the code of the pull request tells it:**\n"
    assert (fence, rest[-5:]) == ("\n```diff\n", "\n```\n")
    inside = rest[:-5]
    assert "@everyone" in inside
    assert "```" not in inside
    assert not re.search(r"[\r\x1b\u202e]", inside)


def test_a_branch_with_signs_of_the_shell(github: GitHub) -> None:
    github.run["head_branch"] = name = "$(touch pwned);`touch pwned`&state=all@x"
    calls, _ = github.answer()
    assert f"head=us:{name}" in calls[0]


@pytest.mark.parametrize(
    ("pulls", "number"),
    [
        ([], 0),
        ([{"number": 8, "head": {"sha": "b" * 40, "repo": {"id": 1}}}], 0),
        ([{"number": 8, "head": {"sha": "a" * 40, "repo": {"id": 3}}}], 0),
        ([{"number": 8, "head": {"sha": "a" * 40, "repo": None}}], 0),
        ([{"number": number, "head": {"sha": "a" * 40, "repo": {"id": 1}}} for number in (8, 9)], 2),
    ],
    ids=["none", "newer-commit", "other-repository", "fork-gone", "two"],
)
def test_no_pull_request_of_the_commit(github: GitHub, pulls: list[dict[str, Any]], number: int) -> None:
    github.pulls = pulls
    assert github.refused() == f"{number} open pull requests have this commit as their last"


def test_a_fork_that_is_gone(github: GitHub) -> None:
    github.run["head_repository"] = None
    assert github.refused() == "the fork is gone"


def damaged() -> bytes:
    packed = bytearray(archive(texts()))
    packed[40:60] = b"\xff" * 20
    return bytes(packed)


def link() -> bytes:
    """``comment.md`` is a symbolic link out of the folder, and other names lead out of it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        entry = zipfile.ZipInfo("comment.md")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        made.writestr(entry, "/etc/passwd")
        for name in ("../../above/pwned", "/tmp/pwned-by-an-artifact", "difference.txt"):
            made.writestr(name, "pwned")
    return packed.getvalue()


def test_links_and_paths_in_the_artifact_are_names(github: GitHub) -> None:
    github.zip = link()
    _, body = github.posted()
    assert body == f"{MARKER}\n\n**What differs in the pipelines:**\n\n```diff\npwned\n```\n"
    assert not Path("/tmp/pwned-by-an-artifact").exists()


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (bytes, "the artifact cannot be read"),
        (damaged, "the artifact cannot be read"),
        (lambda: archive({"comment.md": COMMENT}), "the artifact cannot be read"),
        (lambda: archive(texts(), zipfile.ZIP_BZIP2), "the artifact cannot be read"),
        (lambda: archive(texts(plain="x" * BOMB)), "the artifact holds too much"),
        (lambda: archive(texts(comment="x" * BOMB)), "the artifact holds too much"),
    ],
    ids=["empty", "damaged", "a-text-is-missing", "bzip2", "bomb", "bomb-of-markdown"],
)
def test_an_artifact_that_is_not_ours(github: GitHub, packed: Callable[[], bytes], reason: str) -> None:
    github.zip = packed()
    assert github.refused() == reason


def test_an_artifact_that_is_too_large_is_not_even_loaded(github: GitHub) -> None:
    github.artifacts[0]["size_in_bytes"] = 2_000_000_000
    calls, told = github.answer()
    assert told == "No comment: the artifact is too large.\n"
    assert not [call for call in calls if call[0].endswith("/zip")]


@pytest.mark.parametrize("change", [{"name": "other"}, {"expired": True}], ids=["other", "expired"])
def test_a_run_without_a_review(github: GitHub, change: dict[str, Any]) -> None:
    github.artifacts[0].update(change)
    assert github.refused() == "nothing was reviewed"


@pytest.mark.parametrize("inside", [True, False])
def test_a_long_text_has_room_in_a_comment(github: GitHub, inside: bool) -> None:
    if not inside:
        github.from_fork()
    github.zip = archive(texts(COMMENT + "é" * 200_000, "`" * 200_000))
    _, body = github.posted()
    assert 60_000 < len(body) < 65_536
    assert body.endswith("\n(cut here; smpipe diff shows all)\n```\n")


# -- the files


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_granted_but_by_job_and_nothing_of_others_is_put_into_a_shell(name: str) -> None:
    workflow = yaml.safe_load(WORKFLOWS[name])
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        deploys = {"id-token"} if "environment" in job else set()
        allowed = {"pipelines": set(), "comment": {"pull-requests"}, "deploy": {"id-token"}, "promote": deploys}[name]
        assert {right for right, level in job["permissions"].items() if level == "write"} == allowed
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    assert ("actions/checkout" in WORKFLOWS[name]) == (name != "comment")
    assert "secrets." not in WORKFLOWS[name]


def test_the_files_fit_together() -> None:
    pipelines, comment = (yaml.safe_load(WORKFLOWS[name]) for name in ("pipelines", "comment"))
    on = True  # what YAML makes of the key
    assert comment[on]["workflow_run"]["workflows"] == [pipelines["name"]]
    assert set(pipelines[on]) == {"pull_request", "push"}, "never pull_request_target"
    (upload,) = (step["with"] for step in pipelines["jobs"]["review"]["steps"] if "upload-artifact" in str(step))
    assert upload["name"] == "pipelines-review${{ env.APP && '-' }}${{ env.APP }}"
    (name,) = re.findall(r'\(\?:-\((.+?)\)\)\?"', lines("comment"))
    assert f"^{name.replace('?:', '')}$" in (FOLDER / "review.sh").read_text("utf-8"), "one form of an app's name"
    assert [*pipelines["env"], *yaml.safe_load(WORKFLOWS["deploy"])["env"]] == ["APP", "FOLDER", "FOLDER"]


@pytest.mark.parametrize("file", [*FOLDER.glob("*.yml"), *OWN.glob("*.yml")], ids=lambda file: file.stem)
def test_every_action_is_a_commit_with_its_version(file: Path) -> None:
    used = re.findall(r"uses: (.+)", file.read_text("utf-8"))
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []
