"""The command line: the commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ..language.errors import escaped

FORMATS = ("text", "mermaid", "dot")
SOURCE = "a definition (JSON), a template, a cdk.out directory, or - for standard input"


# Adds a command's parser: its name, help and description.
_AddCommand = Callable[..., argparse.ArgumentParser]


class _ShowVersion(argparse.Action):
    """Looks up the version only when the option is given."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"smpipe {self.const()}\n")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Reports errors in text that cannot affect a terminal: arguments may be the names of files."""

    def error(self, message: str) -> NoReturn:
        super().error(escaped(message))


def parser(version: Callable[[], str]) -> argparse.ArgumentParser:
    """The parser of ``smpipe``; the parsed ``command`` is the name of a module of this package."""
    whole = _Parser(
        prog="smpipe",
        description="Draw, check, compare, explain, run and watch Amazon SageMaker pipelines, on AWS or on this "
        "machine.",
    )
    whole.add_argument("--version", action=_ShowVersion, const=version, nargs=0, help="show the version")
    whole.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    add = whole.add_subparsers(dest="command", metavar="COMMAND", required=True).add_parser
    for command in (_draw, _check, _diff, _explain, _local, _start, _watch, _demo):
        command(add)
    return whole


def _draw(add: _AddCommand) -> None:
    draw = add("draw", help="draw a pipeline's graph", description="Draw a pipeline's graph.")
    draw.add_argument(
        "source",
        help="a definition (JSON), a template, a cdk.out directory, - for standard input, or the name of a deployed "
        "pipeline, even if a folder without templates has the same name",
    )
    draw.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    draw.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    _width(draw)
    _account(draw)


def _check(add: _AddCommand) -> None:
    check = add(
        "check",
        help="find what is wrong in a pipeline",
        description="Find what is wrong in pipeline definitions, whoever wrote them: a line for each finding, "
        "'file: step: code: text'. The exit code is 0 without errors (warnings do not count unless --strict is "
        "given), 1 with errors, 2 when something could not be read.",
    )
    check.add_argument("sources", nargs="+", metavar="FILE", help=SOURCE)
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")


def _diff(add: _AddCommand) -> None:
    diff = add(
        "diff",
        help="show what differs between two pipelines",
        description="Show what differs in meaning between two pipelines: parameters, steps, their arguments, their "
        "place and what they wait for. The exit code is 0 when nothing differs, 1 when something does, 2 when "
        "something could not be read.",
    )
    diff.add_argument("old", metavar="OLD", help=SOURCE)
    diff.add_argument("new", metavar="NEW", help="the same")
    diff.add_argument("--pipeline", metavar="NAME", help="which one, where a source holds several")
    diff.add_argument("--json", action="store_true", help="print the difference as JSON")
    _width(diff)


def _explain(add: _AddCommand) -> None:
    explain = add(
        "explain",
        help="show what a pipeline's roles may do, and why",
        description="Show what the roles of pipelines may do: each permission, on what, and which field of which step "
        "needs it; what was granted in code; and what is only known at run time, so that it cannot be derived. "
        "The exit code is 2 when something could not be read.",
    )
    explain.add_argument("source", metavar="FILE", help=SOURCE)
    explain.add_argument("--pipeline", metavar="NAME", help="which one, where the source holds several")
    explain.add_argument("--json", action="store_true", help="print it as JSON")
    _width(explain)


def _local(add: _AddCommand) -> None:
    local = add(
        "local",
        help="serve an AWS on this machine",
        description="Serve an AWS on this machine, for cdk, boto3, the AWS CLI and smpipe to deploy to and to run "
        "pipelines on. It serves the user who started it and nobody else, keeps everything in memory and forgets it "
        "when it stops.",
    )
    local.add_argument("--port", type=int, help="default: 5566; 0 chooses a free one")
    local.add_argument("--account", metavar="ID", help="to emulate; default: as in the first environment of cdk.json")
    local.add_argument("--region", metavar="NAME", help="to emulate; default: as in the first environment of cdk.json")
    local.add_argument(
        "--env",
        nargs="?",
        const="",
        metavar="ACCOUNT",
        help="do not serve, but print the variables that a terminal exports to use the running local AWS as ACCOUNT; "
        "default: the account that it emulates",
    )
    local.add_argument(
        "--secret",
        metavar="FILE",
        help="a file that only you may read, or - for standard input, with 16 characters or more, from which the keys "
        "of all accounts derive; default: a new secret at every start",
    )
    local.add_argument(
        "--outcomes",
        metavar="FILE",
        type=Path,
        help='scripted step results, as JSON by step name, such as {"Check": {"violation": true}}',
    )


def _start(add: _AddCommand) -> None:
    start = add("start", help="start a pipeline", description="Start an execution of a deployed pipeline.")
    start.add_argument("pipeline", metavar="PIPELINE", help="its name or ARN")
    start.add_argument(
        "--parameter",
        "-p",
        action="append",
        default=[],
        dest="parameters",
        metavar="NAME=VALUE",
        help="may be repeated",
    )
    start.add_argument("--watch", "-w", action="store_true", help="watch it until it ends")
    _interval(start)
    _account(start)


def _watch(add: _AddCommand) -> None:
    watch = add(
        "watch",
        help="watch an execution",
        description="Watch an execution until it ends. The exit code is 0 when it succeeds, else 1.",
    )
    which = watch.add_mutually_exclusive_group(required=True)
    which.add_argument("execution", nargs="?", metavar="EXECUTION_ARN")
    which.add_argument("--pipeline", metavar="NAME", help="the latest execution of this pipeline")
    _interval(watch)
    _account(watch)


def _demo(add: _AddCommand) -> None:
    demo = add(
        "demo",
        help="deploy the example of this project's repository to a local AWS and run it",
        description="Start a local AWS, deploy a stack of the app in this directory to it with the CDK CLI, "
        "run its pipeline and show the result. `make demo` installs what this needs and runs it.",
    )
    demo.add_argument("--environment", metavar="NAME", default="Dev", help="of cdk.json; default: Dev")
    demo.add_argument(
        "--stack", metavar="NAME", help="of the environment; default: 'demo' in cdk.json's context, else all stacks"
    )


def _account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--region", metavar="NAME", help="AWS region; default: as the AWS CLI finds it")
    parser.add_argument("--profile", metavar="NAME", help="AWS profile; default: as the AWS CLI finds it")


def _width(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--width", type=int, metavar="COLUMNS", help="of the text; default: the terminal's")


def _interval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--interval", type=float, default=2.0, metavar="SECONDS", help="between two polls; default: 2")
