"""``smpipe`` from a user's view: its output and exit codes, never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli import app, aws, processes, served
from cdk_sagemaker_pipelines.cli.commands import draw
from cdk_sagemaker_pipelines.cli.errors import CommandError
from cdk_sagemaker_pipelines.cli.named_values import pairs
from cdk_sagemaker_pipelines.language import Definition
from tests.commands import ASKING, COMMANDS, run_each
from tests.review.shapes import nested

DEFINITION = {"Version": "2020-12-01", "Steps": [{"Name": "Train", "Type": "Training", "Arguments": {}}]}


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(DEFINITION))
    return file


def template(name: str, definition: dict[str, Any]) -> str:
    body = json.dumps(definition)
    role = "arn:aws:iam::111122223333:role/pipeline"
    properties = {"PipelineName": name, "RoleArn": role, "PipelineDefinition": {"PipelineDefinitionBody": body}}
    return json.dumps({"Resources": {name: {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}})


def without(modules: list[str], arguments: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    """Runs smpipe where these modules cannot be imported and the terminal speaks ASCII."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({modules}));"
        f"from cdk_sagemaker_pipelines.cli import main; sys.exit(main({arguments}))"
    )
    environment = {"PYTHONPATH": str(root / "constructs"), "PYTHONIOENCODING": "ascii", "PATH": os.environ["PATH"]}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The command's message when it cannot do what was asked."""
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("smpipe: ")
    assert "Traceback" not in captured.err
    return captured.err.removeprefix("smpipe: ").rstrip("\n")


@pytest.mark.parametrize("command", ["draw", "explain", "diff"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"Version": "2020-12-01", "Steps": "x"}', "finds 2 errors here"),
        ('{"Version": "2020-12-01", "Steps": [{"Name": "F", "Type": "Fail"}], "Steps": []}', "finds 2 errors here"),
        ('{"Version": "2099-01-01", "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {}}]}', "finds 1 error here"),
        (json.dumps({**DEFINITION, "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {}}]}), None),
    ],
    ids=["not-a-list", "twice", "version", "valid"],
)
def test_what_is_shown_of_a_broken_definition_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str, text: str, told: str | None
) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)
    options = {"draw": ["--format", "dot"], "explain": ["--json"], "diff": [str(file)]}[command]
    assert cli.main([command, str(file), *options]) == 0
    captured = capsys.readouterr()
    assert captured.err == (f"smpipe: {file}: 'smpipe check' {told}\n" if told else "")
    if command == "explain":
        json.loads(captured.out)
    assert cli.main(["check", str(file)]) == (1 if told else 0)


