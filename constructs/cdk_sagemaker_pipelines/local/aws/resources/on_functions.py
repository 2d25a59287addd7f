"""Custom resources, whose Lambda function is called as CloudFormation calls it.

The function puts its answer to a presigned URL of S3. Differences from AWS: a function that ends without an answer
fails its resource at once, nobody waits an hour for another to answer; a resource whose creation failed is only deleted
if its answer names it; topics are not called.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

from botocore.exceptions import ClientError

from ...json_text import parsed
from .provider import LeftBehind, Made, Provider, Request

_LARGEST = 4096
"""Bytes of an answer."""
_SECONDS = 3600
"""How long the URL is good for."""

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


class OnFunction(Provider):
    """``Custom::<name>`` and ``AWS::CloudFormation::CustomResource``."""

    def create(self, request: Request) -> Made:
        try:
            return _made(_answer(request, "Create", {}))
        except _Refused as error:
            if error.physical_id:
                raise LeftBehind(str(error), Made(error.physical_id)) from error
            raise

    def update(self, request: Request) -> Made:
        if request.properties.get("ServiceToken") != request.previous.get("ServiceToken"):
            raise ValueError("Modifying service token is not allowed.")
        own = {"PhysicalResourceId": request.physical_id, "OldResourceProperties": _texts(request.previous)}
        return _made(_answer(request, "Update", own))

    def delete(self, request: Request) -> None:
        _answer(request, "Delete", {"PhysicalResourceId": request.physical_id})


class _Refused(ValueError):
    """The function says that it failed, and on which resource."""

    def __init__(self, reason: str, physical_id: object) -> None:
        super().__init__(reason)
        self.physical_id = physical_id if isinstance(physical_id, str) else ""


def _made(answer: dict[str, Any]) -> Made:
    data = answer.get("Data") or {}
    if not isinstance(data, dict):
        raise ValueError("the function's answer has Data that is not an object")
    return Made(str(answer["PhysicalResourceId"]), data)


def _answer(request: Request, kind: str, own: dict[str, Any]) -> dict[str, Any]:
    """Calls the function and reads what it put to the URL. Raises ``ValueError`` with the reason of a failure."""
    function = str(request.properties.get("ServiceToken", ""))
    if ":lambda:" not in function:
        raise ValueError(f"the ServiceToken {function!r} is not a Lambda function, and nothing else is called here")
    s3, number = request.client("s3"), str(uuid.uuid4())
    place = {"Bucket": f"cloudformation-custom-resource-response-{number[:8]}", "Key": number}
    event = {
        "RequestType": kind,
        "ResponseURL": s3.generate_presigned_url("put_object", Params=place, ExpiresIn=_SECONDS),
        "StackId": request.stack_id,
        "RequestId": number,
        "ResourceType": request.type,
        "LogicalResourceId": request.logical_id,
        "ServiceToken": function,
        "ResourceProperties": _texts(request.properties),
        **own,
    }
    where = {} if request.region == "us-east-1" else {"LocationConstraint": request.region}
    s3.create_bucket(Bucket=place["Bucket"], **({"CreateBucketConfiguration": where} if where else {}))
    try:
        told = request.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        answer = _read(s3, place)
        if answer is None:
            raise ValueError(f"the function {function} ended without an answer to the ResponseURL{_why(told)}")
    finally:
        _clean_up(s3, place["Bucket"])
    return _checked(answer, event)


def _why(told: dict[str, Any]) -> str:
    if "FunctionError" not in told:
        return ""
    error = parsed(told["Payload"].read(_LARGEST))
    return f": {error.get('errorType')}: {error.get('errorMessage')}" if isinstance(error, dict) else ""


def _read(s3: Any, place: dict[str, str]) -> bytes | None:
    try:
        content: bytes = s3.get_object(**place)["Body"].read(_LARGEST + 1)
    except ClientError:
        return None
    return content


def _clean_up(s3: Any, bucket: str) -> None:
    """Removes the bucket of an answer with all that a function left in it; the answer counts without that, too."""
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for left in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                s3.delete_object(Bucket=bucket, Key=left["Key"], VersionId=left["VersionId"])
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        _logger.warning("the bucket %s of an answer stays: %s", bucket, error)


def _checked(content: bytes, event: dict[str, Any]) -> dict[str, Any]:
    """The answer, if it is one."""
    if len(content) > _LARGEST:
        raise ValueError("Response object is too long.")
    try:
        answer = parsed(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or answer.get("Status") not in ("SUCCESS", "FAILED"):
        raise ValueError("Invalid response: it must be a JSON object with a Status of SUCCESS or FAILED.")
    if answer["Status"] == "FAILED":
        raise _Refused(str(answer.get("Reason") or "the function gave no Reason"), answer.get("PhysicalResourceId"))
    wrong = [name for name in ("StackId", "RequestId", "LogicalResourceId") if answer.get(name) != event[name]]
    if wrong or not answer.get("PhysicalResourceId"):
        raise ValueError(f"Invalid {wrong[0] if wrong else 'PhysicalResourceId'} in the function's answer.")
    return answer


def _texts(value: Any) -> Any:
    """The properties as CloudFormation passes them: numbers and booleans as texts."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None or isinstance(value, str) else str(value)
