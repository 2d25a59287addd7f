"""The list of pipelines in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.studio.serving import serving
from tests.cli.service import Refusal
from tests.studio.console import Scripted
from tests.studio.test_pipelines_page import ran, record, searched

pytestmark = pytest.mark.browser


def test_the_latest_executions_of_the_rows_that_are_seen_are_filled_in(page: Any) -> None:
    records = [record(f"P{number:03}") for number in range(100)]
    scripted = Scripted(Search=searched(*records), ListPipelineExecutions=ran("Failed", "Succeeded", "<b>"))
    with serving(scripted.account, 0) as options:
        page.goto(options.link)
        first = page.locator("tbody tr").nth(0)
        first.get_by_role("link", name="Failed").wait_for()
        assert first.get_by_role("img").evaluate_all("all => all.map(one => one.ariaLabel)") == ["Succeeded", "<b>"]
        page.wait_for_timeout(1500)
        asked = scripted.asked["ListPipelineExecutions"]
        assert asked < 60, "the others are not seen"
        last = page.locator("tbody tr").nth(99)
        assert last.locator("[data-runs]").inner_text() == ""
        last.scroll_into_view_if_needed()
        last.get_by_role("link", name="Failed").wait_for()


def test_names_that_every_object_of_a_script_has(page: Any) -> None:
    throttled = True

    def answer(request: Mapping[str, Any]) -> Any:
        nonlocal throttled
        if request["PipelineName"] == "constructor" and throttled:
            throttled = False
            return Refusal("ThrottlingException", "Rate exceeded")
        return ran("Failed")(request)

    scripted = Scripted(Search=searched(record("A"), record("constructor")), ListPipelineExecutions=answer)
    with serving(scripted.account, 0) as options:
        page.goto(options.link)
        page.locator("tbody tr").nth(1).get_by_role("link", name="Failed").wait_for()


def test_without_a_script_they_are_asked_for(browsing: Any) -> None:
    scripted = Scripted(Search=searched(record("A")), ListPipelineExecutions=ran("Failed"))
    with serving(scripted.account, 0) as options:
        page = browsing.context(script=False).new_page()
        page.goto(options.link)
        page.get_by_role("link", name="Show the latest executions").click()
        page.get_by_role("link", name="Failed").wait_for()
        page.get_by_label("Find").fill("nothing like it")
        page.get_by_role("button", name="Find").click()
        page.get_by_text("0 found").wait_for()
