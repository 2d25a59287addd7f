"""Creates what a seed says; what exists already stays as it is, except that files are put again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from .networks import CHOSEN, network
from .seed import KEY_ID, Bucket, Role, Seed, SeedError, Version

EXISTS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "EntityAlreadyExists", "AlreadyExistsException"})
_NO_GROUP = frozenset({"ValidationException", "ResourceNotFound"})
Clients = Callable[[str], Any]
"""Makes a client for a service, in one account."""


class Created(NamedTuple):
    """Something that exists now. ``new``: whether it was created, or existed already."""

    kind: str
    name: str
    id: str
    new: bool


def create(seed: Seed, clients: Callable[[str | None], Clients], region: str) -> Iterator[Created]:
    """Creates what does not exist, and tells of each when it exists.

    ``clients``: gives those of an account; None is the one that the local AWS emulates. Raises ``SeedError`` for what
    cannot be created.
    """
    yield from _of_account(seed, clients(seed.account), region)
    for account, inner in seed.accounts.items():
        yield from _of_account(inner, clients(account), region)


def _of_account(seed: Seed, client: Clients, region: str) -> Iterator[Created]:
    for what, made in (
        ("bucket", ((name, _bucket(client("s3"), region, name, told)) for name, told in seed.buckets.items())),
        ("policy", ((name, _policy(client("iam"), name, told)) for name, told in seed.policies.items())),
        ("role", ((name, _role(client("iam"), name, told)) for name, told in seed.roles.items())),
        ("key", ((name, _key(client("kms"), name)) for name in seed.keys)),
        ("network", _networks(seed, client)),
        ("queue", ((name, _queue(client("sqs"), name)) for name in seed.queues)),
        ("model package group", ((name, _group(client("sagemaker"), name)) for name in seed.groups)),
        ("model package", _packages(seed, client)),
    ):
        try:
            for name, (id, new) in made:
                yield Created(_KINDS.get(id.partition("-")[0], what), name, id, new)
        except ClientError as error:
            answer = error.response["Error"]
            raise SeedError(f"a {what} cannot be created: {error.operation_name}: {answer.get('Message')}") from error


_KINDS = {"subnet": "subnet", "sg": "security group"}
"""By how their IDs begin, what else a network consists of."""


def _networks(seed: Seed, client: Clients) -> Iterator[tuple[str, tuple[str, bool]]]:
    for name, told in seed.networks.items():
        yield from (
            (id if id.partition("-")[0] in _KINDS else name, (id, new))
            for id, new in network(client("ec2"), name, told)
        )


def _packages(seed: Seed, client: Clients) -> Iterator[tuple[str, tuple[str, bool]]]:
    for group, versions in seed.groups.items():
        for number, arn, new in _versions(client("sagemaker"), group, versions):
            yield f"{group}/{number}", (arn, new)


def _bucket(s3: Any, region: str, name: str, told: Bucket) -> tuple[str, bool]:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    new = _made(lambda: s3.create_bucket(Bucket=name, **place))
    if new:
        arn = f"arn:{s3.meta.partition}:s3:::{name}"
        s3.put_bucket_policy(Bucket=name, Policy=_everybody("s3:*", arn, f"{arn}/*"))
    if told.versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key, path in told.files.items():
        for below, file in _files(path):
            s3.upload_file(str(file), name, f"{key}{below}")
    return f"s3://{name}", new


def _everybody(action: str, *resources: str) -> str:
    """A policy that lets every account in: a seed has none, and what it stands for lets that of the app in."""
    allow = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """The file, or the files of a folder with their paths in it."""
    if not path.is_dir():
        yield "", path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.relative_to(path).as_posix(), file


def _role(iam: Any, name: str, told: Role) -> tuple[str, bool]:
    path, _, own = name.rpartition("/")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": list(told.services)}, "Action": "sts:AssumeRole"},
        ],
    }
    new = _made(
        lambda: iam.create_role(
            RoleName=own, Path=f"/{path}/" if path else "/", AssumeRolePolicyDocument=json.dumps(trust)
        )
    )
    for policy in told.policies:
        arn = policy if policy.startswith("arn:") else f"arn:{iam.meta.partition}:iam::aws:policy/{policy}"
        iam.attach_role_policy(RoleName=own, PolicyArn=arn)
    return str(iam.get_role(RoleName=own)["Role"]["Arn"]), new


def _policy(iam: Any, name: str, document: Mapping[str, Any]) -> tuple[str, bool]:
    path, _, own = name.rpartition("/")
    try:
        made = iam.create_policy(
            PolicyName=own, Path=f"/{path}/" if path else "/", PolicyDocument=json.dumps(document, default=str)
        )
        return str(made["Policy"]["Arn"]), True
    except iam.exceptions.EntityAlreadyExistsException:
        pages = iam.get_paginator("list_policies").paginate(Scope="Local")
        return next(str(one["Arn"]) for page in pages for one in page["Policies"] if one["PolicyName"] == own), False


def _key(kms: Any, name: str) -> tuple[str, bool]:
    """By its ID, or by its alias."""
    by_id = KEY_ID.fullmatch(name) is not None
    found = _described_key(kms, name if by_id else f"alias/{name}")
    if found is not None:
        return found, False
    tags = {"Tags": [{"TagKey": CHOSEN, "TagValue": name}]} if by_id else {}
    key = kms.create_key(Description=name, **tags)["KeyMetadata"]
    if not by_id:
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key["KeyId"])
    return str(key["Arn"]), True


def _described_key(kms: Any, name: str) -> str | None:
    try:
        return str(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return None


def _queue(sqs: Any, name: str) -> tuple[str, bool]:
    try:
        return str(sqs.get_queue_url(QueueName=name)["QueueUrl"]), False
    except sqs.exceptions.QueueDoesNotExist:
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]), True


def _group(sagemaker: Any, name: str) -> tuple[str, bool]:
    try:
        found = sagemaker.describe_model_package_group(ModelPackageGroupName=name)
        return str(found["ModelPackageGroupArn"]), False
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NO_GROUP:
            raise
    arn = str(sagemaker.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"])
    sagemaker.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=_everybody("sagemaker:*", "*"))
    return arn, True


def _versions(sagemaker: Any, group: str, versions: Mapping[int, Version]) -> Iterator[tuple[int, str, bool]]:
    """The versions of a group with their ARNs. AWS numbers them: those in between are made, and deleted again."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    have = {
        each["ModelPackageVersion"]: each["ModelPackageArn"]
        for page in pages
        for each in page["ModelPackageSummaryList"]
    }
    for number, version in sorted(versions.items()):
        new = number not in have
        while number not in have:
            arn = sagemaker.create_model_package(ModelPackageGroupName=group, **_package(version))["ModelPackageArn"]
            last = int(arn.rpartition("/")[2])
            if last == number:
                have[number] = arn
                continue
            sagemaker.delete_model_package(ModelPackageName=arn)
            if last > number:
                raise SeedError(
                    f"version {number} of the model package group {group!r} has been deleted; AWS never makes it again"
                )
        yield number, str(have[number]), new


def _package(version: Version) -> dict[str, Any]:
    told: dict[str, Any] = {"ModelApprovalStatus": version.status}
    if version.image is not None:
        model = {} if version.model is None else {"ModelDataUrl": version.model}
        told["InferenceSpecification"] = {
            "Containers": [{"Image": version.image, **model}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
    return told


def _made(create: Callable[[], Any]) -> bool:
    """Whether something was created; False if it exists."""
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] in EXISTS:
            return False
        raise
    return True
