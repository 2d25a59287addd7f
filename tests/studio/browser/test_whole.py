"""The way through the console: from the printed link to a run that has ended, whose eight steps all really run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cdk_sagemaker_pipelines.studio.serving import serving
from tests.studio.console import of_embedded
from tests.studio.runs import Runs, line, runs, until

from .conftest import Browsing
from .test_live import here, row

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 60_000
LATER = ("Clean", "Train", "Tune", "Evaluate", "CheckMse", "Register", "TooInaccurate")
FOCUSED = """() => {
    const element = document.activeElement;
    return [element.localName, element.localName === "input" ? element.name : element.textContent.trim()];
}"""


class Hand(Protocol):
    """How somebody uses a page."""

    def press(self, page: Page, what: str, name: str) -> None:
        """Follows a link, or presses a button."""

    def write(self, page: Page, field: str, text: str) -> None:
        """Replaces what is in a field for a parameter."""

    def beside(self, context: BrowserContext, page: Page, link: str) -> Page:
        """Opens a link of the table of steps in a tab of its own."""


class Mouse:
    """By mouse; only texts are typed."""

    def press(self, page: Page, what: str, name: str) -> None:
        page.get_by_role(what, name=name, exact=True).click()  # type: ignore[arg-type]

    def write(self, page: Page, field: str, text: str) -> None:
        page.get_by_label(field).click(click_count=3)
        page.keyboard.type(text)

    def beside(self, context: BrowserContext, page: Page, link: str) -> Page:
        with context.expect_page() as opened:
            row(page, link).get_by_role("link").click(button="middle")
        return opened.value


class Keyboard:
    """By keyboard alone: the focus only moves by the key for that."""

    def press(self, page: Page, what: str, name: str) -> None:
        self._reach(page, "a" if what == "link" else what, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def write(self, page: Page, field: str, text: str) -> None:
        self._reach(page, "input", f"p.{field}")
        page.keyboard.press("Control+A")
        page.keyboard.type(text)

    def beside(self, context: BrowserContext, page: Page, link: str) -> Page:
        self._reach(page, "a", link)
        with context.expect_page() as opened:
            page.keyboard.press("Control+Enter")
        return opened.value

    @staticmethod
    def _reach(page: Page, element: str, name: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED) == [element, name]:
                return
        raise AssertionError(f"the key does not lead to {element} {name!r}")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with runs(tmp_path_factory.mktemp("runs")) as found:
        yield found


def held(aws: Runs, name: str, folder: Path) -> tuple[Path, Path]:
    """The files that the scripts of the first step and of the training of a new pipeline wait for."""
    prepare, train = folder / "prepare", folder / "train"
    aws.pipeline(name, line(("2", "0", "", str(train)), ("2", "0", "", str(prepare))))
    return prepare, train


@pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_from_the_link_to_the_end(aws: Runs, browsing: Browsing, tmp_path: Path, hand: Hand) -> None:
    name = type(hand).__name__
    prepare, train = held(aws, name, tmp_path)
    context = browsing.context()
    with serving(of_embedded(aws.aws), 0) as options:
        page = context.new_page()
        page.goto(options.link)
        hand.press(page, "link", name)
        hand.press(page, "link", "Start an execution")
        hand.write(page, "MaxMse", "3")
        expect(page.locator("#forecast")).to_contain_text("MaxMse = 3")
        hand.press(page, "button", "Start")
        expect(row(page, "Prepare")).to_contain_text("● Executing", timeout=SECONDS)
        page.evaluate("window.here = true")  # gone after a reload
        for step in LATER:
            expect(row(page, step)).to_contain_text("waiting")
        prepare.touch()
        expect(row(page, "Train")).to_contain_text("● Executing", timeout=SECONDS)
        log = hand.beside(context, page, "Train")
        expect(log.locator("#lines")).to_contain_text("line 1 ", timeout=SECONDS)
        log.evaluate("window.here = true")
        expect(log.locator("#head")).to_contain_text("Executing")
        expect(log.locator("#lines")).not_to_contain_text("released")
        train.touch()
        expect(log.locator("#lines")).to_contain_text("released", timeout=SECONDS)
        for step in ("Prepare", *LATER[:-1]):
            expect(row(page, step)).to_contain_text("✓ Succeeded", timeout=SECONDS)
        expect(row(page, LATER[-1])).to_contain_text("not run")
        expect(page.locator("#head")).to_contain_text("✓ Succeeded in")
        expect(log.locator("#head")).to_contain_text("✓ Succeeded", timeout=SECONDS)
        assert (here(page), here(log)) == (True, True)


def test_without_a_script(aws: Runs, browsing: Browsing, tmp_path: Path) -> None:
    prepare, train = held(aws, "Plain", tmp_path)
    hand = Mouse()
    with serving(of_embedded(aws.aws), 0) as options:
        page = browsing.context(script=False).new_page()

        def reloaded(where: Any, text: str) -> None:
            """Waits for a text by loading the page again: nothing changes by itself."""

            def there() -> bool:
                page.reload()
                return text in where.inner_text()

            until(there, SECONDS / 1000)

        page.goto(options.link)
        hand.press(page, "link", "Plain")
        hand.press(page, "link", "Start an execution")
        hand.write(page, "MaxMse", "3")
        hand.press(page, "button", "Show what would run")
        expect(page.locator("#forecast")).to_contain_text("MaxMse = 3")
        hand.press(page, "button", "Start")
        reloaded(row(page, "Prepare"), "● Executing")
        for step in LATER:
            expect(row(page, step)).to_contain_text("waiting")
        prepare.touch()
        reloaded(row(page, "Train"), "● Executing")
        row(page, "Train").get_by_role("link").click()
        reloaded(page.locator("#log"), "line 1 ")
        assert "released" not in page.locator("#log").inner_text()
        train.touch()
        reloaded(page.locator("#log"), "released")
        page.go_back()
        reloaded(page.locator("#head"), "✓ Succeeded")
        for step in ("Prepare", *LATER[:-1]):
            expect(row(page, step)).to_contain_text("✓ Succeeded")
        expect(row(page, LATER[-1])).to_contain_text("not run")
