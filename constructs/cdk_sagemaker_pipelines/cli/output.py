"""How wide text is, and what ``--json`` prints."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import datetime
from typing import Any


def text_width(given: int | None = None) -> int | None:
    """The columns that text is folded to: those that were given, else the terminal's.

    None into a pipe or a file, where an ARN stays whole, unless ``COLUMNS`` says how wide it is.
    """
    if given or not (sys.stdout.isatty() or "COLUMNS" in os.environ):
        return given
    return shutil.get_terminal_size().columns


def write_json(document: Any) -> None:
    """Prints a document in ASCII, times as ISO 8601; without what only describes the answer that it came with."""
    sys.stdout.write(json.dumps(_without_metadata(document), indent=2, default=_plain) + "\n")


def write_json_line(document: Any) -> None:
    """Prints a document on a line of its own."""
    sys.stdout.write(json.dumps(document, default=_plain) + "\n")


def _without_metadata(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: value for key, value in document.items() if key != "ResponseMetadata"}
    return document


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
