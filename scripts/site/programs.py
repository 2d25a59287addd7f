"""The programs of ``programs.md``, by the codes of the findings that they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_TEXT = Path(__file__).with_suffix(".md").read_text("utf-8")
_PROGRAM = re.compile(r"^## ([a-z\-]+)\n\n```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.M | re.S)


class Program(NamedTuple):
    """What follows the beginning that all have, and the finding that it makes, in one line."""

    code: str
    text: str


BEGINNING = _TEXT.partition("```python\n")[2].partition("```\n")[0]
PROGRAMS: Mapping[str, Program] = {
    name: Program(code, " ".join(text.split())) for name, code, text in _PROGRAM.findall(_TEXT)
}
