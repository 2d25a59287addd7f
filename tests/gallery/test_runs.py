"""Every pipeline of the gallery is deployed to the local AWS and runs there to its end: it succeeds, and fails
saying why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import Pipeline, Trust
from cdk_sagemaker_pipelines.language import Definition, check
from cdk_sagemaker_pipelines.properties.service_model import Model
from tests.gallery.catalog import EXHIBITS, Exhibit, Failure
from tests.gallery.deployment import Gallery
from tests.pipeline.support import Bench, body

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", [exhibit.name for exhibit in EXHIBITS])
def test_the_checker_finds_nothing_in_what_is_deployed(name: str, gallery: Gallery) -> None:
    assert check(Definition(gallery.definition(name)), Model()) == []


@pytest.mark.parametrize("name", [exhibit.name for exhibit in EXHIBITS])
def test_an_imported_definition_renders_unchanged(name: str, gallery: Gallery, tmp_path: Path) -> None:
    definition = gallery.definition(name)
    bench = Bench(tmp_path / "cdk.out")
    Pipeline.from_definition(bench.stack, "Given", definition=definition, trust=Trust.everything())
    assert body(bench.resource()) == definition


@pytest.mark.parametrize("exhibit", [pytest.param(one, id=one.name) for one in EXHIBITS if one.answers])
def test_it_succeeds(exhibit: Exhibit, gallery: Gallery) -> None:
    run = gallery.run(exhibit.name)
    assert run.status == "Succeeded", {name: step.get("FailureReason") for name, step in run.steps.items()}
    assert set(run.statuses().values()) == {"Succeeded"}


@pytest.mark.parametrize(
    ("exhibit", "failure"),
    [
        pytest.param(one, failure, id=f"{one.name}-{failure.step}-{number}")
        for one in EXHIBITS
        for number, failure in enumerate(one.failures, 1)
        if one.answers
    ],
)
def test_it_fails_and_says_why(exhibit: Exhibit, failure: Failure, gallery: Gallery) -> None:
    run = gallery.run(exhibit.name, failure.parameters, failure.outcomes)
    assert run.status == "Failed"
    failed = [name for name, status in run.statuses().items() if status != "Succeeded"]
    assert failure.step in failed
    assert failure.reason in run.steps[failure.step]["FailureReason"]
    assert run.reason


@pytest.mark.parametrize("name", [exhibit.name for exhibit in EXHIBITS])
def test_it_is_destroyed_completely(name: str, gallery: Gallery) -> None:
    pipeline, stack = gallery.pipeline(name), gallery.stack_id(name)
    gallery.destroy(name)
    (described,) = gallery.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    assert described["StackStatus"] == "DELETE_COMPLETE"
    left = gallery.sagemaker.list_pipelines(MaxResults=100)["PipelineSummaries"]
    assert pipeline not in [one["PipelineName"] for one in left]
