"""Finds the newest version in a model package group; runs in the Lambda function of a LatestModelPackageStep."""

from __future__ import annotations

from typing import Any

import boto3


class NoSuchVersion(Exception):
    """The group has no version with the status."""


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """The version's ARN, and the image and data of its first container."""
    sagemaker = boto3.client("sagemaker")
    arn = _newest(sagemaker, event["ModelPackageGroupName"], event["ModelApprovalStatus"])
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    containers = described.get("InferenceSpecification", {}).get("Containers") or [{}]
    source = containers[0].get("ModelDataSource", {}).get("S3DataSource", {})
    return {
        "ModelPackageArn": arn,
        "Image": containers[0].get("Image", ""),
        "ModelDataUrl": containers[0].get("ModelDataUrl") or source.get("S3Uri", ""),
    }


def _newest(sagemaker: Any, group: str, status: str) -> str:
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus=status, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for version in page["ModelPackageSummaryList"]:
            if version["ModelPackageStatus"] == "Completed":
                return str(version["ModelPackageArn"])
    raise NoSuchVersion(f"the model package group {group} has no version with the approval status {status}")
