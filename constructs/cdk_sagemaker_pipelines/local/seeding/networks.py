"""Creates VPCs with subnets and security groups, named and tagged as CDK creates and finds them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from botocore.exceptions import ClientError

from .seed import VPC_ID, Network, SeedError

CHOSEN = "_custom_id_"
"""The tag by which the local AWS gives what is created an ID of one's own."""
_MISSING = frozenset({"InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidGroup.NotFound"})


def network(ec2: Any, name: str, told: Network) -> Iterator[tuple[str, bool]]:
    """The IDs of the VPC, and of the subnets and security groups that are named, each with whether it is new."""
    by_id = VPC_ID.fullmatch(name) is not None
    if by_id:
        found = _described(ec2.describe_vpcs, "Vpcs", VpcIds=[name])
    else:
        found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    if found:
        vpc = str(found[0]["VpcId"])
        yield vpc, False
    else:
        chosen = {CHOSEN: name} if by_id else {}
        _parts(name, told)  # there must be room before anything is created
        vpc = str(
            ec2.create_vpc(CidrBlock=told.cidr, TagSpecifications=_tags("vpc", Name=name, **chosen))["Vpc"]["VpcId"]
        )
        if not told.subnets:
            _subnets(ec2, vpc, name, told)
        yield vpc, True
    yield from _named_subnets(ec2, vpc, name, told)
    for group in told.security_groups:
        found = _described(ec2.describe_security_groups, "SecurityGroups", GroupIds=[group])
        _belongs(name, group, found, vpc)
        if not found:
            tags = _tags("security-group", **{CHOSEN: group})
            ec2.create_security_group(
                GroupName=f"{name}-{group}", Description="seed", VpcId=vpc, TagSpecifications=tags
            )
        yield group, not found


def _named_subnets(ec2: Any, vpc: str, name: str, told: Network) -> Iterator[tuple[str, bool]]:
    taken = {
        str(each["CidrBlock"])
        for each in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    }
    free = (part for part in _parts(name, told) if str(part) not in taken)
    for subnet, zone in zip(told.subnets, cycle(_zones(ec2, told)), strict=False):
        found = _described(ec2.describe_subnets, "Subnets", SubnetIds=[subnet])
        _belongs(name, subnet, found, vpc)
        if not found:
            part = next(free, None)
            if part is None:
                raise SeedError(f"network {name!r}: {told.cidr} has no room for the subnet {subnet}")
            _subnet(ec2, vpc, part, zone, f"{name}/{subnet}", "Private", {CHOSEN: subnet})
        yield subnet, not found


def _subnets(ec2: Any, vpc: str, name: str, told: Network) -> None:
    """A public and a private subnet in each zone."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public = str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
    ec2.create_route(RouteTableId=public, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    parts = _parts(name, told)
    for kind in ("Public", "Private"):
        for number, zone in enumerate(_zones(ec2, told), 1):
            made = _subnet(ec2, vpc, next(parts), zone, f"{name}/{kind}Subnet{number}", kind, {})
            if kind == "Public":
                ec2.associate_route_table(RouteTableId=public, SubnetId=made)


def _subnet(ec2: Any, vpc: str, part: Any, zone: str, name: str, kind: str, more: dict[str, str]) -> str:
    tags = {"Name": name, "aws-cdk:subnet-name": kind, "aws-cdk:subnet-type": kind, **more}
    made = ec2.create_subnet(
        VpcId=vpc, CidrBlock=str(part), AvailabilityZone=zone, TagSpecifications=_tags("subnet", **tags)
    )
    return str(made["Subnet"]["SubnetId"])


def _zones(ec2: Any, told: Network) -> list[str]:
    return [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][: told.zones]


def _parts(name: str, told: Network) -> Iterator[Any]:
    """Equal parts of the network, as many as there are subnets or more."""
    number = max(len(told.subnets), 2 * told.zones)
    try:
        parts = ipaddress.ip_network(told.cidr).subnets(prefixlen_diff=max((number - 1).bit_length(), 3))
        return iter(list(parts))  # at once, since what is wrong is only found then
    except ValueError as error:
        raise SeedError(f"network {name!r}: {told.cidr!r} has no room for {number} subnets: {error}") from error


def _belongs(name: str, id: str, found: list[Any], vpc: str) -> None:
    if found and found[0]["VpcId"] != vpc:
        raise SeedError(f"network {name!r}: {id} exists already, in {found[0]['VpcId']}")


def _described(describe: Callable[..., Any], member: str, **request: Any) -> list[Any]:
    """What exists; nothing if it does not."""
    try:
        return list(describe(**request)[member])
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return []
        raise


def _tags(kind: str, **tags: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
