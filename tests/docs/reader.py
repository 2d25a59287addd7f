"""Runs the console blocks of a page, with ``smpipe`` in this process."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from cdk_sagemaker_pipelines import cli

from .pages import Block, Command, commands, consoles, fits

ROOT = Path(__file__).resolve().parents[2]
_ID = re.compile(r"(?<=/execution/)[a-z0-9]{12}\b")


class Reader:
    """A reader of a page.

    ``codes`` has the exit codes of commands that do not end with 0, nor with 2 and an error; ``before`` what the reader
    does before a command.
    """

    def __init__(
        self, codes: Mapping[str, int] | None = None, before: Mapping[str, Callable[[], object]] | None = None
    ) -> None:
        self._codes, self._before = codes or {}, before or {}
        self._ids: dict[str, str] = {}
        """The ID that the page shows for an execution, by its own."""

    def run(self, page: Path) -> int:
        """How many commands ran: all of the page, but those that it says cannot run."""
        asked = [(block, command) for block in consoles(page) if block.norun is None for command in commands(block)]
        for block, command in asked:
            self._run(block, command)
        return len(asked)

    def _run(self, block: Block, command: Command) -> None:
        text = command.text
        self._before.get(text, lambda: None)()
        code, printed = _done(text)
        printed = self._known(command.output, printed)
        assert fits(command.output, printed), (
            f"line {block.line}: {text!r} prints\n{printed}\nand not\n{command.output}"
        )
        expected = self._codes.get(text, 2 if command.output.startswith("smpipe: ") else 0)
        assert code == expected, f"line {block.line}: {text!r} ends with {code}"

    def _known(self, shown: str, printed: str) -> str:
        """What is printed, with the executions called as the page calls them: each by one ID throughout."""
        for own, id in zip(_ID.findall(printed), _ID.findall(shown), strict=False):
            if id not in self._ids.values():
                self._ids.setdefault(own, id)
        for own, id in self._ids.items():
            printed = printed.replace(own, id)
        return printed


def _done(text: str) -> tuple[int, str]:
    """The exit code of a command, and what it prints: of ``smpipe`` alone in this process, else in a shell."""
    program, *arguments = shlex.split(text)
    if program == "smpipe":
        with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as out, redirect_stderr(out):
            code = cli.main(arguments)
        out.seek(0)
        return code, out.read()
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-o", "pipefail", "-c", text],
        env={**os.environ, "PYTHONPATH": str(ROOT / "constructs")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
