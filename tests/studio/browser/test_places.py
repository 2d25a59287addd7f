"""Back, reload and the middle button lead to the same place; all of a run by keyboard, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Browsing, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()"))


def tab_to(page: Page, wanted: str, most: int = 80) -> None:
    """Presses Tab until an element with this text or name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            return
    raise AssertionError(f"Tab does not reach {wanted!r}")


def test_back_and_reload_keep_filters_and_parts(browsing: Browsing, served: Served) -> None:
    page = browsing.context().new_page()
    page.goto(served.options.link)
    page.get_by_label("Find", exact=True).fill("abalone")
    page.get_by_role("button", name="Find").click()
    found = page.url
    assert "q=abalone" in found
    page.get_by_role("link", name="Abalone", exact=True).click()
    page.get_by_role("link", name="Versions").click()
    assert page.url.endswith("tab=versions")
    page.reload()
    expect(page.locator("[aria-current]").filter(has_text="Versions")).to_be_visible()
    page.go_back()
    page.go_back()
    assert page.url == found
    assert page.get_by_label("Find", exact=True).input_value() == "abalone"


def test_the_middle_button_and_a_shared_address(browsing: Browsing, served: Served) -> None:
    context = browsing.context()
    page = context.new_page()
    page.goto(served.options.link)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Abalone", exact=True).click(button="middle")
    expect(opened.value.locator("h1")).to_contain_text("Abalone")
    assert page.url.endswith("/"), "the first tab stays where it is"
    compared = served.world.addresses()["compare two"]
    other = context.new_page()
    other.goto(served.at(compared))
    other.get_by_role("link", name="Show everything").first.click()
    other.go_back()
    assert other.url == served.at(compared)


@pytest.mark.parametrize("script", [True, False], ids=["keyboard", "without-script"])
def test_a_run_from_the_link_to_its_steps(browsing: Browsing, served: Served, script: bool) -> None:
    page = browsing.context(script=script).new_page()
    page.goto(served.options.link)
    tab_to(page, "Abalone") if script else page.get_by_role("link", name="Abalone", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Abalone")
    start = page.get_by_role("link", name=re.compile("^Start")).first
    tab_to(page, start.inner_text()) if script else start.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/start*")
    if script:
        tab_to(page, "name")
    else:
        page.get_by_label("Display name").focus()
    page.keyboard.type("by-keyboard" if script else "no-script")
    button = page.get_by_role("button", name="Start")
    tab_to(page, "Start") if script else button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/e/*")
    for _ in range(20):
        if "Succeeded" in page.locator(".banner").inner_text() or script:
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator(".banner")).to_contain_text("Succeeded")
    train = page.get_by_role("link", name="Train", exact=True).last
    if script:
        train.focus()
    page.keyboard.press("Enter") if script else train.click()
    page.wait_for_url("**/s/Train*")
    expect(page.locator("main")).to_contain_text("Log")
