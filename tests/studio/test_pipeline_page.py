"""The page of a pipeline."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.search import PAGE_CALLS
from cdk_sagemaker_pipelines.studio import pipeline
from tests.cli.abalone import DEFINITION, DESCRIBED, answers
from tests.cli.service import PIPELINE, START, Answer, Refusal, Service, in_pages, record, values
from tests.studio.console import Console, Scripted

HOSTILE = "<script>window.pwned=1</script>\"'>\u202e\x07" + "long" * 700


def found(*records: dict[str, Any]) -> Any:
    return in_pages("Results", [{"PipelineExecution": each} for each in records], 100)


def account(**other: Answer) -> Scripted:
    return Scripted(**answers(**{"Search": found(), **other}))


def page(address: str, status: int = 200, **other: Answer) -> str:
    return Console(account(**other).account).get(address, status)


def table(text: str) -> list[list[str]]:
    """The texts of the cells of each row."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[html.unescape(" ".join(re.sub("<[^>]*>", "", cell).split())) for cell in row] for row in cells]


RUNS = [
    record("newestexec01", "Failed", 1, PipelineVersionId=2, PipelineParameters=values(Depth="7"),
           PipelineExecutionDisplayName="try-7", FailureReason="too inaccurate",
           CreatedBy={"IamIdentity": {"Arn": "arn:aws:iam::111122223333:user/anna"}}),
    record("middleexec02", "Succeeded", 2, PipelineVersionId=2, PipelineParameters=values(Rows="100")),
]  # fmt: skip


def test_the_executions_with_what_differs() -> None:
    text = page("/p/Abalone", Search=found(*RUNS))
    assert table(text) == [
        ["Compare", "Execution", "State", "Started", "Time", "Name", "Depth", "Version", "Started by", "Reason"],
        ["Compare newestexec01", "newestexec01", "✗ Failed", "2030-01-01 11:00:00 UTC", "1 min 15 s", "try-7", "7", "2",
         "arn:aws:iam::111122223333:user/anna", "too inaccurate"],
        ["Compare middleexec02", "middleexec02", "✓ Succeeded", "2030-01-01 10:00:00 UTC", "1 min 15 s", "", "5", "2",
         "", ""],
    ]  # fmt: skip
    assert 'href="/p/Abalone/e/newestexec01"' in text
    assert 'action="/p/Abalone/compare"' in text


def test_filters_are_in_the_address_and_in_the_form() -> None:
    here = account(Search=found(*RUNS))
    text = Console(here.account).get("/p/Abalone?state=Failed&since=2029-12-31&until=2030-01-02&p=Depth=7")
    assert [row[1] for row in table(text)[1:]] == ["newestexec01"]
    (asked,) = here.services["sagemaker"].asked["Search"]
    assert [each["Name"] for each in asked["SearchExpression"]["Filters"]] == [
        "PipelineArn", "PipelineExecutionStatus", "CreationTime", "CreationTime",
    ]  # fmt: skip
    assert '<option value="Failed" selected>' in text
    for field in ("2029-12-31", "2030-01-02", "Depth=7"):
        assert f'value="{field}"' in text
    assert "1 of 2 executions match" in text


def test_pages_keep_the_filters_and_count_on() -> None:
    many = [record(f"e{number:011}", hours=number) for number in range(1000)]
    here = account(Search=found(*many))
    here.account.clock = lambda: 0.0
    console = Console(here.account)
    text = console.get("/p/Abalone?p=Depth=9")
    assert "0 of 500 executions match" in text
    (further,) = re.findall(r'href="([^"]*)" rel="next">Look further', text)
    assert html.unescape(further) == "/p/Abalone?p=Depth%3D9&after=500&seen=500"
    rest = console.get(html.unescape(further))
    assert "1000 with the pages before" in rest
    assert "There are no older ones" in rest
    assert 'href="/p/Abalone?p=Depth%3D9">First page' in rest


