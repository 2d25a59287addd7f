"""Parameters that are only in ``reads`` or ``writes``: they are declared, and never reported as unused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import ForEachStep, Parameter, S3Location
from cdk_sagemaker_pipelines.language import check
from cdk_sagemaker_pipelines.properties.service_model import Model
from cdk_sagemaker_pipelines.review.check.text import checked
from cdk_sagemaker_pipelines.review.reading.files import Found, read
from tests.pipeline.support import Bench, body, pipeline, processing

DAY = Parameter.string("Day", default="2026-01-01")


def names(bench: Bench) -> list[str]:
    """The names of the parameters in the synthesized definition."""
    return [parameter["Name"] for parameter in body(bench.resource())["Parameters"]]


@pytest.mark.parametrize("field", ["reads", "writes"])
@pytest.mark.parametrize(
    "place",
    [
        lambda bucket: S3Location(bucket, f"raw/{DAY}/"),
        lambda bucket: S3Location.from_uri(f"s3://data/raw/{DAY}/"),
        lambda bucket: f"s3://data/raw/{DAY}/",
        lambda bucket: DAY,
    ],
    ids=["prefix", "prefix-of-a-uri", "text", "parameter"],
)
def test_the_definition_declares_them(bench: Bench, field: str, place: Callable[[Any], Any]) -> None:
    processing(pipeline(bench), "Job", **{field: [place(s3.Bucket(bench.stack, "Data"))]})
    assert names(bench) == ["Day"]


def test_one_in_the_body_of_a_for_each_is_declared(bench: Bench) -> None:
    loop = ForEachStep(pipeline(bench), "Each", items=["a", "b"], max_concurrency=1)
    processing(loop.body, "Job", reads=[f"s3://data/{DAY}/{loop.item}/"], environment={"ITEM": loop.item})
    assert names(bench) == ["Day"]


def test_different_declarations_of_one_parameter_are_an_error(bench: Bench) -> None:
    other = Parameter.string("Day", default="2027-01-01")
    processing(pipeline(bench), "Job", reads=[f"s3://data/{DAY}/"], environment={"DAY": other})
    (error,) = bench.errors()
    assert "reads[0]" in error
    assert "parameter 'Day' is declared as" in error


def test_neither_synth_nor_smpipe_reports_them_as_unused(bench: Bench) -> None:
    made = pipeline(bench, parameters=[Parameter.string("Idle", default="")])
    processing(made, "Job", reads=[f"s3://data/{DAY}/"])
    directory = Path(bench.app.synth().directory)
    told = [finding for finding in made.host.warnings() if finding.code == "unused-parameter"]
    assert [finding.where for finding in told] == ["Parameters[0]"]  # of Idle
    (found,) = read(directory)
    assert isinstance(found, Found)
    assert [each.where for each in checked(found).findings if each.code == "unused-parameter"] == ["Parameters[0]"]


def test_a_definition_alone_does_not_say_who_reads_them(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job", reads=[f"s3://data/{DAY}/"])
    assert [found.code for found in check(made.definition, Model())] == ["unused-parameter"]
    beside = made.host.environment.data
    assert [found.code for found in check(made.definition, Model(), beside=beside)] == []
