"""Pages in a real browser: the one of this machine, driven by Playwright, which brings none of its own here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

from cdk_sagemaker_pipelines.studio.gate import Options
from cdk_sagemaker_pipelines.studio.serving import serving
from tests.browsers import BROWSER
from tests.studio.console import of_embedded
from tests.studio.world import World, world

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LONGEST = 20_000
"""Milliseconds until what should happen has happened, on a busy machine."""
REPORTS = "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + event.violatedDirective));"


class Browsing:
    """Opens pages as people would, and remembers what no page may do."""

    def __init__(self, browser: Browser, open_until: ExitStack) -> None:
        self._browser, self._open_until = browser, open_until
        self.problems: list[str] = []
        """Dialogs, errors of scripts, and what the content security policy stopped."""

    def context(self, *, size: Any = DESKTOP, dark: bool = False, script: bool = True) -> BrowserContext:
        """A browser of its own, with its own cookies."""
        context = self._browser.new_context(
            viewport=size, color_scheme="dark" if dark else "light", java_script_enabled=script
        )
        self._open_until.callback(context.close)
        context.set_default_timeout(LONGEST)
        context.add_init_script(REPORTS)
        context.on("page", self._watch)
        return context

    def _watch(self, page: Page) -> None:
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("console", self._console)

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.problems.append(f"console: {said.text} at {said.location.get('url')}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; of a module, since Playwright keeps an event loop that other tests would meet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browsing(chromium: Browser) -> Iterator[Browsing]:
    """Fails the test if a page opens a dialog, or a script or the policy of a page reports an error."""
    with ExitStack() as open_until:
        found = Browsing(chromium, open_until)
        yield found
    assert found.problems == []


class Served(NamedTuple):
    """The console on a port of this machine, of a world."""

    world: World
    options: Options

    def at(self, address: str) -> str:
        """The whole address of a page."""
        return f"http://localhost:{self.options.port}{address}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The console, with something on each of its pages."""
    with world(tmp_path_factory.mktemp("world")) as found, serving(of_embedded(found.aws), 0) as options:
        yield Served(found, options)


@pytest.fixture
def page(browsing: Browsing) -> Page:
    """A page at 1280 × 800."""
    return browsing.context().new_page()
