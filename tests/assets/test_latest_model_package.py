"""What finds the newest version of a group, with the calls that it makes scripted by botocore's Stubber."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cdk_sagemaker_pipelines.assets.scripts.latest_model_package import NoSuchVersion, handler

VERSION = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/abalone/"
EVENT = {"ModelPackageGroupName": "abalone", "ModelApprovalStatus": "Approved"}


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("sagemaker", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(boto3, "client", lambda name: client)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def has(stub: Stubber, *pages: dict[int, str]) -> None:
    """Pages of versions, the newest first: their states by their numbers."""
    for index, page in enumerate(pages):
        asked = {**EVENT, "SortBy": "CreationTime", "SortOrder": "Descending"}
        asked |= {"NextToken": f"page-{index}"} if index else {}
        listed = [
            {"ModelPackageArn": f"{VERSION}{number}", "CreationTime": 0, "ModelPackageStatus": status}
            for number, status in page.items()
        ]
        more = {"NextToken": f"page-{index + 1}"} if index + 1 < len(pages) else {}
        stub.add_response("list_model_packages", {"ModelPackageSummaryList": listed, **more}, asked)


def describes(stub: Stubber, number: int, *containers: dict[str, Any]) -> None:
    told = {
        "ModelPackageName": "x", "ModelPackageArn": f"{VERSION}{number}", "CreationTime": 0,
        "ModelPackageStatus": "Completed", "ModelPackageStatusDetails": {"ValidationStatuses": []},
        **({"InferenceSpecification": {"Containers": list(containers)}} if containers else {}),
    }  # fmt: skip
    stub.add_response("describe_model_package", told, {"ModelPackageName": f"{VERSION}{number}"})


def test_the_newest_that_is_complete(sagemaker: Stubber) -> None:
    has(sagemaker, {9: "Failed", 8: "InProgress"}, {7: "Completed", 6: "Completed"})
    describes(sagemaker, 7, {"Image": "first", "ModelDataUrl": "s3://m/7.tar.gz"}, {"Image": "second"})
    assert handler(EVENT, None) == {
        "ModelPackageArn": f"{VERSION}7",
        "Image": "first",
        "ModelDataUrl": "s3://m/7.tar.gz",
    }


def test_data_that_is_not_an_archive(sagemaker: Stubber) -> None:
    has(sagemaker, {1: "Completed"})
    source = {"S3Uri": "s3://m/1/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    describes(sagemaker, 1, {"Image": "image", "ModelDataSource": {"S3DataSource": source}})
    assert handler(EVENT, None)["ModelDataUrl"] == "s3://m/1/"


def test_a_version_without_containers(sagemaker: Stubber) -> None:
    has(sagemaker, {1: "Completed"})
    describes(sagemaker, 1)
    assert handler(EVENT, None) == {"ModelPackageArn": f"{VERSION}1", "Image": "", "ModelDataUrl": ""}


def test_none(sagemaker: Stubber) -> None:
    has(sagemaker, {}, {1: "Failed"})
    reason = "the model package group abalone has no version with the approval status Approved"
    with pytest.raises(NoSuchVersion, match=reason):
        handler(EVENT, None)
