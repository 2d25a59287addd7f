"""The list of pipelines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from cdk_sagemaker_pipelines.studio import pipelines
from tests.cli.service import ACCOUNT, REGION, ROLE, START, Refusal, in_pages
from tests.studio.console import Console, Scripted

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline"


def record(name: str, description: str = "", **tags: str) -> dict[str, Any]:
    """A pipeline as ``Search`` finds it."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {
        "PipelineArn": f"{ARN}/{name}", "PipelineName": name, "PipelineDescription": description, "RoleArn": ROLE,
        "CreationTime": START, "LastModifiedTime": START, "LastRunTime": START, "Tags": listed,
    }  # fmt: skip


def searched(*records: Mapping[str, Any], size: int = 100) -> Any:
    return in_pages("Results", [{"Pipeline": each} for each in records], size)


def ran(*states: str) -> Any:
    """Executions of whichever pipeline is asked for, newest first."""

    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        arn = f"{ARN}/{request['PipelineName']}/execution"
        found = [
            {"PipelineExecutionArn": f"{arn}/{number:012}", "PipelineExecutionStatus": state, "StartTime": START}
            for number, state in enumerate(states)
        ]
        return {"PipelineExecutionSummaries": found}

    return answer


class Names(HTMLParser):
    """The texts of the links in the first column of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "a" and (dict(attrs).get("href") or "").startswith("/p/")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
            self._inside = False


def names(page: str) -> list[str]:
    return Names(page).found


def following(page: str) -> str:
    """The address of the next page."""
    (found,) = re.findall(r'<a href="([^"]*)" rel="next"', page)
    return str(found).replace("&amp;", "&")


@pytest.fixture
def many() -> Scripted:
    """250 pipelines, of which every third has failed last."""

    def latest(request: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = ran("Succeeded" if int(request["PipelineName"][1:]) % 3 else "Failed")(request)
        return answer

    records = [record(f"P{number:03}", team=f"t{number % 2}") for number in range(250)]
    return Scripted(Search=searched(*records), ListPipelineExecutions=latest)


def test_every_pipeline_is_on_a_page(many: Scripted) -> None:
    console, found, address = Console(many.account), list[str](), "/?sort=name"
    for number in range(3):
        page = console.get(address)
        found += names(page)
        if number < 2:
            address = following(page)
    assert found == [f"P{number:03}" for number in range(250)]
    assert 'rel="next"' not in page
    assert "201 to 250" in page
    assert '<a href="/?sort=name">First page</a>' in page
    asked = many.services["sagemaker"].asked["Search"]
    assert [each.get("NextToken") for each in asked] == [None, "100", "200"]
    assert {(each["SortBy"], each["SortOrder"]) for each in asked} == {("PipelineName", "Ascending")}


def test_a_row_says_what_the_service_says() -> None:
    told = {**record("Nightly", "trains every night", team="ml"), "PipelineDisplayName": "Nightly run"}
    page = Console(Scripted(Search=searched(told)).account).get("/")
    for text in ("Nightly run", "trains every night", "team=ml", "2030-01-01", 'href="/p/Nightly"'):
        assert text in page


def test_words_are_found_in_names_and_descriptions_and_all_are_looked_through(many: Scripted) -> None:
    page = Console(many.account).get("/?q=p0+09")
    assert names(page) == ["P009", *(f"P0{number}" for number in range(90, 100) if "09" in f"P0{number}")]
    assert "among pipelines 1 to 250" in page
    assert many.asked["Search"] == 3
    described = Scripted(Search=searched(record("A", "Trains NIGHTLY"), record("B")))
    assert names(Console(described.account).get("/?q=nightly")) == ["A"]


def test_tags_are_asked_of_the_service() -> None:
    scripted = Scripted(Search=searched(record("A", team="a b")))
    page = Console(scripted.account).get("/?q=%22team=a+b%22+tag:owner+a")
    assert names(page) == ["A"]
    (asked,) = scripted.services["sagemaker"].asked["Search"]
    assert asked["SearchExpression"]["Filters"] == [
        {"Name": "Tags.team", "Operator": "Equals", "Value": "a b"},
        {"Name": "Tags.owner", "Operator": "Exists"},
    ]


def test_states_are_looked_for_as_far_as_the_calls_go_and_then_further(
    many: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines, "MOST_SECONDS", 60)
    console, found, address, pages = Console(many.account), list[str](), "/?state=Failed", 0
    while True:
        before = sum(many.asked.values())
        page = console.get(address)
        assert sum(many.asked.values()) - before <= pipelines.MOST_CALLS + 3  # one page, one pipeline, and who asks
        found += names(page)
        pages += 1
        if 'rel="next"' not in page:
            break
        assert "Look further" in page
        address = following(page)
    assert found == [f"P{number:03}" for number in range(0, 250, 3)]
    assert pages == 7
    assert "to 250" in page


def test_without_search_pipelines_are_listed_and_the_page_says_why() -> None:
    summary = {key: value for key, value in record("A").items() if key not in ("Tags", "LastRunTime")}
    told = {"PipelineSummaries": [{**summary, "LastExecutionTime": START}]}
    denied = Refusal("AccessDeniedException", "User: me is not authorized to perform: sagemaker:Search on resource: *")
    console = Console(Scripted(Search=denied, ListPipelines=told).account)
    page = console.get("/")
    assert names(page) == ["A"]
    assert "<code>sagemaker:Search</code> on <code>*</code>" in page
    assert names(console.get("/?q=team%3Dml")) == []


def test_an_order_that_does_not_exist_is_refused() -> None:
    page = Console(Scripted(Search=searched()).account).get("/?sort=nmae")
    assert "did you mean &#39;name&#39;?" in page


@pytest.mark.parametrize("given", ["after=x&skip=-1&before=a", "skip=99999999999", "sort=", "q=%22", "q=%F0%28"])
def test_what_was_typed_into_the_address_breaks_nothing(given: str) -> None:
    Console(Scripted(Search={"Results": []}).account).get(f"/?{given}")


def test_the_latest_executions_are_filled_in() -> None:
    scripted = Scripted(Search=searched(record("A")), ListPipelineExecutions=ran("Failed", "Succeeded", "Stopped"))
    console = Console(scripted.account)
    page = console.get("/")
    assert 'data-runs="A"' in page
    assert "ListPipelineExecutions" not in scripted.asked
    (told,) = json.loads(console.get("/runs?p=A"))["runs"].values()
    assert [(run["glyph"], run["state"]) for run in told] == [("✗", "Failed"), ("✓", "Succeeded"), ("■", "Stopped")]
    assert told[0]["address"] == "/p/A/e/000000000000"
    assert scripted.services["sagemaker"].asked["ListPipelineExecutions"][0]["MaxResults"] == 12
    page = console.get("/?runs=1")
    assert '<span aria-hidden="true">✗</span> Failed</a>' in page
    assert 'aria-label="Succeeded"' in page
    assert "data-runs" not in page
    assert scripted.asked["ListPipelineExecutions"] == 1, "they are shared"
    assert "data-runs" not in console.get("/"), "they are known"


def test_no_more_calls_are_made_for_executions_than_there_are_to_spare() -> None:
    scripted = Scripted(ListPipelineExecutions=ran("Failed"))
    console = Console(scripted.account)
    asked = "&".join(f"p=P{number}" for number in range(50))
    assert len(json.loads(console.get(f"/runs?{asked}"))["runs"]) == pipelines.AT_ONCE
    others = "&".join(f"p=Q{number}" for number in range(50))
    assert len(json.loads(console.get(f"/runs?{others}"))["runs"]) < 10
    assert scripted.asked["ListPipelineExecutions"] < 30
    assert len(json.loads(console.get(f"/runs?{asked}"))["runs"]) == pipelines.AT_ONCE, "they are known"


def test_what_cannot_be_read_of_one_pipeline_is_said_in_its_row() -> None:
    scripted = Scripted(
        Search=searched(record("A")), ListPipelineExecutions=Refusal("AccessDeniedException", "not <you>")
    )
    console = Console(scripted.account)
    assert json.loads(console.get("/runs?p=A"))["runs"] == {"A": {"trouble": "not <you>"}}
    assert "not &lt;you&gt;" in console.get("/?runs=1")
