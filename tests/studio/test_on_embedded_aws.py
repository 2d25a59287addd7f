"""The list of pipelines against the local AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.cli.service import ACCOUNT, REGION, ROLE
from tests.studio.console import Console, of_embedded
from tests.studio.test_pipelines_page import following, names

FAILING = json.dumps(
    {"Version": "2020-12-01", "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "it is over"}}]}
)


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    """The console of a local AWS with 120 pipelines, of which one has failed."""
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        sagemaker: Any = aws.services().client("sagemaker")
        for number in range(120):
            sagemaker.create_pipeline(
                PipelineName=f"P{number:03}",
                PipelineDefinition=FAILING,
                RoleArn=ROLE,
                PipelineDescription=f"number {number}",
                Tags=[{"Key": "team", "Value": f"t{number % 2}"}],
            )
        run = sagemaker.start_pipeline_execution(PipelineName="P077")["PipelineExecutionArn"]
        while sagemaker.describe_pipeline_execution(PipelineExecutionArn=run)["PipelineExecutionStatus"] != "Failed":
            pass
        yield Console(of_embedded(aws))


def test_all_are_listed_page_by_page(console: Console) -> None:
    first = console.get("/?sort=name")
    assert "1 to 100 of 120" in first
    assert names(first) + names(console.get(following(first))) == [f"P{number:03}" for number in range(120)]
    assert f"local AWS, account {ACCOUNT}, {REGION}" in first


def test_the_last_run_comes_first(console: Console) -> None:
    assert names(console.get("/?sort=run"))[0] == "P077"


def test_they_are_found_by_name_tag_and_state(console: Console) -> None:
    assert names(console.get("/?q=NUMBER+11+team%3Dt1")) == ["P119", "P117", "P115", "P113", "P111", "P011"]
    assert names(console.get("/?q=p07&state=Failed")) == ["P077"]
    assert names(console.get("/?q=tag:owner")) == []


def test_how_it_ended_is_filled_in(console: Console) -> None:
    (run,) = json.loads(console.get("/runs?p=P077"))["runs"]["P077"]
    assert (run["state"], run["glyph"]) == ("Failed", "✗")


def test_a_page_that_has_gone_is_refused_with_a_way_back(console: Console) -> None:
    page = console.get("/?after=nothing&before=100&sort=name")
    assert "ListPipelines" in page or "sagemaker:Search" in page
    assert '<a href="/?sort=name">First page</a>' in page
