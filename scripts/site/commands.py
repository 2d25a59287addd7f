"""The page of `smpipe`'s commands: every argument, from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from cdk_sagemaker_pipelines.cli.arguments import parser

from .markdown import block, code, plain, table

HEAD = """\
# `smpipe`: every argument

What `smpipe COMMAND --help` says. [The commands of smpipe](../smpipe.md) says what each is for,
[executions](../executions.md#documents) what `--json` prints.

Every command exits with 0 when it did what was asked, with 1 when an execution did not succeed or something was found,
with 2 when it could not be done, and with 130 when it was interrupted.
"""


def page() -> str:
    """The Markdown of the page."""
    whole = parser(str)
    lines = [HEAD, *table(("option", "meaning"), _rows(whole))]
    for name, command in commands(whole).items():
        lines += _section(f"smpipe {name}", command)
    return "\n".join(lines)


def commands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of a parser by their names, sorted."""
    found = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    return {name: action.choices[name] for action in found for name in sorted(action.choices)}


def _section(title: str, command: argparse.ArgumentParser) -> list[str]:
    lines = [f"## {code(title)}", "", plain(command.description or ""), ""]
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=84)
    lines += block(command.format_usage().removeprefix("usage: "))
    rows = list(_rows(command))
    if rows:
        lines += table(("argument", "meaning"), rows)
    for name, inner in commands(command).items():
        lines += [f"#{line}" if line.startswith("## ") else line for line in _section(f"{title} {name}", inner)]
    return lines


def _rows(of: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in of._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)) or action.help == argparse.SUPPRESS:
            continue
        yield code(_written(action)), plain((action.help or "") % {"default": action.default, "prog": of.prog})


def _written(action: argparse.Action) -> str:
    chosen = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    value = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar or chosen
    if not action.option_strings:
        return action.metavar if isinstance(action.metavar, str) else action.dest
    several = {0: "", "?": f" [{value}]", "*": f" [{value} ...]", "+": f" {value} [...]"}
    return ", ".join(action.option_strings) + several.get(1 if action.nargs is None else action.nargs, f" {value}")
