"""Hands training jobs of a pipeline to AWS Batch, and answers for them; runs in two functions of the pipeline.

Nothing is kept: the token of the step that waits is in the job's name, which comes back in the job's events. Whoever
shares a pool can see that name and give it to a job of their own, so an answer is only taken from a training job with a
role of the pipeline, which others may not pass on. The variables: ``JOB_PREFIX``, with which the names begin;
``JOB_QUEUES``, the ARNs of the queues, of the function that submits; ``JOB_ROLES``, those of the jobs' roles, of the
one that answers.
"""

from __future__ import annotations

import json
import logging
import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError, ParamValidationError

TRIES = 3
"""How often a message is tried before the step fails."""
LONGEST_REASON = 256
LONGEST_VALUE = 1024
_HEAD = 80
"""What is kept of the beginning of a longer reason."""
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
            _take(json.loads(record["body"]), int(record["attributes"]["ApproximateReceiveCount"]))
        except Exception:
            _LOG.exception("message %s comes again", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _take(message: dict[str, Any], received: int) -> None:
    token, told = message["token"], message.get("arguments") or {}
    if message.get("status") == "Stopping":
        _terminate(token)
    elif received > TRIES:
        _fail(token, f"the job was not submitted in {TRIES} tries; the log of the function says more")
    else:
        try:
            _submit(told, token)
        except (Refused, ValueError) as error:  # a text where the request has a number
            _fail(token, str(error))


def _submit(told: dict[str, Any], token: str) -> None:
    request = {
        "jobName": f"{_name(token)}{told['jobName']}",
        "jobQueue": told["jobQueue"],
        "serviceJobType": told["serviceJobType"],
        "serviceRequestPayload": json.dumps(_request(told)),
        "schedulingPriority": int(told["schedulingPriority"]),
        "retryStrategy": {"attempts": int(told["attempts"])},
        "clientToken": token,
    }
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
        # SQS may deliver a message twice, and Batch refuses the second of two equal requests
        if _job(token) is None:
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
    job = _job(token)
    if job is None or job.get("status") in ("FAILED", "SUCCEEDED"):
        _fail(token, "the execution is stopped")
    else:
        _batch().terminate_service_job(jobId=job["jobId"], reason="the execution of the pipeline is stopped")


def _name(token: str) -> str:
    """How the name of the job begins: no pipeline's name and no token has an underscore."""
    return f"{os.environ['JOB_PREFIX']}_{token}_"


def _job(token: str) -> dict[str, Any] | None:
    """The job of a token."""
    name = _name(token)
    for queue in os.environ["JOB_QUEUES"].split(","):
        filters = [{"name": "JOB_NAME", "values": [f"{name}*"]}]
        for job in _batch().list_service_jobs(jobQueue=queue, filters=filters)["jobSummaryList"]:
            if job["jobName"].startswith(name):
                return dict(job)
    return None


# -- the event of Batch


def answer(event: dict[str, Any], context: object) -> None:
    """Answers the step whose job has ended: with its artifacts and metrics, or with why it failed."""
    detail = event["detail"]
    token = detail["jobName"].split("_")[1]
    attempt = detail.get("latestAttempt") or {}
    arn = (attempt.get("serviceResourceId") or {}).get("value", "")
    job = _described(arn) if arn else {}
    succeeded = detail["status"] == "SUCCEEDED"
    # whoever may list the pool's jobs knows the token: a job counts only with a role of this pipeline. What fails
    # before it has a training job has none
    ours = job.get("RoleArn") in os.environ["JOB_ROLES"].split(",") if arn else not succeeded
    if not ours:
        _LOG.warning("%s is not a job of this pipeline: %s", detail["jobName"], arn or "it has no training job")
    elif succeeded:
        _succeed(token, arn, job)
    else:
        reason = job.get("FailureReason") or detail.get("statusReason") or "AWS Batch gives no reason"
        _fail(token, reason)


def _described(arn: str) -> dict[str, Any]:
    described: dict[str, Any] = _sagemaker().describe_training_job(TrainingJobName=arn.rpartition("/")[2])
    return described


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
    return boto3.client("batch")


@cache
def _sagemaker() -> Any:
    return boto3.client("sagemaker")
