"""The console as commands serve it, and its link in the user's browser."""

from __future__ import annotations

import html
import os
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..studio.account import Account
from ..studio.gate import Options
from ..studio.serving import serving
from .errors import CommandError


@contextmanager
def served(account: Account, port: int, option: str, *, read_only: bool = False) -> Iterator[Options]:
    """Serves the console within the block. Raises ``CommandError`` if the port, given by an option, is taken."""
    with ExitStack() as stack:
        try:
            options = stack.enter_context(serving(account, port, read_only=read_only))
        except (OSError, OverflowError) as error:
            raise CommandError(f"cannot listen on port {port}; choose another with {option}") from error
        yield options


@contextmanager
def opened(link: str, wanted: bool) -> Iterator[None]:
    """Opens the link, if that is wanted.

    The browser gets a file that only its user may read and that leads to the link: every user of the machine can read
    the arguments of a program. The file is gone after the block.
    """
    if not wanted:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="smpipe-") as folder:
        file = Path(folder) / "studio.html"
        text = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={html.escape(link)}">'
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as made:
            made.write(text)
        webbrowser.open(file.as_uri())
        yield
