"""``smpipe check`` and ``smpipe diff``: their output and exit codes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from tests.examples import template as example

from .test_smpipe import template, without

GOOD: dict[str, Any] = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
}
DOUBTFUL = {"Version": "2020-12-01", "Steps": [{"Name": "New", "Type": "Newer", "Arguments": {}}]}
WRONG = {
    "Version": "2020-12-01",
    "Metadata": {},
    "Stepps": [],
    "Steps": [
        {"Name": "New", "Type": "Newer", "Arguments": {}},
        {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Nothing"}}},
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with definitions, which is the current one."""
    for name, document in (("good", GOOD), ("doubtful", DOUBTFUL), ("wrong", WRONG)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    """The exit code, the lines on standard output, and standard error."""
    code = cli.main(arguments)
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


@pytest.mark.parametrize(
    ("files", "code", "summary"),
    [
        (["good.json"], 0, "1 pipeline: no findings\n"),
        (["doubtful.json"], 0, "1 pipeline: 1 warning\n"),
        (["wrong.json"], 1, "1 pipeline: 2 errors, 1 warning\n"),
        (["good.json", "wrong.json", "doubtful.json"], 1, "3 pipelines: 2 errors, 2 warnings\n"),
    ],
)
def test_exit_codes(
    capsys: pytest.CaptureFixture[str], folder: Path, files: list[str], code: int, summary: str
) -> None:
    assert run(capsys, "check", *files)[::2] == (code, summary)


def test_warnings_fail_a_strict_check(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert run(capsys, "check", "--strict", "doubtful.json")[::2] == (1, "1 pipeline: 1 warning\n")
    assert run(capsys, "check", "--strict", "--json", "doubtful.json")[0] == 1
    assert run(capsys, "check", "--strict", "good.json")[0] == 0
    assert run(capsys, "check", "--strict", "doubtful.json", "broken.json")[0] == 2


def test_needed_permissions_that_are_not_granted(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    written = example("diabetes.dev").read_text(encoding="utf-8")
    (folder / "whole.template.json").write_text(written)
    assert run(capsys, "check", "--strict", "whole.template.json")[:2] == (0, [])
    listed = '"s3:ListBucket"'
    assert listed in written
    (folder / "less.template.json").write_text(written.replace(listed, '"s3:ListBucketVersions"'))
    code, lines, _ = run(capsys, "check", "less.template.json")
    assert code == 0
    assert lines[0] == (
        "less.template.json#PipelineC660917D: Prepare: not-granted: warning: Arguments.ProcessingInputs[0]: "
        "the role PipelinePrepareJobRole is not granted s3:ListBucket "
        "on arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1"
    )
    assert {line.split(": ")[2] for line in lines} == {"not-granted"}
    assert run(capsys, "check", "--strict", "less.template.json")[0] == 1
    _, lines, _ = run(capsys, "check", "--json", "less.template.json")
    (first, *_) = json.loads("\n".join(lines))["findings"]
    assert (first["code"], first["level"], first["step"]) == ("not-granted", "warning", "Prepare")


def test_one_line_per_finding_in_document_order(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _, lines, _ = run(capsys, "check", "wrong.json")
    assert [re.match(r"wrong.json: (\S+): ([a-z-]+): (warning: )?", line).groups() for line in lines] == [  # type: ignore[union-attr]
        ("-", "unknown-key", None),
        ("New", "step-type", "warning: "),
        ("Stop", "unknown-parameter", None),
    ]
    assert lines[0] == "wrong.json: -: unknown-key: Stepps: unknown key; did you mean 'Steps'?"


def test_a_wildcard_that_would_reach_a_policy_is_found(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    every = "arn:aws:lambda:eu-west-1:111122223333:function:*"
    wide = {"Name": "Call", "Type": "Lambda", "FunctionArn": every, "OutputParameters": [], "Arguments": {}}
    (folder / "wide.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": [wide]}))
    code, printed, _ = run(capsys, "check", "wide.json")
    assert code == 1
    assert printed[-1] == (
        f"wide.json: Call: wildcard-in-literal: FunctionArn: '*' in '{every}', on which lambda:InvokeFunction is "
        "granted: a policy matches any text with it, the service takes it literally; write the name itself"
    )


def test_what_cannot_be_read_is_reported_along_with_the_rest(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, lines, told = run(capsys, "check", "broken.json", "wrong.json", "missing.json")
    assert code == 2
    assert len(lines) == 3
    assert told.splitlines() == [
        "smpipe: broken.json: it is not JSON: Expecting property name enclosed in double quotes at line 1, column 2",
        "smpipe: missing.json: it cannot be read: No such file or directory",
        "1 pipeline: 2 errors, 1 warning",
    ]


def test_json(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    Path("out").mkdir()
    Path("out/A.template.json").write_text(template("Abalone", WRONG))
    code, lines, told = run(capsys, "check", "--json", "out", "broken.json")
    answer = json.loads("\n".join(lines))
    assert code == 2
    assert told.startswith("smpipe: broken.json: ")
    assert {**answer, "findings": []} == {
        "pipelines": 1,
        "errors": 2,
        "warnings": 1,
        "findings": [],
        "unreadable": [
            {
                "file": "broken.json",
                "reason": "it is not JSON: Expecting property name enclosed in double quotes at line 1, column 2",
            }
        ],
        "unjudged": [],
    }
    assert answer["findings"][0] == {
        "file": "out/A.template.json",
        "resource": None,
        "line": None,
        "pipeline": "Abalone",
        "step": None,
        "code": "unknown-key",
        "level": "error",
        "where": "Stepps",
        "text": "unknown key; did you mean 'Steps'?",
    }
    assert [finding["level"] for finding in answer["findings"]] == ["error", "warning", "error"]


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(DOUBTFUL).encode())))
    code, lines, _ = run(capsys, "check", "-")
    assert (code, lines[0][:22]) == (0, "<stdin>: New: step-typ")


def test_pipelines_of_a_template_are_distinguished(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "A.template.json"
    file.write_text(template("Abalone", WRONG))
    _, lines, _ = run(capsys, "check", str(tmp_path))
    assert lines[0].startswith(f"{file}#Abalone: -: unknown-key: ")


def test_colors_only_for_a_terminal(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31munknown-key\x1b[0m" in run(capsys, "check", "wrong.json")[1][0]
    assert "\x1b[33mstep-type\x1b[0m" in run(capsys, "check", "doubtful.json")[1][0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run(capsys, "check", "wrong.json")[1][0]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in run(capsys, "check", "wrong.json")[1][0]


def test_names_that_the_terminal_cannot_show(folder: Path, root: Path) -> None:
    odd: dict[str, Any] = {**GOOD, "Steps": [{**GOOD["Steps"][0], "Name": "Träin\ud800\x1b[2J\n"}]}
    Path("odd.json").write_text(json.dumps(odd))
    for command in ("check", "draw"):
        result = without([], [command, "odd.json"], root)
        assert result.returncode == (1 if command == "check" else 0), result.stderr
        assert r"Tr\xe4in\ud800\x1b[2J\n" in result.stdout
    assert without([], ["diff", "odd.json", "good.json"], root).returncode == 1


def test_neither_needs_the_extra_nor_cdk(folder: Path, root: Path) -> None:
    missing = ["boto3", "botocore", "moto", "rich", "aws_cdk", "jsii", "constructs"]
    for command in (["check", "good.json"], ["diff", "good.json", "good.json"]):
        assert without(missing, command, root).returncode == 0


def test_a_closed_reader_is_not_an_error(folder: Path) -> None:
    many = {**WRONG, "Steps": [{"Name": f"S{i}", "Type": "Newer"} for i in range(5000)]}
    Path("many.json").write_text(json.dumps(many))
    command = [
        sys.executable,
        "-c",
        "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main(sys.argv[1:]))",
    ]
    process = subprocess.Popen([*command, "check", "many.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert "Traceback" not in told
    assert "bug" not in told


def test_diff(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert run(capsys, "diff", "good.json", "good.json") == (0, [], "")
    code, lines, told = run(capsys, "diff", "good.json", "doubtful.json")
    assert (code, told) == (1, "")
    assert lines == ["steps", "  + New (Newer), at the top", "  - Stop (Fail), at the top"]
    code, _, told = run(capsys, "diff", "good.json", "broken.json")
    assert code == 2
    assert told.startswith("smpipe: broken.json: it is not JSON: ")


def test_diff_of_assemblies(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    both: dict[str, dict[str, Any]] = {
        "old": {"A": GOOD, "B": GOOD, "C": GOOD},
        "new": {"A": GOOD, "B": WRONG, "D": GOOD},
    }
    for out, pipelines in both.items():
        Path(out).mkdir()
        for name, document in pipelines.items():
            Path(out, f"{name}.template.json").write_text(template(name, document))
    code, lines, _ = run(capsys, "diff", "old", "new")
    assert code == 1
    assert [line for line in lines if line[0] != " "] == ["B", "- C", "+ D is new"]
    assert run(capsys, "diff", "old", "new", "--pipeline", "A") == (0, [], "")
    assert run(capsys, "diff", "old", "new", "--pipeline", "C") == (1, ["- C"], "")
    assert run(capsys, "diff", "old", "new", "--pipeline", "E") == (
        2,
        [],
        "smpipe: neither old nor new holds a pipeline 'E', but 'A', 'B', 'C', 'D'\n",
    )

    code, lines, _ = run(capsys, "diff", "--json", "old", "new")
    answer = json.loads("\n".join(lines))
    assert [(each["pipeline"], each["old"] is None, each["new"] is None) for each in answer["pipelines"]] == [
        ("A", False, False),
        ("B", False, False),
        ("C", False, True),
        ("D", True, False),
    ]
    assert [each["difference"] is None for each in answer["pipelines"]] == [True, False, True, True]


EMPTY_APP = {"version": "55.0.0", "artifacts": {"Tree": {"type": "cdk:tree"}}}


def test_an_app_without_pipelines(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "A.template.json"}}
    outs: dict[str, tuple[dict[str, Any], str | None]] = {
        "no-stack": (EMPTY_APP, None),
        "no-pipeline": ({**EMPTY_APP, "artifacts": {"A": stack}}, '{"Resources": {}}'),
        "one": ({**EMPTY_APP, "artifacts": {"A": stack}}, template("A", GOOD)),
    }
    for out, (manifest, text) in outs.items():
        Path(out).mkdir()
        Path(out, "manifest.json").write_text(json.dumps(manifest))
        if text is not None:
            Path(out, "A.template.json").write_text(text)
    for out in ("no-stack", "no-pipeline"):
        told = f"smpipe: {out}: the app has no pipeline\n"
        code, lines, errors = run(capsys, "diff", out, "one")
        assert (code, lines[0], errors) == (1, "+ A/A is new", told)
        assert run(capsys, "diff", "one", out) == (1, ["- A/A"], told)
        assert run(capsys, "diff", out, out) == (0, [], told + told)
        judged = "0 pipelines: no findings\n" if out == "no-pipeline" else ""
        assert run(capsys, "check", out) == (0, [], told + judged)
        assert run(capsys, "draw", out)[0] == 2


@pytest.mark.parametrize("manifest", [None, '{"version": "1.0.0", "name": "of a browser"}', "[]"])
def test_a_folder_that_is_no_app(capsys: pytest.CaptureFixture[str], folder: Path, manifest: str | None) -> None:
    Path("out").mkdir()
    if manifest is not None:
        Path("out", "manifest.json").write_text(manifest)
    told = "smpipe: out: it has no template; run 'cdk synth' first\n"
    assert run(capsys, "diff", "out", "good.json") == (2, [], told)
    assert run(capsys, "check", "out") == (2, [], told)
    assert run(capsys, "diff", "good.json", "nothing")[0] == 2


SMPIPE = [sys.executable, "-c", "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main())"]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_errors_count_even_if_nobody_reads_them(folder: Path, options: list[str]) -> None:
    with subprocess.Popen(
        [*SMPIPE, "check", "wrong.json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["check", "wrong.json"], ["draw", "good.json"], ["explain", "good.json"]])
def test_a_full_output_is_not_a_bug(folder: Path, command: list[str]) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run([*SMPIPE, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == "smpipe: the output cannot be written: No space left on device\n"


def test_what_was_not_checked_without_the_extra(folder: Path, root: Path) -> None:
    wrong = json.loads(template("Abalone", GOOD))
    del wrong["Resources"]["Abalone"]["Properties"]["RoleArn"]
    Path("A.template.json").write_text(json.dumps(wrong))
    Path("A.yaml").write_text("Resources: {}")
    bare = without(["cfnlint", "yaml"], ["check", "A.template.json", "A.yaml"], root)
    assert (bare.returncode, bare.stdout) == (2, "")
    assert bare.stderr.splitlines() == [
        "smpipe: A.yaml: it is YAML, which needs the extra: pip install 'cdk-sagemaker-pipelines[local]'",
        "smpipe: A.template.json: its resources were not checked: cfn-lint, which has the schemas, is not installed: "
        "pip install 'cdk-sagemaker-pipelines[local]'",
        "1 pipeline: no findings",
    ]
    whole = without([], ["check", "A.template.json"], root)
    assert (whole.returncode, whole.stdout) == (
        1,
        "A.template.json#Abalone: -: resource-property: 'RoleArn' is missing\n",
    )


def test_json_of_a_template(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    resources = {"A": {"Type": "Acme::Own::Thing"}, "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketNam": "b"}}}
    Path("A.yaml").write_text(json.dumps({"Resources": resources}, indent=1))
    code, lines, _ = run(capsys, "check", "--json", "A.yaml")
    answer = json.loads("\n".join(lines))
    assert code == 2
    assert answer["findings"] == [
        {
            "file": "A.yaml",
            "resource": "B",
            "line": None,
            "pipeline": None,
            "step": None,
            "code": "resource-property",
            "level": "error",
            "where": "",
            "text": "there is no member 'BucketNam'; did you mean 'BucketName'?",
        }
    ]
    assert answer["unjudged"] == [
        {"file": "A.yaml", "reason": "not checked, since cfn-lint has no schema for them: Acme::Own::Thing"}
    ]


def synthesized(folder: Path, definition: dict[str, Any], warnings: dict[str, list[str]]) -> None:
    """Writes the ``out`` of an app with a stage, whose synthesis warned of texts by the paths of constructs."""
    stage = folder / "out" / "assembly-Dev"
    stage.mkdir(parents=True)
    nested = {"Dev": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Dev"}}}
    (folder / "out" / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": nested}))
    metadata: dict[str, list[dict[str, str]]] = {
        path: [{"type": "aws:cdk:warning", "data": text} for text in texts] for path, texts in warnings.items()
    }
    metadata["/Dev/S/Pipeline/Resource"] = [{"type": "aws:cdk:logicalId", "data": "Churn"}]
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111122223333/eu-west-1",
        "properties": {"templateFile": "S.template.json", "stackName": "S"},
        "metadata": metadata,
    }
    (stage / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"S": artifact}}))
    (stage / "S.template.json").write_text(template("Churn", definition))


def test_what_the_synthesis_warned_of_in_a_stage(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    own, old = "[ack: Annotation::cdk-sagemaker-pipelines:", "[ack: cdk-sagemaker-pipelines:"
    synthesized(
        folder,
        {**DOUBTFUL, "Steps": [*DOUBTFUL["Steps"], *GOOD["Steps"]]},
        {
            "/Dev/S/Pipeline/Stop": [
                f"step 'Stop': a.py, line 1: invalid syntax [script-syntax] {own}script-syntax]",
                f"step 'Stop': b.py, line 2: invalid syntax [script-syntax] {old}script-syntax]",
                "something else [ack: @aws-cdk/core:other]",
                "without an id",
            ],
            "/Dev/S/Pipeline/New": [f"step 'New': Type: said in other words [step-type] {own}step-type]"],
            "/Dev/S/Pipeline": [f"it may be too much [compute-undecided] {own}compute-undecided]"],
            "/Dev/S/Other": [f"beside it [output-key] {own}output-key]"],
        },
    )
    place = "out/assembly-Dev/S.template.json#Dev/S/"
    assert run(capsys, "check", "out") == (
        0,
        [
            f"{place}Other: -: output-key: warning: beside it",
            f"{place}Pipeline: -: compute-undecided: warning: it may be too much",
            f"{place}Pipeline: New: step-type: warning: Type: the type 'Newer' is not known here",
            f"{place}Pipeline: Stop: script-syntax: warning: a.py, line 1: invalid syntax",
            f"{place}Pipeline: Stop: script-syntax: warning: b.py, line 2: invalid syntax",
        ],
        "1 pipeline: 5 warnings\n",
    )
    assert run(capsys, "check", "out", "--strict")[0] == 1
    findings = json.loads("\n".join(run(capsys, "check", "out", "--json")[1]))["findings"]
    assert [(each["pipeline"], each["resource"], each["step"]) for each in findings] == [
        (None, "Dev/S/Other", None), ("Dev/S/Pipeline", None, None), ("Dev/S/Pipeline", None, "New"),
        ("Dev/S/Pipeline", None, "Stop"), ("Dev/S/Pipeline", None, "Stop"),
    ]  # fmt: skip
