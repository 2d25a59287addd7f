"""What axe-core finds in a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_SCRIPT = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async tags => (await axe.run(document, {runOnly: tags, resultTypes: ["violations"]})).violations.map(
  found => found.id + ": " + found.help + "; " + found.nodes.slice(0, 3).map(
    node => node.html.slice(0, 160) + " (" + [...node.any, ...node.all, ...node.none].map(each => each.message) + ")"
  ).join("; "))"""


@cache
def _script() -> str:
    return _SCRIPT.read_text("utf-8")


def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA or what is good practice, with the elements."""
    page.evaluate(_script())
    found: list[str] = page.evaluate(_RUN, list(TAGS))
    return found
