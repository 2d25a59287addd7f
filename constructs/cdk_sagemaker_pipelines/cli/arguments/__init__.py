"""The command line: the commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from ...language.errors import choices, did_you_mean, escaped
from . import executions, files, local_aws, pipelines

COMMANDS = (
    *(pipelines.list_, pipelines.show, pipelines.versions, pipelines.definition, pipelines.pool),
    *(executions.start, executions.watch, executions.stop, executions.resume, executions.rename),
    *(executions.callback, executions.approve, executions.logs, executions.why, executions.compare),
    *(
        files.draw,
        files.check,
        files.diff,
        files.explain,
        files.run,
        files.prices,
        files.quotas,
        files.import_,
        files.schema,
        files.environments,
        files.init,
    ),
    *(local_aws.studio, local_aws.local, local_aws.seed, local_aws.fire, local_aws.demo),
)
"""What adds each command, in the order in which ``smpipe --help`` lists them."""


class _ShowVersion(argparse.Action):
    """Looks up the version only when the option is given."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser._print_message(f"smpipe {self.const()}\n", sys.stdout)
        parser.exit()


class _Once(argparse._StoreAction):
    """Refuses an option that is given twice, of which argparse takes the last."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if option_string is not None and isinstance(parser, _Parser):
            if self.dest in parser.given:
                raise argparse.ArgumentError(self, "is given twice, and takes one value")
            parser.given.add(self.dest)
        super().__call__(parser, namespace, values, option_string)


class _Parser(argparse.ArgumentParser):
    """Reports errors in text that cannot affect a terminal: arguments may be the names of files."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.given: set[str] = set()
        """The options with one value that are on the command line."""
        for name in (None, "store"):
            self.register("action", name, _Once)

    def parse_known_args(self, *arguments: Any, **options: Any) -> Any:
        self.given.clear()
        found, unknown = super().parse_known_args(*arguments, **options)
        if unknown:  # refused here, since the parser of the whole would show only its own usage
            self.error(self._unknown(unknown))
        return found, unknown

    def _unknown(self, arguments: list[str]) -> str:
        option = next((each.partition("=")[0] for each in arguments if each.startswith("-")), None)
        if option is None:
            return f"too many arguments: {' '.join(arguments)}"
        return f"there is no option {option!r}{did_you_mean(option, self._option_string_actions)}"

    def _print_message(self, message: str, file: Any = None) -> None:
        """Prints it, or says why not, unlike argparse."""
        (file or sys.stderr).write(message)
        if file is sys.stdout:
            file.flush()

    def error(self, message: str) -> NoReturn:
        super().error(escaped(message))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuses what is not among the choices with the closest of them."""
        if action.choices is not None and value not in action.choices:
            hint = did_you_mean(str(value), action.choices) or f"; there are {choices(action.choices, 40)}"
            raise argparse.ArgumentError(action, f"there is no {value!r}{hint}")


@cache
def parser(version: Callable[[], str]) -> argparse.ArgumentParser:
    """The parser of ``smpipe``; the parsed ``command`` is the name of a module of ``cli.commands``."""
    whole = _Parser(
        prog="smpipe",
        description="List, start, follow, explain, draw and check Amazon SageMaker pipelines, on AWS or on this "
        "machine.",
        epilog="Exit codes: 0 done; 1 an execution did not succeed, or something was found; 2 it could not be done; "
        "130 interrupted.",
    )
    whole.add_argument("--version", action=_ShowVersion, const=version, nargs=0, help="show the version")
    whole.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    add = whole.add_subparsers(dest="command", metavar="COMMAND", required=True).add_parser
    for command in COMMANDS:
        command(add)
    return whole
