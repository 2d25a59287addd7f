"""The buckets in the templates of an app: their names, and their keys, also those that CDK does not show at synth."""

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
    for bucket in _buckets(stack):
        key = _key(bucket.properties)
        if key is not None:
            names = (bucket.text({"Ref": bucket.logical_id}, named), _literal_name(bucket))
            found.update(dict.fromkeys(filter(None, names), bucket.text(key, named)))
    return replace(environment, bucket_keys={**found, **environment.bucket_keys}) if found else environment


def literal_names(stack: Stack, named: Callable[[Deployed], str]) -> dict[str, str]:
    """The names of the app's buckets that are known here, by the tokens that stand for them."""
    found = ((bucket, _literal_name(bucket)) for bucket in _buckets(stack))
    return {bucket.text({"Ref": bucket.logical_id}, named): name for bucket, name in found if name}


def _buckets(stack: Stack) -> Iterator[Resource]:
    found = (resource for each in stack.others or (stack,) for resource in each.resources())
    return (resource for resource in found if resource.type == _BUCKET)


def _literal_name(bucket: Resource) -> str:
    """The name that a bucket is given; empty where only the deployment knows it."""
    name = bucket.properties.get("BucketName")
    return name if isinstance(name, str) else ""


def _key(properties: Mapping[str, Any]) -> Any:
    """The key in the encryption of a bucket; None without one, or of AWS's own."""
    value: Any = properties
    for member in ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault"):
        try:
            value = value[member]
        except (KeyError, IndexError, TypeError):
            return None
    return value.get("KMSMasterKeyID") if isinstance(value, Mapping) else None
