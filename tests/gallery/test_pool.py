"""The pool of the gallery on the local AWS: stops, jobs of others, tags, and who has what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines import cli
from cdk_sagemaker_pipelines.assets.scripts.pool_metrics import NAMESPACE
from tests.gallery.deployment import Gallery

pytestmark = pytest.mark.slow


class Sleepers:
    """Jobs of others in the deployed pool, which sleep until the test is over."""

    def __init__(self, gallery: Gallery) -> None:
        self.batch, self.pipeline = gallery.client("batch"), gallery.pipeline("QueuedTraining")
        (step,) = (one for one in gallery.definition("QueuedTraining")["Steps"] if one["Name"] == "Train")
        self.queue = str(step["Arguments"]["jobQueue"])
        request = json.loads(step["Arguments"]["serviceRequestPayload"])
        request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["sleep", "60"]
        request["OutputDataConfig"]["S3OutputPath"] = "s3://nowhere/"
        del request["HyperParameters"]
        self._payload = json.dumps(request)
        self._jobs: list[str] = []

    def submit(self, team: str, name: str = "Other") -> str:
        told = {"jobQueue": self.queue, "serviceJobType": "SAGEMAKER_TRAINING", "serviceRequestPayload": self._payload}
        self._jobs.append(self.batch.submit_service_job(jobName=name, quotaShareName=team, **told)["jobId"])
        return self._jobs[-1]

    def end(self) -> None:
        for job in self._jobs:
            self.batch.terminate_service_job(jobId=job, reason="the test is over")

    def of_pipeline(self) -> list[dict[str, Any]]:
        """The jobs whose names are those of the pipeline's."""
        filters = [{"name": "JOB_NAME", "values": [f"{self.pipeline}_*"]}]
        return list(self.batch.list_service_jobs(jobQueue=self.queue, filters=filters)["jobSummaryList"])

    def next_of_pipeline(self, known: list[dict[str, Any]]) -> dict[str, Any]:
        """The job that the pipeline submits next."""
        until, before = time.monotonic() + 60, {job["jobId"] for job in known}
        while time.monotonic() < until:
            for job in self.of_pipeline():
                if job["jobId"] not in before:
                    return job
            time.sleep(0.05)
        raise AssertionError("the pipeline submitted no job in a minute")


@pytest.fixture
def sleepers(gallery: Gallery) -> Iterator[Sleepers]:
    made = Sleepers(gallery)
    yield made
    made.end()


def test_stopping_an_execution_terminates_its_job_in_the_pool(gallery: Gallery, sleepers: Sleepers) -> None:
    """While another job has the team's instance, it waits; a later job of the same name is left alone."""
    sleepers.submit("vision")
    before = sleepers.of_pipeline()
    arn = gallery.start(sleepers.pipeline)
    job = sleepers.next_of_pipeline(before)
    assert job["status"] == "RUNNABLE"
    same = sleepers.submit("vision", job["jobName"])
    gallery.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert gallery.end(arn).status == "Stopped"
    ended = sleepers.batch.describe_service_job(jobId=job["jobId"])
    assert (ended["status"], ended["isTerminated"], ended["attempts"]) == ("FAILED", True, [])
    assert sleepers.batch.describe_service_job(jobId=same)["status"] == "RUNNABLE"


def test_a_foreign_job_of_the_same_name_does_not_fail_the_step(gallery: Gallery, sleepers: Sleepers) -> None:
    """Not even one with the role of the pipeline, which the local AWS lets anybody pass on."""
    first = sleepers.submit("vision")
    before = sleepers.of_pipeline()
    arn = gallery.start(sleepers.pipeline)
    job = sleepers.next_of_pipeline(before)
    for team in ("vision", "nlp"):
        foreign = sleepers.submit(team, job["jobName"])
        sleepers.batch.terminate_service_job(jobId=foreign, reason="to fail the step of another team")
    sleepers.batch.terminate_service_job(jobId=first, reason="the instance is free")
    run = gallery.end(arn)
    assert (run.status, run.statuses()["Train"]) == ("Succeeded", "Succeeded")


def test_the_tags_reach_both_jobs(gallery: Gallery, sleepers: Sleepers) -> None:
    before = sleepers.of_pipeline()
    run = gallery.run("QueuedTraining")
    job = sleepers.batch.describe_service_job(jobId=sleepers.next_of_pipeline(before)["jobId"])
    assert job["tags"] == {"purpose": "gallery"}
    tags = gallery.sagemaker.list_tags(ResourceArn=run.outputs("Train")["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "purpose", "Value": "gallery"}]


def test_who_has_what_of_a_deployed_pool(
    gallery: Gallery, sleepers: Sleepers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in gallery.aws.environment(among={}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "80")
    for _ in range(3):
        sleepers.submit("nlp")
    name = sleepers.queue.rpartition("/")[2]
    assert cli.main(["pool", name]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["Team", "Instances", "Guaranteed", "Used", "Borrowed", "Unused", "Lent", "Waiting"],
        ["nlp", "ml.m5.large", "1", "2", "1", "1"],
        ["vision", "ml.m5.large", "1", "0", "1", "1"],
        ["all", "ml.m5.large", "2", "2"],
    ]
    assert cli.main(["pool", sleepers.queue, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pool"], told["arn"], told["capacity"]) == (name, sleepers.queue, {"ml.m5.large": 2})
    teams = {team["team"]: team for team in told["teams"]}
    assert {name: (team["used"], team["lentAtLeast"], team["waiting"]) for name, team in teams.items()} == {
        "nlp": (2, 0, 1),
        "vision": (0, 1, 0),
    }


def test_the_dashboard_of_a_pool_is_fed(gallery: Gallery, sleepers: Sleepers) -> None:
    for _ in range(3):
        sleepers.submit("nlp")
    (function,) = (one for one in gallery.resources("QueuedTraining", "AWS::Lambda::Function") if "Measure" in one)
    answer = gallery.client("lambda").invoke(FunctionName=function)
    assert "FunctionError" not in answer, answer["Payload"].read()
    listed = gallery.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=NAMESPACE)
    metrics = [metric for page in listed for metric in page["Metrics"]]
    found = {(one["MetricName"], *(each["Value"] for each in one["Dimensions"][1:])) for one in metrics}
    assert found == {
        *(("InstancesUsed", team, "ml.m5.large") for team in ("nlp", "vision")),
        *(("JobsWaiting", team) for team in ("nlp", "vision")),
    }
