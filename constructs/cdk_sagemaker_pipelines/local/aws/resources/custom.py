"""The custom resources of aws-cdk-lib that matter here, implemented in this process instead of Lambda functions."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from ...container.archives import ArchiveError, open_zip
from .provider import Made, Provider, Request

_LARGEST = 2 << 30
"""The limit in bytes for an archive of a bucket deployment, which is held in memory."""


class BucketDeployment(Provider):
    """``aws_s3_deployment.BucketDeployment`` and ``DeployTimeSubstitutedFile``.

    https://github.com/aws/aws-cdk/blob/main/packages/@aws-cdk/custom-resource-handlers/lib/aws-s3-deployment/bucket-deployment-handler/index.py
    """

    def create(self, request: Request) -> Made:
        properties, s3 = request.properties, request.client("s3")
        bucket, prefix = properties["DestinationBucketName"], _prefix(properties)
        put = set()
        for key, content in _contents(s3, properties):
            if _is_excluded(key, properties):
                continue
            kind = mimetypes.guess_type(key)[0] or "binary/octet-stream"
            s3.put_object(
                Bucket=bucket, Key=prefix + key, Body=content, **{"ContentType": kind, **_metadata(properties)}
            )
            put.add(prefix + key)
        if _is_on(properties.get("Prune", "true")) and _is_on(properties.get("Extract", "true")):
            for key in _keys(s3, bucket, prefix):
                if key not in put and not _is_excluded(key[len(prefix) :], properties):
                    s3.delete_object(Bucket=bucket, Key=key)
        objects = properties.get("SourceObjectKeys", []) if _is_on(properties.get("OutputObjectKeys", "true")) else []
        return Made(
            request.physical_id or f"aws.cdk.s3deployment.{request.logical_id}",
            {
                "DestinationBucketArn": properties.get(
                    "DestinationBucketArn", f"arn:{request.partition}:s3:::{bucket}"
                ),
                "SourceObjectKeys": objects,
            },
        )

    def update(self, request: Request) -> Made:
        moved = any(
            request.properties.get(member) != request.previous.get(member)
            for member in ("DestinationBucketName", "DestinationBucketKeyPrefix")
        )
        if moved and not _is_on(request.previous.get("RetainOnDelete", "true")):
            _empty(request.client("s3"), request.previous["DestinationBucketName"], _prefix(request.previous))
        return self.create(request)

    def delete(self, request: Request) -> None:
        if not _is_on(request.properties.get("RetainOnDelete", "true")):
            _empty(request.client("s3"), request.properties["DestinationBucketName"], _prefix(request.properties))


class AutoDeleteObjects(Provider):
    """``Bucket(auto_delete_objects=True)``: empties the bucket before it is deleted."""

    create_only = frozenset({"BucketName"})

    def create(self, request: Request) -> Made:
        return Made(str(request.properties["BucketName"]))

    def update(self, request: Request) -> Made:
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        _empty(request.client("s3"), request.properties["BucketName"], "")


class BucketNotifications(Provider):
    """``Bucket(event_bridge_enabled=True)`` and ``add_event_notification``."""

    create_only = frozenset({"BucketName"})

    def create(self, request: Request) -> Made:
        self._put(request, request.properties["NotificationConfiguration"])
        return Made(request.name("Id"))

    def update(self, request: Request) -> Made:
        self._put(request, request.properties["NotificationConfiguration"])
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        self._put(request, {})

    def _put(self, request: Request, configuration: Mapping[str, Any]) -> None:
        request.client("s3").put_bucket_notification_configuration(
            Bucket=request.properties["BucketName"], NotificationConfiguration=configuration
        )


class LogRetention(Provider):
    """``Function(log_retention=...)`` and the like."""

    def create(self, request: Request) -> Made:
        logs, name = request.client("logs"), request.properties["LogGroupName"]
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=name)
        if "RetentionInDays" in request.properties:
            logs.put_retention_policy(logGroupName=name, retentionInDays=int(request.properties["RetentionInDays"]))
        return Made(name, {"LogGroupName": name})

    def update(self, request: Request) -> Made:
        return self.create(request)

    def delete(self, request: Request) -> None:
        if request.properties.get("RemovalPolicy") == "destroy":
            request.client("logs").delete_log_group(logGroupName=request.properties["LogGroupName"])


class RestrictDefaultSecurityGroup(Provider):
    """``Vpc`` with CDK's flag ``restrictDefaultSecurityGroup``: closes the network's default security group."""

    create_only = frozenset({"DefaultSecurityGroupId", "Account"})

    def create(self, request: Request) -> Made:
        group, ec2 = request.properties["DefaultSecurityGroupId"], request.client("ec2")
        (standing,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        if standing["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=standing["IpPermissions"])
        if standing["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=group, IpPermissions=standing["IpPermissionsEgress"])
        return Made(request.physical_id or request.name("Id"))

    def update(self, request: Request) -> Made:
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        group, ec2 = request.properties["DefaultSecurityGroupId"], request.client("ec2")
        itself = {"GroupId": group, "UserId": request.properties["Account"]}
        everything: dict[str, Any] = {"IpProtocol": "-1"}
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[{**everything, "UserIdGroupPairs": [itself]}]
        )
        ec2.authorize_security_group_egress(
            GroupId=group, IpPermissions=[{**everything, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        )


def _contents(s3: Any, properties: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Key and content of everything in the sources, with markers replaced."""
    buckets, keys = properties["SourceBucketNames"], properties["SourceObjectKeys"]
    all_markers = properties.get("SourceMarkers") or [{}] * len(keys)
    for bucket, key, markers in zip(buckets, keys, all_markers, strict=True):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if not _is_on(properties.get("Extract", "true")):
            yield key.rsplit("/", 1)[-1], body
            continue
        try:
            with open_zip(body, _LARGEST) as archive:
                for name in archive.namelist():
                    if not name.endswith("/"):
                        yield name, _substituted(archive.read(name), markers)
        except ArchiveError as error:
            raise ValueError(f"the source s3://{bucket}/{key} of a bucket deployment {error}") from error


