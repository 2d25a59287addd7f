"""The KMS keys that the templates of an app give to its buckets, also those that CDK does not show at synth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...iam.environment import Environment
from .stacks import Resource, Stack
from .templates import Deployed, unmistakable

_BUCKET = "AWS::S3::Bucket"


def with_keys(environment: Environment, stack: Stack, named: Callable[[Deployed], str] = unmistakable) -> Environment:
    """What permissions follow from, with the keys of all buckets of the app.

    ``stack``: the pipeline's. ``named``: names what is only known at deployment.
    """
    found: dict[str, str] = {}
    for each in stack.others or (stack,):
        for bucket in each.resources():
            key = _key(bucket.properties) if bucket.type == _BUCKET else None
            if key is not None:
                found.update(dict.fromkeys(_names(bucket, named), bucket.text(key, named)))
    return replace(environment, bucket_keys={**found, **environment.bucket_keys}) if found else environment


def _names(bucket: Resource, named: Callable[[Deployed], str]) -> Iterator[str]:
    """What definitions call a bucket."""
    yield bucket.text({"Ref": bucket.logical_id}, named)
    name = bucket.properties.get("BucketName")
    if isinstance(name, str):
        yield name


def _key(properties: Mapping[str, Any]) -> Any:
    """The key in the encryption of a bucket; None without one, or of AWS's own."""
    value: Any = properties
    for member in ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault"):
        try:
            value = value[member]
        except (KeyError, IndexError, TypeError):
            return None
    return value.get("KMSMasterKeyID") if isinstance(value, Mapping) else None
