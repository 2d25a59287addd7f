"""AWS Batch and SageMaker as the functions of a pool see them: the jobs are kept, requests and answers checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.assets.scripts import queued_training as functions
from tests.cli.service import ACCOUNT, REGION, Refusal, Service

BATCH = f"arn:aws:batch:{REGION}:{ACCOUNT}"
QUEUES = [f"{BATCH}:job-queue/{name}" for name in ("gpus", "others")]
ROLES = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("train", "tune")]
TOKEN = "aB3dE5gH7j"
NAME = f"Line_{TOKEN}_Train"
EXECUTION = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/line/execution/abcdefghijkl"
TRAINED = "AWSBatchLineTrain0"
TRAINING_JOB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{TRAINED}"
ATTEMPT = {"serviceResourceId": {"name": "TrainingJobArn", "value": TRAINING_JOB}}
KIND = "SAGEMAKER_TRAINING"
_LISTED = ("jobId", "jobName", "serviceJobType", "status", "createdAt")
_PAGE = 2


class Pool:
    """The jobs of a pool in the order of their submission, and what the steps were answered."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        """The client tokens that were used."""
        self.unlisted = 0
        """How many of the last jobs are not listed yet."""
        self.execution = "Executing"
        self.trained: dict[str, Any] = {}
        """More of the description of the training job."""
        self.batch = Service(
            {
                "SubmitServiceJob": self._submit,
                "ListServiceJobs": self._list,
                "DescribeServiceJob": lambda asked: next(job for job in self.jobs if job["jobId"] == asked["jobId"]),
                "TerminateServiceJob": {},
            },
            "batch",
        )
        self.sagemaker = Service(
            {
                "DescribePipelineExecution": lambda _: {"PipelineExecutionStatus": self.execution},
                "DescribeTrainingJob": lambda _: self._training_job(),
                "SendPipelineExecutionStepSuccess": {},
                "SendPipelineExecutionStepFailure": {},
            }
        )

    def has(self, status: str = "RUNNING", **more: Any) -> dict[str, Any]:
        """Adds a job: the pipeline's, but for ``more``."""
        number = len(self.jobs)
        job = {
            "jobId": f"job-{number}",
            "jobName": NAME,
            "jobQueue": QUEUES[0],
            "serviceJobType": KIND,
            "serviceRequestPayload": json.dumps({"RoleArn": ROLES[0]}),
            "status": status,
            "createdAt": 1000 + number,
            "startedAt": 0,
            **more,
        }
        self.jobs.append(job)
        return job

    def send(self, told: Any, *, status: str = "Executing", received: int = 1, message: str = "m") -> list[Any]:
        """Calls the function that submits; what comes again of a message."""
        body = {"token": TOKEN, "pipelineExecutionArn": EXECUTION, "arguments": told, "status": status}
        attributes = {"ApproximateReceiveCount": str(received)}
        record = {"messageId": message, "body": json.dumps(body), "attributes": attributes}
        found: list[Any] = functions.submit({"Records": [record]}, None)["batchItemFailures"]
        return found

    def end(self, job: dict[str, Any], status: str, **more: Any) -> None:
        """Ends a job, and calls the function that answers with the event of it."""
        job.update(status=status, **more)
        left_out = ("serviceRequestPayload", "tags")
        functions.answer(event({name: value for name, value in job.items() if name not in left_out}), None)

    @property
    def answered(self) -> list[Any]:
        """What steps were told: texts of failures, and the values of outputs by name."""
        asked = self.sagemaker.asked
        assert all(one["CallbackToken"] == TOKEN for name, each in asked.items() if name[0] == "S" for one in each)
        failures = [one["FailureReason"] for one in asked.get("SendPipelineExecutionStepFailure", ())]
        outputs = [one["OutputParameters"] for one in asked.get("SendPipelineExecutionStepSuccess", ())]
        return [*failures, *({each["Name"]: each["Value"] for each in one} for one in outputs)]

    @property
    def submitted(self) -> list[dict[str, Any]]:
        """The requests of jobs."""
        return self.batch.asked.get("SubmitServiceJob", [])

    @property
    def terminated(self) -> list[str]:
        """The jobs that were terminated."""
        return [one["jobId"] for one in self.batch.asked.get("TerminateServiceJob", ())]

    def _submit(self, asked: dict[str, Any]) -> Any:
        if asked["clientToken"] in self.tokens:
            return Refusal("ClientException", "a request with this clientToken was submitted already")
        members = ("jobName", "jobQueue", "serviceRequestPayload")
        job = self.has("RUNNABLE", **{name: asked[name] for name in members})
        self.tokens.add(asked["clientToken"])
        return {"jobName": NAME, "jobId": job["jobId"], "jobArn": "arn"}

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        (filtered,) = asked["filters"]
        start = filtered["values"][0].rstrip("*").lower()
        listed = self.jobs[: len(self.jobs) - self.unlisted]
        found = [job for job in listed[::-1] if job["jobQueue"] == asked["jobQueue"]]
        found = [job for job in found if job["jobName"].lower().startswith(start)]
        first = int(asked.get("nextToken", "0"))
        page = [{name: job[name] for name in _LISTED} for job in found[first : first + _PAGE]]
        more = {"nextToken": str(first + _PAGE)} if first + _PAGE < len(found) else {}
        return {"jobSummaryList": page, **more}

    def _training_job(self) -> dict[str, Any]:
        return {
            "TrainingJobName": TRAINED,
            "TrainingJobArn": TRAINING_JOB,
            "ModelArtifacts": {"S3ModelArtifacts": "s3://m/model.tar.gz"},
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"VolumeSizeInGB": 1},
            "StoppingCondition": {},
            "CreationTime": 0,
            **self.trained,
        }


def event(detail: dict[str, Any]) -> dict[str, Any]:
    """What EventBridge passes on of a job that has changed."""
    return {"source": "aws.batch", "detail-type": "Batch Service Job State Change", "detail": detail}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    for name, value in (("PREFIX", ["Line"]), ("QUEUES", QUEUES), ("ROLES", ROLES)):
        monkeypatch.setenv(f"JOB_{name}", ",".join(value))
    served = Pool()
    monkeypatch.setattr(functions, "_batch", lambda: served.batch.client)
    monkeypatch.setattr(functions, "_sagemaker", lambda: served.sagemaker.client)
    monkeypatch.setattr(functions, "_LAG", 0)
    return served
