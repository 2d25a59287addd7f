"""What becomes of the output of ``smpipe``: a reader that goes, streams that are closed, tables in a pipe."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.cli.tables import WIDEST, Column, print_table
from cdk_sagemaker_pipelines.cli.terminal import WIDE, Terminal

from .abalone import DESCRIBED, FIRST, answers
from .conftest import Command

PROGRAM = "import sys; from cdk_sagemaker_pipelines.cli import main; sys.exit(main())"
SMPIPE = shlex.join([sys.executable, "-c", PROGRAM])


def nobody_reads() -> io.TextIOWrapper:
    """A stream into a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w")


@pytest.mark.parametrize(
    "command",
    [
        ["show", FIRST], ["show", "Abalone"], ["list", "Abalone"], ["compare", FIRST, FIRST], ["watch", FIRST],
        ["start", "Abalone", "--dry-run"], ["why", FIRST],
    ],
    ids=lambda command: command[0] if len(command) < 3 else "-".join([command[0], command[-1][-9:]]),
)  # fmt: skip
def test_a_reader_that_has_gone(smpipe: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    smpipe.answers(**answers(Search={"Results": []}, DescribePipeline=DESCRIBED))
    for name in ("events", "scheduler", "logs", "lambda", "s3"):
        smpipe.answers(name)
    with nobody_reads() as out, nobody_reads() as errors:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", errors)
        assert cli.main(command) == 141


def shell(command: str, folder: Path) -> tuple[int, str]:
    """The exit code of a command for a shell, and what it printed."""
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


CLOSED = "smpipe: standard output is closed; where nothing is to be printed, write >/dev/null\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("check nothing.json >&-", (2, CLOSED)),
        ("--help >&-", (2, CLOSED)),
        ("check nothing.json 2>&-", (2, "")),
        ("check nothing.json >&- 2>&- <&-", (2, "")),
        ("no-command 2>&-", (2, "")),
        ("check - <&-", (2, "smpipe: <stdin>: it is not JSON: Expecting value at line 1, column 1\n")),
    ],
)
def test_closed_streams(tmp_path: Path, command: str, expected: tuple[int, str]) -> None:
    assert shell(f"{SMPIPE} {command}", tmp_path) == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "--version", "start --help"])
def test_help_that_cannot_be_written(tmp_path: Path, command: str) -> None:
    told = "smpipe: the output cannot be written: No space left on device\n"
    assert shell(f"{SMPIPE} {command} >/dev/full", tmp_path) == (2, told)
    assert shell(f"{SMPIPE} {command} >/dev/full 2>&1", tmp_path) == (2, "")


def printed(width: int, *cells: tuple[str, str, str]) -> list[str]:
    """The lines of a table into a pipe."""
    out = io.StringIO()
    columns = [Column("Name"), Column("Value", right=True), Column("Note", folds=True)]
    print_table(Terminal(file=out, width=width), columns, cells)
    return out.getvalue().splitlines()


def test_a_table_in_a_pipe_ends_where_its_text_ends() -> None:
    rows = [("first", "1", "a note"), ("b", "20", ""), ("宽", "3", "")]
    for width in (WIDE, 40):
        assert printed(width, *rows) == [
            "Name   Value  Note", "first      1  a note", "b         20", "宽         3",
        ]  # fmt: skip


def test_one_long_cell_does_not_push_the_others_apart() -> None:
    long = f"s3://{'b' * 300}"
    first, second, third = printed(WIDE, (long, "1", "x"), ("b", "2", "y"))
    assert second == f"{long}      1  x"
    assert (first, third) == (f"{'Name':<{WIDEST}}  Value  Note", f"{'b':<{WIDEST}}      2  y")
    assert all(len(line) <= 40 for line in printed(40, (long, "1", "x"), ("b", "2", "y")))


def test_colors_that_are_asked_for_in_a_pipe() -> None:
    out = io.StringIO()
    console = Terminal(file=out, width=WIDE, force_terminal=True, color_system="standard")
    print_table(console, [Column("State")], [[Text("Failed", style="red")]])
    assert "\x1b[31mFailed\x1b[0m" in out.getvalue()


def test_an_interruption_while_python_loads_the_command_line() -> None:
    program = """
import sys

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
from cdk_sagemaker_pipelines.cli import main
sys.exit(main(["schema"]))
"""
    for module in ("program", "arguments", "commands.schema"):
        command = [sys.executable, "-c", program, f"cdk_sagemaker_pipelines.cli.{module}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
