"""What an app has, by the names that a definition from elsewhere may call it: resources with a name, and imports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ..iam.app_resources import owner_behind
from ..iam.arns import image_parts
from ..iam.names import Name
from ..language.tokens import has_string_token

_ARNS = ("function_arn", "key_arn", "queue_arn", "role_arn", "topic_arn")
"""By what constructs of CDK, also of what exists already, say their ARNs."""


class Inventory:
    """The named resources of the app of a pipeline. CDK is asked for them when they are first needed."""

    def __init__(self, pipeline: IConstruct, stack: cdk.Stack) -> None:
        self.stack = stack
        self._pipeline = pipeline
        self._names: dict[tuple[str, ...], IConstruct] | None = None
        self._buckets: dict[str, Any] | None = None

    def has(self, name: Name) -> bool:
        """Whether a construct of the app has this name; of the bucket of its assets only to read there."""
        parts = image_parts(name.text) if name.kind == "image" else None
        if parts is not None:
            return _key("repository", parts[0], parts[2]) in self._all()
        key = _key(name.kind, name.account, name.text if name.kind == "bucket" else name.last)
        if key in self._all():
            return True
        is_read = name.kind == "bucket" and not name.written
        return is_read and (name.text == self._assets() or _assets(name.text) in self._all())

    def _assets(self) -> str:
        """The bucket of the assets of the pipeline's account and region, whether or not the app has assets in it."""
        stack = self.stack
        qualifier = stack.synthesizer.bootstrap_qualifier or cdk.DefaultStackSynthesizer.DEFAULT_QUALIFIER
        return f"cdk-{qualifier}-assets-{stack.account}-{stack.region}"

    def role(self, arn: str) -> iam.IRole | None:
        """The role with this literal ARN; None where the app has none that may be changed."""
        parts = arn.split(":", 5)
        found: Any = self._all().get(_key("role", parts[4], arn.rpartition("/")[2])) if len(parts) == 6 else None
        found = found.node.scope if isinstance(found, iam.CfnRole) else found
        return found if hasattr(found, "add_to_principal_policy") else None

    def bucket(self, name: str) -> Any:
        """The bucket of the app with this literal name; None where the app makes none."""
        if self._buckets is None:
            # an app that makes a bucket has loaded CDK's module, which takes long; to look at all constructs does, too
            asked = self._pipeline.node.root.node.find_all() if "aws_cdk.aws_s3" in sys.modules else ()
            found = [one for one in asked if isinstance(one, cdk.aws_s3.CfnBucket)]
            self._buckets = {one.bucket_name: _construct(one) for one in found if isinstance(one.bucket_name, str)}
        return self._buckets.get(name)

    def key(self, alias: str) -> Any:
        """The key of the app that has an alias, by the ARN of that; None where the app makes none."""
        parts = alias.split(":", 5)
        found: Any = (
            self._all().get(_key("key", parts[4], parts[5].removeprefix("alias/"))) if len(parts) == 6 else None
        )
        is_alias = isinstance(found, cdk.CfnResource) and found.cfn_resource_type == "AWS::KMS::Alias"
        if not is_alias or parts[3] != cdk.Stack.of(found).region:
            return None
        return owner_behind(cast("Any", found).target_key_id)

    def _all(self) -> dict[tuple[str, ...], IConstruct]:
        if self._names is None:
            self._names = {}
            for construct in self._pipeline.node.root.node.find_all():
                for key in _keys(construct):
                    self._names.setdefault(key, construct)
        return self._names


def _construct(resource: Any) -> Any:
    """The construct that a bucket's resource belongs to; itself where there is none."""
    scope = resource.node.scope
    return scope if hasattr(type(scope), "bucket_arn") else resource


def _keys(construct: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(construct, cdk.CfnResource):
        yield from _named(construct)
        return
    bucket = getattr(construct, "bucket_name", None)
    if isinstance(bucket, str) and not has_string_token(bucket):
        # each asset of CDK has an import of the bucket that they are all in
        yield _assets(bucket) if hasattr(construct.node.scope, "s3_object_key") else _bucket(bucket)
    through = getattr(construct, "bucket_arn", None)
    if isinstance(through, str) and ":accesspoint" in through and not has_string_token(through):
        # which is imported as a bucket
        yield _key("access point", through.split(":", 5)[4], re.split("[:/]", through)[-1])
    repository = getattr(construct, "repository_arn", None)
    parts = repository.split(":", 5) if isinstance(repository, str) else []
    if len(parts) == 6 and not has_string_token(parts[5]):
        yield _key("repository", parts[4], parts[5].removeprefix("repository/"))
    for attribute in _ARNS:
        arn = getattr(construct, attribute, None)
        parts = arn.split(":", 5) if isinstance(arn, str) else []
        if len(parts) == 6 and not has_string_token(parts[5]):
            name = Name(attribute.removesuffix("_arn"), str(arn), parts[4])
            yield _key(name.kind, name.account, name.last)


def _named(resource: cdk.CfnResource) -> Iterator[tuple[str, ...]]:
    """A resource of the app that says its name."""
    kind, attribute = _RESOURCES.get(resource.cfn_resource_type, ("", ""))
    name = getattr(resource, attribute, None) if kind else None
    if isinstance(name, str) and not has_string_token(name):
        account = "" if kind == "bucket" else cdk.Stack.of(resource).account
        yield _key(kind, account, name.removeprefix("alias/") if kind == "key" else name)


_RESOURCES = {
    "AWS::ECR::Repository": ("repository", "repository_name"),
    "AWS::IAM::Role": ("role", "role_name"),
    "AWS::KMS::Alias": ("key", "alias_name"),
    "AWS::Lambda::Function": ("function", "function_name"),
    "AWS::S3::AccessPoint": ("access point", "name"),
    "AWS::S3::Bucket": ("bucket", "bucket_name"),
    "AWS::S3Express::DirectoryBucket": ("bucket", "bucket_name"),
    "AWS::SNS::Topic": ("topic", "topic_name"),
    "AWS::SQS::Queue": ("queue", "queue_name"),
}


def _key(kind: str, account: str, name: str) -> tuple[str, ...]:
    return (kind, account, name)


def _bucket(name: str) -> tuple[str, ...]:
    return _key("bucket", "", name)


def _assets(name: str) -> tuple[str, ...]:
    return _key("assets", "", name)
