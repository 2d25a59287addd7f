"""Executions side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.studio.console import Console, of_embedded
from tests.studio.world import World, world


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture(scope="module")
def console(there: World) -> Console:
    return Console(of_embedded(there.aws))


def test_x(there: World, console: Console) -> None:
    r = there.runs
    Path("/tmp/w/studio_compare/a.html").write_text(console.get(f"/p/Abalone/compare?e={r['first']}&e={r['changed']}"))
