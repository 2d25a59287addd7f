"""Hands training jobs of a pipeline to AWS Batch, and answers for them; runs in two functions of the pipeline.

Nothing is kept: the token of the step that waits is in the job's name, which comes back in the job's events. Whoever
shares a pool can see that name and give it to a job of their own. So a job counts only if it is the first of its name
in a queue of this pipeline's pools, with a role of this pipeline, which others may not pass on; and what counts is how
Batch describes it, not what the event says. The variables: ``JOB_PREFIX``, with which the names begin; ``JOB_QUEUES``
and ``JOB_ROLES``, the ARNs of the queues, and of the roles of the jobs.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

TRIES = 3
"""How often a message is tried before the step fails."""
LONGEST_REASON = 256
LONGEST_VALUE = 1024
ENDED = ("FAILED", "SUCCEEDED")
_HEAD = 80
"""What is kept of the beginning of a longer reason."""
_LAG = 5
"""The seconds after which Batch lists a job that was submitted."""
_STOPPED = "the execution is stopped"
_REFUSED = ("ConflictException", "ResourceNotFound", "ValidationException")
"""What SageMaker says when no step waits for the token any more."""
_LOG = logging.getLogger(__name__)


class Refused(Exception):
    """A job that never runs."""


# -- the message of the pipeline


def submit(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Submits a job for each message of SQS, or terminates it; the messages that it returns come again."""
    failures = []
    for record in event["Records"]:
        try:
            received = int(record["attributes"]["ApproximateReceiveCount"])
            _take(json.loads(record["body"]), record["messageId"], received)
        except Exception:
            _LOG.exception("message %s comes again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _take(message: dict[str, Any], message_id: str, received: int) -> None:
    token, told = message["token"], message.get("arguments") or {}
    if message.get("status") == "Stopping":
        _terminate(token)
    elif received > TRIES:
        _fail(token, f"the job was not submitted in {TRIES} tries; the log of the function says more")
    elif not _is_executing(message["pipelineExecutionArn"]):  # messages can come out of order, or again much later
        _fail(token, _STOPPED)
    elif _job(token) is None:
        try:
            _submit(told, token, message_id)
        except (Refused, ValueError) as error:  # a text where the request has a number
            _fail(token, str(error))


def _is_executing(execution: str) -> bool:
    described = _sagemaker().describe_pipeline_execution(PipelineExecutionArn=execution)
    return bool(described["PipelineExecutionStatus"] == "Executing")


def _submit(told: dict[str, Any], token: str, message_id: str) -> None:
    payload = _request(told)
    request = {
        "jobName": f"{_name(token)}{told['jobName']}",
        "jobQueue": told["jobQueue"],
        "serviceJobType": told["serviceJobType"],
        "serviceRequestPayload": json.dumps(payload),
        "schedulingPriority": int(told["schedulingPriority"]),
        "retryStrategy": {"attempts": int(told["attempts"])},
        # a message that SQS delivers twice has one id, which others cannot know, and so cannot use up
        "clientToken": message_id,
    }
    if payload.get("Tags"):
        request["tags"] = {tag["Key"]: tag["Value"] for tag in payload["Tags"]}
    for share in ("quotaShareName", "shareIdentifier"):
        if share in told:
            request[share] = told[share]
    if "preemptionRetriesBeforeTermination" in told:
        retries = int(told["preemptionRetriesBeforeTermination"])
        request["preemptionConfiguration"] = {"preemptionRetriesBeforeTermination": retries}
    try:
        _batch().submit_service_job(**request)
    except ParamValidationError as error:  # also where the function's boto3 is older than the members
        raise Refused(str(error)) from None
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClientException":
            raise
        # Batch refuses the second of two equal requests, of which the first may be another call's just now
        if _job(token, after=_LAG) is None:
            raise Refused(f"AWS Batch refused the job: {error.response['Error'].get('Message')}") from None


def _request(told: dict[str, Any]) -> dict[str, Any]:
    """The request of the training job, with the values of this execution at their JSON Pointers."""
    request: dict[str, Any] = json.loads(told["serviceRequestPayload"])
    for pointer, value in told.items():
        if pointer.startswith("/"):
            holder: Any = request
            *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
            for part in way:
                holder = holder[int(part) if isinstance(holder, list) else part]
            holder[int(last) if isinstance(holder, list) else last] = _typed(value, last)
    return request


def _typed(value: Any, member: str) -> Any:
    """A number or a boolean where the member takes one: texts that the pipeline joins are texts."""
    if isinstance(value, str) and member in _NUMBERS:
        return int(value)
    if isinstance(value, str) and member in _BOOLEANS:
        return value.lower() == "true"
    return value


_NUMBERS = ("InstanceCount", "VolumeSizeInGB", "MaxRuntimeInSeconds", "MaxWaitTimeInSeconds")
_BOOLEANS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption")


def _terminate(token: str) -> None:
    """Stops the job, whose end then answers the step; without a job the step is answered here."""
    job = _job(token) or _job(token, after=_LAG)
    if job is None or job["status"] in ENDED:
        _fail(token, _STOPPED)
    else:
        _batch().terminate_service_job(jobId=job["jobId"], reason="the execution of the pipeline is stopped")


# -- the job of a token


def _name(token: str) -> str:
    """How the name of the job begins: no pipeline's name and no token has an underscore."""
    return f"{os.environ['JOB_PREFIX']}_{token}_"


def _job(token: str, known: Iterable[dict[str, Any]] = (), after: float = 0) -> dict[str, Any] | None:
    """The job of a token as Batch describes it: the first of its name that is of this pipeline.

    ``known``: jobs that may not be listed yet. ``after``: the seconds to wait before.
    """
    time.sleep(after)
    found = {job["jobId"]: job for job in (*_listed(_name(token)), *known)}
    for one in sorted(found.values(), key=lambda job: job.get("createdAt", 0)):
        job = _batch().describe_service_job(jobId=one["jobId"])
        if job["jobQueue"] in _given("JOB_QUEUES") and _role(job) in _given("JOB_ROLES"):
            return dict(job)
    return None


def _listed(name: str) -> Iterator[dict[str, Any]]:
    filters = [{"name": "JOB_NAME", "values": [f"{name}*"]}]
    for queue in _given("JOB_QUEUES"):
        for page in _batch().get_paginator("list_service_jobs").paginate(jobQueue=queue, filters=filters):
            # the search does not look at upper and lower case, a token does
            yield from (job for job in page["jobSummaryList"] if job["jobName"].startswith(name))


def _role(job: dict[str, Any]) -> Any:
    """The role in the request of a job, which Batch takes without looking at it."""
    try:
        request = json.loads(job["serviceRequestPayload"])
    except (KeyError, ValueError):
        return None
    return request.get("RoleArn") if isinstance(request, dict) else None


def _given(variable: str) -> list[str]:
    return os.environ[variable].split(",")


# -- the event of Batch


def answer(event: dict[str, Any], context: object) -> None:
    """Answers the step whose job has ended: with its artifacts and metrics, or with why it failed."""
    detail = event["detail"]
    token = detail["jobName"].split("_")[1]
    job = _job(token, [detail]) if detail["jobName"].startswith(_name(token)) else None
    if job is None or job["jobId"] != detail["jobId"]:
        _LOG.warning("%s (%s) is not a job of this pipeline", detail["jobName"], detail["jobId"])
    elif job["status"] not in ENDED:
        raise RuntimeError(f"AWS Batch still says that {detail['jobName']} is {job['status']}")
    else:
        arn = ((job.get("latestAttempt") or {}).get("serviceResourceId") or {}).get("value", "")
        name = arn.rpartition("/")[2]
        trained = _sagemaker().describe_training_job(TrainingJobName=name) if name else {}
        if job["status"] == "SUCCEEDED":
            _succeed(token, arn, trained)
        else:
            _fail(token, trained.get("FailureReason") or job.get("statusReason") or "AWS Batch gives no reason")


def _succeed(token: str, arn: str, job: dict[str, Any]) -> None:
    outputs = {
        "TrainingJobArn": arn,
        "TrainingJobName": job.get("TrainingJobName", ""),
        "ModelArtifacts": (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts", ""),
    }
    for metric in job.get("FinalMetricDataList") or ():
        outputs.setdefault(metric["MetricName"], json.dumps(metric["Value"]))
    told = [{"Name": name, "Value": value} for name, value in outputs.items() if 0 < len(value) <= LONGEST_VALUE]
    _answered(_sagemaker().send_pipeline_execution_step_success, CallbackToken=token, OutputParameters=told)


def _fail(token: str, reason: str) -> None:
    if len(reason) > LONGEST_REASON:  # the last lines of a log say more than those in between
        reason = f"{reason[:_HEAD]} ... {reason[_HEAD + 5 - LONGEST_REASON :]}"
    _answered(_sagemaker().send_pipeline_execution_step_failure, CallbackToken=token, FailureReason=reason)


def _answered(call: Any, **request: Any) -> None:
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _REFUSED:
            raise
        _LOG.warning("no step waits for this answer any more: %s", error)


@cache
def _batch() -> Any:
    return boto3.client("batch", config=_RETRIES)


@cache
def _sagemaker() -> Any:
    return boto3.client("sagemaker", config=_RETRIES)


_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 6})
"""Lambda calls the function that answers only twice again."""
