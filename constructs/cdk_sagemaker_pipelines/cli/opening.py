"""Opens a link in the user's browser, without showing it to others."""

from __future__ import annotations

import html
import os
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
