"""Runs a command of ``smpipe``, and turns what goes wrong into words and exit codes."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

from ..language import PipelineError
from ..language.errors import escaped_lines
from ..review.words import printable
from .arguments import parser
from .arguments.combinations import settle
from .errors import CommandError

EXTRA = frozenset({"boto3", "botocore", "cfnlint", "flask", "moto", "regex", "rich", "werkzeug", "yaml"})
"""Top-level modules that the extras ``local`` and ``studio`` bring."""
SERVE = frozenset({"local", "demo"})
"""The commands that are a local AWS themselves."""
READER_GONE = 141
"""What a shell reports for a program that SIGPIPE ended."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of what is written to, not of this program."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code, as ``cli.main`` has them; raises ``KeyboardInterrupt``."""
    if sys.stdin is None:  # closed, as all three may be
        sys.stdin = open(os.devnull)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        return _refuse(f"standard output is closed; where nothing is to be printed, write >{os.devnull}")
    try:
        return _answer(arguments)
    except BrokenPipeError:
        _silence(sys.stdout)
        _silence(sys.stderr)
        return READER_GONE
    except OSError as error:
        if error.errno not in FULL:
            raise
        _silence(sys.stdout)
        return _refuse(f"{error.filename or 'the output'} cannot be written: {error.strerror}")


def _answer(arguments: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal cannot show must not end the command
            stream.reconfigure(errors="backslashreplace")
    options = parser(_version).parse_args(arguments)
    try:
        exit_code = _run(options)
        sys.stdout.flush()
        return exit_code
    except (CommandError, PipelineError) as error:
        return _refuse(str(error))
    except Exception as error:
        if isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and error.errno in FULL):
            raise
        if options.debug:
            sys.excepthook = _show
            raise
        return _refuse(
            f"this is a bug in smpipe, please report it: {type(error).__name__}: {error}\n"
            f"smpipe: 'smpipe --debug {options.command} ...' shows where it happened"
        )


def _run(options: argparse.Namespace) -> int:
    settle(options)
    if options.command in SERVE:  # the terminal's profile is that of another AWS, and moto would look for it
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            os.environ.pop(name, None)
    try:
        command = importlib.import_module(f".commands.{options.command}", __package__)
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in EXTRA:
            extra = "studio" if options.command == "studio" else "local"
            raise CommandError(
                f"'smpipe {options.command}' needs the extra '{extra}' ({error.name} is not installed); "
                f"run: pip install 'cdk-sagemaker-pipelines[{extra}]'"
            ) from error
        raise
    exit_code: int = command.run(options)
    return exit_code


def _silence(stream: TextIO) -> None:
    """Discards what is left of the output; otherwise Python complains once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _version() -> str:
    metadata = importlib.import_module("importlib.metadata")  # which takes longer than the rest of the start
    try:
        return str(metadata.version("cdk-sagemaker-pipelines"))
    except metadata.PackageNotFoundError:
        return "(source tree, not installed)"


def _show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The traceback, escaped, since it may quote text of others."""
    lines = importlib.import_module("traceback").format_exception(kind, error, trace)
    sys.stderr.write(escaped_lines("".join(lines)))


def _refuse(text: str) -> int:
    try:
        print("smpipe:", "\n".join(map(printable, text.split("\n"))), file=sys.stderr)  # noqa: T201
    except OSError:  # nobody reads it
        _silence(sys.stderr)
    return 2
