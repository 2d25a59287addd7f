"""Runs the console blocks of a page as its reader would: in order, in one shell, in an empty folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from .pages import Block, Command, commands, fits, patched

ROOT = Path(__file__).resolve().parents[2]
SECOND = "In a second terminal"
"""The title of a block whose command goes on while the following blocks run."""
_END = "--- end of a command ---"


class Console:
    """A shell. Its environment has this library instead of an installed wheel, and the CDK CLI of the tests.

    ``codes`` has the exit codes of commands that do not end with 0 and whose page does not show the code.
    """

    def __init__(
        self,
        folder: Path,
        home: Path,
        *,
        tools: Iterable[Path] = (),
        codes: Mapping[str, int] | None = None,
        patience: float = 300,
    ) -> None:
        self.folder, self.patience, self._codes = folder, patience, codes or {}
        path = [*map(str, tools), str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin")]
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([*path, os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(ROOT / "constructs"),
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_{what}": f"reader@{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self._shell = self._started(["bash", "--noprofile", "--norc"])
        self._others: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Console:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._others:
            self.stop()
        _end(self._shell)

    def run(self, blocks: Iterable[Block]) -> int:
        """Runs blocks and compares what they print; writes those with a file's name. Returns how many ran."""
        ran = 0
        for block in blocks:
            if block.norun is not None:
                continue
            if block.language == "console" and block.title == SECOND:
                (command,) = commands(block)
                self.start(command)
            elif block.language == "console":
                self._run_all(block)
            elif block.title is not None:
                self._write(block)
            else:
                continue
            ran += 1
        return ran

    def _run_all(self, block: Block) -> None:
        asked = commands(block)
        following = [*(command.text for command in asked[1:]), ""]
        for command, after in zip(asked, following, strict=True):
            printed, code = self._run(command.text)
            assert fits(command.output, printed), _differs(block, command, printed)
            expected = self._codes.get(command.text, 0)
            assert code == expected or after == "echo $?", f"{_where(block, command)} ends with {code}:\n{printed}"

    def _run(self, command: str) -> tuple[str, int]:
        """What it prints, and its exit code."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        # the last command leaves $? as the reader's left it
        self._shell.stdin.write(f"{{ {command}\n}} </dev/null\n__=$?; printf '\\n%s%s\\n' '{_END}' $__; (exit $__)\n")
        self._shell.stdin.flush()
        watch = threading.Timer(self.patience, os.killpg, (self._shell.pid, signal.SIGKILL))
        watch.start()
        printed = ""
        try:
            for line in self._shell.stdout:
                if line.startswith(_END):
                    printed = printed.removesuffix("\n")
                    return printed, int(line.removeprefix(_END))
                printed += line
        finally:
            watch.cancel()
        raise AssertionError(f"the shell ended in {command!r}:\n{printed}")

    def start(self, command: Command) -> None:
        """Starts a command that serves, and waits until it has printed what the page shows."""
        output = self.folder.parent / f"terminal-{len(self._others)}"
        with output.open("w") as file:
            process = subprocess.Popen(
                ["bash", "--noprofile", "--norc", "-c", f"exec {command.text}"],
                cwd=self._shell_folder(),
                env={**self.environment, "PYTHONUNBUFFERED": "1"},
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._others.append(process)
        end = time.monotonic() + self.patience
        while not fits(command.output, output.read_text("utf-8")):
            assert process.poll() is None, f"{command.text!r} ended:\n{output.read_text('utf-8')}"
            assert time.monotonic() < end, f"{command.text!r} prints\n{output.read_text('utf-8')}"
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends the command that was started last."""
        _end(self._others.pop())

    def _write(self, block: Block) -> None:
        assert block.title is not None
        file = self._shell_folder() / block.title
        if block.language == "diff":
            file.write_text(patched(file.read_text("utf-8"), block.text), "utf-8")
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")

    def _shell_folder(self) -> Path:
        return Path(self._run("pwd")[0].strip())

    def _started(self, command: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _where(block: Block, command: Command) -> str:
    return f"{command.text!r} of the block in line {block.line}"


def _differs(block: Block, command: Command, printed: str) -> str:
    return f"{_where(block, command)} prints\n{printed}\nand not\n{command.output}"
