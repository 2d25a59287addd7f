"""The page of an execution goes on by itself, says when it is old, and keeps what its reader is doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from playwright.sync_api import Page, expect

from cdk_sagemaker_pipelines.local.listening import Listener
from cdk_sagemaker_pipelines.studio.account import Account
from cdk_sagemaker_pipelines.studio.application import application
from cdk_sagemaker_pipelines.studio.gate import Options
from tests.cli.abalone import answers, step
from tests.cli.service import Answer, Refusal
from tests.studio.console import RENEW, Scripted, of_embedded
from tests.studio.runs import DENIED, Runs, line, runs
from tests.studio.test_state import ADDRESS, RUNNING, large, moment

from .conftest import DESKTOP, PHONE, Browsing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEY = "k" * 32
SECONDS = 30_000
LATEST = 8_000
"""Milliseconds until a page says what is wrong: five seconds, on a machine with nothing else to do."""
FAILED = {
    "PipelineExecutionSteps": [step("Prepare"), step("Train", "Failed", start=60, FailureReason="AlgorithmError: no")]
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with runs(tmp_path_factory.mktemp("runs")) as found:
        found.pipeline("Line", line(("12", "0.25")))
        found.pipeline("Held", line(("2", "0", "", str(tmp_path_factory.getbasetemp() / "release"))))
        found.pipeline("Broken", line(("2", "0.2", DENIED)))
        yield found


@contextmanager
def console(account: Account, port: int = 0) -> Iterator[str]:
    """The address of the console, which has the same key each time."""
    listener = Listener(port)
    try:
        options = Options(listener.port, KEY)
        listener.serve(application(account, options), name="studio")
        yield f"http://localhost:{options.port}"
    finally:
        listener.close()


def opened(page: Page, base: str, address: str) -> Page:
    page.goto(f"{base}{address}?key={KEY}")
    page.evaluate("window.here = true")  # gone after a reload
    return page


def row(page: Page, step: str) -> Any:
    return page.locator("#steps tbody tr", has=page.get_by_role("link", name=step, exact=True))


def here(page: Page) -> bool:
    return bool(page.evaluate("window.here === true"))


def test_steps_change_and_a_line_of_the_log_arrives_without_a_reload(served: Runs, browsing: Browsing) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context()) as context:
        id = served.start("Line", {"Prepare": {"seconds": 3}, "Clean": {"seconds": 1}, "Tune": {}})
        page = opened(context.new_page(), base, f"/p/Line/e/{id}")
        step = opened(context.new_page(), base, f"/p/Line/e/{id}/s/Train")
        expect(row(page, "Train")).to_contain_text("Executing", timeout=SECONDS)
        expect(page.locator("#graph a", has_text="Train")).to_contain_text("● Executing")
        expect(step.locator("#lines")).to_contain_text("line 0 ", timeout=SECONDS)
        for name in ("Prepare", "Clean", "Train", "Tune", "Evaluate", "CheckMse", "Register"):
            expect(row(page, name)).to_contain_text("✓ Succeeded", timeout=SECONDS)
        expect(row(page, "TooInaccurate")).to_contain_text("not run")
        expect(page.locator("#head")).to_contain_text("✓ Succeeded in")
        expect(page.locator("#said")).to_have_text("The execution is Succeeded.")
        expect(page.locator("#graph")).not_to_contain_text("waiting")
        expect(page.locator("#hours")).to_contain_text("instance-hours so far")
        expect(step.locator("#head")).to_contain_text("✓ Succeeded", timeout=SECONDS)
        expect(step.locator("#lines")).to_contain_text("line 11 ")
        assert here(page)
        assert here(step)


def test_a_line_arrives_while_the_job_runs(
    served: Runs, browsing: Browsing, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context()) as context:
        id = served.start("Held", {"Prepare": {}, "Clean": {}, "Tune": {}})
        page = opened(context.new_page(), base, f"/p/Held/e/{id}/s/Train")
        expect(page.locator("#lines")).to_contain_text("line 1 ", timeout=SECONDS)
        expect(page.locator("#head")).to_contain_text("Executing")
        expect(page.locator("#lines")).not_to_contain_text("released")
        (tmp_path_factory.getbasetemp() / "release").touch()
        expect(page.locator("#lines")).to_contain_text("released", timeout=SECONDS)
        assert here(page)


def test_a_step_that_is_watched_before_it_starts_gets_its_log(served: Runs, browsing: Browsing) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context()) as context:
        id = served.start("Broken", {"Prepare": {"seconds": 2}, "Clean": {}, "Tune": {}})
        page = opened(context.new_page(), base, f"/p/Broken/e/{id}/s/Train")
        expect(page.locator("#head")).to_contain_text("waiting")
        expect(page.locator("#lines")).to_contain_text("line 1 <b>of</b> \\u202e", timeout=SECONDS)
        expect(page.locator("#why")).to_contain_text("may not s3:GetObject", timeout=SECONDS)
        expect(page.locator("#said")).to_contain_text("Train failed.")
        assert here(page)


def test_the_reader_keeps_focus_open_details_and_what_is_being_written(served: Runs, browsing: Browsing) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context()) as context:
        outcomes = {"Prepare": {"seconds": 3}, "Clean": {}, "Train": {"fail": "AlgorithmError: no"}, "Tune": {}}
        id = served.start("Line", outcomes)
        page = opened(context.new_page(), base, f"/p/Line/e/{id}")
        page.get_by_text("Rename", exact=True).click()
        row(page, "Train").get_by_role("link").focus()
        expect(page.locator("#why")).to_contain_text("AlgorithmError: no", timeout=SECONDS)
        assert page.evaluate("document.activeElement.textContent") == "Train"
        expect(page.locator("#rename")).to_have_attribute("open", "")
        assert here(page)
        id = served.start("Line", outcomes)
        page = opened(page, base, f"/p/Line/e/{id}")
        page.get_by_text("Rename", exact=True).click()
        page.get_by_label("Description").fill("half a sen")
        expect(page.locator("#why")).to_contain_text("AlgorithmError: no", timeout=SECONDS)
        expect(page.get_by_label("Description")).to_have_value("half a sen")


UNREACHABLE = EndpointConnectionError(endpoint_url="http://localhost:5566")


def fails(asked: Any) -> Any:
    raise UNREACHABLE


TROUBLES: dict[str, tuple[Answer, str]] = {
    "unreachable": (fails, "Could not connect to the endpoint URL"),
    "throttled": (Refusal("ThrottlingException", "Rate exceeded"), "Rate exceeded"),
    "expired": (Refusal("ExpiredTokenException", "The security token is expired"), RENEW),
}


@pytest.mark.parametrize("kind", sorted(TROUBLES))
def test_what_aws_does_not_answer_is_marked_as_old_and_recovers(browsing: Browsing, kind: str) -> None:
    answer, words = TROUBLES[kind]
    scripted = Scripted(**answers(**RUNNING))
    with console(scripted.account) as base, closing(browsing.context()) as context:
        page = opened(context.new_page(), base, ADDRESS)
        expect(row(page, "Train")).to_contain_text("Executing")
        expect(page.locator("#old")).to_be_hidden()
        known = scripted.services["sagemaker"].answers
        known["DescribePipelineExecution"] = answer
        expect(page.locator("#old")).to_contain_text(words, timeout=LATEST)
        expect(page.locator("#old")).to_contain_text("This is how things were at 20")
        expect(row(page, "Train")).to_contain_text("Executing")
        known |= {"DescribePipelineExecution": moment("Failed"), "ListPipelineExecutionSteps": FAILED}
        expect(row(page, "Train")).to_contain_text("✗ Failed", timeout=LATEST)
        expect(page.locator("#old")).to_be_hidden()
        expect(page.locator("#said")).to_have_text("Train failed. The execution is Failed.")
        assert here(page)


def test_a_console_that_ended_is_reported_and_one_that_is_back_is_followed(browsing: Browsing) -> None:
    scripted = Scripted(**answers(**RUNNING))
    context = browsing.context()
    with console(scripted.account) as base:
        page = opened(context.new_page(), base, ADDRESS)
        expect(row(page, "Train")).to_contain_text("Executing")
    expect(page.locator("#old")).to_contain_text("The console does not answer", timeout=LATEST)
    expect(row(page, "Train")).to_contain_text("Executing")
    scripted.services["sagemaker"].answers |= {
        "DescribePipelineExecution": moment("Failed"),
        "ListPipelineExecutionSteps": FAILED,
    }
    with console(scripted.account, int(base.rpartition(":")[2])):
        expect(row(page, "Train")).to_contain_text("✗ Failed", timeout=LATEST)
        expect(page.locator("#old")).to_be_hidden()
        assert here(page)
        context.close()
    # the browser itself reports each request that was not answered
    browsing.problems[:] = [each for each in browsing.problems if "Failed to load resource" not in each]


def test_an_answer_that_does_not_come_is_not_waited_for(browsing: Browsing) -> None:
    scripted, answered = Scripted(**answers(**RUNNING)), threading.Event()

    def waits(asked: Any) -> Any:
        assert answered.wait(60)
        return moment("Executing")

    with console(scripted.account) as base, closing(browsing.context()) as context:
        page = opened(context.new_page(), base, ADDRESS)
        expect(row(page, "Train")).to_contain_text("Executing")
        scripted.services["sagemaker"].answers["DescribePipelineExecution"] = waits
        try:
            expect(page.locator("#old")).to_contain_text("There was no answer since 20", timeout=LATEST)
        finally:
            answered.set()
        expect(page.locator("#old")).to_be_hidden(timeout=LATEST)


def test_twenty_tabs_load_and_ask_aws_twice_a_second(browsing: Browsing) -> None:
    scripted = Scripted(**answers(**RUNNING))
    with console(scripted.account) as base, closing(browsing.context()) as context:
        tabs = [opened(context.new_page(), base, ADDRESS) for _ in range(20)]
        for tab in tabs:
            expect(row(tab, "Train")).to_contain_text("Executing")
        before, began = sum(scripted.asked.values()), time.monotonic()
        tabs[0].wait_for_timeout(3000)
        calls, seconds = sum(scripted.asked.values()) - before, time.monotonic() - began
        assert 2 <= calls <= 2 * (seconds + 1)
        scripted.services["sagemaker"].answers |= {
            "DescribePipelineExecution": moment("Failed"),
            "ListPipelineExecutionSteps": FAILED,
        }
        for tab in tabs:
            expect(row(tab, "Train")).to_contain_text("✗ Failed", timeout=SECONDS)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_three_hundred_steps_are_readable(browsing: Browsing, size: Any) -> None:
    watching = large()
    with console(watching.account) as base, closing(browsing.context(size=size)) as context:
        page = context.new_page()
        page.goto(f"{base}{ADDRESS}?key={KEY}")
        expect(page.locator("#steps tbody tr")).to_have_count(300)
        smallest = page.evaluate(
            "Math.min(...[...document.querySelectorAll('#graph text')].map(text => "
            "parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"
        )
        assert smallest >= 11
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_that_it_is_being_stopped_is_only_said_until_it_is(served: Runs, browsing: Browsing) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context()) as context:
        id = served.start("Line", {"Prepare": {"seconds": 60}})
        page = opened(context.new_page(), base, f"/p/Line/e/{id}")
        expect(row(page, "Prepare")).to_contain_text("Executing", timeout=SECONDS)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#head")).to_contain_text("■ Stopped", timeout=SECONDS)
        expect(page.get_by_text("The execution is being stopped.")).to_have_count(0)


def test_without_a_script_everything_but_the_change_is_there(served: Runs, browsing: Browsing) -> None:
    with console(of_embedded(served.aws)) as base, closing(browsing.context(script=False)) as context:
        id = served.start("Line", {"Prepare": {"seconds": 60}})
        page = context.new_page()
        page.goto(f"{base}/p/Line/e/{id}?key={KEY}")
        expect(row(page, "Prepare")).to_contain_text("● Executing")
        page.get_by_role("link", name="Count the hours so far").click()
        expect(page.locator("#hours")).to_contain_text("instance-hours so far")
        page.get_by_role("button", name="Stop").click()
        served.account.end(served.arn("Line", id))
        page.reload()
        expect(page.locator("#head")).to_contain_text("■ Stopped")
        expect(page.get_by_text("The execution is being stopped.")).to_have_count(0)
        row(page, "Prepare").get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Prepare")
