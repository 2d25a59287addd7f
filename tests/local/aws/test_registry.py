"""Models, model packages and their groups, through boto3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import xform_name

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

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


@pytest.fixture
def other(aws: EmbeddedAws) -> Any:
    """A client of another account."""
    keys = aws.environment("444455556666")
    return boto3.client(
        "sagemaker", region_name=aws.region, endpoint_url=aws.url, aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


def open_group(client: Any, name: str, **statement: Any) -> None:
    """Lets other accounts use a group, by its policy."""
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*", "Resource": "*", **statement}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    client.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=policy)


def test_an_arn_names_what_is_in_another_account(sagemaker: Any, other: Any) -> None:
    for each in (sagemaker, other):
        each.create_model_package_group(ModelPackageGroupName="shared")
    group = other.describe_model_package_group(ModelPackageGroupName="shared")["ModelPackageGroupArn"]
    container = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}
    specification = {"Containers": [container], "SupportedContentTypes": ["a/b"], "SupportedResponseMIMETypes": ["a/b"]}
    tags = [{"Key": "team", "Value": "ml"}]
    open_group(other, "shared")
    made = sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=specification, Tags=tags
    )["ModelPackageArn"]  # fmt: skip
    assert made == "arn:aws:sagemaker:eu-central-1:444455556666:model-package/shared/1"
    assert other.list_tags(ResourceArn=made)["Tags"] == tags
    for each in (sagemaker, other):
        assert each.describe_model_package(ModelPackageName=made)["InferenceSpecification"] == specification
        listed = each.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
        assert [package["ModelPackageArn"] for package in listed] == [made]
        assert each.batch_describe_model_package(ModelPackageArnList=[made])["ModelPackageSummaries"].keys() == {made}
        assert each.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"] == group
    assert sagemaker.list_model_packages(ModelPackageGroupName="shared")["ModelPackageSummaryList"] == []
    sagemaker.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": made}, ExecutionRoleArn=ROLE)
    sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved")
    assert other.describe_model_package(ModelPackageName=made)["ModelApprovalStatus"] == "Approved"
    lost = made.replace("/1", "/2")
    with refused(sagemaker, "ValidationException", f"ModelPackage {lost} does not exist"):
        sagemaker.create_model(ModelName="n", PrimaryContainer={"ModelPackageName": lost}, ExecutionRoleArn=ROLE)
    sagemaker.delete_model_package(ModelPackageName=made)
    with refused(other, "ValidationException", f"ModelPackage {made} does not exist"):
        other.describe_model_package(ModelPackageName=made)


GROUP = "arn:aws:sagemaker:eu-central-1:444455556666:model-package-group/shared"
VERSIONS = GROUP.replace("model-package-group", "model-package")


def denied(operation: str, resource: str) -> str:
    return (
        f"User: arn:aws:iam::111122223333:root is not authorized to perform: sagemaker:{operation} on resource: "
        f"{resource} because no resource-based policy allows the sagemaker:{operation} action"
    )


def test_a_group_lets_no_other_account_in_by_itself(sagemaker: Any, other: Any) -> None:
    other.create_model_package_group(ModelPackageGroupName="shared")
    version = other.create_model_package(ModelPackageGroupName="shared")["ModelPackageArn"]
    for operation, request, resource in (
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": GROUP}, GROUP),
        ("ListModelPackages", {"ModelPackageGroupName": GROUP}, GROUP),
        ("CreateModelPackage", {"ModelPackageGroupName": GROUP}, GROUP),
        ("DescribeModelPackage", {"ModelPackageName": version}, version),
        ("UpdateModelPackage", {"ModelPackageArn": version, "ModelApprovalStatus": "Approved"}, version),
        ("DeleteModelPackage", {"ModelPackageName": version}, version),
        ("CreateModel", {"ModelName": "m", "PrimaryContainer": {"ModelPackageName": version}}, version),
    ):
        with pytest.raises(sagemaker.exceptions.ClientError) as caught:
            getattr(sagemaker, xform_name(operation))(**request)
        error = caught.value.response["Error"]
        assert (error["Code"], error["Message"]) == ("AccessDeniedException", denied(operation, resource))
    told = sagemaker.batch_describe_model_package(ModelPackageArnList=[version])["BatchDescribeModelPackageErrorMap"]
    assert told[version]["ErrorResponse"] == denied("BatchDescribeModelPackage", version)
    assert other.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_group_lets_in_as_the_guide_writes_it(sagemaker: Any, other: Any) -> None:
    other.create_model_package_group(ModelPackageGroupName="shared")
    version = other.create_model_package(ModelPackageGroupName="shared")["ModelPackageArn"]
    actions = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:CreateModel"]
    open_group(
        other, "shared", Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action=actions, Resource=f"{VERSIONS}/*"
    )
    assert sagemaker.describe_model_package(ModelPackageName=version)["ModelPackageVersion"] == 1
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1
    sagemaker.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": version})
    with refused(sagemaker, "AccessDeniedException", "sagemaker:UpdateModelPackage"):
        sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    with refused(sagemaker, "AccessDeniedException", "sagemaker:DescribeModelPackageGroup"):
        sagemaker.describe_model_package_group(ModelPackageGroupName=GROUP)
    other.delete_model_package_group_policy(ModelPackageGroupName="shared")
    with refused(sagemaker, "AccessDeniedException", "sagemaker:DescribeModelPackage"):
        sagemaker.describe_model_package(ModelPackageName=version)


def test_a_denial_for_one_version_counts(sagemaker: Any, other: Any) -> None:
    other.create_model_package_group(ModelPackageGroupName="shared")
    for _ in range(2):
        other.create_model_package(ModelPackageGroupName="shared")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sagemaker:*", "Resource": "*"}
    deny = {**allow, "Effect": "Deny", "Resource": f"{VERSIONS}/2"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
    other.put_model_package_group_policy(ModelPackageGroupName="shared", ResourcePolicy=policy)
    assert sagemaker.describe_model_package(ModelPackageName=f"{VERSIONS}/1")["ModelPackageVersion"] == 1
    with refused(sagemaker, "AccessDeniedException", "with an explicit deny in a resource-based policy"):
        sagemaker.describe_model_package(ModelPackageName=f"{VERSIONS}/2")


@pytest.mark.parametrize("policy", ["no JSON", "[]", '{"Statement": ["a"]}'])
def test_a_policy_that_is_none_is_refused(sagemaker: Any, policy: str) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g")
    with refused(sagemaker, "ValidationException", "Invalid resource policy"):
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="g", ResourcePolicy=policy)


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
