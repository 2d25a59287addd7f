"""Others share the pool: no job of theirs answers a step, or keeps the pipeline's own job from doing so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.assets.scripts import queued_training as functions
from tests.cli.service import ACCOUNT, REGION

from .batch_service import ATTEMPT, NAME, QUEUES, ROLES, TOKEN, TRAINED, Pool, event, pool
from .test_queued_training import TOLD

__all__ = ["pool"]

OTHERS = json.dumps({"RoleArn": f"{ROLES[0]}-of-others"})
FOREIGN: dict[str, dict[str, Any]] = {
    "role": {"serviceRequestPayload": OTHERS},
    "no-role": {"serviceRequestPayload": "{}"},
    "no-json": {"serviceRequestPayload": '{"RoleArn'},
    "a-list": {"serviceRequestPayload": json.dumps(ROLES)},
    "no-request": {"serviceRequestPayload": ""},
    "queue": {"jobQueue": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/theirs"},
    "region": {"jobQueue": QUEUES[0].replace(REGION, "us-east-1")},
    "account": {"jobQueue": QUEUES[0].replace(ACCOUNT, "999999999999")},
    "partition": {"jobQueue": QUEUES[0].replace("arn:aws:", "arn:aws-cn:")},
}
ENDS: dict[str, dict[str, Any]] = {
    "succeeded": {"status": "SUCCEEDED", "latestAttempt": ATTEMPT},
    "succeeded-without-training": {"status": "SUCCEEDED"},
    "failed": {"status": "FAILED", "latestAttempt": ATTEMPT},
    "failed-before-training": {"status": "FAILED", "statusReason": "no capacity"},
    "terminated": {"status": "FAILED", "isTerminated": True, "statusReason": "enough"},
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_job_of_the_same_name_answers_nothing(
    kind: str, end: str, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither before the pipeline's own job, nor after it."""
    pool.end(pool.has(**FOREIGN[kind]), **ENDS[end])
    ours = pool.has()
    theirs = pool.has(**FOREIGN[kind])
    pool.end(theirs, **ENDS[end])
    assert pool.answered == []
    assert f"{NAME} ({theirs['jobId']}) is not a job of this pipeline" in caplog.text
    pool.end(ours, "FAILED", statusReason="ours")
    assert pool.answered == ["ours"]


@pytest.mark.parametrize("end", ENDS)
def test_of_jobs_with_a_role_of_the_pipeline_the_first_counts(end: str, pool: Pool) -> None:
    """A role can be shared; and whether Batch asks who submits for the right to pass it, no page says."""
    ours = pool.has()
    for _ in range(5):  # more than a page
        pool.end(pool.has(), **ENDS[end])
    assert pool.answered == []
    pool.end(ours, "SUCCEEDED", latestAttempt=ATTEMPT)
    assert pool.answered[0]["TrainingJobName"] == TRAINED


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_job_takes_no_submission_away(kind: str, pool: Pool) -> None:
    """Whoever sees the token before the job is submitted can use its name, and guess at the client token."""
    pool.has(**FOREIGN[kind])
    pool.tokens |= {TOKEN, NAME, f"{TOKEN}-m"}
    assert pool.send(TOLD) == []
    assert (len(pool.jobs), pool.answered) == (2, [])


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_stop_terminates_no_foreign_job(kind: str, pool: Pool) -> None:
    pool.has(**FOREIGN[kind])
    ours = pool.has()
    pool.has(**FOREIGN[kind])
    pool.has()  # a later one with the same role
    pool.send(TOLD, status="Stopping")
    assert pool.terminated == [ours["jobId"]]


def test_an_event_says_nothing_that_batch_does_not(pool: Pool) -> None:
    """Only AWS sends events of ``aws.*``; if somebody could forge one, it would have no effect."""
    ours = pool.has("RUNNING")
    forged = {**ours, "status": "SUCCEEDED", "latestAttempt": ATTEMPT, "statusReason": "forged"}
    with pytest.raises(RuntimeError, match=f"AWS Batch still says that {NAME} is RUNNING"):
        functions.answer(event(forged), None)
    assert pool.answered == []
    ours.update(status="FAILED", statusReason="true")
    functions.answer(event(forged), None)
    assert pool.answered == ["true"]


@pytest.mark.parametrize(
    "name",
    [f"Line_{TOKEN.lower()}_Train", f"Line_{TOKEN}x_Train", f"Line_{TOKEN[:-1]}_Train", f"Line__{TOKEN}_Train"],
)
def test_a_name_that_is_almost_it_is_of_another_execution(name: str, pool: Pool) -> None:
    """The search of Batch does not look at upper and lower case."""
    pool.has(jobName=name)
    ours = pool.has()
    pool.send(TOLD, status="Stopping")
    assert pool.terminated == [ours["jobId"]]


@pytest.mark.parametrize("name", [f"Line_{TOKEN}", "Line_"])
def test_a_name_without_a_step_is_of_none(name: str, pool: Pool) -> None:
    pool.end(pool.has(jobName=name), "FAILED")
    assert pool.answered == []


def test_each_execution_is_answered_by_its_own_job(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    other = pool.has(jobName="Line_0000000000_Train")
    ours = pool.has()
    pool.end(ours, "FAILED", statusReason="ours")
    assert pool.answered == ["ours"]
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(functions, "_fail", lambda token, reason: asked.append((token, reason)))
    pool.end(other, "FAILED", statusReason="other")
    assert asked == [("0000000000", "other")]
