"""Every page, in every state that it has, for everybody: axe finds nothing, and nothing is wider than the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .axe import violations
from .conftest import DESKTOP, PHONE, Browsing, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS = {
    "light desktop": (DESKTOP, False),
    "dark phone": (PHONE, True),
    "dark desktop": (DESKTOP, True),
    "light phone": (PHONE, False),
}


def problems(page: Page, width: int) -> list[str]:
    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"it is {wide} pixels wide"] if wide > width else [])


@pytest.mark.parametrize(
    "look", [pytest.param(name, marks=[pytest.mark.long] * (number > 1)) for number, name in enumerate(LOOKS)]
)
def test_every_page(browsing: Browsing, served: Served, look: str) -> None:
    size, dark = LOOKS[look]
    page = browsing.context(size=size, dark=dark).new_page()
    page.goto(served.options.link)
    wrong = {}
    for name, address in served.world.addresses().items():
        page.goto(served.at(address))
        found = problems(page, size["width"])
        if found:
            wrong[name] = found
    expected = [problem for problem in browsing.problems if "the server responded with a status of 40" in problem]
    browsing.problems = [problem for problem in browsing.problems if problem not in expected]
    assert len(expected) == 3, "two pages do not exist, and one cannot be compared"
    assert not wrong, "\n\n".join(f"{name}\n  " + "\n  ".join(found) for name, found in wrong.items())
