"""Objects that are reached otherwise than by a bucket's name: access points, their aliases, directory buckets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language.support import step

from .support import ROLE, of_job, of_pipeline, unknown

POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/orders"
DIRECTORY = "orders--euw1-az1--x-s3"
SESSION = f"arn:aws:s3express:eu-west-1:123456789012:bucket/{DIRECTORY}"


def training(reads: str = "s3://data/a/", writes: str = "s3://out/a/") -> dict[str, Any]:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": reads}}}
    return {"RoleArn": ROLE, "InputDataConfig": [channel], "OutputDataConfig": {"S3OutputPath": writes}}


@pytest.mark.parametrize("uri", [f"s3://{POINT}/raw/", f"s3://{POINT.replace('accesspoint/', 'accesspoint:')}/raw/"])
def test_an_access_point_by_its_arn(uri: str) -> None:
    assert of_job("Training", training(reads=uri))[:2] == [
        ("s3:GetObject", f"{POINT}/object/raw/*"),
        ("s3:ListBucket", POINT, {"StringLike": {"s3:prefix": ["raw/*"]}}),
    ]
    # the bucket must let the same be done, and does not stand there
    behind = f"bucket behind the access point {POINT!r}"
    assert {one[2] for one in unknown(step("S", "Training", training(reads=uri)))} == {behind}
    assert of_job("Training", training(writes=uri))[2] == (
        "s3:AbortMultipartUpload s3:PutObject",
        f"{POINT}/object/raw/*",
    )


@pytest.mark.parametrize("end", ["-s3alias", "--ol-s3", "--xa-s3", ".mrap"])
def test_an_alias_leads_to_no_arn(end: str) -> None:
    given = training(reads=f"s3://orders-1a2b{end}/raw/")
    assert [entry[0] for entry in of_job("Training", given)] == ["s3:AbortMultipartUpload s3:PutObject"]
    assert {one[2] for one in unknown(step("S", "Training", given))} == {"access point behind the alias"}


def test_a_directory_bucket_is_reached_by_sessions() -> None:
    mode = {name: {"StringEquals": {"s3express:SessionMode": name}} for name in ("ReadOnly", "ReadWrite")}
    uri = f"s3://{DIRECTORY}/raw/"
    assert of_job("Training", training(reads=uri))[0] == ("s3express:CreateSession", SESSION, mode["ReadOnly"])
    assert of_job("Training", training(writes=uri))[-1] == ("s3express:CreateSession", SESSION, mode["ReadWrite"])
    clean = step("S", "Cleanup", {"Resources": {"S3": [{"StepName": "T", "S3Uris": [f"{uri}a.csv"]}]}})
    assert of_pipeline(clean) == [("s3express:CreateSession", SESSION, mode["ReadWrite"])]
