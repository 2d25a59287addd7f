"""The two functions between a pipeline and AWS Batch, against services that check each request."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.assets.scripts import queued_training as functions
from cdk_sagemaker_pipelines.steps.jobs.pool_functions import job_prefix
from tests.cli.service import Refusal

from .batch_service import ATTEMPT, KIND, NAME, QUEUES, ROLES, TOKEN, TRAINED, TRAINING_JOB, Pool, pool

__all__ = ["pool"]

PAYLOAD = {
    "RoleArn": ROLES[1],
    "ResourceConfig": {"InstanceCount": None},
    "HyperParameters": {"a/b": None},
    "Tags": [{"Key": "cost", "Value": None}],
}
TOLD: dict[str, Any] = {
    "jobName": "Train",
    "jobQueue": QUEUES[0],
    "serviceJobType": KIND,
    "quotaShareName": "vision",
    "schedulingPriority": 7,
    "attempts": 2,
    "serviceRequestPayload": json.dumps(PAYLOAD),
    "/ResourceConfig/InstanceCount": "3",
    "/HyperParameters/a~1b": 'x", "RoleArn": "other',
    "/Tags/0/Value": "v",
}
SUBMITTED: dict[str, Any] = {
    "jobName": NAME,
    "jobQueue": QUEUES[0],
    "serviceJobType": KIND,
    "serviceRequestPayload": json.dumps(
        {
            "RoleArn": ROLES[1],
            "ResourceConfig": {"InstanceCount": 3},
            "HyperParameters": {"a/b": 'x", "RoleArn": "other'},
            "Tags": [{"Key": "cost", "Value": "v"}],
        }
    ),
    "schedulingPriority": 7,
    "retryStrategy": {"attempts": 2},
    "clientToken": "m",
    "tags": {"cost": "v"},
    "quotaShareName": "vision",
}
AGAIN = [{"itemIdentifier": "m"}]
UNTRIED = "the job was not submitted in 3 tries; the log of the function says more"


def in_a_moment(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All jobs are listed as soon as a function waits for it."""

    def sleep(seconds: float) -> None:
        if seconds:
            pool.unlisted = 0

    monkeypatch.setattr(functions, "_LAG", 7)
    monkeypatch.setattr(time, "sleep", sleep)


# -- the message of the pipeline


def test_a_job_is_submitted_with_the_values_of_the_execution(pool: Pool) -> None:
    """A value changes nothing beside itself, whatever it is; both jobs have the tags."""
    assert pool.send(TOLD) == []
    assert pool.submitted == [SUBMITTED]


def test_the_other_kind_of_share_and_the_limit_of_preemptions(pool: Pool) -> None:
    told = {key: value for key, value in TOLD.items() if key != "quotaShareName"}
    request = {key: value for key, value in SUBMITTED.items() if key != "quotaShareName"}
    more = {"shareIdentifier": "nlp", "preemptionConfiguration": {"preemptionRetriesBeforeTermination": 0}}
    assert pool.send({**told, "shareIdentifier": "nlp", "preemptionRetriesBeforeTermination": 0}) == []
    assert pool.submitted == [{**request, **more}]