def test_every_execution_is_reached_with_few_calls() -> None:
    many = [record(f"e{number:011}", hours=number) for number in range(1000)]
    here = account(Search=found(*many))
    here.account.clock = lambda: 0.0
    console, address, ids = Console(here.account), "/p/Abalone", []
    for _ in range(10):
        text = console.get(address)
        ids += [row[1] for row in table(text)[1:]]
        address = next(iter(html.unescape(each) for each in re.findall(r'href="([^"]*)" rel="next"', text)), "")
    assert (address, ids) == ("", [f"e{number:011}" for number in range(1000)])
    # a search and the pipeline for each page; the parameters of the one version once, and who asks
    assert here.asked["Search"] == 10
    assert sum(here.asked.values()) <= 10 + 2 * 10 + 1
    console.get("/p/Abalone?p=Depth=9")
    assert here.asked["Search"] == 10 + PAGE_CALLS


def test_a_page_does_not_wait_for_slow_searches() -> None:
    passed, search = [0.0], found(*(record(f"e{number:011}", hours=number) for number in range(1000)))

    def slowly(asked: dict[str, Any]) -> Any:
        passed[0] += 0.1
        return search(asked)

    here = account(Search=slowly)
    here.account.clock = lambda: passed[0]
    text = Console(here.account).get("/p/Abalone?p=Depth=9")
    assert "0 of 200 executions match" in text
    assert "after=200&amp;seen=200" in text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("state=Done", "'Done' is not a state"),
        ("since=yesterday", "'yesterday' is not a time"),
        ("p=Depth", "write it as NAME=VALUE"),
        ("p=Depth=1&p=Depth=2", "'Depth' is given twice"),
        ("p=Dept=1", "no parameter 'Dept'; did you mean 'Depth'?"),
    ],
    ids=["state", "time", "form", "twice", "name"],
)
def test_a_filter_that_means_nothing_is_kept_and_refused(query: str, told: str) -> None:
    text = page(f"/p/Abalone?{query}")
    assert told in html.unescape(text)
    assert query.partition("=")[2].partition("&")[0] in text


def test_what_is_refused_empties_its_panel_alone() -> None:
    denied = "User: arn:aws:iam::1:user/me is not authorized to perform: sagemaker:Search on resource: arn:aws:x"
    text = page("/p/Abalone", Search=Refusal("AccessDeniedException", denied))
    assert "<code>sagemaker:Search</code> on <code>arn:aws:x</code>" in text
    about = page("/p/Abalone?tab=about", ListTags={"Tags": [{"Key": "team", "Value": "ml"}]})
    assert about.count("Not allowed:") == 2  # rules and schedules
    assert ["team", "ml"] in table(about)


def test_a_pipeline_or_a_part_that_does_not_exist() -> None:
    assert "did you mean &#39;Abalone&#39;" in page("/p/Abalon", 404)
    assert "has no part" in page("/p/Abalone?tab=nothing", 404)


@pytest.mark.parametrize("name", ["a%20b", "-a", "a_b", "a" * 257, "%0A"])
@pytest.mark.parametrize("rest", ["", "/start", "/e/firstexec001"])
def test_aws_is_not_asked_for_names_that_it_does_not_allow(name: str, rest: str) -> None:
    here = account()
    assert "no pipeline can be called" in Console(here.account).get(f"/p/{name}{rest}", 404)
    assert "DescribePipeline" not in here.asked


