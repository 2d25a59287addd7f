"""Every page, in every state that it has, for everybody: axe finds nothing, and nothing is wider than the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from cdk_sagemaker_pipelines.studio.serving import serving
from tests.cli.abalone import FIRST, answers
from tests.cli.service import START
from tests.studio.console import Scripted

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
    wrong, titles = {}, {}
    for name, address in served.world.addresses().items():
        page.goto(served.at(address))
        titles[name] = page.title()
        found = problems(page, size["width"])
        if found:
            wrong[name] = found
    expected = [problem for problem in browsing.problems if "the server responded with a status of 40" in problem]
    browsing.problems = [problem for problem in browsing.problems if problem not in expected]
    assert len(expected) == 3, "two pages do not exist, and one cannot be compared"
    own = [
        title for name, title in titles.items() if name.startswith(("pipeline, ", "step ")) and "filtered" not in name
    ]
    assert sorted(set(own)) == sorted(own), "the parts of a pipeline and the steps have titles of their own"
    assert titles["start, with mistakes"].startswith("Error: ")
    assert not wrong, "\n\n".join(f"{name}\n  " + "\n  ".join(found) for name, found in wrong.items())


def test_a_real_account(browsing: Browsing) -> None:
    """Its head is red, and what stops something asks first."""
    running = {"PipelineExecutionArn": FIRST, "PipelineExecutionStatus": "Executing", "CreationTime": START}
    account = Scripted(real=True, **answers(DescribePipelineExecution=running)).account
    with serving(account, 0) as options:
        for size, dark in ((DESKTOP, False), (PHONE, True)):
            page = browsing.context(size=size, dark=dark).new_page()
            page.goto(options.link)
            page.goto(f"http://localhost:{options.port}/p/Abalone/e/firstexec001")
            page.locator("summary", has_text="Stop").click()
            assert page.get_by_role("button", name="Stop the execution").is_visible()
            assert "AWS account 111122223333" in page.locator("header.real").inner_text()
            assert problems(page, size["width"]) == []
            page.close()  # which would ask on
