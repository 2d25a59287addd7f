"""Arbitrary text in names, states and reasons, on the terminal of ``start --watch`` and ``watch``."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from hypothesis import strategies as st
from rich.text import Text

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.terminal import Terminal, terminal

from .driving import samples
from .test_anything import effort, mutations, texts

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2030, 1, 1, tzinfo=timezone.utc)
HARM = (
    "\x1b]0;OWNED\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[7;35;41m\u202egnp.exe [bold]x[/nope] [link=http://e]\x9b2J"
    "\x1bP1\x1b\\ :smile: \u2066\u200f\u061c\ufeff\u2028\x08\x7f\r\x0b\x0c\t\U000e0001"
)
"""The title, the clipboard, the screen, colours, directions, markup, and what has no width."""
OURS = re.compile(r"\x1b\[(?:0|1|2|3[1-6]|1;3[1-6]|\?25[lh]|1A|2K|1G)m?|\r")
"""What rich writes for a live table: colours, a hidden cursor, lines that are written anew."""


class Service:
    """SageMaker, as far as a watcher asks it; it is over after the first look."""

    class exceptions:
        ClientError = ClientError

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.looks = 0

    def _answer(self, operation: str) -> None:
        if self.told.get("refused") == operation:
            raise ClientError({"Error": {"Code": self.told["code"], "Message": self.told["reason"]}}, operation)

    def describe_pipeline(self, **_: Any) -> dict[str, Any]:
        self._answer("pipeline")
        definition = {"Version": "2020-12-01", "Parameters": [], "Steps": []}
        return {"PipelineName": "P", "PipelineArn": self.told["arn"], "PipelineDefinition": json.dumps(definition)}

    def start_pipeline_execution(self, **_: Any) -> dict[str, Any]:
        self._answer("start")
        return {"PipelineExecutionArn": self.told["arn"]}

    def list_pipeline_executions(self, **_: Any) -> dict[str, Any]:
        self._answer("list")
        return {"PipelineExecutionSummaries": [{"PipelineExecutionArn": self.told["arn"]}]}

    def describe_pipeline_definition_for_execution(self, **_: Any) -> dict[str, Any]:
        self._answer("definition")
        return {"PipelineDefinition": self.told["definition"]}

    def describe_pipeline_execution(self, **_: Any) -> dict[str, Any]:
        self._answer("describe")
        self.looks += 1
        status = self.told["status"] if self.looks > 1 else "Executing"
        times = {"CreationTime": START, "LastModifiedTime": START + timedelta(seconds=75)}
        return {"PipelineExecutionStatus": status, "FailureReason": self.told["reason"], **times}

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield {"PipelineExecutionSteps": self.told["steps"]}


RECORDS = st.fixed_dictionaries(
    {"StepName": texts | st.just(HARM), "StepStatus": st.sampled_from(["Failed", "Executing", HARM]) | texts},
    optional={
        "FailureReason": texts | st.just(HARM),
        "StartTime": st.just(START),
        "StepDescription": texts.map(lambda text: f"{text} [simulated: {HARM}]"),
        "Metadata": st.dictionaries(texts, st.just({})) | st.just({"Condition": {"Outcome": HARM}}),
    },
)
ANSWERS = st.fixed_dictionaries(
    {
        "arn": texts | st.just(HARM),
        "definition": texts | mutations().map(json.dumps) | st.just(json.dumps({"Version": "2020-12-01", "Steps": [
            {"Name": HARM, "Type": HARM, "Arguments": {}}]})),
        "status": st.sampled_from(["Failed", "Succeeded", "Stopped"]),
        "reason": texts | st.just(HARM),
        "steps": st.lists(RECORDS, max_size=4),
        "code": st.sampled_from(["ValidationException", HARM]),
        "refused": st.sampled_from(["", "", "", "", "start", "list", "definition", "describe", "pipeline"]),
    }
)  # fmt: skip
COMMANDS = st.sampled_from([["start", "P", "--watch"], ["watch", "arn"], ["watch", "--pipeline", HARM]])


def printed(told: dict[str, Any], arguments: list[str], variables: dict[str, str]) -> tuple[int, str]:
    """Runs a command; its exit code and all that it prints, as a terminal gets it."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with (
        mock.patch("cdk_sagemaker_pipelines.cli.aws.client", return_value=Service(told)),
        mock.patch.dict("os.environ", variables),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        code = cli.main(["--debug", *arguments, "--interval", "0.001"])
    out.seek(0)
    return code, out.read()


