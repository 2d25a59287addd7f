"""The tests themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.ids import LONGEST


def test_ids_are_short(request: pytest.FixtureRequest) -> None:
    """Checks the ids of all tests of the session."""
    ids = [item.nodeid.partition("[")[2].removesuffix("]") for item in request.session.items]
    wrong = [found for found in ids if found and not re.fullmatch(rf"[\w.:/@*=+<>-]{{1,{LONGEST}}}", found, re.ASCII)]
    assert not wrong, f"{len(wrong)}, such as {wrong[:3]}"


def test_what_drives_a_browser_is_marked(request: pytest.FixtureRequest) -> None:
    """So that it is skipped where there is none."""
    driving = [item for item in request.session.items if "chromium" in getattr(item, "fixturenames", ())]
    assert not [item.nodeid for item in driving if item.get_closest_marker("browser") is None]


def test_the_table_names_every_folder(root: Path) -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", (root / "tests" / "README.md").read_text("utf-8"), re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)/`", row)}
    assert named == {file.parent.name for file in (root / "tests").glob("*/*") if file.suffix in (".py", ".json")}
