"""Large and knotted definitions: every tool ends, in a time that grows with the size and not with its square."""

from __future__ import annotations

from pathlib import Path

import pytest

from .driving import check, compare, derive, draw
from .large import LARGE

LENGTHS = [
    pytest.param(10_000, 20.0, id="small"),
    pytest.param(1_000_000, 120.0, id="1MB", marks=pytest.mark.long),
    pytest.param(10_000_000, 600.0, id="10MB", marks=pytest.mark.long),
]
"""Bytes, and seconds of the processor that no tool takes: many times what is measured, and less than a square."""


@pytest.mark.parametrize(("size", "seconds"), LENGTHS)
@pytest.mark.parametrize("name", LARGE)
def test_every_tool_ends(name: str, size: int, seconds: float, tmp_path: Path) -> None:
    content = LARGE[name](size)
    file = tmp_path / "a.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    check(file, seconds)
    draw(file, seconds)
    compare(file, seconds)
    if size < 1_000_000:
        derive(file.read_bytes())