def judge(sample: tuple[dict[str, Any], list[str], bool]) -> None:
    told, arguments, live = sample
    variables = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"} if live else {}
    code, text = printed(told, arguments, variables)
    assert code in (0, 1, 2)
    plain = OURS.sub("", text) if live else text
    assert all(character.isprintable() for character in plain if character != "\n"), plain


@effort(60, 20_000)
def test_any_execution(count: int) -> None:
    samples(st.tuples(ANSWERS, COMMANDS, st.booleans()), judge, count)


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "200"}])
def test_markup_is_text(variables: dict[str, str]) -> None:
    step = {"StepName": "[bold]Train[/nope]", "StepStatus": "Failed", "StartTime": START, "FailureReason": HARM}
    told = {"arn": HARM, "definition": "", "status": "Failed", "reason": f"because {HARM}", "steps": [step]}
    code, text = printed(told, ["start", "P", "--watch"], variables)
    assert code == 1
    assert "[bold]Train[/nope]" in text
    assert text.count("gnp.exe [bold]x[/nope] [link=http://e]") == 2, "the ARN, and why the step failed"
    assert text.count(r"ZXZpbA==\x1b[2J\x1b[7;35;41m\u202egnp.exe") == 2
    assert ":smile:" in text


@pytest.mark.parametrize("way", ["print", "out", "status", "rule", "log"])
def test_nothing_bypasses_the_escaping(way: str) -> None:
    file = io.StringIO()
    console = Terminal(file=file, force_terminal=True, color_system=None, width=400)
    if way == "status":
        with console.status(Text(HARM)):  # of a plain text, rich takes the markup everywhere
            pass
    else:
        getattr(console, way)(HARM)
    plain = OURS.sub("", file.getvalue())
    assert "OWNED" in plain
    assert all(character.isprintable() for character in plain if character != "\n"), plain


def test_what_is_logged_or_breaks_in_a_thread_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "stderr", err)
    terminal()

    def broken() -> None:
        raise ValueError(HARM)

    thread = threading.Thread(target=broken, name=HARM)
    thread.start()
    thread.join()
    logging.getLogger("cdk_sagemaker_pipelines.local").warning("function %s failed", HARM)
    assert err.getvalue().count("OWNED") == 3
    assert all(character.isprintable() for character in err.getvalue() if character != "\n")


@pytest.mark.parametrize("arguments", [["draw", HARM], ["draw", "a", HARM], ["check", HARM], ["--debug", "draw", "a"]])
def test_errors_and_tracebacks_are_escaped(tmp_path: Path, arguments: list[str]) -> None:
    program = f"""
import sys
from cdk_sagemaker_pipelines import cli, review
def broken(*arguments, **options): raise ValueError({HARM!r})
review.text = broken
sys.exit(cli.main(sys.argv[1:]))
"""
    (tmp_path / "a").write_text('{"Version": "2020-12-01", "Steps": []}')
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert "OWNED" in done.stderr
    assert all(character.isprintable() for character in done.stderr if character != "\n")


def test_the_server_logs_nothing_that_a_request_says_to_the_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main())"]
    process = subprocess.Popen(
        [*command, "local", "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = (re.search(r"http://localhost:(\d+)", line) for line in process.stdout)
    port = next(int(match[1]) for match in told if match)
    for request in (f"GET /{HARM} HTTP/1.1\r\n\r\n", f"{HARM}\r\n\r\n", f"GET / HTTP/1.1\r\n{HARM}: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request.encode())
            connection.recv(100)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert all(character.isprintable() for character in err if character != "\n"), err
