"""Model packages and their groups in another account, through boto3: what the policy of the group lets do."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import xform_name

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .test_registry import ROLE, refused

GROUP = "arn:aws:sagemaker:eu-central-1:444455556666:model-package-group/shared"
VERSIONS = GROUP.replace("model-package-group", "model-package")


@pytest.fixture
def sagemaker(client: Any) -> Any:
    return client("sagemaker")


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