def test_the_longest_names_make_a_name_of_128_characters(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_PREFIX", job_prefix("P" * 256))
    pool.send({**TOLD, "jobName": "s" * 64})
    assert len(pool.submitted[0]["jobName"]) == 128


@pytest.mark.parametrize("again", ["m", "n"], ids=["of-sqs", "of-the-pipeline"])
def test_a_message_that_comes_twice_submits_once(again: str, pool: Pool) -> None:
    assert pool.send(TOLD) == pool.send(TOLD, received=2, message=again) == []
    assert len(pool.jobs) == 1
    assert pool.answered == []


def test_two_deliveries_at_the_same_time_submit_once(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one does not see the first one's job before Batch refuses its own."""
    pool.send(TOLD)
    pool.unlisted = 1
    in_a_moment(pool, monkeypatch)
    assert pool.send(TOLD) == []
    assert (len(pool.submitted), len(pool.jobs), pool.answered) == (2, 1, [])


def test_what_batch_refuses_fails_the_step(pool: Pool) -> None:
    pool.batch.answers["SubmitServiceJob"] = Refusal("ClientException", "no such queue")
    assert pool.send(TOLD) == []
    assert pool.answered == ["AWS Batch refused the job: no such queue"]


def test_a_number_that_is_none_fails_the_step(pool: Pool) -> None:
    assert pool.send({**TOLD, "/ResourceConfig/InstanceCount": "many"}) == []
    assert pool.answered == ["invalid literal for int() with base 10: 'many'"]


def test_what_boto3_does_not_know_fails_the_step(pool: Pool) -> None:
    assert pool.send({**TOLD, "quotaShareName": 5}) == []
    (reason,) = pool.answered
    assert "Invalid type for parameter quotaShareName" in reason


@pytest.mark.parametrize("code", ["ServerException", "TooManyRequestsException"])
def test_other_errors_are_tried_three_times(code: str, pool: Pool) -> None:
    pool.batch.answers["SubmitServiceJob"] = Refusal(code)
    for received in range(1, 4):
        assert pool.send(TOLD, received=received) == AGAIN
    assert pool.send(TOLD, received=4) == []
    assert pool.answered == [UNTRIED]


def test_a_failure_that_cannot_be_said_is_said_later(pool: Pool) -> None:
    answers = pool.sagemaker.answers
    answers["SendPipelineExecutionStepFailure"] = [Refusal("ThrottlingException"), {}]
    assert pool.send(TOLD, received=4) == AGAIN
    assert pool.send(TOLD, received=5) == []
    assert pool.answered == [UNTRIED] * 2


# -- the stop


@pytest.mark.parametrize("told", [TOLD, None], ids=["with-arguments", "without"])
def test_a_stop_terminates_the_job_whose_end_answers(told: Any, pool: Pool) -> None:
    job = pool.has("RUNNING", jobQueue=QUEUES[1])
    assert pool.send(told, status="Stopping") == []
    assert (pool.terminated, pool.answered) == ([job["jobId"]], [])
    assert pool.batch.asked["TerminateServiceJob"][0]["reason"] == "the execution of the pipeline is stopped"
    pool.end(job, "FAILED", isTerminated=True, statusReason="the execution of the pipeline is stopped")
    assert pool.answered == ["the execution of the pipeline is stopped"]


def test_a_stop_right_after_the_submission_terminates_the_job(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.send(TOLD)
    pool.unlisted = 1
    in_a_moment(pool, monkeypatch)
    assert pool.send(TOLD, status="Stopping") == []
    assert (pool.terminated, pool.answered) == (["job-0"], [])


@pytest.mark.parametrize("ended", [None, "FAILED", "SUCCEEDED"])
def test_a_stop_without_a_job_that_runs_is_answered(ended: str | None, pool: Pool) -> None:
    if ended is not None:
        pool.has(ended)
    assert pool.send(TOLD, status="Stopping") == []
    assert (pool.terminated, pool.answered) == ([], ["the execution is stopped"])


@pytest.mark.parametrize("status", ["Stopping", "Stopped", "Failed"])
def test_a_message_that_comes_after_the_stop_submits_nothing(status: str, pool: Pool) -> None:
    """SQS keeps no order, and a message that was throttled comes again minutes later."""
    pool.batch.answers["ListServiceJobs"] = [Refusal("ServerException"), {"jobSummaryList": []}]
    assert pool.send(TOLD) == AGAIN
    pool.send(TOLD, status="Stopping")
    pool.execution = status
    assert pool.send(TOLD, received=2) == []
    assert (pool.submitted, pool.answered) == ([], ["the execution is stopped"] * 2)


def test_a_stop_that_is_throttled_comes_again(pool: Pool) -> None:
    pool.has()
    pool.batch.answers["TerminateServiceJob"] = [Refusal("TooManyRequestsException"), {}]
    assert pool.send(TOLD, status="Stopping") == AGAIN
    assert pool.send(TOLD, status="Stopping", received=2) == []
    assert pool.answered == []


# -- the end


def test_the_end_answers_with_artifacts_and_metrics(pool: Pool) -> None:
    metrics = [{"MetricName": name, "Value": value, "Timestamp": 0} for name, value in (("loss", 0.25), ("f1", 1.0))]
    pool.trained["FinalMetricDataList"] = metrics
    pool.end(pool.has(), "SUCCEEDED", latestAttempt=ATTEMPT)
    assert pool.answered == [
        {
            "TrainingJobArn": TRAINING_JOB,
            "TrainingJobName": TRAINED,
            "ModelArtifacts": "s3://m/model.tar.gz",
            "loss": "0.25",
            "f1": "1.0",
        }
    ]


def test_a_failure_has_the_reason_of_the_job(pool: Pool) -> None:
    pool.trained["FailureReason"] = f"{'x' * 100}{'y' * 300}end"
    pool.end(pool.has(), "FAILED", latestAttempt=ATTEMPT)
    assert pool.answered == [f"{'x' * 80} ... {'y' * 168}end"]


@pytest.mark.parametrize("reason", ["the job was preempted more often than it may be", None])
def test_a_job_that_never_ran_has_the_reason_of_batch(reason: str | None, pool: Pool) -> None:
    more = {} if reason is None else {"statusReason": reason}
    pool.end(pool.has("RUNNABLE"), "FAILED", **more)
    assert pool.answered == [reason or "AWS Batch gives no reason"]


def test_a_job_that_is_not_listed_yet_is_answered(pool: Pool) -> None:
    pool.unlisted = 1
    pool.end(pool.has(), "FAILED", statusReason="no")
    assert pool.answered == ["no"]


@pytest.mark.parametrize("code", ["ConflictException", "ResourceNotFound", "ValidationException"])
def test_an_event_that_comes_twice_is_no_error(code: str, pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    pool.sagemaker.answers["SendPipelineExecutionStepFailure"] = Refusal(code)
    pool.end(pool.has(), "FAILED")
    assert "no step waits for this answer any more" in caplog.text


@pytest.mark.parametrize("answer", ["Success", "Failure"])
def test_an_answer_that_does_not_arrive_is_tried_again(answer: str, pool: Pool) -> None:
    pool.sagemaker.answers[f"SendPipelineExecutionStep{answer}"] = [Refusal("ThrottlingException"), {}]
    job, status = pool.has(), "SUCCEEDED" if answer == "Success" else "FAILED"
    with pytest.raises(ClientError):
        pool.end(job, status, latestAttempt=ATTEMPT)
    pool.end(job, status)
    assert len(pool.answered) == 2


def test_the_token_of_the_tests_is_one_of_the_service() -> None:
    assert len(TOKEN) == 10
    assert TOKEN.isalnum()