def _substituted(content: bytes, markers: Mapping[str, Any]) -> bytes:
    for marker, value in markers.items():
        content = content.replace(marker.encode(), str(value).encode())
    return content


def _is_excluded(key: str, properties: Mapping[str, Any]) -> bool:
    """Filters like ``aws s3 sync`` with ``--exclude`` and then ``--include``: the later one wins."""
    excluded = any(fnmatchcase(key, pattern) for pattern in properties.get("Exclude", []))
    return excluded and not any(fnmatchcase(key, pattern) for pattern in properties.get("Include", []))


def _metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
    system = properties.get("SystemMetadata", {})
    names = {
        "content-type": "ContentType", "cache-control": "CacheControl", "content-encoding": "ContentEncoding",
        "content-disposition": "ContentDisposition", "content-language": "ContentLanguage",
    }  # fmt: skip
    told: dict[str, Any] = {names[key]: value for key, value in system.items() if key in names}
    if properties.get("UserMetadata"):
        told["Metadata"] = dict(properties["UserMetadata"])
    return told


def _prefix(properties: Mapping[str, Any]) -> str:
    prefix = str(properties.get("DestinationBucketKeyPrefix", "")).strip("/")
    return f"{prefix}/" if prefix else ""


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (entry["Key"] for entry in page.get("Contents", []))


def _empty(s3: Any, bucket: str, prefix: str) -> None:
    """Deletes every version of every object below ``prefix``."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"


CUSTOM_RESOURCES: Mapping[str, Provider] = {
    "Custom::CDKBucketDeployment": BucketDeployment(),
    "Custom::S3AutoDeleteObjects": AutoDeleteObjects(),
    "Custom::S3BucketNotifications": BucketNotifications(),
    "Custom::LogRetention": LogRetention(),
    "Custom::VpcRestrictDefaultSG": RestrictDefaultSecurityGroup(),
}
