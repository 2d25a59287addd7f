"""What the local AWS answers about the decisions of an execution."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.executions.decided import decided
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.decided import Answer, Decided, Decision, read, written
from cdk_sagemaker_pipelines.local.enforcement import Mode

REGION, ACCOUNT = "eu-central-1", "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
DEFINITION = {
    "Version": "2020-12-01",
    "Steps": [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(REGION, ACCOUNT, iam=Mode.TELL) as served:
        yield served


@pytest.fixture(scope="module")
def client(aws: EmbeddedAws) -> Any:
    return aws.services().client("sagemaker")


@pytest.fixture(scope="module")
def execution(client: Any) -> str:
    client.create_pipeline(
        PipelineName="p", RoleArn=ROLE, ClientRequestToken="t" * 32, PipelineDefinition=json.dumps(DEFINITION)
    )
    return str(client.start_pipeline_execution(PipelineName="p", ClientRequestToken="t" * 32)["PipelineExecutionArn"])


def made(number: int) -> Decision:
    """With a key as long as S3 lets it be, in characters that JSON escapes."""
    return Decision("Train", ROLE, "s3:PutObject", f"arn:aws:s3:::data/{number}/" + "é" * 500, Answer.NOTED, "no", 2)


def test_decisions_come_in_as_many_answers_as_they_need(aws: EmbeddedAws, client: Any, execution: str) -> None:
    found = decided(client, execution)
    assert found is not None
    assert (found.mode, found.decisions) == ("tell", None)
    several = [made(number) for number in range(60)]
    for each in several:
        aws._world.judge._decisions.keep(execution, each)
    again = decided(client, execution)
    assert again is not None
    assert list(again.decisions or ()) == several
    assert again.left_out == 0


def test_an_answer_has_the_header_only_if_it_was_asked_for(client: Any, execution: str) -> None:
    answer = client.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert read(answer["ResponseMetadata"]["HTTPHeaders"]) is None


def test_no_answer_is_longer_than_a_header_may_be() -> None:
    told = Decided(tuple(made(number) for number in range(60)), 3)
    first = written(told, None, 0)
    assert len(first) < 40_000
    page = read({"x-smpipe-decided": first})
    assert page is not None
    assert page.decided is not None
    assert (page.decided.left_out, page.more) == (3, len(page.decided.decisions))
    last = read({"x-smpipe-decided": written(told, None, 59)})
    assert last is not None
    assert (last.decided, last.more) == (Decided((made(59),), 3), None)


def test_another_aws_is_not_asked() -> None:
    class Client:
        class meta:
            endpoint_url = "https://api.sagemaker.eu-central-1.amazonaws.com"

    assert decided(Client(), "arn") is None
