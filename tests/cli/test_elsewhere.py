"""Sources that are no files here: deployed pipelines, and files and folders of commits, for all commands that read."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli

from .conftest import Command
from .service import PIPELINE, ROLE, START, Refusal

OLD = {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}]}
NEW = {"Version": "2020-12-01", "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "never"}}]}
CHANGE = '~ Stop: ErrorMessage: "no" → "never"'


def template(definition: object, script: str) -> str:
    body = {"PipelineDefinitionBody": json.dumps(definition)}
    properties = {"PipelineName": "Abalone", "RoleArn": ROLE, "PipelineDefinition": body}
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": {**properties, "PipelineDescription": script}}
    return json.dumps({"Resources": {"Pipeline": resource}})


def git(*arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    none = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], check=True, capture_output=True, env={**os.environ, **who, **none})


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits, seen from a folder in it."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    out = tmp_path / "app" / "cdk.out"
    out.mkdir(parents=True)
    for definition in (OLD, NEW):
        (tmp_path / "app" / "pipeline.json").write_text(json.dumps(definition))
        (out / "A.template.json").write_text(template(definition, f"<{'a' * 64}.py>"))
        (out / "asset.link").unlink(missing_ok=True)
        (out / "asset.link").symlink_to("/etc/passwd")
        git("add", "-A")
        git("commit", "-q", "-m", "a")
    monkeypatch.chdir(tmp_path / "app")
    return tmp_path


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = cli.main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, [line.strip() for line in captured.out.splitlines()], captured.err


@pytest.mark.parametrize("source", ["pipeline.json", "cdk.out", "cdk.out/A.template.json", "../app/cdk.out"])
def test_a_commit(capsys: pytest.CaptureFixture[str], repository: Path, source: str) -> None:
    code, told, errors = lines(capsys, "diff", f"git:HEAD~1:{source}", source)
    link = f"smpipe: git:HEAD~1:{source}: 1 link or submodule is not read\n" if source.endswith("cdk.out") else ""
    assert (code, told[-1], errors) == (1, CHANGE, link)
    assert lines(capsys, "diff", f"git:HEAD:{source}", source)[0] == 0
    assert lines(capsys, "diff", "--json", f"git:main~1:{source}", f"git:main:{source}")[0] == 1
    for command in ("draw", "explain", "check"):
        code, told, _ = lines(capsys, command, f"git:main~1:{source}")
        assert code == 0, told


def test_the_source_is_told_as_it_was_given(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    code = cli.main(["diff", "--json", "git:main~1:cdk.out", "cdk.out"])
    (found,) = json.loads(capsys.readouterr().out)["pipelines"]
    assert (code, found["old"], found["new"]) == (1, "git:main~1:cdk.out/A.template.json", "cdk.out/A.template.json")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("git:main", "'git:main' is not of the form git:REV:PATH, such as git:main:cdk.out"),
        ("git:--help:x", "'git:--help:x' is not of the form git:REV:PATH, such as git:main:cdk.out"),
        ("git:nowhere:cdk.out", "git rev-parse: Needed a single revision"),
        ("git:main:nothing", "git:main:nothing: the commit has no file or folder 'nothing'"),
        ("git:main:../../x", "git:main:../../x: the path leads out of the repository"),
        ("git:main:..", "git:main:..: name a folder of the repository such as cdk.out, not the repository itself"),
        ("aws:", "aws: takes the name of a pipeline: aws:Abalone"),
    ],
)
def test_what_is_not_there(capsys: pytest.CaptureFixture[str], repository: Path, source: str, told: str) -> None:
    assert lines(capsys, "diff", source, "cdk.out") == (2, [], f"smpipe: {told}\n")


def test_an_assembly_that_is_in_no_commit(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    told = "and few repositories keep what 'cdk synth' writes; synthesize both commits and compare, as "
    Path("build").mkdir()
    Path("build", "manifest.json").write_text('{"version": "36.0.0", "artifacts": {}}')
    missing = "smpipe: git:main:build: the commit has no file or folder 'build', "
    new = "scripts/review.sh of a new 'smpipe init' project does\n"
    assert lines(capsys, "diff", "git:main:build", "cdk.out") == (2, [], f"{missing}{told}{new}")
    Path("scripts").mkdir()
    Path("scripts", "review.sh").write_text("")
    own = "'scripts/review.sh main' does\n"
    assert lines(capsys, "diff", "git:main:build", "cdk.out") == (2, [], f"{missing}{told}{own}")
    git("rm", "-q", "-r", "--cached", "cdk.out")
    git("commit", "-q", "-m", "without")
    assert lines(capsys, "diff", "git:main:cdk.out", "cdk.out")[2].endswith(f"{told}{own}")


EXECUTIONS = ["Abalone/first", "Abalone/execution/firstexec001", "Abalone/", f"{PIPELINE}/execution/x"]


@pytest.mark.parametrize("given", EXECUTIONS)
def test_an_execution_is_compared_and_no_file(capsys: pytest.CaptureFixture[str], repository: Path, given: str) -> None:
    told = f"smpipe: {given}: there is no such file or folder; for executions use 'smpipe compare'\n"
    assert lines(capsys, "diff", "cdk.out", given) == (2, [], told)


def test_a_repository_runs_none_of_its_programs(
    capsys: pytest.CaptureFixture[str], repository: Path, tmp_path: Path
) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    program.chmod(0o755)
    hooks = tmp_path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "reference-transaction"):
        (hooks / name).write_bytes(program.read_bytes())
        (hooks / name).chmod(0o755)
    settings = {
        "core.repositoryformatversion": "1", "extensions.partialClone": "origin", "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{program}", "remote.origin.promisor": "true", "core.pager": str(program),
        "core.fsmonitor": str(program), "core.sshCommand": str(program), "diff.x.textconv": str(program),
        "filter.x.smudge": str(program), "pager.cat-file": str(program), "alias.cat-file": f"!{program}",
    }  # fmt: skip
    (tmp_path / "app" / ".gitattributes").write_text("* filter=x diff=x\n")
    for name, value in settings.items():
        git("config", name, value)
    ran.unlink(missing_ok=True)
    assert lines(capsys, "check", "git:main:pipeline.json")[0] == 0
    assert not ran.exists()
    told = subprocess.run(["git", "rev-parse", "main:app/pipeline.json"], capture_output=True, text=True, check=True)
    blob = told.stdout.strip()
    (tmp_path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    code, _, errors = lines(capsys, "check", "git:main:pipeline.json")
    assert not ran.exists()
    assert code == 2
    assert errors == (
        "smpipe: git:main:pipeline.json: the content of 'pipeline.json' is not in this clone; fetch it with git, then "
        "try again\n"
    )


def test_outside_of_a_repository(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, errors = lines(capsys, "check", "git:main:cdk.out")
    assert code == 2
    assert errors.startswith("smpipe: git rev-parse: not a git repository")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in lines(capsys, "check", "git:main:cdk.out")[2]


@pytest.mark.parametrize("source", ["aws:Abalone", "Abalone"])
def test_a_deployed_pipeline(smpipe: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.chdir(tmp_path)
    service = smpipe.answers(
        DescribePipeline={
            "PipelineArn": PIPELINE, "PipelineName": "Abalone", "PipelineDefinition": json.dumps(OLD),
            "RoleArn": ROLE, "PipelineStatus": "Active", "CreationTime": START, "LastModifiedTime": START,
        }
    )  # fmt: skip
    Path("new.json").write_text(json.dumps(NEW))
    assert CHANGE in smpipe("diff", source, "new.json", code=1)
    assert "Stop" in smpipe("draw", source)
    assert "role" in smpipe("explain", source)
    assert smpipe("check", source) == ""
    assert {each["PipelineName"] for each in service.asked["DescribePipeline"]} == {"Abalone"}
    assert service.asked["ListTags"] == [{"ResourceArn": PIPELINE}], "by smpipe diff alone"
    # a file of that name goes first
    Path("Abalone").write_text(json.dumps(NEW))
    if source == "Abalone":
        assert smpipe("diff", "Abalone", "new.json") == ""


APP: dict[str, Any] = {
    "PipelineName": "Abalone",
    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
    "PipelineDescription": "of shells",
    "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4},
    "Tags": [{"Key": "team", "Value": "ml"}],
}
DEPLOYED: dict[str, Any] = {
    "PipelineArn": PIPELINE, "PipelineName": "Abalone", "PipelineDisplayName": "Abalone",
    "PipelineDescription": "of shells", "PipelineDefinition": json.dumps(OLD), "RoleArn": ROLE,
    "PipelineStatus": "Active", "CreationTime": START, "LastModifiedTime": START,
    "ParallelismConfiguration": {"MaxParallelExecutionSteps": 4},
}  # fmt: skip
ELSEWHERE = PIPELINE.replace("eu-west-1", "us-east-1")
TAGS = [{"Key": "team", "Value": "ml"}, {"Key": "aws:cloudformation:stack-name", "Value": "A"}]
NOT_COMPARED = "not compared: roles, code, resources, how the stack is deployed"


@pytest.mark.parametrize(
    ("app", "deployed", "tags", "change"),
    [
        ({}, {}, TAGS, []),
        ({"PipelineName": None}, {"PipelineName": "A-1", "PipelineDisplayName": "A-1"}, TAGS, []),
        ({"PipelineDisplayName": "Shells"}, {}, TAGS, ['~ PipelineDisplayName: "Abalone" → "Shells"']),
        ({}, {"PipelineDescription": "old"}, TAGS, ['~ PipelineDescription: "old" → "of shells"']),
        (
            {"ParallelismConfiguration": None},
            {},
            TAGS,
            ['- ParallelismConfiguration: {"MaxParallelExecutionSteps": 4}'],
        ),
        ({"RoleArn": f"{ROLE}-2"}, {}, TAGS, [f'~ RoleArn: "{ROLE}" → "{ROLE}-2"']),
        ({"RoleArn": ROLE}, {}, TAGS, []),
        ({}, {}, [{"Key": "team", "Value": "data"}], ['~ Tags[\'team\'].Value: "data" → "ml"']),
        ({"Tags": None}, {}, TAGS, ['- Tags[\'team\']: {"Key": "team", "Value": "ml"}']),
        ({"Tags": "odd"}, {}, TAGS, ['- Tags[\'team\']: {"Key": "team", "Value": "ml"}']),
        (
            {"Tags": [{"Key": ["a"]}, *APP["Tags"]]},
            {},
            TAGS,
            ['+ Tags[0]: {"Key": ["a"]}'],
        ),
        ({}, {}, None, []),
        ({}, {"PipelineArn": ELSEWHERE}, TAGS, ['~ Region: "us-east-1" → "eu-west-1"']),
    ],
    ids=[
        *("same", "name", "display", "description", "parallelism", "role", "role-2", "tag", "tags", "odd", "odder"),
        *("denied", "region"),
    ],
)
def test_what_the_service_says_beside_the_definition(
    smpipe: Command,
    tmp_path: Path,
    app: dict[str, Any],
    deployed: dict[str, Any],
    tags: list[dict[str, str]] | None,
    change: list[str],
) -> None:
    smpipe.answers(DescribePipeline={**DEPLOYED, **deployed})
    if tags is not None:
        smpipe.answers(ListTags={"Tags": tags})
    given = {key: value for key, value in {**APP, **app}.items() if value is not None}
    body = {"PipelineDefinition": {"PipelineDefinitionBody": json.dumps(OLD)}}
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": {**given, **body}}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "A.template.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"A": stack}}))
    (tmp_path / "A.template.json").write_text(json.dumps({"Resources": {"Pipeline": resource}}))
    said = smpipe("diff", "aws:Abalone", str(tmp_path), "--width", "120", code=int(bool(change)))
    assert [line.strip() for line in said.splitlines() if line.startswith("  ")] == change
    assert NOT_COMPARED in smpipe.errors
    assert (", tags (ListTags is denied)" in smpipe.errors) == (tags is None)
    smpipe("diff", str(tmp_path), "aws:Abalone", code=int(bool(change)))


def test_a_pipeline_that_is_not_there(smpipe: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    listed = [{"PipelineName": "Abalones", "PipelineArn": PIPELINE}]
    missing = Refusal("ResourceNotFound", "Pipeline 'Abalone' does not exist.")
    smpipe.answers(DescribePipeline=missing, ListPipelines={"PipelineSummaries": listed})
    Path("new.json").write_text(json.dumps(NEW))
    for source in ("aws:Abalone", "Abalone"):
        assert "did you mean 'Abalones'?" in smpipe("diff", source, "new.json", code=2)
