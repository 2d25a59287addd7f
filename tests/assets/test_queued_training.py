"""The two functions between a pipeline and AWS Batch, against stubs that check each request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cdk_sagemaker_pipelines.assets.scripts import queued_training as functions

QUEUES = [f"arn:aws:batch:eu-west-1:111122223333:job-queue/{name}" for name in ("gpus", "others")]
TOKEN = "aB3dE5gH7j"
NAME = f"Line_{TOKEN}_Train"
ROLES = [f"arn:aws:iam::111122223333:role/{name}" for name in ("train", "tune")]
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/AWSBatchLineTrain0"
PAYLOAD = {"ResourceConfig": {"InstanceCount": None}, "HyperParameters": {"a/b": None}, "Tags": [{"Value": None}]}
TOLD: dict[str, Any] = {
    "jobName": "Train",
    "jobQueue": QUEUES[0],
    "serviceJobType": "SAGEMAKER_TRAINING",
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
    "serviceJobType": "SAGEMAKER_TRAINING",
    "serviceRequestPayload": json.dumps(
        {
            "ResourceConfig": {"InstanceCount": 3},
            "HyperParameters": {"a/b": 'x", "RoleArn": "other'},
            "Tags": [{"Value": "v"}],
        }
    ),
    "schedulingPriority": 7,
    "retryStrategy": {"attempts": 2},
    "clientToken": TOKEN,
    "quotaShareName": "vision",
}
MADE = {"jobName": NAME, "jobId": "id", "jobArn": "arn"}


class Services:
    """What the functions call, in this order."""

    def __init__(self) -> None:
        self.clients = {name: boto3.client(name, region_name="eu-west-1") for name in ("batch", "sagemaker")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def finds(self, *jobs: dict[str, Any], queue: str = QUEUES[0]) -> None:
        """A search for the job of the token."""
        filters = [{"name": "JOB_NAME", "values": [f"Line_{TOKEN}_*"]}]
        found = [{"jobId": "id", "serviceJobType": "SAGEMAKER_TRAINING", **job} for job in jobs]
        request = {"jobQueue": queue, "filters": filters}
        self.stubs["batch"].add_response("list_service_jobs", {"jobSummaryList": found}, request)

    def fails(self, reason: str) -> None:
        request = {"CallbackToken": TOKEN, "FailureReason": reason}
        self.stubs["sagemaker"].add_response("send_pipeline_execution_step_failure", {}, request)

    def describes(self, job: dict[str, Any]) -> None:
        required = {
            "TrainingJobName": "AWSBatchLineTrain0",
            "TrainingJobArn": ARN,
            "RoleArn": ROLES[1],
            "ModelArtifacts": {"S3ModelArtifacts": "s3://m/model.tar.gz"},
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"VolumeSizeInGB": 1},
            "StoppingCondition": {},
            "CreationTime": 0,
        }
        request = {"TrainingJobName": "AWSBatchLineTrain0"}
        self.stubs["sagemaker"].add_response("describe_training_job", {**required, **job}, request)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("JOB_PREFIX", "Line")
    monkeypatch.setenv("JOB_QUEUES", ",".join(QUEUES))
    monkeypatch.setenv("JOB_ROLES", ",".join(ROLES))
    served = Services()
    monkeypatch.setattr(functions, "_batch", lambda: served.clients["batch"])
    monkeypatch.setattr(functions, "_sagemaker", lambda: served.clients["sagemaker"])
    for stub in served.stubs.values():
        stub.activate()
    yield served
    for stub in served.stubs.values():
        stub.assert_no_pending_responses()


def sent(told: Any = TOLD, *, status: str = "Executing", received: int = 1) -> list[Any]:
    """What comes again of a message."""
    body = json.dumps({"token": TOKEN, "arguments": told, "status": status})
    attributes = {"ApproximateReceiveCount": str(received)}
    event = {"Records": [{"messageId": "m", "body": body, "attributes": attributes}]}
    found: list[Any] = functions.submit(event, None)["batchItemFailures"]
    return found


def test_a_job_is_submitted_with_the_values_of_the_execution(services: Services) -> None:
    """A value changes nothing beside itself, whatever it is."""
    services.stubs["batch"].add_response("submit_service_job", MADE, SUBMITTED)
    assert sent() == []


def test_the_other_kind_of_share_and_the_limit_of_preemptions(services: Services) -> None:
    told = {key: value for key, value in TOLD.items() if key != "quotaShareName"}
    request = {key: value for key, value in SUBMITTED.items() if key != "quotaShareName"}
    more = {"shareIdentifier": "nlp", "preemptionConfiguration": {"preemptionRetriesBeforeTermination": 0}}
    services.stubs["batch"].add_response("submit_service_job", MADE, {**request, **more})
    assert sent({**told, "shareIdentifier": "nlp", "preemptionRetriesBeforeTermination": 0}) == []


def test_a_message_that_comes_twice_submits_once(services: Services) -> None:
    services.stubs["batch"].add_response("submit_service_job", MADE, SUBMITTED)
    assert sent() == []
    services.stubs["batch"].add_client_error("submit_service_job", "ClientException", expected_params=SUBMITTED)
    services.finds({"jobName": NAME})
    assert sent(received=2) == []


def test_what_batch_refuses_fails_the_step(services: Services) -> None:
    services.stubs["batch"].add_client_error("submit_service_job", "ClientException", "no such queue")
    services.finds({"jobName": f"line_{TOKEN.lower()}_Train"})  # of another token: the search looks at no case
    services.finds(queue=QUEUES[1])
    services.fails("AWS Batch refused the job: no such queue")
    assert sent() == []


def test_a_number_that_is_none_fails_the_step(services: Services) -> None:
    services.fails("invalid literal for int() with base 10: 'many'")
    assert sent({**TOLD, "/ResourceConfig/InstanceCount": "many"}) == []


def test_what_boto3_does_not_know_fails_the_step(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    services.stubs["batch"].deactivate()  # which would take the call before boto3 looks at it
    reasons: list[str] = []
    monkeypatch.setattr(functions, "_fail", lambda token, reason: reasons.append(reason))
    assert sent({**TOLD, "quotaShareName": 5}) == []
    assert "Invalid type for parameter quotaShareName" in reasons[0]


def test_other_errors_are_tried_three_times(services: Services) -> None:
    for received in range(1, 4):
        services.stubs["batch"].add_client_error("submit_service_job", "ServerException")
        assert sent(received=received) == [{"itemIdentifier": "m"}]
    services.fails("the job was not submitted in 3 tries; the log of the function says more")
    assert sent(received=4) == []


@pytest.mark.parametrize("told", [TOLD, None], ids=["with-arguments", "without"])
def test_a_stop_terminates_the_job_whose_end_answers(told: Any, services: Services) -> None:
    services.finds()
    services.finds({"jobName": NAME, "status": "RUNNING"}, queue=QUEUES[1])
    request = {"jobId": "id", "reason": "the execution of the pipeline is stopped"}
    services.stubs["batch"].add_response("terminate_service_job", {}, request)
    assert sent(told, status="Stopping") == []


def test_a_stop_without_a_job_is_answered(services: Services) -> None:
    services.finds()
    services.finds(queue=QUEUES[1])
    services.fails("the execution is stopped")
    assert sent(status="Stopping") == []


def event(status: str, **more: Any) -> dict[str, Any]:
    detail = {"jobName": NAME, "status": status, "statusReason": "Preempted too often", **more}
    return {"source": "aws.batch", "detail": detail}


ATTEMPT = {"latestAttempt": {"serviceResourceId": {"name": "TrainingJobArn", "value": ARN}}}


def test_the_end_answers_with_artifacts_and_metrics(services: Services) -> None:
    metrics = [{"MetricName": name, "Value": value, "Timestamp": 0} for name, value in (("loss", 0.25), ("f1", 1.0))]
    services.describes({"TrainingJobName": "AWSBatchLineTrain0", "FinalMetricDataList": metrics})
    outputs = {
        "TrainingJobArn": ARN,
        "TrainingJobName": "AWSBatchLineTrain0",
        "ModelArtifacts": "s3://m/model.tar.gz",
        "loss": "0.25",
        "f1": "1.0",
    }
    told = [{"Name": name, "Value": value} for name, value in outputs.items()]
    request = {"CallbackToken": TOKEN, "OutputParameters": told}
    services.stubs["sagemaker"].add_response("send_pipeline_execution_step_success", {}, request)
    functions.answer(event("SUCCEEDED", **ATTEMPT), None)


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_a_job_of_others_with_the_same_name_answers_nothing(
    status: str, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever shares the pool sees the token in the name; the role is what they may not pass on."""
    services.describes({"RoleArn": f"{ROLES[0]}-of-others"})
    functions.answer(event(status, **ATTEMPT), None)
    assert f"{NAME} is not a job of this pipeline: {ARN}" in caplog.text


def test_a_success_without_a_training_job_answers_nothing(services: Services) -> None:
    functions.answer(event("SUCCEEDED"), None)


def test_a_failure_has_the_reason_of_the_job(services: Services) -> None:
    services.describes({"TrainingJobName": "AWSBatchLineTrain0", "FailureReason": f"{'x' * 100}{'y' * 300}end"})
    services.fails(f"{'x' * 80} ... {'y' * 168}end")
    functions.answer(event("FAILED", **ATTEMPT), None)


def test_a_job_that_never_ran_has_the_reason_of_batch(services: Services) -> None:
    services.fails("Preempted too often")
    functions.answer(event("FAILED"), None)


def test_an_event_that_comes_twice_is_no_error(services: Services) -> None:
    services.stubs["sagemaker"].add_client_error("send_pipeline_execution_step_failure", "ConflictException")
    functions.answer(event("FAILED"), None)


def test_an_answer_that_does_not_arrive_is_tried_again(services: Services) -> None:
    services.stubs["sagemaker"].add_client_error("send_pipeline_execution_step_failure", "ThrottlingException")
    with pytest.raises(services.clients["sagemaker"].exceptions.ClientError):
        functions.answer(event("FAILED"), None)
