"""What the arguments of several commands have in common."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable

AddCommand = Callable[..., argparse.ArgumentParser]
"""Adds a command's parser: its name, help and description."""

EXECUTION = "its ARN, PIPELINE/ID (the beginning of the ID or its display name is enough), or PIPELINE for the latest"
PIPELINE = "its name or ARN"


def whole(least: int) -> Callable[[str], int]:
    """A whole number that is at least this."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{text} is too little; write {least} or more")
        return number

    return read


def seconds(text: str) -> float:
    """A time to wait, in seconds."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < number <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time to wait; write a number of seconds, such as 2")
    return number


def account(parser: argparse.ArgumentParser) -> None:
    """``--region`` and ``--profile``."""
    parser.add_argument("--region", metavar="NAME", help="AWS region; default: as the AWS CLI finds it")
    parser.add_argument("--profile", metavar="NAME", help="AWS profile; default: as the AWS CLI finds it")


def width(parser: argparse.ArgumentParser) -> None:
    """``--width``."""
    parser.add_argument("--width", type=whole(1), metavar="COLUMNS", help="of the text; default: the terminal's")


def interval(parser: argparse.ArgumentParser) -> None:
    """``--interval``."""
    parser.add_argument("--interval", type=seconds, metavar="SECONDS", help="between two polls; default: 2")


def as_json(parser: argparse._ActionsContainer, what: str = "it") -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def execution(parser: argparse.ArgumentParser) -> None:
    """An execution, by one of its names."""
    parser.add_argument("execution", metavar="EXECUTION", help=EXECUTION)


def parameters(parser: argparse.ArgumentParser) -> None:
    """``-p NAME=VALUE``."""
    parser.add_argument(
        "--parameter",
        "-p",
        action="append",
        default=[],
        dest="parameters",
        metavar="NAME=VALUE",
        help="may be repeated",
    )
