"""What the template keeps of a pipeline's surroundings: the place comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment import Code, DataAccess, Elsewhere, Environment
from cdk_sagemaker_pipelines.iam.environment_json import from_json, to_json
from cdk_sagemaker_pipelines.iam.limits import NO_LIMITS, Limits

from .support import KEY, PLACE, ROLE

FULL = replace(
    PLACE,
    queues={"https://q": ("arn:q", KEY), "https://other": ("arn:other", None)},
    topics={"arn:t": KEY},
    models={"m": ROLE},
    accesses={"Count": [DataAccess(ROLE, ("s3://a/b", {"Get": "Parameters.P"}), ("s3://c",))]},
    code={"Count": [Code("assets", "*.py"), Code("assets", "*.gz")], "Judge": [Code("assets", "*.py")]},
    functions={"arn:f:7": "arn:f"},
    elsewhere={"far": Elsewhere("999999999999", "us-east-1"), "near": Elsewhere("999999999999", "eu-west-1", (ROLE,))},
    model_packages={"Latest": "churn"},
    role=ROLE,
    keyless=("imported",),
    limits=Limits(("ml.m5.*",), 3600, 0),
)


def test_a_place_and_back() -> None:
    assert from_json(to_json(FULL), FULL.pipeline_name, ROLE) == FULL


def test_what_is_written() -> None:
    assert to_json(FULL) == {
        "Partition": "aws",
        "Region": "eu-west-1",
        "Account": "123456789012",
        "BucketKeys": [{"Bucket": "secret", "Key": KEY}],
        "Keyless": ["imported"],
        "ImagesOfAws": ["141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"],
        "Images": [{"Uri": "imported", "Repository": "arn:aws:ecr:eu-west-1:999999999999:repository/imported"}],
        "Queues": [{"Url": "https://q", "Queue": "arn:q", "Key": KEY}, {"Url": "https://other", "Queue": "arn:other"}],
        "TopicKeys": [{"Topic": "arn:t", "Key": KEY}],
        "Models": [{"Model": "m", "Role": ROLE}],
        "DataAccess": [
            {"Step": "Count", "Role": ROLE, "Reads": ["s3://a/b", {"Get": "Parameters.P"}], "Writes": ["s3://c"]}
        ],
        "Code": [
            {"Bucket": "assets", "Keys": "*.py", "Steps": ["Count", "Judge"]},
            {"Bucket": "assets", "Keys": "*.gz", "Steps": ["Count"]},
        ],
        "Functions": [{"Version": "arn:f:7", "Function": "arn:f"}],
        "Elsewhere": [
            {"Name": "far", "Account": "999999999999", "Region": "us-east-1"},
            {"Name": "near", "Account": "999999999999", "Region": "eu-west-1", "LetsIn": [ROLE]},
        ],
        "ModelPackages": [{"Step": "Latest", "Group": "churn"}],
        "Limits": {"InstanceTypes": ["ml.m5.*"], "MaxRuntime": 3600, "KeepAlive": 0},
    }


def test_what_is_not_known_is_left_out() -> None:
    assert to_json(Environment("aws", "eu-west-1", "123456789012", "Pipe")) == {
        "Partition": "aws",
        "Region": "eu-west-1",
        "Account": "123456789012",
    }


def test_a_template_that_keeps_nothing() -> None:
    environment = from_json(None, "Pipe", None)
    assert environment == Environment(
        "${Token[AWS::Partition]}", "${Token[AWS::Region]}", "${Token[AWS::AccountId]}", "Pipe"
    )


ODD = [
    *(5, [], "x", {}, {"a": 1}, [5], [{"Bucket": 5, "Key": "k"}], [{"Url": "u"}]),
    *([{"Bucket": "b", "Keys": "*.py", "Steps": [5]}], [{"Bucket": "b", "Keys": "*.py", "Steps": "S"}]),
]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("key", [*to_json(FULL), "Unknown"])
def test_odd_documents(key: str, value: Any) -> None:
    environment = from_json({key: value}, "Pipe", None)
    assert all(isinstance(text, str) for text in (environment.partition, environment.region, environment.account))
    known: list[Any] = [
        environment.bucket_keys,
        environment.image_repositories,
        environment.queues,
        environment.topics,
        environment.models,
        environment.accesses,
    ]
    known += [environment.code, environment.functions, environment.elsewhere, environment.model_packages]
    assert known == [{}] * 10
    assert all(isinstance(bucket, str) for bucket in environment.keyless)


@pytest.mark.parametrize(("value", "lets_in"), [([ROLE, 5], (ROLE,)), ("x", ()), ({}, ()), (None, ())])
def test_odd_roles_are_not_let_in(value: Any, lets_in: tuple[str, ...]) -> None:
    found = from_json({"Elsewhere": [{"Name": "far", "Account": "1", "Region": "r", "LetsIn": value}]}, "Pipe", None)
    assert found.elsewhere == {"far": Elsewhere("1", "r", lets_in)}


@pytest.mark.parametrize(
    "given",
    [None, [], "x", {"InstanceTypes": "ml.m5.*", "MaxRuntime": "1", "KeepAlive": True}],
    ids=["none", "list", "text", "other-types"],
)
def test_limits_that_cannot_be_read_are_none(given: Any) -> None:
    assert from_json({"Limits": given}, "P", None).limits == NO_LIMITS
