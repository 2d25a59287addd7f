"""What the tests of pages rely on: that what pages may not do is noticed."""

from __future__ import annotations

import pytest

from .conftest import PHONE, Browsing

pytestmark = pytest.mark.browser

ADDRESS = "http://localhost:9/"
POLICY = {"Content-Security-Policy": "script-src 'none'; style-src 'none'"}
BODY = "<!doctype html><p style='color: red'>text<script>alert(1)</script>"


def test_what_pages_may_not_do_is_noticed(browsing: Browsing) -> None:
    page = browsing.context(size=PHONE, dark=True).new_page()
    page.route(ADDRESS, lambda route: route.fulfill(body=BODY, content_type="text/html", headers=POLICY))
    page.goto(ADDRESS)
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [390, True]
    with page.expect_event("pageerror"):
        page.evaluate("alert('hello'), setTimeout(() => nothing(), 0)")
    for expected in ("CSP: style-src-attr", "CSP: script-src-elem", "dialog: hello", "script: nothing is not defined"):
        assert any(expected in problem for problem in browsing.problems), expected
    browsing.problems.clear()
