"""Which actions of IAM a request of S3 needs, on which objects.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from werkzeug.datastructures import Headers

ALL_OBJECTS = "*"
"""The key of what concerns objects that the path does not name."""

_CONFIGURATIONS = {
    "accelerate": "Accelerate", "analytics": "Analytics", "encryption": "Encryption",
    "intelligent-tiering": "IntelligentTiering", "inventory": "Inventory", "lifecycle": "Lifecycle",
    "metrics": "Metrics", "replication": "Replication",
}  # fmt: skip
_OF_BUCKETS = {
    "acl": "Acl", "cors": "CORS", "location": "Location", "logging": "Logging", "notification": "Notification",
    "object-lock": "ObjectLockConfiguration", "ownershipControls": "OwnershipControls", "policy": "Policy",
    "policyStatus": "PolicyStatus", "publicAccessBlock": "PublicAccessBlock", "requestPayment": "RequestPayment",
    "tagging": "Tagging", "versioning": "Versioning", "website": "Website",
}  # fmt: skip
_DELETED = ("policy", "website")
"""What is deleted with an action of its own; all else is put."""
_OF_OBJECTS = {
    "acl": "Acl", "attributes": "Attributes", "legal-hold": "LegalHold", "retention": "Retention", "tagging": "Tagging",
}  # fmt: skip
_WITH_AN_OBJECT = {
    "PutObjectAcl": (
        "x-amz-acl",
        *(f"x-amz-grant-{what}" for what in ("full-control", "read", "read-acp", "write-acp")),
    ),
    "PutObjectLegalHold": ("x-amz-object-lock-legal-hold",),
    "PutObjectRetention": ("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"),
    "PutObjectTagging": ("x-amz-tagging",),
}
"""What writing an object needs besides, by the headers that ask for it."""
BYPASS = "x-amz-bypass-governance-retention"
"""The header that asks for what a retention in the mode GOVERNANCE forbids."""
_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}


class Asked(NamedTuple):
    """An action on an object, or on a bucket without a key."""

    action: str
    bucket: str
    key: str


def asked(method: str, path: str, arguments: Collection[str], headers: Mapping[str, str] | Headers) -> Iterator[Asked]:
    """``arguments``: the names of those in the query."""
    bucket, _, key = path.lstrip("/").partition("/")
    action = _of_object(method, arguments) if key else _of_bucket(method, arguments)
    if not bucket:
        yield Asked("s3:ListAllMyBuckets", "", "")
        return
    for_objects = not key and action in ("PutObject", "DeleteObject")
    yield Asked(f"s3:{action}", bucket, ALL_OBJECTS if for_objects else key)
    if key and action == "GetObjectAttributes":
        yield Asked("s3:GetObject", bucket, key)
    if key and action == "PutObject" and "uploadId" not in arguments:
        for also, named in _WITH_AN_OBJECT.items():
            if any(name in headers for name in named):
                yield Asked(f"s3:{also}", bucket, key)
    source = copy_source(headers)
    if source is not None:
        yield source


def copy_source(headers: Mapping[str, str] | Headers) -> Asked | None:
    """What copying asks of the source; None where nothing is copied."""
    source = headers.get("x-amz-copy-source")
    if not source:
        return None
    bucket, key, version = copied(source)
    return Asked("s3:GetObjectVersion" if version else "s3:GetObject", bucket, key)


def copied(source: str) -> tuple[str, str, str]:
    """Bucket, key and version in the header that names the source of a copy; empty what is not there."""
    place, _, version = source.partition("?versionId=")
    bucket, _, key = unquote(place).lstrip("/").partition("/")
    return bucket, key, unquote(version)


def _of_bucket(method: str, arguments: Collection[str]) -> str:
    if method == "POST":  # several objects are deleted, or a form is uploaded
        return "DeleteObject" if "delete" in arguments else "PutObject"
    if method == "GET" and ("uploads" in arguments or "versions" in arguments):
        return "ListBucketMultipartUploads" if "uploads" in arguments else "ListBucketVersions"
    for name, called in {**_CONFIGURATIONS, **_OF_BUCKETS}.items():
        if name in arguments:
            verb = "Put" if method == "DELETE" and name not in _DELETED else _VERBS.get(method, "Put")
            return f"{verb}{called}Configuration" if name in _CONFIGURATIONS else f"{verb}Bucket{called}"
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")


def _of_object(method: str, arguments: Collection[str]) -> str:
    verb = _VERBS.get(method, "Put")
    if "uploadId" in arguments and verb != "Put":
        return "ListMultipartUploadParts" if verb == "Get" else "AbortMultipartUpload"
    if method == "POST" and ("restore" in arguments or "select" in arguments):
        return "RestoreObject" if "restore" in arguments else "GetObject"
    version = "Version" if "versionId" in arguments else ""
    part = next((called for name, called in _OF_OBJECTS.items() if name in arguments), "")
    return f"{verb}Object{version}{part}"
