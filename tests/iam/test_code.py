"""A step's own code is granted in every version, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment import Code, Location

from .support import PLACE, ROLE, of_job, of_pipeline

HASH, OTHER = "0123456789abcdef" * 4, "f" * 64
CODE = {"S": [Code("assets", "team/*.py"), Code("assets", "team/*/analysis_config.json"), Code("mine", "P/S/*/")]}
HERE = replace(PLACE, code=CODE)
ARN = "arn:aws:s3:::"


def reads(uri: Any, place: Any = HERE) -> list[Any]:
    source = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/a"}
    return of_job("Processing", {"RoleArn": ROLE, "ProcessingInputs": [{"S3Input": source}]}, environment=place)


@pytest.mark.parametrize(
    ("uri", "pattern"),
    [
        (f"s3://assets/team/{HASH}.py", "assets/team/*.py"),
        (f"s3://assets/team/{OTHER}.py", "assets/team/*.py"),
        (f"s3://assets/team/{HASH}/analysis_config.json", "assets/team/*/analysis_config.json"),
        (f"s3://mine/P/S/{HASH}/", "mine/P/S/*/*"),
    ],
)
def test_every_version_may_be_read(uri: str, pattern: str) -> None:
    bucket, _, keys = pattern.partition("/")
    listed = {"StringLike": {"s3:prefix": [keys]}}
    assert reads(uri) == [("s3:GetObject", ARN + pattern), ("s3:ListBucket", ARN + bucket, listed)]


@pytest.mark.parametrize(
    ("uri", "keys"),
    [
        (f"s3://other/team/{HASH}.py", f"other/team/{HASH}.py"),
        (f"s3://assets/{HASH}.py", f"assets/{HASH}.py"),
        (f"s3://assets/team/{HASH}.sh", f"assets/team/{HASH}.sh"),
        (f"s3://assets/team/{HASH}.json", f"assets/team/{HASH}.json"),
        (f"s3://assets/team/{HASH[1:]}.py", f"assets/team/{HASH[1:]}.py*"),
        (f"s3://assets/team/{HASH}0.py", f"assets/team/{HASH}0.py*"),
        ("s3://assets/team/run.py", "assets/team/run.py*"),
        ("s3://assets/.py", "assets/.py*"),
        ("s3://assets/team/", "assets/team/*"),
        ("s3://assets", "assets/*"),
        (f"s3://mine/P/S/{HASH}", f"mine/P/S/{HASH}"),
        (f"s3://mine/P/Other/{HASH}/", f"mine/P/Other/{HASH}/*"),
    ],
)
def test_what_is_no_code_of_the_step_is_read_as_it_is(uri: str, keys: str) -> None:
    assert reads(uri)[0] == ("s3:GetObject", ARN + keys)


def test_the_code_of_another_step_is_none_of_this_one() -> None:
    uri = f"s3://assets/team/{HASH}.py"
    place = replace(HERE, code={"T": CODE["S"]})
    assert reads(uri, place)[0] == ("s3:GetObject", f"{ARN}assets/team/{HASH}.py")


def test_code_is_never_written() -> None:
    output = {"Outputs": [{"OutputName": "o", "S3Output": {"S3Uri": f"s3://assets/team/{HASH}.py"}}]}
    (found,) = of_job("Processing", {"RoleArn": ROLE, "ProcessingOutputConfig": output}, environment=HERE)
    assert found == ("s3:AbortMultipartUpload s3:PutObject", f"{ARN}assets/team/{HASH}.py/*")


def test_a_place_that_is_known_to_be_one_object_is_no_prefix() -> None:
    assert [Location("b", "a/*.py", one).prefix() for one in (True, False)] == ["a/*.py", "a/*.py*"]


@pytest.mark.parametrize(
    ("functions", "allowed"),
    [({"arn:f:7": "arn:f"}, "arn:f:*"), ({}, "arn:f:7"), ({"arn:f:8": "arn:f"}, "arn:f:7")],
)
def test_every_version_of_a_function_of_the_app_may_be_called(functions: dict[str, str], allowed: str) -> None:
    step = {"Name": "S", "Type": "Lambda", "FunctionArn": "arn:f:7", "Arguments": {}}
    found = of_pipeline(step, environment=replace(PLACE, functions=functions))
    assert found == [("lambda:InvokeFunction", allowed)]
