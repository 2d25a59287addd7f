"""AWS::S3 resources. Settings that have no effect in moto (acceleration, replication and the like) are not set."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .provider import Made, Provider, Request


class Bucket(Provider):
    """AWS::S3::Bucket; like the service's, it refuses to be deleted while it holds objects."""

    name_member = "BucketName"
    create_only = frozenset({"ObjectLockEnabled"})

    def create(self, request: Request) -> Made:
        s3, name = request.client("s3"), request.name("BucketName", 63, lower=True)
        if _exists(s3, name):
            raise ValueError(f"{name} already exists")
        place = {} if request.region == "us-east-1" else {"LocationConstraint": request.region}
        s3.create_bucket(
            Bucket=name,
            ObjectLockEnabledForBucket=bool(request.properties.get("ObjectLockEnabled", False)),
            **({"CreateBucketConfiguration": place} if place else {}),
        )
        return self._configured(request, name)

    def update(self, request: Request) -> Made:
        return self._configured(request, request.physical_id)

    def delete(self, request: Request) -> None:
        request.client("s3").delete_bucket(Bucket=request.physical_id)

    def _configured(self, request: Request, name: str) -> Made:
        s3, properties, previous = request.client("s3"), request.properties, request.previous
        if "VersioningConfiguration" in properties or "VersioningConfiguration" in previous:
            status = properties.get("VersioningConfiguration", {}).get("Status", "Suspended")
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
        if "BucketEncryption" in properties:
            rules = [
                {
                    "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
                    "BucketKeyEnabled": bool(rule.get("BucketKeyEnabled", False)),
                }
                for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            ]
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        elif "BucketEncryption" in previous:
            s3.delete_bucket_encryption(Bucket=name)
        if "PublicAccessBlockConfiguration" in properties:
            block = {key: bool(value) for key, value in properties["PublicAccessBlockConfiguration"].items()}
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
        elif "PublicAccessBlockConfiguration" in previous:
            s3.delete_public_access_block(Bucket=name)
        if "OwnershipControls" in properties:
            s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
        elif "OwnershipControls" in previous:
            s3.delete_bucket_ownership_controls(Bucket=name)
        if "AccessControl" in properties or "AccessControl" in previous:
            access = re.sub("(?<!^)(?=[A-Z])", "-", properties.get("AccessControl", "Private")).lower()
            s3.put_bucket_acl(Bucket=name, ACL=access)
        if "NotificationConfiguration" in properties or "NotificationConfiguration" in previous:
            told = _notifications(properties.get("NotificationConfiguration", {}))
            s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=told)
        lock = properties.get("ObjectLockConfiguration")
        if lock is not None or "ObjectLockConfiguration" in previous:
            s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=_lock(lock or {}))
        if "LifecycleConfiguration" in properties:
            rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        elif "LifecycleConfiguration" in previous:
            s3.delete_bucket_lifecycle(Bucket=name)
        tags = request.tags()
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
        elif "Tags" in previous:
            s3.delete_bucket_tagging(Bucket=name)
        suffix = "amazonaws.com.cn" if request.partition == "aws-cn" else "amazonaws.com"
        return Made(
            name,
            {
                "Arn": f"arn:{request.partition}:s3:::{name}",
                "DomainName": f"{name}.s3.{suffix}",
                "RegionalDomainName": f"{name}.s3.{request.region}.{suffix}",
                "DualStackDomainName": f"{name}.s3.dualstack.{request.region}.{suffix}",
                "WebsiteURL": f"http://{name}.s3-website.{request.region}.{suffix}",
            },
        )


class BucketPolicy(Provider):
    """AWS::S3::BucketPolicy."""

    create_only = frozenset({"Bucket"})

    def create(self, request: Request) -> Made:
        bucket, policy = request.properties["Bucket"], request.properties["PolicyDocument"]
        request.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        return Made(bucket)

    def update(self, request: Request) -> Made:
        return self.create(request)

    def delete(self, request: Request) -> None:
        request.client("s3").delete_bucket_policy(Bucket=request.physical_id)


def _notifications(given: Mapping[str, Any]) -> dict[str, Any]:
    """A template's notifications in the API's form."""
    told: dict[str, Any] = {}
    for member, target, arn in (
        ("QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "Topic", "TopicArn"),
        ("LambdaConfigurations", "Function", "LambdaFunctionArn"),
    ):
        for each in given.get(member, []):
            rules = each.get("Filter", {}).get("S3Key", {}).get("Rules", [])
            key = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
            named = member.replace("Lambda", "LambdaFunction")
            told.setdefault(named, []).append({arn: each[target], "Events": [each["Event"]], **key})
    if given.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", "EventBridgeConfiguration" in given):
        told["EventBridgeConfiguration"] = {}
    return told


def _lock(given: Mapping[str, Any]) -> dict[str, Any]:
    """A template's lock of objects in the API's form: with the default retention, if there is one."""
    told: dict[str, Any] = {"ObjectLockEnabled": given.get("ObjectLockEnabled", "Enabled")}
    if "Rule" in given:
        retention = given["Rule"]["DefaultRetention"]
        numbers = {name: int(retention[name]) for name in ("Days", "Years") if name in retention}
        told["Rule"] = {"DefaultRetention": {"Mode": retention["Mode"], **numbers}}
    return told


def _exists(s3: Any, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        return False
    return True


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of the template in the API's form."""
    told: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        told["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        told["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    elif "ExpiredObjectDeleteMarker" in rule:
        told["Expiration"] = {"ExpiredObjectDeleteMarker": bool(rule["ExpiredObjectDeleteMarker"])}
    if "NoncurrentVersionExpirationInDays" in rule:
        told["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(rule["NoncurrentVersionExpirationInDays"])}
    for member in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if member in rule:
            told[member] = {key: int(value) for key, value in rule[member].items()}
    if "Transitions" in rule:
        told["Transitions"] = [
            {"StorageClass": transition["StorageClass"], "Days": int(transition["TransitionInDays"])}
            for transition in rule["Transitions"]
            if "TransitionInDays" in transition
        ]
    return told


S3_RESOURCES: Mapping[str, Provider] = {
    "AWS::S3::Bucket": Bucket(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
}
