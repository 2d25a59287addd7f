"""The form of a start in a browser: it keeps up with its fields, works by keyboard and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, expect

from cdk_sagemaker_pipelines.local.listening import Listener
from cdk_sagemaker_pipelines.studio.application import application
from cdk_sagemaker_pipelines.studio.gate import Options
from tests.cli.service import in_pages, record
from tests.studio.console import Scripted
from tests.studio.test_pipeline_page import found, version
from tests.studio.test_start_page import DECLARED, account, started

from .conftest import DESKTOP, PHONE, Browsing

pytestmark = pytest.mark.browser
KEY = "k" * 32
TRAIN = re.compile("^Train ")
MANY = [record(f"e{number:011}", "Failed" if number % 2 else "Succeeded", number) for number in range(250)]


@contextmanager
def console(here: Scripted, context: BrowserContext, *, read_only: bool = False) -> Iterator[str]:
    """The address of a console, whose key the browser has."""
    listener = Listener(0)
    try:
        options = Options(listener.port, KEY, read_only)
        listener.serve(application(here.account, options), name="studio")
        base = f"http://localhost:{options.port}"
        context.add_cookies([{"name": options.cookie, "value": options.session, "url": base}])
        yield base
    finally:
        listener.close()


def test_what_would_run_follows_the_fields(browsing: Browsing) -> None:
    context = browsing.context()
    with console(account(), context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start")
        forecast = page.locator("#forecast")
        expect(forecast).to_contain_text("will run")  # at once, with what the form begins with
        page.get_by_label("Depth").fill("7")
        expect(forecast).to_contain_text("Depth = 7")
        expect(forecast.get_by_role("row", name=TRAIN)).to_contain_text("reused")
        page.get_by_label("Depth").fill("deep")
        expect(forecast).to_contain_text("its value is 'deep'")
        assert page.evaluate("document.activeElement.name") == "p.Depth"
        page.get_by_label("Depth").fill("9")
        expect(forecast.get_by_role("row", name=TRAIN)).to_contain_text("will run")


def test_the_steps_to_choose_from_are_aligned(browsing: Browsing) -> None:
    context = browsing.context()
    with console(account(), context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start")
        page.get_by_text("Only some steps").click()
        left = page.locator("#f-only input").evaluate_all("all => all.map(one => one.getBoundingClientRect().x)")
        assert len(left) > 1
        assert len(set(left)) == 1


def test_it_is_started_by_keyboard_alone(browsing: Browsing) -> None:
    here, context = account(DECLARED), browsing.context()
    with console(here, context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start")
        page.get_by_role("textbox", name="Depth").focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("deep")
        names = []
        for _ in range(40):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.name || document.activeElement.localName"))
            if page.evaluate("document.activeElement.name") == "p.Owner":
                page.keyboard.type("me")
            if page.evaluate("document.activeElement.textContent") == "Start":
                break
        assert {"p.Mode", "p.Owner", "name", "description", "parallel", "summary"} <= set(names)
        page.keyboard.press("Enter")
        expect(page.locator("#errors")).to_be_focused()
        expect(page.get_by_text("its value is 'deep'")).to_have_count(2)  # in the summary and at the field
        (refused,) = browsing.problems  # which browsers report, too
        assert "422" in refused
        browsing.problems.clear()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the link to the field
        expect(page.get_by_label("Depth")).to_be_focused()
        expect(page.get_by_label("Owner")).to_have_value("me")
        page.keyboard.press("Control+A")
        page.keyboard.type("9")
        page.get_by_role("button", name="Start").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/p/Abalone/e/secondexec02"))
        page.close()
        # the scripted service does not know the execution, whose page is not what is tried here
        unknown = re.compile("console: Failed to load resource.*/e/secondexec02")
        browsing.problems[:] = [each for each in browsing.problems if not unknown.search(each)]
        assert [each["PipelineParameters"] for each in started(here)] == [
            [{"Name": "Depth", "Value": "9"}, {"Name": "Owner", "Value": "me"}]
        ]


def test_on_a_phone_no_word_is_broken_that_is_shorter_than_its_column(browsing: Browsing) -> None:
    context = browsing.context(size=PHONE)
    with console(account(), context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start")
        expect(page.locator("#forecast").get_by_role("row", name=TRAIN)).to_be_visible()
        broken = page.locator("#forecast .why").evaluate_all(
            """cells => cells.flatMap(cell => [...cell.textContent.matchAll(/\\S{1,20}(?!\\S)/g)].filter(word => {
                const text = cell.firstChild, range = document.createRange();
                if (!text || word.index + word[0].length > text.length) return false;
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                return range.getClientRects().length > 1;
            }).map(String))"""
        )
        assert broken == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_script_a_button_shows_what_would_run(browsing: Browsing) -> None:
    here, context = account(), browsing.context(script=False)
    with console(here, context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start?from=firstexec001")
        expect(page.locator("#forecast")).to_contain_text('Press "Show what would run"')
        page.get_by_role("button", name="Show what would run").click()
        expect(page.locator("#forecast").get_by_role("row", name=TRAIN)).to_contain_text("reused")
        assert not started(here)
        page.get_by_role("button", name="Start").click()
        expect(page).to_have_url(f"{base}/p/Abalone/e/secondexec02")
        assert len(started(here)) == 1


def test_for_reading_only_the_forecast_is_in_the_address(browsing: Browsing) -> None:
    context = browsing.context(script=False)
    with console(account(), context, read_only=True) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone/start")
        page.get_by_label("Depth").fill("9")
        page.get_by_role("button", name="Show what would run").click()
        expect(page).to_have_url(re.compile("p.Depth=9"))
        page.reload()
        expect(page.get_by_label("Depth")).to_have_value("9")
        expect(page.locator("#forecast")).to_contain_text("Depth = 9")


def test_the_list_survives_back_reload_a_new_tab_and_sharing(browsing: Browsing) -> None:
    context = browsing.context()
    listed = in_pages("PipelineVersionSummaries", [version(2), version(1)], 100)
    with console(account(Search=found(*MANY), ListPipelineVersions=listed), context) as base:
        page = context.new_page()
        page.goto(f"{base}/p/Abalone")
        page.get_by_label("State").select_option("Failed")
        page.get_by_label("Parameter").fill("Depth=5")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name="Look further back").first.click()
        there, first = page.url, page.locator("tbody th").first.inner_text()
        assert ("state=Failed" in there, "p=Depth%3D5" in there, "after=" in there) == (True, True, True)

        def same() -> None:
            assert page.url == there
            expect(page.locator("tbody th").first).to_have_text(first)
            expect(page.get_by_label("State")).to_have_value("Failed")
            expect(page.get_by_label("Parameter").first).to_have_value("Depth=5")

        page.reload()
        same()
        page.get_by_role("link", name="Graph").click()
        expect(page.get_by_role("link", name="Graph")).to_have_attribute("aria-current", "page")
        page.go_back()
        same()
        with context.expect_page() as opened:
            page.get_by_role("link", name="Versions").click(button="middle")
        expect(opened.value).to_have_url(f"{base}/p/Abalone?tab=versions")
        same()
        shared = context.new_page()
        shared.goto(there)
        expect(shared.locator("tbody th").first).to_have_text(first)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_scrolls_sideways_but_tables_and_pictures(browsing: Browsing, size: dict[str, int]) -> None:
    context = browsing.context(size=size)
    listed = in_pages("PipelineVersionSummaries", [version(2), version(1)], 100)
    with console(account(DECLARED, Search=found(*MANY), ListPipelineVersions=listed), context) as base:
        page = context.new_page()
        for address in (
            "",
            "?tab=graph",
            "?tab=parameters",
            "?tab=definition",
            "?tab=versions",
            "?tab=roles",
            "?tab=about",
            "/start",
        ):
            page.goto(f"{base}/p/Abalone{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
