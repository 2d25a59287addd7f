"""Queues of AWS Batch for training jobs on the local AWS, whose jobs are the test's."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.endings import StepFailed, StepStopped
from cdk_sagemaker_pipelines.local.engine.runner import StepContext
from tests.local.aws.conftest import ACCOUNT, REGION

G5 = "ml.g5.xlarge"
ARN = f"arn:aws:batch:{REGION}:{ACCOUNT}:"


class Jobs:
    """Jobs that run until the test ends them, or until they are stopped."""

    def __init__(self) -> None:
        self.running: dict[str, threading.Event] = {}
        self.failing: dict[str, str] = {}
        self.runs: list[tuple[str, dict[str, Any]]] = []

    def train(self, context: StepContext, request: dict[str, Any]) -> None:
        name, ended = request["Environment"]["NAME"], threading.Event()
        self.running[name] = ended
        self.runs.append((name, {"job": context.job_name, **request}))
        while not ended.wait(0.005):
            if context.stopping.is_set():
                raise StepStopped
        if name in self.failing:
            raise StepFailed(self.failing[name])


class Batch:
    """A queue in which two teams share two instances."""

    def __init__(self, aws: EmbeddedAws, jobs: Jobs) -> None:
        self.jobs = jobs
        self.client = aws.services().client("batch")
        self.iam = aws.services().client("iam")
        self.cloudformation = aws.services().client("cloudformation")
        self.sqs, events = aws.services().client("sqs"), aws.services().client("events")
        self.url = self.sqs.create_queue(QueueName="events")["QueueUrl"]
        pattern = json.dumps({"source": ["aws.batch"]})
        events.put_rule(Name="batch", EventPattern=pattern)
        role = f"arn:aws:iam::{ACCOUNT}:role/events"
        events.put_targets(
            Rule="batch", Targets=[{"Id": "a", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:events", "RoleArn": role}]
        )

    def queue(self, policy: dict[str, Any], limits: dict[str, int]) -> None:
        policy_arn = self.client.create_scheduling_policy(name="pool", **policy)["arn"]
        capacity = [{"capacityUnit": unit, "maxCapacity": count} for unit, count in limits.items()]
        kind = "SAGEMAKER_TRAINING"
        environment = self.client.create_service_environment(
            serviceEnvironmentName="pool", serviceEnvironmentType=kind, capacityLimits=capacity
        )["serviceEnvironmentArn"]
        order = [{"order": 1, "serviceEnvironment": environment}]
        self.client.create_job_queue(
            jobQueueName="pool",
            jobQueueType=kind,
            priority=1,
            schedulingPolicyArn=policy_arn,
            serviceEnvironmentOrder=order,
        )

    def share(self, name: str, count: int, strategy: str = "LEND_AND_BORROW") -> None:
        self.client.create_quota_share(
            quotaShareName=name,
            jobQueue="pool",
            capacityLimits=[{"capacityUnit": G5, "maxCapacity": count}],
            resourceSharingConfiguration={"strategy": strategy},
            preemptionConfiguration={"inSharePreemption": "DISABLED"},
        )

    def submit(self, name: str, share: str, *, member: str = "quotaShareName", **more: Any) -> str:
        cluster = {"InstanceType": G5, "InstanceCount": 1}
        payload = json.dumps({"ResourceConfig": cluster, "Environment": {"NAME": name}})
        told = {"jobName": name, "jobQueue": "pool", "serviceJobType": "SAGEMAKER_TRAINING", member: share, **more}
        answer = self.client.submit_service_job(serviceRequestPayload=payload, **told)
        return str(answer["jobId"])

    def status(self, job: str) -> str:
        return str(self.client.describe_service_job(jobId=job)["status"])

    def comes_to(self, job: str, status: str) -> dict[str, Any]:
        until(lambda: self.status(job) == status)
        described: dict[str, Any] = self.client.describe_service_job(jobId=job)
        return described

    def end(self, name: str) -> None:
        until(lambda: name in self.jobs.running)
        self.jobs.running.pop(name).set()

    def events(self, job: str) -> list[str]:
        """What was said of a job, in the order in which it was."""
        told: list[dict[str, Any]] = []
        while not told or told[-1]["detail"]["status"] not in ("SUCCEEDED", "FAILED"):
            answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            found = [json.loads(one["Body"]) for one in answer["Messages"]]
            told += [one for one in found if one["detail"]["jobId"] == job]
        assert all("serviceRequestPayload" not in one["detail"] for one in told)
        return [one["detail-type"].removeprefix("Batch Service Job ") + ": " + one["detail"]["status"] for one in told]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def batch() -> Iterator[Batch]:
    jobs = Jobs()
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        aws._world._train = jobs.train
        yield Batch(aws, jobs)


@pytest.fixture
def pool(batch: Batch) -> Batch:
    batch.queue({"quotaSharePolicy": {"idleResourceAssignmentStrategy": "FIFO"}}, {G5: 2})
    batch.share("vision", 1)
    batch.share("nlp", 1, "LEND")
    return batch


def test_a_team_borrows_and_gives_back(pool: Batch) -> None:
    own, borrowing = pool.submit("own", "vision"), pool.submit("borrowing", "vision")
    for job in (own, borrowing):
        pool.comes_to(job, "RUNNING")
    until(lambda: set(pool.jobs.running) == {"own", "borrowing"})
    snapshot = pool.client.get_job_queue_snapshot(jobQueue="pool")
    (used,) = snapshot["queueUtilization"]["quotaShareUtilization"]["topCapacityUtilization"]
    assert used == {"quotaShareName": "vision", "capacityUsage": [{"capacityUnit": G5, "quantity": 2.0}]}
    back = pool.submit("back", "nlp")
    pool.comes_to(back, "RUNNING")
    waiting = pool.client.describe_service_job(jobId=borrowing)
    assert waiting["status"] == "RUNNABLE"
    assert waiting["preemptionSummary"]["preemptedAttemptCount"] == 1
    front = pool.client.get_job_queue_snapshot(jobQueue="pool")["frontOfQueue"]["jobs"]
    assert [one["jobArn"] for one in front] == [f"{ARN}service-job/{borrowing}"]
    pool.end("back")
    pool.comes_to(borrowing, "RUNNING")
    until(lambda: len(pool.jobs.runs) == 4)
    for name in ("own", "borrowing"):
        pool.end(name)
    for job in (own, borrowing, back):
        described = pool.comes_to(job, "SUCCEEDED")
        assert len(described["attempts"]) == 1
    assert [name for name, _ in pool.jobs.runs] == ["own", "borrowing", "back", "borrowing"]
    assert len({told["job"] for _, told in pool.jobs.runs}) == 4
    assert all(told["job"].startswith("AWSBatch") for _, told in pool.jobs.runs)
    assert pool.events(borrowing) == [
        "State Change: RUNNABLE",
        "State Change: STARTING",
        "State Change: RUNNING",
        "Preemption Started: RUNNING",
        "Preemption Completed: RUNNING",
        "State Change: RUNNABLE",
        "State Change: STARTING",
        "State Change: RUNNING",
        "State Change: SUCCEEDED",
    ]


def test_a_job_that_may_not_be_preempted_fails_instead(pool: Batch) -> None:
    config = {"preemptionRetriesBeforeTermination": 0}
    pool.submit("own", "vision")
    borrowing = pool.submit("borrowing", "vision", preemptionConfiguration=config)
    pool.comes_to(borrowing, "RUNNING")
    pool.submit("back", "nlp")
    assert pool.comes_to(borrowing, "FAILED")["statusReason"] == "the job was preempted more often than it may be"


def test_a_failed_job_is_tried_as_often_as_it_says(pool: Batch) -> None:
    job = pool.submit("own", "vision", retryStrategy={"attempts": 2})
    pool.jobs.failing["own"] = "AlgorithmError: no data"
    for _ in range(2):
        pool.end("own")
    described = pool.comes_to(job, "FAILED")
    assert len(described["attempts"]) == 2
    assert described["statusReason"] == "Received status from SageMaker: AlgorithmError: no data"


def test_a_job_is_terminated_where_it_is(pool: Batch) -> None:
    jobs = [pool.submit(f"{number}", "nlp") for number in range(2)]
    pool.comes_to(jobs[0], "RUNNING")
    for job in reversed(jobs):
        pool.client.terminate_service_job(jobId=job, reason="enough")
        described = pool.comes_to(job, "FAILED")
        assert (described["statusReason"], described["isTerminated"]) == ("enough", True)
    found = pool.client.list_service_jobs(jobQueue="pool", filters=[{"name": "JOB_NAME", "values": ["*"]}])
    assert {job["jobId"] for job in found["jobSummaryList"]} == set(jobs)


def test_a_higher_priority_comes_first(pool: Batch) -> None:
    pool.submit("first", "nlp")
    low, high = pool.submit("low", "nlp", schedulingPriority=1), pool.submit("high", "nlp", schedulingPriority=2)
    pool.client.update_service_job(jobId=low, schedulingPriority=3)
    pool.end("first")
    pool.comes_to(low, "RUNNING")
    assert pool.status(high) == "RUNNABLE"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"share": "ops"}, "quotaShareName 'ops' does not exist in the job queue"),
        ({"share": "nlp", "jobQueue": "other"}, "Job queue other does not exist"),
        ({"share": "nlp", "clientToken": "t"}, "a request with this clientToken was submitted already"),
    ],
    ids=["share", "queue", "token"],
)
def test_what_is_refused(more: dict[str, Any], text: str, pool: Batch) -> None:
    pool.submit("first", "nlp", clientToken="t")
    with pytest.raises(ClientError) as error:
        pool.submit("second", **more)
    assert error.value.response["Error"] == {"Code": "ClientException", "Message": text}


def test_weights(batch: Batch) -> None:
    shares = [{"shareIdentifier": "vision", "weightFactor": 1.0}, {"shareIdentifier": "nlp", "weightFactor": 3.0}]
    batch.queue({"fairsharePolicy": {"shareDistribution": shares}}, {"NUM_INSTANCES": 4})
    jobs = [batch.submit(f"{s}{n}", s, member="shareIdentifier") for n in range(4) for s in ("vision", "nlp")]
    until(lambda: sum(batch.status(job) == "RUNNING" for job in jobs) == 4)
    used = batch.client.get_job_queue_snapshot(jobQueue="pool")["queueUtilization"]["fairshareUtilization"]
    assert sum(one["capacityUsage"][0]["quantity"] for one in used["topCapacityUtilization"]) == 4


def test_other_queues_are_still_motos(batch: Batch) -> None:
    role = batch.iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = batch.client.create_compute_environment(
        computeEnvironmentName="environment", type="UNMANAGED", serviceRole=role
    )
    resources = {
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "JobQueueName": "ec2",
                "Priority": 1,
                "ComputeEnvironmentOrder": [{"Order": 1, "ComputeEnvironment": made["computeEnvironmentArn"]}],
            },
        },
    }
    body = json.dumps({"Resources": resources})
    batch.cloudformation.create_stack(StackName="ec2", TemplateBody=body)
    events = batch.cloudformation.describe_stack_events(StackName="ec2")["StackEvents"]
    assert [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]] == []
    assert [one["jobQueueName"] for one in batch.client.describe_job_queues()["jobQueues"]] == ["ec2"]
    batch.cloudformation.delete_stack(StackName="ec2")
    assert batch.client.describe_job_queues()["jobQueues"] == []
