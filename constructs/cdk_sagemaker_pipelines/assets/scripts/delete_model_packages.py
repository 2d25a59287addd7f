"""Empties a model package group before its stack is deleted; runs in the Lambda function of a ModelPackageGroup.

It answers CloudFormation's requests about a custom resource. Versions are deleted only while the whole stack is being
deleted, of a nested one with its root, never after a rename, a replacement or the removal of the group from the app.
Where approved versions must stay, nothing is deleted if there is one, and no more once there is one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import logging
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

_logger = logging.getLogger()
_logger.setLevel(logging.INFO)
_SPARE_MS = 20_000
"""Of the function's time, what is left for the answer."""
_LONGEST_REASON = 1000


class Kept(Exception):
    """Versions are left, for a reason that the user is told."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Answers one request."""
    status, reason = "SUCCESS", "done"
    try:
        if event["RequestType"] == "Delete":
            _delete(event, context)
    except Kept as error:
        status, reason = "FAILED", str(error)
    except Exception as error:  # CloudFormation waits for an answer, whatever happens
        status, reason = "FAILED", f"{type(error).__name__}: {error}"
    _answer(event, status, reason)


def _delete(event: dict[str, Any], context: Any) -> None:
    if not _is_deleted(boto3.client("cloudformation"), event["StackId"]):
        return
    properties = event["ResourceProperties"]
    group = properties["ModelPackageGroupName"]
    sagemaker = boto3.client("sagemaker", config=Config(retries={"mode": "adaptive", "max_attempts": 10}))
    versions = _versions(sagemaker, group)
    approved = [each["ModelPackageArn"] for each in versions if _is_approved(each)]
    spared = properties["DeleteApprovedVersions"] != "true"
    if approved and spared:
        raise Kept(
            f"the model package group {group} has {_counted(len(approved), 'approved version')}, such as "
            f"{approved[0]}; nothing was deleted: delete what is approved, or deploy with "
            "delete_approved_versions=True, then delete the stack again"
        )
    for number, version in enumerate(versions):
        if context.get_remaining_time_in_millis() < _SPARE_MS:
            left = _counted(len(versions) - number, "version")
            raise Kept(f"the model package group {group} still has {left}; delete the stack again")
        arn = version["ModelPackageArn"]
        # with thousands of versions, the list is minutes old by now
        if spared and _is_approved(sagemaker.describe_model_package(ModelPackageName=arn)):
            raise Kept(
                f"the version {arn} was approved after {_counted(number, 'version')} had been deleted; delete what is "
                "approved, or deploy with delete_approved_versions=True, then delete the stack again"
            )
        sagemaker.delete_model_package(ModelPackageName=arn)
    _logger.info("deleted %s of %s", _counted(len(versions), "version"), group)


def _is_deleted(cloudformation: Any, stack_id: str) -> bool:
    """Whether the stack is being deleted as a whole; a nested one also is when its parent no longer has it."""
    (stack,) = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    if stack["StackStatus"] == "DELETE_IN_PROGRESS" and stack.get("RootId", stack_id) != stack_id:
        (stack,) = cloudformation.describe_stacks(StackName=stack["RootId"])["Stacks"]
    if stack["StackStatus"] == "DELETE_IN_PROGRESS":
        return True
    _logger.info("nothing is deleted: the stack %s is in %s", stack["StackName"], stack["StackStatus"])
    return False


def _is_approved(version: dict[str, Any]) -> bool:
    return version.get("ModelApprovalStatus") == "Approved"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def _versions(sagemaker: Any, group: str) -> list[dict[str, Any]]:
    """The versions of the group; none of one that does not exist."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    try:
        return [version for page in pages for version in page["ModelPackageSummaryList"]]
    except sagemaker.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return []
        raise


def _answer(event: dict[str, Any], status: str, reason: str) -> None:
    told = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    # one id for ever: CloudFormation asks to delete what has another after an update
    told["PhysicalResourceId"] = event.get("PhysicalResourceId") or event["LogicalResourceId"]
    body = json.dumps({**told, "Status": status, "Reason": reason[:_LONGEST_REASON]}).encode()
    _logger.info("%s: %s: %s", event["RequestType"], status, reason)
    # the URL is signed without a content type
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
