"""URLs of S3 in place of its URIs: the API takes both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language.support import definition, get, step

from .support import ROLE, of_job, unknown
from .test_trust import named

OBJECT = ("s3:GetObject", "arn:aws:s3:::my.bucket/raw/x*")


def reading(uri: Any) -> dict[str, Any]:
    return {"RoleArn": ROLE, "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": uri}}}]}


@pytest.mark.parametrize(
    "host",
    [
        "my.bucket.s3.amazonaws.com",
        "my.bucket.s3.eu-west-1.amazonaws.com",
        "my.bucket.s3-eu-west-1.amazonaws.com",
        "my.bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "my.bucket.s3-fips.us-gov-west-1.amazonaws.com",
        "my.bucket.s3.cn-north-1.amazonaws.com.cn",
        "my.bucket.s3.${Token[AWS.Region.4]}.${Token[AWS.URLSuffix.5]}",
        "s3.amazonaws.com/my.bucket",
        "s3.eu-west-1.amazonaws.com/my.bucket",
        "s3-eu-west-1.amazonaws.com/my.bucket",
        "s3.eu-west-1.amazonaws.com:443/my.bucket",
    ],
    ids=[
        "virtual",
        "region",
        "dash",
        "dualstack",
        "fips",
        "china",
        "tokens",
        "path",
        "path-region",
        "path-dash",
        "port",
    ],
)
def test_a_url_of_s3_is_a_place(host: str) -> None:
    given = reading(f"https://{host}/raw/x")
    assert OBJECT in of_job("Training", given)
    assert unknown(step("S", "Training", given)) == []
    assert named(definition(step("S", "Training", given)))[1:2] == ["bucket my.bucket (S: InputDataConfig[0])"]


def test_what_the_run_tells_of_a_url() -> None:
    run = get("Execution.PipelineExecutionId")
    key = {"Std:Join": {"On": "/", "Values": ["https://my.bucket.s3.amazonaws.com/raw", run]}}
    assert ("s3:GetObject", "arn:aws:s3:::my.bucket/raw/*") in of_job("Training", reading(key))
    bucket = {"Std:Join": {"On": "", "Values": ["https://", run, ".s3.amazonaws.com/raw"]}}
    told = ("s3:GetObject s3:ListBucket", "S: InputDataConfig[0]", "bucket")
    assert unknown(step("S", "Training", reading(bucket))) == [told]
    assert of_job("Training", reading(bucket)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://my.bucket.s3.example.com/raw",
        "https://s3.amazonaws.com.example.com/my.bucket/raw",
        "https://ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/raw",
        "https://my.bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com/raw",
    ],
    ids=["other", "longer", "access-point", "vpc-endpoint"],
)
def test_any_other_url_is_undecided(url: str) -> None:
    assert of_job("Training", reading(url)) == []
    told = ("s3:GetObject s3:ListBucket", "S: InputDataConfig[0]", "bucket")
    assert unknown(step("S", "Training", reading(url))) == [told]