def test_only_so_many_schedules_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SCHEDULES", 3)
    here = account(ListTags={"Tags": []})
    here.account.clock = lambda: 0.0
    listed = [{"Name": f"s{number}", "GroupName": "default", "Target": {"Arn": PIPELINE}} for number in range(4)]
    here.services["scheduler"] = Service(
        {
            "ListSchedules": lambda asked: {"Schedules": listed},
            "GetSchedule": {"ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
        },
        "scheduler",
    )
    text = Console(here.account).get("/p/Abalone?tab=about")
    assert [row[0] for row in table(text) if row[0].startswith("s")] == ["s0", "s1", "s2"]
    assert "more schedules than were looked at" in text
    del listed[3]
    assert "more schedules" not in Console(here.account).get("/p/Abalone?tab=about")


def test_parameters_with_who_reads_them() -> None:
    assert table(page("/p/Abalone?tab=parameters"))[2:4] == [
        ["Rows", "Integer", "100", "", "Prepare: AppSpecification.ContainerArguments[1]"],
        ["Depth", "Integer", "5", "", "Train: HyperParameters.depth"],
    ]


def test_the_graph_and_the_same_as_a_table() -> None:
    text = page("/p/Abalone?tab=graph")
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in text
    assert "<style" not in text
    assert ["Register", "RegisterModel", "IfSteps of Check", "Check"] in table(text)


def test_the_definition_and_its_file() -> None:
    console = Console(account().account)
    text = console.get("/p/Abalone?tab=definition")
    assert re.findall("<summary>(.*?)</summary>", text)[1:] == [
        "Prepare (Processing)", "Train (Training)", "Check (Condition)",
    ]  # fmt: skip
    assert json.loads(console.get("/p/Abalone/definition.json")) == DEFINITION


def version(number: int) -> dict[str, Any]:
    return {"PipelineArn": PIPELINE, "PipelineVersionId": number, "CreationTime": START + timedelta(days=number)}


def test_versions_and_their_difference() -> None:
    def described(asked: dict[str, Any]) -> Any:
        older = json.loads(json.dumps(DEFINITION).replace('"DefaultValue": 5', '"DefaultValue": 4'))
        return {
            **DESCRIBED,
            "PipelineDefinition": json.dumps(older if asked.get("PipelineVersionId") == 1 else DEFINITION),
        }

    listed = in_pages("PipelineVersionSummaries", [version(2), version(1)], 100)
    console = Console(account(DescribePipeline=described, ListPipelineVersions=listed).account)
    text = console.get("/p/Abalone?tab=versions")
    assert [row[2] for row in table(text)[1:]] == ["2", "1"]
    assert re.findall(r'name="(old|new)" value="(\d)" checked', text) == [("new", "2"), ("old", "1")]
    assert "~ Depth: DefaultValue: 4 → 5" in console.get("/p/Abalone?tab=versions&old=1&new=2")
    assert "They mean the same" in console.get("/p/Abalone?tab=versions&old=2&new=2")
    assert "is not the number of a version" in console.get("/p/Abalone?tab=versions&old=x&new=2")


def test_roles_with_what_they_need() -> None:
    rows = table(page("/p/Abalone?tab=roles"))
    assert any(row[0].startswith("sagemaker:AddTags sagemaker:CreateTrainingJob") for row in rows)
    assert ["Train: Type Training"] in [row[3:] for row in rows]


@pytest.mark.parametrize("tab", ["executions", "graph", "parameters", "definition", "versions", "roles", "about"])
def test_what_others_wrote_is_text(tab: str) -> None:
    document = json.loads(json.dumps(DEFINITION).replace("too inaccurate", json.dumps(HOSTILE)[1:-1]))
    document["Parameters"][0] |= {"DefaultValue": HOSTILE, "EnumValues": [HOSTILE]}
    document["Steps"][0]["Name"] = HOSTILE
    run = record("newestexec01", "Failed", FailureReason=HOSTILE, PipelineExecutionDisplayName=HOSTILE[:80],
                 PipelineParameters=values(Depth=HOSTILE))  # fmt: skip
    text = page(
        f"/p/Abalone?tab={tab}",
        DescribePipeline={**DESCRIBED, "PipelineDescription": HOSTILE, "PipelineDefinition": json.dumps(document)},
        Search=found(run, RUNS[1]),
        ListTags={"Tags": [{"Key": HOSTILE[:50], "Value": HOSTILE}]},
        ListPipelineVersions={"PipelineVersionSummaries": [{**version(1), "PipelineVersionDescription": HOSTILE}]},
    )
    assert "&lt;script&gt;window.pwned=1" in text
    assert "<script>" not in text
    assert "\u202e" not in text
    assert "\x07" not in text
