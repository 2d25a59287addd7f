"""What a page is made for: the account, and how the console is served."""

from __future__ import annotations

from typing import NamedTuple, cast

from flask import current_app

from .account import Account
from .gate import Options

NAME = "smpipe-studio"


class Served(NamedTuple):
    """What the application has."""

    account: Account
    options: Options


def account() -> Account:
    """The account whose pipelines are shown."""
    return _served().account


def options() -> Options:
    """How the console is served."""
    return _served().options


def _served() -> Served:
    return cast(Served, current_app.extensions[NAME])
