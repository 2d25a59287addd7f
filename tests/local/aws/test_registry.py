"""Models, model packages and their groups, through boto3."""

from __future__ import annotations

from typing import Any

import pytest

ROLE = "arn:aws:iam::111122223333:role/model"
PREFIX = "arn:aws:sagemaker:eu-central-1:111122223333"


@pytest.fixture
def sagemaker(client: Any) -> Any:
    return client("sagemaker")


def refused(sagemaker: Any, code: str, message: str) -> Any:
    return pytest.raises(sagemaker.exceptions.ClientError, match=rf"\({code}\).*{message}")


def test_packages_are_numbered_in_their_group(sagemaker: Any) -> None:
    group = sagemaker.create_model_package_group(ModelPackageGroupName="Abalone", ModelPackageGroupDescription="d")
    assert group["ModelPackageGroupArn"] == f"{PREFIX}:model-package-group/Abalone"
    container = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    metrics = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/e.json"}}}
    arns = [
        sagemaker.create_model_package(
            ModelPackageGroupName=name,
            InferenceSpecification=specification,
            ModelMetrics=metrics,
            CustomerMetadataProperties={"a": "b"},
            **more,
        )["ModelPackageArn"]
        for name, more in (("Abalone", {}), (group["ModelPackageGroupArn"], {"ModelApprovalStatus": "Approved"}))
    ]
    assert arns == [f"{PREFIX}:model-package/Abalone/1", f"{PREFIX}:model-package/Abalone/2"]
    told = sagemaker.describe_model_package(ModelPackageName=arns[0])
    assert (told["ModelPackageGroupName"], told["ModelPackageVersion"]) == ("Abalone", 1)
    assert (told["ModelApprovalStatus"], told["ModelPackageStatus"]) == ("PendingManualApproval", "Completed")
    assert (told["InferenceSpecification"], told["ModelMetrics"]) == (specification, metrics)
    assert "ModelPackageName" not in told
    listed = sagemaker.list_model_packages(ModelPackageGroupName="Abalone")["ModelPackageSummaryList"]
    assert [package["ModelPackageVersion"] for package in listed] == [1, 2]
    approved = sagemaker.list_model_packages(ModelPackageGroupName="Abalone", ModelApprovalStatus="Approved")
    assert [package["ModelPackageArn"] for package in approved["ModelPackageSummaryList"]] == arns[1:]
    sagemaker.update_model_package(
        ModelPackageArn=arns[0],
        ModelApprovalStatus="Rejected",
        ApprovalDescription="no",
        CustomerMetadataProperties={"c": "d"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    told = sagemaker.describe_model_package(ModelPackageName=arns[0])
    assert (told["ModelApprovalStatus"], told["ApprovalDescription"]) == ("Rejected", "no")
    assert told["CustomerMetadataProperties"] == {"c": "d"}
    sagemaker.delete_model_package(ModelPackageName=arns[1])
    third = sagemaker.create_model_package(ModelPackageGroupName="Abalone")["ModelPackageArn"]
    assert third.endswith("/3")


def test_a_group_with_packages_is_not_deleted(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    package = sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    with refused(sagemaker, "ConflictException", "contains 1 Model Package; delete them first"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="g")
    sagemaker.delete_model_package(ModelPackageName=package)
    sagemaker.delete_model_package_group(ModelPackageGroupName="g")
    with refused(sagemaker, "ValidationException", "model-package-group/g does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="g")


def test_errors_of_the_registry_are_reported(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    with refused(sagemaker, "ValidationException", "already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName="G")
    with refused(sagemaker, "ValidationException", "model-package-group/nope does not exist"):
        sagemaker.create_model_package(ModelPackageGroupName="nope")
    with refused(sagemaker, "ValidationException", "Both ModelPackageName and ModelPackageGroupName"):
        sagemaker.create_model_package(ModelPackageGroupName="g", ModelPackageName="p")
    with refused(sagemaker, "ValidationException", "Either ModelPackageName or"):
        sagemaker.create_model_package()
    with refused(sagemaker, "ValidationException", "model-package/g/9 does not exist"):
        sagemaker.describe_model_package(ModelPackageName=f"{PREFIX}:model-package/g/9")


def test_packages_without_a_group(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    sagemaker.create_model_package(ModelPackageGroupName="g")
    arn = sagemaker.create_model_package(ModelPackageName="Alone")["ModelPackageArn"]
    assert arn == f"{PREFIX}:model-package/alone"
    assert sagemaker.describe_model_package(ModelPackageName="Alone")["ModelPackageArn"] == arn

    def listed(**asked: str) -> int:
        return len(sagemaker.list_model_packages(**asked)["ModelPackageSummaryList"])

    assert (listed(), listed(ModelPackageType="Versioned"), listed(ModelPackageType="Both")) == (1, 1, 2)


def test_packages_are_filtered_and_sorted(sagemaker: Any) -> None:
    for name in ("b", "a"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
        for status in ("Approved", "Rejected"):
            sagemaker.create_model_package(ModelPackageGroupName=name, ModelApprovalStatus=status)

    def listed(**asked: Any) -> list[str]:
        found = sagemaker.list_model_packages(ModelPackageType="Versioned", **asked)["ModelPackageSummaryList"]
        return [one["ModelPackageArn"].partition("model-package/")[2] for one in found]

    assert listed() == ["b/1", "b/2", "a/1", "a/2"]
    assert listed(SortOrder="Descending") == ["a/2", "a/1", "b/2", "b/1"]
    assert listed(SortBy="Name") == ["a/1", "a/2", "b/1", "b/2"]
    assert listed(SortBy="Name", SortOrder="Descending") == ["b/2", "b/1", "a/2", "a/1"]
    assert listed(ModelApprovalStatus="Approved") == ["b/1", "a/1"]
    assert listed(ModelPackageGroupName=f"{PREFIX}:model-package-group/b", ModelApprovalStatus="Rejected") == ["b/2"]
    assert listed(NameContains="A") == ["a/1", "a/2"]
    assert listed(NameContains="package") == []
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageType="Versioned", PaginationConfig={"PageSize": 3}
    )
    assert [len(page["ModelPackageSummaryList"]) for page in pages] == [3, 1]


def test_several_packages_at_once(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    arn = sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    other = f"{PREFIX}:model-package/g/9"
    told = sagemaker.batch_describe_model_package(ModelPackageArnList=[arn, other])
    assert {key: one["ModelPackageVersion"] for key, one in told["ModelPackageSummaries"].items()} == {arn: 1}
    assert told["BatchDescribeModelPackageErrorMap"][other]["ErrorCode"] == "ValidationException"


def test_an_approval_and_what_else_is_updated(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    arn = sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    created = sagemaker.describe_model_package(ModelPackageName=arn)
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="good",
        ModelLifeCycle={"Stage": "Staging", "StageStatus": "Approved"},
        SourceUri="s3://b/model",
        AdditionalInferenceSpecificationsToAdd=[{"Name": "n", "Containers": [{"Image": "i"}]}],
    )
    told = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (told["ModelApprovalStatus"], told["ApprovalDescription"]) == ("Approved", "good")
    assert told["ModelLifeCycle"]["Stage"] == "Staging"
    assert (told["SourceUri"], len(told["AdditionalInferenceSpecifications"])) == ("s3://b/model", 1)
    assert told["CreationTime"] == created["CreationTime"] <= told["LastModifiedTime"]
    with refused(sagemaker, "ValidationException", "ModelPackage .*/g/2 does not exist"):
        sagemaker.update_model_package(ModelPackageArn=arn[:-1] + "2", ModelApprovalStatus="Approved")
    with refused(sagemaker, "ValidationException", "Approved, Rejected, PendingManualApproval"):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Perhaps")
    sagemaker.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={str(n): "x" for n in range(50)})
    with refused(sagemaker, "ValidationException", "would have 51 customerMetadataProperties; at most 50"):
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Rejected", CustomerMetadataProperties={"50": "x"}
        )
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Approved"


def test_groups_are_listed(sagemaker: Any) -> None:
    for name in ("b", "a"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    listed = sagemaker.list_model_package_groups(SortBy="Name", SortOrder="Ascending")["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in listed] == ["a", "b"]


def test_models(sagemaker: Any, role: str) -> None:
    container = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz", "Environment": {"A": "b"}}
    created = sagemaker.create_model(
        ModelName="Abalone",
        ExecutionRoleArn=role,
        PrimaryContainer=container,
        EnableNetworkIsolation=True,
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert created["ModelArn"] == f"{PREFIX}:model/abalone"
    told = sagemaker.describe_model(ModelName="Abalone")
    assert (told["PrimaryContainer"], told["ExecutionRoleArn"]) == (container, role)
    assert told["EnableNetworkIsolation"] is True
    assert sagemaker.list_tags(ResourceArn=created["ModelArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    assert sagemaker.list_models(NameContains="aba")["Models"][0]["ModelName"] == "Abalone"
    with refused(sagemaker, "ValidationException", "Cannot create already existing model"):
        sagemaker.create_model(ModelName="Abalone", PrimaryContainer=container)
    with refused(sagemaker, "ValidationException", "Exactly one of PrimaryContainer and Containers"):
        sagemaker.create_model(ModelName="empty")
    sagemaker.delete_model(ModelName="Abalone")
    with refused(sagemaker, "ValidationException", "Could not find model"):
        sagemaker.describe_model(ModelName="Abalone")


def test_the_rest_of_moto_still_works(sagemaker: Any) -> None:
    sagemaker.create_experiment(ExperimentName="e")
    assert sagemaker.list_experiments()["ExperimentSummaries"][0]["ExperimentName"] == "e"
