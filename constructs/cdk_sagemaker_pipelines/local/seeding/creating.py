"""Creates what a seed says; what exists already stays as it is, except that files are put again."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from .file import Bucket, Network, Role, Seed, SeedError

EXISTS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "EntityAlreadyExists", "AlreadyExistsException"})


class Created(NamedTuple):
    """Something that exists now. ``new``: whether it was created, or existed already."""

    kind: str
    name: str
    id: str
    new: bool


def create(seed: Seed, client: Callable[[str], Any], region: str) -> Iterator[Created]:
    """Creates what does not exist, and tells of each when it exists. ``client``: makes one for a service.

    Raises ``SeedError`` for what cannot be created.
    """
    for what, steps in (
        ("bucket", ((name, _bucket(client("s3"), region, name, told)) for name, told in seed.buckets.items())),
        ("role", ((name, _role(client("iam"), name, told)) for name, told in seed.roles.items())),
        ("key", ((name, _key(client("kms"), name)) for name in seed.keys)),
        ("network", ((name, _network(client("ec2"), name, told)) for name, told in seed.networks.items())),
        ("model package group", ((name, _group(client("sagemaker"), name)) for name in seed.groups)),
    ):
        try:
            for name, (id, new) in steps:
                yield Created(what, name, id, new)
        except ClientError as error:
            answer = error.response["Error"]
            raise SeedError(f"a {what} cannot be created: {error.operation_name}: {answer.get('Message')}") from error


def _bucket(s3: Any, region: str, name: str, told: Bucket) -> tuple[str, bool]:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    new = _made(lambda: s3.create_bucket(Bucket=name, **place))
    if told.versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key, path in told.files.items():
        for below, file in _files(path):
            s3.upload_file(str(file), name, f"{key}{below}")
    return f"s3://{name}", new


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


def _key(kms: Any, alias: str) -> tuple[str, bool]:
    name = f"alias/{alias}"
    listed = (each for page in kms.get_paginator("list_aliases").paginate() for each in page["Aliases"])
    found = next((each for each in listed if each["AliasName"] == name and "TargetKeyId" in each), None)
    if found is not None:
        return str(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"]), False
    key = kms.create_key(Description=alias)["KeyMetadata"]
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    return str(key["Arn"]), True


def _network(ec2: Any, name: str, told: Network) -> tuple[str, bool]:
    """A VPC with subnets, named and tagged as CDK creates and finds them."""
    named = [{"Name": "tag:Name", "Values": [name]}]
    found = ec2.describe_vpcs(Filters=named)["Vpcs"]
    if found:
        return str(found[0]["VpcId"]), False
    try:
        network = ipaddress.ip_network(told.cidr)
        parts = network.subnets(prefixlen_diff=3)
    except ValueError as error:
        raise SeedError(f"network {name!r}: {told.cidr!r} has no room for {2 * told.zones} subnets: {error}") from error
    vpc = str(ec2.create_vpc(CidrBlock=told.cidr, TagSpecifications=_tags("vpc", Name=name))["Vpc"]["VpcId"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public = str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
    ec2.create_route(RouteTableId=public, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][: told.zones]
    for kind in ("Public", "Private"):
        for number, zone in enumerate(zones, 1):
            tags = {"Name": f"{name}/{kind}Subnet{number}", "aws-cdk:subnet-name": kind, "aws-cdk:subnet-type": kind}
            made = ec2.create_subnet(
                VpcId=vpc, CidrBlock=str(next(parts)), AvailabilityZone=zone, TagSpecifications=_tags("subnet", **tags)
            )
            if kind == "Public":
                ec2.associate_route_table(RouteTableId=public, SubnetId=made["Subnet"]["SubnetId"])
    return vpc, True


def _tags(kind: str, **tags: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def _group(sagemaker: Any, name: str) -> tuple[str, bool]:
    try:
        found = sagemaker.describe_model_package_group(ModelPackageGroupName=name)
        return str(found["ModelPackageGroupArn"]), False
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ValidationException", "ResourceNotFound"):
            raise
    return str(sagemaker.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]), True


def _made(create: Callable[[], Any]) -> bool:
    """Whether something was created; False if it exists."""
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] in EXISTS:
            return False
        raise
    return True
