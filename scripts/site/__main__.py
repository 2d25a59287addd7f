"""Writes the pages of the documentation site and its configuration into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from .pages import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