def test_only_what_is_shown_is_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "cdk.out"
    out.mkdir()
    wrong = {**DEFINITION, "Version": "2099-01-01", "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {}}]}
    right = {**wrong, "Version": "2020-12-01"}
    for name, definition in (("wrong", wrong), ("right", right)):
        (out / f"{name}.template.json").write_text(template(name, definition))
    for command in ("draw", "explain"):
        assert cli.main([command, str(out), "--pipeline", "right"]) == 0
        assert capsys.readouterr().err == ""
        assert cli.main([command, str(out), "--pipeline", "wrong"]) == 0
        told = capsys.readouterr().err
        assert told == f"smpipe: {out}/wrong.template.json#wrong: 'smpipe check' finds 1 error here\n"


BEGINNINGS = {"text": "pipeline", "mermaid": "flowchart TD", "dot": "digraph", "svg": "<svg xmlns"}


@pytest.mark.parametrize(("format", "first"), BEGINNINGS.items(), ids=BEGINNINGS)
def test_draw(capsys: pytest.CaptureFixture[str], definition: Path, format: str, first: str) -> None:
    assert cli.main(["draw", str(definition), "--format", format]) == 0
    assert capsys.readouterr().out.startswith(first)


def test_draw_needs_neither_the_extra_nor_a_terminal(definition: Path, root: Path) -> None:
    result = without(["boto3", "botocore", "moto", "rich", "aws_cdk"], ["draw", str(definition)], root)
    told = f"smpipe: {definition}: 'smpipe check' finds 3 errors here\n"
    assert (result.returncode, result.stderr) == (0, told)
    assert result.stdout == "pipeline\n\n*  Train  Training\n"


def test_draw_a_cdk_out_with_one_graph_in_two_environments(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "Dev.template.json").write_text(template("Abalone", DEFINITION))
    (tmp_path / "Prod.template.json").write_text(template("Abalone", DEFINITION))
    assert cli.main(["draw", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Abalone\n")


@pytest.mark.parametrize(("suffix", "format"), [("svg", "svg"), ("mmd", "mermaid"), ("dot", "dot")])
def test_draw_to_a_file(
    capsys: pytest.CaptureFixture[str], definition: Path, tmp_path: Path, suffix: str, format: str
) -> None:
    assert cli.main(["draw", str(definition), "--format", format]) == 0
    printed = capsys.readouterr().out
    out = tmp_path / f"a.{suffix.upper()}"
    assert cli.main(["draw", str(definition), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert out.read_text(encoding="utf-8") == printed
    assert cli.main(["draw", str(definition), "--format", "dot", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").startswith("digraph")


def test_draw_to_a_file_of_json(capsys: pytest.CaptureFixture[str], definition: Path, tmp_path: Path) -> None:
    assert cli.main(["draw", str(definition), "--json"]) == 0
    printed = capsys.readouterr().out
    assert cli.main(["draw", str(definition), "--out", str(tmp_path / "a.json")]) == 0
    assert (tmp_path / "a.json").read_text() == printed
    assert [step["name"] for step in json.loads(printed)["pipelines"][0]["steps"]] == ["Train"]


def test_draw_to_a_file_of_text_has_all_characters(definition: Path, tmp_path: Path) -> None:
    assert cli.main(["draw", str(definition), "--out", str(tmp_path / "a.txt")]) == 0
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "pipeline\n\n●  Train  Training\n"


def test_draw_says_which_files_it_can_write(
    capsys: pytest.CaptureFixture[str], definition: Path, tmp_path: Path
) -> None:
    said = refused(capsys, "draw", str(definition), "--out", "graph.png")
    assert said == (
        "the name 'graph.png' does not say in which format to draw: end it with .svg, .mmd, .dot, .txt, .json, "
        "or choose one with --format"
    )
    assert "'graph' does not say" in refused(capsys, "draw", str(definition), "--out", "graph")
    nowhere = tmp_path / "none" / "a.svg"
    said = refused(capsys, "draw", str(definition), "--out", str(nowhere))
    assert said.endswith(f"smpipe: {nowhere} cannot be written: No such file or directory")
    assert f"{tmp_path} cannot be written" in refused(
        capsys, "draw", str(definition), "--format", "svg", "--out", str(tmp_path)
    )


def test_draw_draws_all_pipelines_of_an_assembly(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "A.template.json").write_text(template("Abalone", DEFINITION))
    (tmp_path / "B.template.json").write_text(template("Empty", {"Steps": []}))
    (tmp_path / "C.template.json").write_text(template("Abalone", DEFINITION))
    assert cli.main(["draw", str(tmp_path), "--width", "80"]) == 0
    assert capsys.readouterr().out.splitlines()[:4:2] == ["Abalone", "●  Train  Training"]
    assert cli.main(["draw", str(tmp_path), "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)["pipelines"]
    assert [pipeline["name"] for pipeline in drawn] == ["Abalone", "Empty"]
    assert "did you mean 'Empty'?" in refused(capsys, "draw", str(tmp_path), "--pipeline", "Empti")
    assert cli.main(["draw", str(tmp_path), "--pipeline", "Empty"]) == 0
    assert capsys.readouterr().out == "Empty\n\n"


def test_draw_folds_unless_told_not_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    steps = [{"Name": f"S{i}", "Type": "Fail", "DependsOn": [f"S{i - 1}"] if i else []} for i in range(100)]
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": steps}))
    for format in ("text", "svg", "mermaid", "dot"):
        assert cli.main(["draw", str(file), "--format", format, "--width", "100"]) == 0
        folded = re.sub("<title>.*?</title>", "", capsys.readouterr().out, flags=re.DOTALL)
        assert "100 steps in 1 box" in folded
        assert "S50" not in folded
        assert cli.main(["draw", str(file), "--format", format, "--whole"]) == 0
        assert "S50" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("[]", "a definition is a JSON object, not a list"),
        ("{}", "it is neither a definition nor a template: it has neither 'Steps' nor 'Resources'"),
        ('{"Resources": {}}', "it is a template without a pipeline"),
    ],
)
def test_draw_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    assert said in refused(capsys, "draw", str(file))


def test_draw_takes_a_pipeline_before_a_folder_of_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of code, say. A folder with templates is read as it was."""
    monkeypatch.chdir(tmp_path)
    for name in ("abalone", "out", "no.name"):
        (tmp_path / name).mkdir()
    (tmp_path / "out" / "A.template.json").write_text(template("FromTheFolder", DEFINITION))
    asked = []

    def deployed(name: str, region: str | None, profile: str | None) -> draw.Drawn:
        asked.append(name)
        if len(asked) > 1:
            raise CommandError("AWS has none")
        return draw.Drawn(name, Definition(DEFINITION))

    monkeypatch.setattr(draw, "_deployed", deployed)
    assert cli.main(["draw", "abalone", "--format", "dot"]) == 0
    assert 'label="abalone"' in capsys.readouterr().out
    assert cli.main(["draw", "out", "--format", "dot"]) == 0
    assert 'label="FromTheFolder"' in capsys.readouterr().out
    for source in ("abalone/", "no.name"):
        assert refused(capsys, "draw", source) == f"{source.rstrip('/')}: it has no template; run 'cdk synth' first"
    assert asked == ["abalone"]
    assert refused(capsys, "draw", "abalone") == "AWS has none"


def test_draw_of_a_folder_needs_no_extra(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "abalone").mkdir()
    result = without(["boto3", "botocore"], ["draw", "abalone"], root)
    assert (result.returncode, result.stderr) == (2, "smpipe: abalone: it has no template; run 'cdk synth' first\n")


def test_draw_refuses_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "draw", "missing.json") == "missing.json does not exist"


def test_missing_region_or_credentials_are_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no AWS region is set" in refused(capsys, "watch", "--pipeline", "Abalone")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert "no AWS credentials" in refused(capsys, "watch", "--pipeline", "Abalone")
    assert "the AWS profile 'Nobody' is not in" in refused(capsys, "start", "Abalone", "--profile", "Nobody")


def test_a_local_aws_that_is_not_running_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"ENDPOINT_URL": "http://localhost:9", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    said = refused(capsys, "start", "Abalone", "--region", "eu-west-1")
    assert said == "nothing answers at http://localhost:9/; is 'smpipe local' running?"


def test_an_unexpected_error_is_called_a_bug(
    capsys: pytest.CaptureFixture[str], definition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> str:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("cdk_sagemaker_pipelines.review.mermaid", broken)
    said = refused(capsys, "draw", str(definition), "--format", "mermaid")
    assert "a bug in smpipe, please report it: ZeroDivisionError: oh" in said
    assert "smpipe --debug draw" in said
    with pytest.raises(ZeroDivisionError):
        cli.main(["--debug", "draw", str(definition), "--format", "mermaid"])


@pytest.mark.parametrize("missing", ["boto3", "rich"])
def test_without_the_extra_it_says_what_to_install(root: Path, missing: str) -> None:
    result = without([missing], ["watch", "arn"], root)
    assert (result.returncode, result.stdout) == (2, "")
    assert "'smpipe watch' needs the extra 'local'" in result.stderr
    assert "pip install 'cdk-sagemaker-pipelines[local]'" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["draw"], ["watch"], ["start", "P", "--nonsense"]])
def test_wrong_arguments_show_the_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: smpipe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "usage", "told"),
    [
        (
            ["show", "X", "--frmat", "html"],
            "smpipe show [-h]",
            "there is no option '--frmat'; did you mean '--format'?",
        ),
        (["start", "X", "--dryrun=1"], "smpipe start [-h]", "there is no option '--dryrun'; did you mean '--dry-run'?"),
        (["show", "X", "-z"], "smpipe show [-h]", "there is no option '-z'"),
        (["show", "X", "Y", "Z"], "smpipe show [-h]", "too many arguments: Y Z"),
        (["--dbug", "show", "X"], "smpipe [-h]", "there is no option '--dbug'; did you mean '--debug'?"),
    ],
    ids=["option", "value", "letter", "argument", "whole"],
)
def test_an_unknown_option_shows_the_usage_of_its_command(
    capsys: pytest.CaptureFixture[str], arguments: list[str], usage: str, told: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    said = capsys.readouterr().err
    assert (stopped.value.code, said.startswith(f"usage: {usage}")) == (2, True), said
    assert said.endswith(f": error: {told}\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("lst", "argument COMMAND: there is no 'lst'; did you mean 'list'?"),
        ("xyzzy", "argument COMMAND: there is no 'xyzzy'; there are 'list', 'show', "),
        ("draw P --format mermade", "argument --format: there is no 'mermade'; did you mean 'mermaid'?"),
        ("list --state suceeded", "argument --state: there is no state 'suceeded'; did you mean 'Succeeded'?"),
        ("list --limit -1", "argument --limit: -1 is too little; write 0 or more"),
        ("start P --parallel 0", "argument --parallel: 0 is too little; write 1 or more"),
        ("resume P --parallel none", "argument --parallel: 'none' is not a whole number"),
        ("rename P --parallel 1.5", "argument --parallel: '1.5' is not a whole number"),
        (
            "watch P --interval 0",
            "argument --interval: '0' is not a time to wait; write a number of seconds, such as 2",
        ),
        ("watch P --interval -1", "argument --interval: '-1' is not a time to wait"),
        ("watch P --interval nan", "argument --interval: 'nan' is not a time to wait"),
        ("watch P --interval 1e99", "argument --interval: '1e99' is not a time to wait"),
        ("watch P --interval soon", "argument --interval: 'soon' is not a number of seconds"),
        ("logs P S -n 0", "argument --lines/-n: 0 is too little; write 1 or more"),
        ("why P --lines -3", "argument --lines/-n: -3 is too little; write 0 or more"),
        ("explain x --width 0", "argument --width: 0 is too little; write 1 or more"),
        ("seed x --port -1", "argument --port: -1 is too little; write 0 or more"),
    ],
)
def test_wrong_values_are_told_in_words(capsys: pytest.CaptureFixture[str], arguments: str, told: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments.split())
    assert stopped.value.code == 2
    assert f"error: {told}" in capsys.readouterr().err


def test_parameters() -> None:
    assert pairs(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}
    with pytest.raises(CommandError, match="write it as NAME=VALUE"):
        pairs(["A"])
    with pytest.raises(CommandError, match="'A' is given twice"):
        pairs(["A=1", "A=2"])


def test_environments_of_an_app(tmp_path: Path) -> None:
    assert app.environments(tmp_path) == {}
    with pytest.raises(CommandError, match="names no environment"):
        app.environment(tmp_path, "Dev")
    dev = {"account": "111111111111", "region": "eu-west-1"}
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environments": {"Dev": dev}}}))
    assert app.environment(tmp_path, "Dev") == app.Place("Dev", "111111111111", "eu-west-1")
    with pytest.raises(CommandError, match=r"no environment 'dev', but 'Dev'; did you mean 'Dev'\?"):
        app.environment(tmp_path, "dev")
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environments": {"Dev": {}}}}))
    with pytest.raises(CommandError, match="must map names to an account and a region"):
        app.environments(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[" * 200_000, "is not JSON: it is nested too deeply"),
        ("{", "is not JSON: "),
        ("[]", "must be an object, with an object as its context"),
        ('{"context": []}', "must be an object, with an object as its context"),
    ],
    ids=["deep", "broken", "list", "context"],
)
@pytest.mark.parametrize("command", ["local", "demo"])
def test_a_cdk_json_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, content: str,
    reason: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdk.json").write_text(content)
    assert cli.main([command]) == 2
    assert f"cdk.json {reason}" in capsys.readouterr().err


def test_the_stack_of_the_demo(tmp_path: Path) -> None:
    assert app.demo_stack(tmp_path) == "*"
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"demo": "Abalone"}}))
    assert app.demo_stack(tmp_path) == "Abalone"
    assert app.demo_stack(Path(__file__).parents[2]) == "Diabetes"


def test_a_program_that_fails_shows_the_end_of_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('one'); print('two'); raise SystemExit(3)"]
    with pytest.raises(CommandError, match=r"(?s)ended with exit code 3; .*one\ntwo"):
        processes.run(command, environment=os.environ, log=tmp_path / "logs" / "it.log")


def test_a_program_leaves_nothing_behind(tmp_path: Path) -> None:
    child = "import time; time.sleep(600)"
    parent = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True)"
    log = tmp_path / "it.log"
    processes.run([sys.executable, "-c", parent], environment=os.environ, log=log)
    pid = int(log.read_text())
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere cannot be run: No such file"):
        processes.run(["nowhere"], environment=os.environ, log=tmp_path / "it.log")


VARIABLES = {
    "AWS_PAGER": "", "AWS_ENDPOINT_URL": "u", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s/+",
    "AWS_REGION": "r; x", "AWS_DEFAULT_REGION": "r", "no_proxy": "localhost", "NO_PROXY": "localhost",
}  # fmt: skip


def test_local_shows_what_to_export_and_no_more() -> None:
    assert list(served.exports(VARIABLES, {"https_proxy": "http://proxy:3128"})) == [
        "export AWS_ENDPOINT_URL=u",
        "export AWS_ACCESS_KEY_ID=a",
        "export AWS_SECRET_ACCESS_KEY=s/+",
        "export AWS_REGION='r; x'",
        "export AWS_DEFAULT_REGION=r",
        "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN",
    ]


def test_local_shows_what_a_proxy_needs() -> None:
    lines = list(served.exports(VARIABLES, {"HTTP_PROXY": "http://proxy:3128"}))
    assert lines[-3:-1] == ["export no_proxy=localhost", "export NO_PROXY=localhost"]


def test_client_takes_an_endpoint() -> None:
    client = aws.client("sagemaker", region="eu-west-1", endpoint="http://localhost:1")
    assert client.meta.endpoint_url == "http://localhost:1"


@pytest.mark.slow
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_each_command_in_a_process_of_its_own(root: Path, tmp_path: Path, every: int) -> None:
    """Of those that ask an AWS, which import much the same, some."""
    modules = {file.stem for file in (root / "constructs/cdk_sagemaker_pipelines/cli/commands").glob("*.py")}
    assert modules - {"__init__"} == set(COMMANDS)
    source = root / "tests" / "corpus" / "training_builtin.json"
    asking = list(ASKING)
    without = {*asking} - {*asking[::every]}
    run_each(Path(sys.executable).parent / "smpipe", tmp_path, str(source), extra=True, without=without)


def test_a_hundred_conditions_in_one_another_are_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text(json.dumps(nested(300).json))
    for command in (["draw"], ["draw", "--whole", "--format", "svg"], ["check"], ["explain"], ["diff", str(file)]):
        assert cli.main([*command, str(file)]) in (0, 1)
        captured = capsys.readouterr()
        assert "Check5" in captured.out or command[0] in ("explain", "diff", "check")
        assert "deep" not in captured.err.replace("deep.json", "")
