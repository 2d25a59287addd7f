"""What is looked for first is seen first, and things in a row are in a row."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from .conftest import DESKTOP, PHONE, Browsing, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LINES = """cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map(each => each.top)).size;
}"""
"""In how many lines the text of a cell is."""


def box(found: Locator) -> tuple[float, float, float]:
    """Left, right and the middle between top and bottom."""
    place = found.bounding_box()
    assert place is not None
    return place["x"], place["x"] + place["width"], place["y"] + place["height"] / 2


def test_states_are_seen_on_a_phone_without_scrolling(browsing: Browsing, served: Served) -> None:
    page = browsing.context(size=PHONE).new_page()
    page.goto(served.options.link)
    state = page.locator("td.state a").first
    state.wait_for()
    assert box(state)[1] <= PHONE["width"]
    page.goto(served.at(f"/p/Abalone/e/{served.world.runs['first']}"))
    for state in page.locator("#steps .is .state").all():
        assert box(state)[1] <= PHONE["width"]


def test_a_duration_is_in_one_line(browsing: Browsing, served: Served) -> None:
    for size in (DESKTOP, PHONE):
        page = browsing.context(size=size).new_page()
        page.goto(served.options.link)
        page.goto(served.at("/p/Abalone"))
        cells = page.locator("td:has(time) + td").all()
        assert {cell.evaluate(LINES) for cell in cells} == {1}


def test_bars_are_in_the_middle_of_their_row(browsing: Browsing, served: Served) -> None:
    page = browsing.context().new_page()
    page.goto(served.options.link)
    page.goto(served.at(f"/p/Abalone/e/{served.world.runs['first']}"))
    bar, name = page.locator("#steps .bar").first, page.locator("#steps tbody a").first
    assert abs(box(bar)[2] - box(name)[2]) < 3


def test_a_button_is_beside_the_link_of_its_row(browsing: Browsing, served: Served) -> None:
    page = browsing.context().new_page()
    page.goto(served.options.link)
    page.goto(served.at(f"/p/Line/e/{served.world.runs['running']}"))
    stop, again = page.locator(".actions button").first, page.locator(".actions a").first
    assert abs(box(stop)[2] - box(again)[2]) < 3
