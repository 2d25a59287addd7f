"""What the pipelines of an app name and the app does not create: what must exist where they run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..language import Definition, DefinitionError
from .reading.files import Content, Found
from .reading.stacks import Stack, Template, linked
from .reading.templates import PIPELINE

_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/([\w+=,.@/-]+)")
_KEY = re.compile(r"(?:arn:[^:]*:kms:[^:]*:[^:]*:)?(alias/[\w/-]+)")
_KEY_ID = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:key/[\w-]+")
_NETWORK = re.compile(r"(?:subnet|sg|vpc)-[0-9a-z]+")
_ASSETS = re.compile(r"cdk-[a-z0-9]+-assets-")
"""The bucket of CDK's assets, which `cdk bootstrap` creates."""
_GROUP = "ModelPackageGroupName"
_NAMED = {"AWS::S3::Bucket": "BucketName", "AWS::IAM::Role": "RoleName", "AWS::SageMaker::ModelPackageGroup": _GROUP}
"""The properties with which an app names what it creates."""


@dataclass
class Outside:
    """What exists outside of an app."""

    buckets: dict[str, list[str]] = field(default_factory=dict)
    """By name, the keys and prefixes that are named."""
    roles: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Aliases."""
    groups: list[str] = field(default_factory=list)
    """Model package groups."""
    by_id: list[str] = field(default_factory=list)
    """Keys, subnets and security groups that go by an ID, which AWS chooses."""


def named_outside(contents: Sequence[Content]) -> Outside:
    """What the pipelines in these files name by literal texts, except what the files create under these names."""
    found, own = Outside(), set[str]()
    stacks = linked([content for content in contents if isinstance(content, Template)])
    for stack in stacks:
        own |= set(_own(stack))
    documents = [content.definition.json for content in contents if isinstance(content, Found)]
    for document in [*documents, *(each for stack in stacks for each in _documents(stack))]:
        for name, text in _texts(document):
            _note(found, own, name, text)
    return found


def skeleton(found: Outside) -> str:
    """A file for ``smpipe seed``, in YAML; JSON's texts are YAML's as well."""
    lines = ["# what the pipelines name and the app does not create"]
    if found.buckets:
        lines.append("buckets:")
    for bucket, keys in found.buckets.items():
        lines.append(f"  {json.dumps(bucket)}:")
        lines.append("    files: {}" + ("  # what steps read there is among:" if keys else ""))
        lines += [f"      # {json.dumps(key)}" for key in keys]
    for name, listed in (("roles", found.roles), ("keys", found.keys), ("modelPackageGroups", found.groups)):
        if listed:
            lines += [f"{name}:", *(f"  - {json.dumps(each)}" for each in listed)]
    if found.by_id:
        lines.append("# what goes by an ID cannot be created with it; the local AWS runs jobs without:")
        lines += [f"#   {json.dumps(each)}" for each in found.by_id]
    return "\n".join(lines) + "\n"


def document(found: Outside) -> dict[str, Any]:
    """The file as JSON, which is YAML, too; without the comments."""
    told = {
        "buckets": {name: {} for name in found.buckets},
        "roles": found.roles,
        "keys": found.keys,
        "modelPackageGroups": found.groups,
    }
    return {name: value for name, value in told.items() if value}


def _own(stack: Stack) -> Iterator[str]:
    for resource in stack.resources():
        name = resource.properties.get(_NAMED.get(resource.type, ""))
        if isinstance(name, str):
            yield name


def _documents(stack: Stack) -> Iterator[Mapping[str, Any]]:
    for resource in stack.resources():
        if resource.type == PIPELINE:
            yield {"RoleArn": resource.text(resource.properties.get("RoleArn", ""))}
            try:
                definition: Definition = stack.definition(resource)
            except (DefinitionError, OSError, UnicodeDecodeError):
                continue
            yield definition.json


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text, with the member that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, str(key))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner, name)


def _note(found: Outside, own: set[str], name: str, text: str) -> None:
    bucket, role = _S3.fullmatch(text), _ROLE.fullmatch(text)
    key, by_id = _KEY.fullmatch(text), _KEY_ID.fullmatch(text) or _NETWORK.fullmatch(text)
    if bucket and bucket[1] not in own and not _ASSETS.match(bucket[1]):
        keys = found.buckets.setdefault(bucket[1], [])
        if bucket[2] and "${" not in bucket[2] and bucket[2] not in keys:
            keys.append(bucket[2])
    elif role and role[1].rpartition("/")[2] not in own:
        _add(found.roles, role[1])
    elif key:
        _add(found.keys, key[1].removeprefix("alias/"))
    elif by_id:
        _add(found.by_id, text)
    elif name == _GROUP and "${" not in text and text not in own:
        _add(found.groups, text)


def _add(listed: list[str], text: str) -> None:
    if text not in listed:
        listed.append(text)
