"""Executions side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from cdk_sagemaker_pipelines.studio import compare
from tests.cli.abalone import FIRST, SECOND, answers
from tests.cli.service import Answer, Refusal
from tests.studio.console import Console, Scripted, of_embedded
from tests.studio.world import World, world

TWO = "/p/Abalone/compare?e=firstexec001&e=secondexec02"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture(scope="module")
def console(there: World) -> Console:
    return Console(of_embedded(there.aws))


def compared(console: Console, there: World, *names: str, more: str = "", status: int = 200) -> str:
    chosen = "&".join(f"e={there.runs[name]}" for name in names)
    return console.get(f"/p/Abalone/compare?{chosen}{more}", status)


def rows(page: str, section: str) -> list[list[str]]:
    """The texts of the cells of the rows of a section, without the headings."""
    found = re.findall(rf'<section id="{section}".*?</section>', page, re.S)
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr.*?</tr>", "".join(found), re.S)
        if 'scope="col"' not in row
    ]


def test_exactly_what_differs(console: Console, there: World) -> None:
    page = compared(console, there, "first", "changed")
    assert rows(page, "parameters") == [["Depth", "5", "7"], ["MaxMse", "6.0", "7.5"]]
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train"
    assert rows(page, "definition") == [
        ["- gone", "Inaccurate (Fail)", "in ElseSteps of 'Check'", "", ""],
        ["~ changed", "Train", "AlgorithmSpecification.TrainingImage", f'"{image}:1"', f'"{image}:2"'],
        ["+ new", "Train", "HyperParameters.seed", "", '"1"'],
    ]
    assert [[name, state] for name, _, state, *_ in rows(page, "steps")] == [
        ["Train", rows(page, "steps")[0][2]],
        ["Inaccurate", "- not run"],
    ]
    assert rows(page, "metrics") == [["Train", "mse", "4.5", "6.5", "+2"]]
    assert rows(page, "arguments") == [
        ["Train", "AlgorithmSpecification.TrainingImage", "definition", f"{image}:1", f"{image}:2"],
        ["Train", "HyperParameters.depth", "parameters", "5", "7"],
        ["Train", "HyperParameters.seed", "definition", "none", "1"],
        ["Check", "Conditions[0].RightValue", "parameters", "6.0", "7.5"],
    ]
    assert "2 more differ only by what the executions or their earlier steps made" in page
    for letter, run in (("A", "first"), ("B", "changed")):
        link = f'<a href="/p/Abalone/e/{there.runs[run]}/s/Train" aria-label="Train of {letter}: Succeeded">'
        assert page.count(link) == 1


def test_everything(console: Console, there: World) -> None:
    page = compared(console, there, "first", "changed", more="&all=1")
    assert [name for name, *_ in rows(page, "steps")] == ["Prepare", "Train", "Check", "Register", "Inaccurate"]
    found = {(step, path): why for step, path, why, *_ in rows(page, "arguments")}
    assert found["Train", "StoppingCondition.MaxRuntimeInSeconds"] == ""
    assert found["Check", "Conditions[0].LeftValue"] == "results"
    assert "Show only what differs" in page


def test_four_executions(console: Console, there: World) -> None:
    page = compared(console, there, "first", "strict", "deep", "changed")
    assert rows(page, "parameters") == [["Depth", "5", "5", "7", "7"], ["MaxMse", "6.0", "3.0", "6.0", "7.5"]]
    assert [row[0] for row in rows(page, "definition")] == ["- gone", "~ changed", "+ new"]
    assert page.count("<p>The same.</p>") == 2
    states = {name: [state.rpartition(" s")[0] or state for state in found] for name, _, *found in rows(page, "steps")}
    assert [state.rpartition(" ")[0] for state in states["Check"]] == [
        "✓ Succeeded true", "✓ Succeeded false", "✓ Succeeded true", "✓ Succeeded true",
    ]  # fmt: skip
    assert states["Register"][1] == "- not run"
    assert states["Inaccurate"][3] == "not in it"


def test_an_execution_differs_from_itself_in_nothing(console: Console, there: World) -> None:
    page = compared(console, there, "deep", "deep")
    assert page.count("<p>The same.</p>") == 4
    assert [rows(page, each) for each in ("parameters", "definition", "steps", "metrics", "arguments")] == [[]] * 5


def test_two_to_four_are_compared(console: Console, there: World) -> None:
    assert "Choose 2 to 4 executions to compare, not 1." in compared(console, there, "first", status=400)
    compared(console, there, *["first"] * 5, status=400)
    assert "nobody" in console.get(f"/p/Abalone/compare?e={there.runs['first']}&e=nobody", 404)


def test_executions_of_two_pipelines(console: Console, there: World) -> None:
    page = console.get(f"/p/Abalone/compare?e={there.runs['first']}&e=Line/{there.runs['given-up']}")
    assert ["+ new", "Ask (Callback)"] in [row[:2] for row in rows(page, "definition")]


def scripted(**other: Answer) -> Console:
    found = [{"PipelineExecutionArn": arn, "PipelineExecutionStatus": "Succeeded"} for arn in (FIRST, SECOND)]
    return Console(Scripted(**answers(ListPipelineExecutions={"PipelineExecutionSummaries": found}, **other)).account)


def test_what_may_not_be_read_is_missing_alone() -> None:
    denied = Refusal("AccessDeniedException", "not authorized: sagemaker:ListPipelineParametersForExecution")
    page = scripted(ListPipelineParametersForExecution=denied).get(TWO)
    assert "<code>sagemaker:ListPipelineParametersForExecution</code>" in page
    assert "Without the parameters it is not known what the arguments were." in page
    assert rows(page, "steps") == []


def test_jobs_are_described_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "DESCRIBED", 1)
    console = scripted()
    first, second = console.get(f"{TWO}&all=1"), console.get(f"{TWO}&all=1")
    assert "Load the page again to read on." in first
    assert rows(first, "metrics") == []
    assert rows(second, "metrics") == [["Train", "mse", "4.5", "4.5", "+0"]]


def test_who_started_them() -> None:
    def described(asked: dict[str, str]) -> dict[str, object]:
        who = {"UserProfileName": "anna"} if asked["PipelineExecutionArn"] == FIRST else {}
        return {**asked, "PipelineExecutionStatus": "Succeeded", "CreatedBy": who}

    page = Console(Scripted(**answers(DescribePipelineExecution=described)).account).get(TWO)
    assert re.search(r'<th scope="row">Started by</th><td>anna</td><td></td>', page)
    assert "Started by" not in Console(Scripted(**answers()).account).get(TWO)
