"""Which calls of the table are asked for in one attempt of a step, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.calls import asked
from cdk_sagemaker_pipelines.local.calls.asked import Asked
from cdk_sagemaker_pipelines.local.calls.attempt import Attempt, said_beside
from cdk_sagemaker_pipelines.local.calls.values import READERS, uses

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/own:1"


class Known:
    """An account with one model and one bucket with a key."""

    def bucket_key(self, bucket: str) -> str | None:
        return "arn:aws:kms:eu-west-1:111122223333:key/kept" if bucket == "kept" else None

    def object_key(self, bucket: str, key: str) -> str | None:
        return None

    def queue_key(self, arn: str) -> str | None:
        return None

    topic_key = queue_key

    def described(self, kind: str, name: str) -> Mapping[str, Any] | None:
        return {"ExecutionRoleArn": f"{ROLE}Model"} if (kind, name) == ("Model", "m") else None


def attempt(kind: str, arguments: Mapping[str, Any], **beside: Any) -> Attempt:
    document = {"Version": "2020-12-01", "Steps": [{"Name": "S", "Type": kind, "Arguments": arguments, **beside}]}
    step = Definition(document).step("S")
    said = said_beside(step, lambda value: value)
    names = ("pipelines-abc-S-123", "P", f"{ROLE}Pipeline", "abc")
    return Attempt(step, arguments, said, *names, "aws", REGION, ACCOUNT, Known())


def before(kind: str, arguments: Mapping[str, Any], *, transfers: bool = False, **beside: Any) -> list[Asked]:
    one = attempt(kind, arguments, **beside)
    return asked.before(one, uses(one), transfers=transfers)


def job(**more: Any) -> dict[str, Any]:
    return {
        "RoleArn": f"{ROLE}Job",
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": "s3://kept/in/"}}],
        "ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": "s3://written/out"}}]},
        **more,
    }


def on(found: list[Asked], action: str) -> list[str]:
    return [one.resource for one in found if one.action == action]


def test_every_type_with_a_runner_has_values() -> None:
    assert READERS.keys() == {kind for kind, row in STEP_TYPES.items() if row.family != "control"}


def test_the_names_are_those_of_the_attempt() -> None:
    found = before("Processing", job())
    assert on(found, "sagemaker:CreateProcessingJob") == [
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/pipelines-abc-S-123"
    ]
    assert on(found, "iam:PassRole") == [f"{ROLE}Job"]
    assert on(found, "s3:GetObject") == ["arn:aws:s3:::kept/in/part-00000.csv"]
    assert on(found, "s3:PutObject") == ["arn:aws:s3:::written/out/part-00000.csv"]
    assert on(found, "ecr:BatchGetImage") == [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/own"]
    assert on(found, "kms:Decrypt") == ["arn:aws:kms:eu-west-1:111122223333:key/kept"]
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=lambda kind: kind != "pipeline")


def test_what_the_runner_does_itself_is_not_asked() -> None:
    found = before("Processing", job(), transfers=True)
    assert not [one.action for one in found if one.action.startswith("s3:")]
    assert on(found, "kms:Decrypt")
    assert on(found, "logs:PutLogEvents")


def test_an_upload_is_not_broken_off_and_a_job_not_stopped() -> None:
    found = before("Processing", job())
    assert not on(found, "s3:AbortMultipartUpload")
    assert not on(found, "sagemaker:StopProcessingJob")
    one = attempt("Processing", job())
    assert [each.action for each in asked.to_stop(one, uses(one))] == ["sagemaker:StopProcessingJob"]


@pytest.mark.parametrize(
    "image",
    [
        f"999988887777.dkr.ecr.{REGION}.amazonaws.com/team/own:1",
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/own:1",
        "docker.io/library/python:3",
    ],
)
def test_images_elsewhere_are_not_asked_for(image: str) -> None:
    found = before("Processing", job(AppSpecification={"ImageUri": image}))
    assert not [one.action for one in found if one.action.startswith("ecr:")]


def test_a_key_of_its_own_and_a_network() -> None:
    network = {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
    cluster = {"ClusterConfig": {"VolumeKmsKeyId": "1234"}}
    found = before("Processing", job(NetworkConfig=network, ProcessingResources=cluster))
    assert on(found, "kms:CreateGrant") == [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"]
    assert {one.kind for one in found if one.action == "ec2:CreateNetworkInterface"} == {"pipeline", "job"}


@pytest.mark.parametrize(
    ("uri", "action", "resource"),
    [
        ("s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/p/a/", "s3:GetObject",
         "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/a/part-00000.csv"),
        ("s3://data/a.csv", "s3:GetObject", "arn:aws:s3:::data/a.csv"),
        ("s3://data/a", "s3:GetObject", "arn:aws:s3:::data/a/part-00000.csv"),
        ("s3://data", "s3:GetObject", "arn:aws:s3:::data/part-00000.csv"),
    ],
)  # fmt: skip
def test_places_that_are_read(uri: str, action: str, resource: str) -> None:
    inputs = [{"InputName": "in", "S3Input": {"S3Uri": uri}}]
    assert on(before("Processing", job(ProcessingInputs=inputs)), action) == [resource]


def test_a_model_writes_logs_where_it_is_used() -> None:
    model = {
        "ExecutionRoleArn": f"{ROLE}Model",
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://m/m.tar.gz"},
    }
    created = before("Model", model)
    assert on(created, "s3:GetObject") == ["arn:aws:s3:::m/m.tar.gz"]
    assert on(created, "ecr:BatchGetImage")
    assert not on(created, "logs:PutLogEvents")
    applied = before("Transform", {"ModelName": "m", "TransformOutput": {"S3OutputPath": "s3://written/"}})
    assert {one.role for one in applied if one.action == "logs:PutLogEvents"} == {f"{ROLE}Model"}
    assert all("/aws/sagemaker/TransformJobs:" in resource for resource in on(applied, "logs:PutLogEvents"))


def test_names_in_lower_case_are_in_doubt() -> None:
    found = before("Endpoint", {"EndpointName": "Age", "EndpointConfigName": "config"})
    doubt = {
        one.resource.rpartition("/")[2]: one.in_doubt for one in found if one.action == "sagemaker:DescribeEndpoint"
    }
    assert doubt == {"Age": False, "age": True}


def test_a_queue_is_known_by_its_url() -> None:
    found = before("Callback", {}, SqsQueueUrl=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/asked")
    assert [(one.action, one.resource) for one in found] == [
        ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:asked")
    ]


def test_a_queue_of_the_local_aws() -> None:
    found = before("Callback", {}, SqsQueueUrl=f"http://localhost:4567/{ACCOUNT}/asked")
    assert on(found, "sqs:SendMessage") == [f"arn:aws:sqs:{REGION}:{ACCOUNT}:asked"]
