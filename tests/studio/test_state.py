"""What the script of an execution's page follows: small, rarely asked for, and kept where AWS does not answer."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from botocore.config import Config

from cdk_sagemaker_pipelines.studio.account import Account
from cdk_sagemaker_pipelines.studio.execution import DONE
from tests.cli.abalone import FIRST, answers, step
from tests.cli.service import PIPELINE, ROLE, START, Answer, Refusal
from tests.review.shapes import job, mixed
from tests.studio.console import OWN, RENEW, Console, Scripted

ADDRESS = "/p/Abalone/e/firstexec001"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Watching:
    """The console of a scripted account, with a clock of its own."""

    def __init__(self, *, real: bool = False, **changed: Answer) -> None:
        self.scripted, self.clock = Scripted(real=real, **answers(**changed)), Clock()
        self.account = Account(self._connect, renew=RENEW, clock=self.clock)
        self.console = Console(self.account)

    def _connect(self, name: str, config: Config) -> Any:
        return self.scripted._connect(name, config)

    def state(self, tag: str | None = None, after: float = 10.0) -> Any:
        """The response, some seconds after the one before."""
        self.clock.seconds += after
        headers = {"Sec-Fetch-Site": "same-origin", **({"If-None-Match": tag} if tag else {})}
        return self.console.browser.get(f"{ADDRESS}/state", base_url=OWN, headers=headers)

    def answer(self, **changed: Answer) -> None:
        self.scripted.services["sagemaker"].answers |= changed


def moment(status: str, **more: Any) -> dict[str, Any]:
    return {
        "PipelineArn": PIPELINE, "PipelineExecutionArn": FIRST, "PipelineExecutionStatus": status,
        "CreationTime": START, "LastModifiedTime": START + timedelta(seconds=9), **more,
    }  # fmt: skip


RUNNING: dict[str, Any] = {
    "DescribePipelineExecution": moment("Executing"),
    "ListPipelineExecutionSteps": {"PipelineExecutionSteps": [step("Prepare"), step("Train", "Executing", start=60)]},
}


def test_it_says_how_far_the_execution_is() -> None:
    told = json.loads(Watching(**RUNNING).state().text)
    at = int(START.timestamp() * 1000)
    assert told["steps"] == [
        ["Prepare", "Succeeded", "", at, at + 60_000],
        ["Train", "Executing", "", at + 60_000, None],
        ["Check", "waiting", "", None, None],
        ["Register", "waiting", "", None, None],
        ["Inaccurate", "waiting", "", None, None],
    ]
    assert {key: told[key] for key in ("state", "over", "started", "ended", "trouble")} == {
        "state": "Executing", "over": False, "started": at, "ended": None, "trouble": None,
    }  # fmt: skip


def test_what_has_not_changed_is_not_sent_again() -> None:
    watching = Watching(**RUNNING)
    first = watching.state()
    assert int(first.headers["Smpipe-Time"]) > START.timestamp() - 10**9
    same = watching.state(first.headers["ETag"])
    assert (same.status_code, same.data) == (304, b"")
    assert "Smpipe-Time" in same.headers
    watching.answer(ListPipelineExecutionSteps={"PipelineExecutionSteps": [step("Prepare"), step("Train", "Failed")]})
    other = watching.state(first.headers["ETag"])
    assert other.status_code == 200
    assert other.json["shape"] != first.json["shape"]
    assert other.json["graph"] != first.json["graph"]


def test_a_step_that_ends_changes_the_graph_and_not_the_shape_of_the_page() -> None:
    watching = Watching(**RUNNING)
    first = watching.state().json
    watching.answer(ListPipelineExecutionSteps={"PipelineExecutionSteps": [step("Prepare"), step("Train")]})
    second = watching.state().json
    assert second["shape"] == first["shape"]
    assert second["graph"] != first["graph"]


@pytest.mark.parametrize(("real", "interval"), [(False, 1.0), (True, 2.0)], ids=["local", "real"])
def test_aws_is_asked_once_in_an_interval_however_many_tabs_watch(real: bool, interval: float) -> None:
    watching = Watching(real=real, **RUNNING)
    watching.state()
    before = dict(watching.scripted.asked)
    for _ in range(20):
        watching.state(after=interval / 21)
    assert dict(watching.scripted.asked) == before
    watching.state(after=interval)
    assert sum(watching.scripted.asked.values()) == sum(before.values()) + 2


def test_twenty_tabs_at_once_wait_for_one_answer() -> None:
    def slowly(asked: Any) -> dict[str, Any]:
        time.sleep(0.1)
        return moment("Executing")

    watching = Watching(**{**RUNNING, "DescribePipelineExecution": slowly})
    watching.state()
    before = watching.scripted.asked["DescribePipelineExecution"]
    watching.clock.seconds += 10
    found: list[int] = []
    tabs = [threading.Thread(target=lambda: found.append(watching.state(after=0).status_code)) for _ in range(20)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert found == [200] * 20
    assert watching.scripted.asked["DescribePipelineExecution"] == before + 1


def test_a_large_execution_is_asked_for_less_often() -> None:
    many = [step(f"Node{index}") for index in range(250)]
    watching = Watching(**{**RUNNING, "ListPipelineExecutionSteps": {"PipelineExecutionSteps": many}})
    watching.state()
    watching.state()
    before = watching.scripted.asked["DescribePipelineExecution"]
    watching.state(after=1.5)
    assert watching.scripted.asked["DescribePipelineExecution"] == before
    watching.state(after=0.6)
    assert watching.scripted.asked["DescribePipelineExecution"] == before + 1


TROUBLES = {
    "throttled": (Refusal("ThrottlingException", "Rate exceeded"), "Rate exceeded"),
    "expired": (Refusal("ExpiredTokenException", "The security token is expired"), f"is expired {RENEW}"),
    "denied": (Refusal("AccessDeniedException", "no"), "sagemaker:DescribePipelineExecution: no"),
}


@pytest.mark.parametrize("kind", sorted(TROUBLES))
def test_what_was_known_is_kept_and_marked_as_old(kind: str) -> None:
    refusal, words = TROUBLES[kind]
    watching = Watching(**RUNNING)
    first = watching.state()
    assert ' role="note" hidden>' in watching.console.get(ADDRESS)
    watching.answer(DescribePipelineExecution=refusal)
    kept = watching.state(first.headers["ETag"])
    assert kept.status_code == 200
    assert words in kept.json["trouble"]
    assert kept.json["steps"] == first.json["steps"]
    page = watching.console.get(ADDRESS)
    assert '<div id="old" class="notice" role="note"><p>' in page
    assert words in unescape(page)
    watching.answer(DescribePipelineExecution=moment("Executing"))
    again = watching.state(kept.headers["ETag"])
    assert again.json == first.json
    assert again.headers["ETag"] == first.headers["ETag"]


def test_what_was_never_known_is_the_trouble() -> None:
    watching = Watching(DescribePipelineExecution=Refusal("AccessDeniedException", "no"))
    assert "sagemaker:DescribePipelineExecution" in watching.console.get(ADDRESS, 403)


def large(steps: int = 300) -> Watching:
    """An execution of many steps with long names, most of which have run."""
    long = [_long(one) for one in mixed(steps).json["Steps"]]
    definition = {"Version": "2020-12-01", "Steps": long}
    names = [one["Name"] for one in long]
    records = [step(name, start=60 * index, end=60 * index + 59) for index, name in enumerate(names[: steps // 2])]
    records.append(step(names[steps // 2], "Failed", FailureReason="AlgorithmError: exit code 1"))
    records += [step(name, "Executing", start=9000) for name in names[steps // 2 + 1 : steps // 2 + 5]]
    return Watching(
        DescribePipelineExecution=moment("Executing"),
        DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition)},
        ListPipelineExecutionSteps=lambda asked: _page(records, asked),
        DescribePipeline={"PipelineArn": PIPELINE, "PipelineName": "Abalone", "RoleArn": ROLE},
        ListPipelineParametersForExecution={"PipelineParameters": []},
    )


def _long(one: dict[str, Any]) -> dict[str, Any]:
    longer: dict[str, Any] = json.loads(json.dumps(one).replace("Node", "A-step-with-a-name-as-long-as-many-"))
    return longer


def _page(records: list[Any], asked: Any) -> dict[str, Any]:
    start, size = int(asked.get("NextToken", "0")), asked.get("MaxResults", 20)
    more = {"NextToken": str(start + size)} if start + size < len(records) else {}
    return {"PipelineExecutionSteps": records[start : start + size], **more}


def test_three_hundred_steps_stay_small() -> None:
    watching = large()
    state = watching.state()
    assert len(state.json["steps"]) == 300
    assert len(state.data) <= 60 * 1024
    page = watching.console.get(ADDRESS)
    assert page.count('<td class="began">') == 300
    assert len(page.encode()) <= 200 * 1024
    assert "boxes: what failed, what runs, and what is around it" in page
    assert "the table has all steps" in page
    assert watching.scripted.asked["ListPipelineExecutionSteps"] == 2  # 155 steps, once for both
    before = time.process_time()
    watching.state(after=0)
    watching.console.get(ADDRESS)
    assert time.process_time() - before < 0.3


def test_the_chosen_step_is_marked_in_a_small_graph() -> None:
    watching = Watching(**RUNNING)
    for address in (f"{ADDRESS}?step=Train", f"{ADDRESS}/graph?step=Train"):
        page = watching.console.get(address)
        assert page.count('class="chosen"') == 1
        assert re.search(r'/s/Train" class="chosen" aria-current="true"><title>Train', page)
    assert 'class="chosen"' not in watching.console.get(ADDRESS)


def test_a_name_is_text_everywhere() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'\u202e\x07"
    definition = {"Version": "2020-12-01", "Steps": [job(hostile)]}
    watching = Watching(
        DescribePipelineExecution=moment(
            "Failed", PipelineExecutionDisplayName=hostile, PipelineExecutionDescription=hostile, FailureReason=hostile,
            CreatedBy={"UserProfileName": hostile},
        ),
        DescribePipelineDefinitionForExecution={"PipelineDefinition": json.dumps(definition)},
        ListPipelineExecutionSteps={"PipelineExecutionSteps": [step(hostile, "Failed", FailureReason=hostile)]},
        ListPipelineParametersForExecution={"PipelineParameters": [{"Name": hostile, "Value": hostile}]},
    )  # fmt: skip
    page = watching.console.get(ADDRESS)
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "\\u202e\\x07" in page


@pytest.mark.parametrize(
    ("done", "status", "is_said"),
    [
        ("stopped", "Stopping", True),
        ("stopped", "Stopped", False),
        ("resumed", "Executing", True),
        ("resumed", "Succeeded", False),
        ("renamed", "Succeeded", True),
    ],
)
def test_what_was_done_is_said_as_long_as_it_is_so(done: str, status: str, is_said: bool) -> None:
    page = Watching(DescribePipelineExecution=moment(status)).console.get(f"{ADDRESS}?done={done}")
    assert (f'<p class="notice">{DONE[done]}</p>' in page) is is_said
