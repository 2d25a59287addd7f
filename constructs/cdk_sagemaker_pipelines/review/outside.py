"""What the pipelines of an app name and the app does not create: what must exist where they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..language import Definition, DefinitionError
from .reading.files import Content, Found
from .reading.stacks import Stack, Template, linked
from .reading.templates import PIPELINE

_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_ROLE = re.compile(r"arn:[^:]*:iam::([^:]*):role/([\w+=,.@/-]+)")
_POLICY = re.compile(r"arn:[^:]*:iam::([^:]*):policy/([\w+=,.@/-]+)")
_POLICIES = ("PermissionsBoundary", "ManagedPolicyArns")
"""The properties that name managed policies by their ARNs."""
_KEY = re.compile(r"(?:arn:[^:]*:kms:[^:]*:([^:]*):)?alias/([\w/-]+)")
_KEY_ID = re.compile(r"arn:[^:]*:kms:[^:]*:([^:]*):key/(mrk-[0-9a-f]{32}|[0-9a-f-]{36})")
_NETWORK = re.compile(r"(subnet|sg|vpc)-[0-9a-z]{1,32}")
_QUEUE = re.compile(r"https://[\w.-]+/([0-9]{12})?/([\w-]{1,80}(?:\.fifo)?)")
_FUNCTION = re.compile(r"arn:[^:]*:lambda:[^:]*:([^:]*):function:([\w-]+)(?::.*)?")
_PACKAGE = re.compile(r"arn:[^:]*:sagemaker:[^:]*:([^:]*):model-package/([\w-]+)/([1-9][0-9]{0,3})")
_GROUP_ARN = re.compile(r"arn:[^:]*:sagemaker:[^:]*:([^:]*):model-package-group/([\w-]+)")
_PLACE = re.compile(r"aws://([0-9]{12})/([a-z0-9-]+)")
_PSEUDO = re.compile(r"\$\{Token\[AWS::(\w+)\]\}")
_USUAL = {"Partition": "aws", "URLSuffix": "amazonaws.com", "AccountId": "", "Region": ""}
"""What pseudo parameters stand for here; the account and region of the app are not told apart."""
_ASSETS = re.compile(r"cdk-[a-z0-9]+-assets-")
"""The bucket of CDK's assets, which `cdk bootstrap` creates."""
_GROUP = "ModelPackageGroupName"
_NAMED = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::SageMaker::ModelPackageGroup": _GROUP,
    "AWS::SQS::Queue": "QueueName",
    "AWS::Lambda::Function": "FunctionName",
}
"""The properties with which an app names what it creates."""


@dataclass
class Outside:
    """What exists outside of an app, in one account."""

    buckets: dict[str, list[str]] = field(default_factory=dict)
    """By name, the keys and prefixes that are named."""
    policies: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Aliases, without ``alias/``, and IDs."""
    networks: list[str] = field(default_factory=list)
    """IDs of VPCs."""
    subnets: list[str] = field(default_factory=list)
    security_groups: list[str] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)
    """Model package groups, each with the versions that are named."""
    functions: list[str] = field(default_factory=list)
    accounts: dict[str, Outside] = field(default_factory=dict)
    """What is in other accounts."""
    account: str | None = None
    """Where the app is deployed, if that is one place alone."""
    region: str | None = None


def named_outside(contents: Sequence[Content]) -> Outside:
    """What the pipelines in these files name by literal texts, except what the files create under these names."""
    own = set[str]()
    stacks = linked([content for content in contents if isinstance(content, Template)])
    places = {_PLACE.fullmatch(stack.environment) for stack in stacks}
    here = {place[1] for place in places if place}
    place = next(iter(places)) if len(places) == 1 else None
    found = Outside(account=place[1] if place else None, region=place[2] if place else None)
    for stack in stacks:
        own |= set(_own(stack))
    documents = [content.definition.json for content in contents if isinstance(content, Found)]
    for document in [*documents, *(each for stack in stacks for each in _documents(stack))]:
        for name, text in _texts(document):
            _note(_Noted(found, own, here), name, text)
    for stack in stacks:
        account = (_PLACE.fullmatch(stack.environment) or {1: None})[1]
        for resource in stack.resources():
            for name in _POLICIES:
                value = resource.properties.get(name, [])
                for each in value if isinstance(value, list) else [value]:
                    _policy(found, own, account, resource.text(each))
    # the VPC of an imported network is named by the security groups of the app alone
    for stack in stacks:
        for resource in stack.resources():
            for _, text in _texts(resource.properties):
                _network(found, text)
    return found


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


@dataclass(frozen=True)
class _Noted:
    """Where what is found is noted; ``own``: the names that the app gives, ``here``: the accounts that it is in."""

    found: Outside
    own: set[str]
    here: set[str]

    def of(self, account: str | None) -> Outside:
        """What is in an account, as an ARN names it."""
        if not account or "$" in account or not self.here or account in self.here:
            return self.found
        return self.found.accounts.setdefault(account, Outside())


def _note(noted: _Noted, name: str, text: str) -> None:
    found, own = noted.found, noted.own
    text = _PSEUDO.sub(lambda pseudo: _USUAL.get(pseudo[1], pseudo[0]), text)
    if (bucket := _S3.fullmatch(text)) is not None:
        if bucket[1] not in own and not _ASSETS.match(bucket[1]):
            keys = found.buckets.setdefault(bucket[1], [])
            if bucket[2] and "${" not in bucket[2] and bucket[2] not in keys:
                keys.append(bucket[2])
    elif (role := _ROLE.fullmatch(text)) is not None:
        if role[2].rpartition("/")[2] not in own:
            _add(noted.of(role[1]).roles, role[2])
    elif (key := _KEY.fullmatch(text) or _KEY_ID.fullmatch(text)) is not None:
        _add(noted.of(key[1]).keys, key[2])
    elif (queue := _QUEUE.fullmatch(text)) is not None:
        if queue[2] not in own:
            _add(noted.of(queue[1]).queues, queue[2])
    elif (function := _FUNCTION.fullmatch(text)) is not None:
        if function[2] not in own:
            _add(noted.of(function[1]).functions, text)
    elif (package := _PACKAGE.fullmatch(text)) is not None:
        numbers = noted.of(package[1]).groups.setdefault(package[2], [])
        if int(package[3]) not in numbers:
            numbers.append(int(package[3]))
    elif (group := _GROUP_ARN.fullmatch(text)) is not None:
        if group[2] not in own or noted.of(group[1]) is not found:
            noted.of(group[1]).groups.setdefault(group[2], [])
    elif name == _GROUP and "${" not in text and text not in own:
        found.groups.setdefault(text, [])
    else:
        _network(found, text)


def _policy(found: Outside, own: set[str], account: str | None, arn: str) -> None:
    """Notes a managed policy of a stack in ``account``, except those of AWS."""
    policy = _POLICY.fullmatch(_PSEUDO.sub(lambda pseudo: _USUAL.get(pseudo[1], pseudo[0]), arn))
    if policy is None or policy[1] == "aws" or policy[2].rpartition("/")[2] in own:
        return
    elsewhere = account is not None and account != found.account
    where = found.accounts.setdefault(str(account), Outside()) if elsewhere else found
    _add(where.policies, policy[2])


def _network(found: Outside, text: str) -> None:
    network = _NETWORK.fullmatch(text)
    if network is not None:
        _add({"vpc": found.networks, "subnet": found.subnets, "sg": found.security_groups}[network[1]], text)


def _add(listed: list[str], text: str) -> None:
    if text not in listed:
        listed.append(text)
