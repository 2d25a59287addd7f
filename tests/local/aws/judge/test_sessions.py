"""The sessions that run for a role: whom they ask for, and what a job hears that may not do something."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from cdk_sagemaker_pipelines.local.aws import identities
from cdk_sagemaker_pipelines.local.aws.front.keys import Keys
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.container.log import JobLog
from cdk_sagemaker_pipelines.local.decided import Answer
from cdk_sagemaker_pipelines.local.origin import Origin
from tests.local import embedding
from tests.local.embedding import Embedded, end, steps_of
from tests.local.support import processing, step

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
ELSEWHERE = "import boto3\nboto3.client('s3').put_object(Bucket='data', Key='elsewhere/a', Body=b'')\n"
READS = ["s3:GetObject", "s3:ListBucket", "ecr:*", "cloudwatch:PutMetricData"]


@pytest.fixture(scope="module")
def account() -> Iterator[Embedded]:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        found = Embedded(aws)
        found.client("s3").create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
        principal = {"Service": "sagemaker.amazonaws.com"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        found.client("iam").create_role(RoleName="job", AssumeRolePolicyDocument=document(trust))
        yield found


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(account: Embedded, *statements: tuple[list[str], str]) -> None:
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements]
    account.client("iam").put_role_policy(RoleName="job", PolicyName="own", PolicyDocument=document(*allowed))


def run(account: Embedded, name: str) -> tuple[str, dict[str, Any]]:
    """The ARN of an execution whose job writes elsewhere, and its step."""
    uri = account.put("code/elsewhere.py", ELSEWHERE)
    arn = embedding.start(account, name, [step("Write", arguments=processing(uri))])
    end(account, arn)
    return arn, steps_of(account, arn)["Write"]


def test_what_a_script_may_not_do_fails_its_job(account: Embedded) -> None:
    may(account, (READS, "*"), (["s3:PutObject"], "arn:aws:s3:::data/out/*"), (["logs:*"], "*"))
    arn, failed = run(account, "writes-elsewhere")
    assert failed["StepStatus"] == "Failed"
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/job/SageMaker"
    what = "s3:PutObject on resource: arn:aws:s3:::data/elsewhere/a"
    assert f"User: {who} is not authorized to perform: {what} because" in failed["FailureReason"]
    decided = account.aws._world.judge.used(arn)
    assert decided is not None
    refused = [one for one in decided.decisions if one.answer is Answer.REFUSED]
    assert {(one.step, one.role, one.action, one.resource) for one in refused} == {
        ("Write", ROLE, "s3:PutObject", "arn:aws:s3:::data/elsewhere/a")
    }
    allowed = {(one.step, one.action) for one in decided.decisions if one.answer is Answer.ALLOWED}
    assert ("Write", "s3:GetObject") in allowed
    assert "elsewhere" in account.log("/aws/sagemaker/ProcessingJobs")


def test_what_the_service_transfers_is_asked_as_the_job(account: Embedded) -> None:
    may(account, (READS[1:], "*"), (["s3:PutObject", "logs:*"], "*"))
    _, failed = run(account, "reads-no-code")
    assert failed["StepStatus"] == "Failed"
    assert "s3:GetObject" in failed["FailureReason"]


def test_a_job_that_may_write_no_log_runs_without_one(account: Embedded) -> None:
    logs = account.client("logs")
    before = logs.describe_log_streams(logGroupName="/aws/sagemaker/ProcessingJobs")["logStreams"]
    may(account, (["s3:*"], "*"))
    as_job = account.aws.services().client_as(ROLE, "logs")
    with JobLog(as_job, "/aws/sagemaker/ProcessingJobs", "none") as log:
        log.line("lost")
    assert log.tail() == "lost"
    after = logs.describe_log_streams(logGroupName="/aws/sagemaker/ProcessingJobs")["logStreams"]
    assert [one["logStreamName"] for one in after] == [one["logStreamName"] for one in before]


def test_a_role_that_may_create_no_group_logs_into_one(account: Embedded) -> None:
    account.client("logs").create_log_group(logGroupName="there")
    may(account, (["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:there:*"))
    as_job = account.aws.services().client_as(ROLE, "logs")
    with JobLog(as_job, "there", "s") as log:
        log.line("kept")
    assert account.log("there") == "kept"


def test_each_step_has_a_session_of_its_own(account: Embedded) -> None:
    services, sessions = account.aws.services(), account.aws._world.sessions
    first, second = (Origin("execution", name, lambda text: None) for name in ("A", "B"))
    keys = [services.environment(ROLE, "SageMaker", origin)["AWS_ACCESS_KEY_ID"] for origin in (first, second, None)]
    assert len(set(keys)) == 3
    assert [sessions.origin(key) for key in keys] == [first, second, None]
    assert services.client_as(ROLE, "s3", first) is services.client_as(ROLE, "s3", first)
    assert services.client_as(ROLE, "s3", first) is not services.client_as(ROLE, "s3", second)


def counted(account: Embedded) -> tuple[int, ...]:
    """The sessions that are held, the origins, the clients, the keys, and what moto knows of them."""
    world, services = account.aws._world, account.aws.services()
    iam, sts = iam_backends[ACCOUNT]["aws"], sts_backends[ACCOUNT]["aws"]
    sessions = world.sessions
    return (
        len(sessions._sessions), len(sessions._origins), len(services._sessions), len(world.keys._sessions),
        len(iam.access_keys), len(sts.assumed_roles),
    )  # fmt: skip


def test_the_sessions_of_steps_end_with_them(account: Embedded) -> None:
    may(account, (["s3:*", "logs:*", "ecr:*", "cloudwatch:PutMetricData"], "*"))
    uri = account.put("code/nothing.py", "")
    before = counted(account)
    steps = [step(f"Run{number}", arguments=processing(uri)) for number in range(12)]
    arn = embedding.start(account, "many", steps)
    end(account, arn)
    assert {one["StepStatus"] for one in steps_of(account, arn).values()} == {"Succeeded"}
    assert counted(account) == before
    decided = account.aws._world.judge.used(arn)
    assert decided is not None
    assert {one.step for one in decided.decisions if one.role == ROLE} == {f"Run{number}" for number in range(12)}


def test_an_ended_step_can_not_ask_any_more(account: Embedded) -> None:
    services = account.aws.services()
    may(account, (["s3:*"], "*"))
    origin = Origin("execution", "C", lambda text: None)
    client, told = services.client_as(ROLE, "s3", origin), services.environment(ROLE, "SageMaker", origin)
    client.list_objects_v2(Bucket="data")
    keys = (told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], told["AWS_SESSION_TOKEN"])
    process = account.aws._world.new_client("s3", ACCOUNT, REGION, keys)
    process.list_objects_v2(Bucket="data")
    services.end_step("execution", "C")
    with pytest.raises(RuntimeError, match="the step has ended"):
        client.list_objects_v2(Bucket="data")
    with pytest.raises(process.exceptions.ClientError) as refused:
        process.list_objects_v2(Bucket="data")
    assert refused.value.response["Error"]["Code"] == "InvalidAccessKeyId"


def test_a_client_is_handed_on_to_steps_of_its_role_only(account: Embedded) -> None:
    services = account.aws.services()
    may(account, (["s3:*"], "*"))

    def asking(role: str, name: str) -> Any:
        """The client that is lent to a step, which has asked with it."""
        lent = services.client_as(role, "s3", Origin("handed-on", name, lambda text: None), "HandedOn")
        lent.list_objects_v2(Bucket="data")
        return lent._client

    first, at_once = asking(ROLE, "A"), asking(ROLE, "B")
    assert first is not at_once
    services.end_step("handed-on", "A")
    assert asking(f"{ROLE}-2", "C") not in (first, at_once)
    assert asking(ROLE, "D") is first
    decided = account.aws._world.judge.used("handed-on")
    assert decided is not None
    assert {(one.step, one.role) for one in decided.decisions} == {
        ("A", ROLE), ("B", ROLE), ("C", f"{ROLE}-2"), ("D", ROLE),
    }  # fmt: skip


def test_what_a_user_asked_for_is_forgotten_when_it_has_expired(
    account: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts, before = account.client("sts"), counted(account)
    for number in range(50):
        sts.assume_role(RoleArn=ROLE, RoleSessionName=f"s{number}", DurationSeconds=900)
    assert counted(account)[3:] == tuple(count + 50 for count in before[3:])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 901)
    assert account.aws._world.keys.find("ASIANONE") is None
    assert counted(account) == before


def test_services_hold_so_many_sessions_and_no_more(account: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "MOST_HELD", 3)
    keys = Keys(dropped=identities.forget)
    sessions, before = identities.RoleSessions(keys), counted(account)[4:]

    def held(name: str) -> str:
        return sessions.environment(ACCOUNT, REGION, ROLE, name)["AWS_ACCESS_KEY_ID"]

    made = {name: held(name) for name in "abc"}
    assert held("a") == made["a"]
    made["d"] = held("d")
    assert [name for name, key in made.items() if keys.find(key) is None] == ["b"]
    assert counted(account)[4:] == tuple(count + 3 for count in before)
    assert held("b") != made["b"]
