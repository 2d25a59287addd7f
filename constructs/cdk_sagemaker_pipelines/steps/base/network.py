"""The network that a job's instances join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ...language import PipelineError
from ...language.tokens import has_string_token
from .given import items, member, of_type

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2


def vpc_config(
    scope: Construct,
    vpc: ec2.IVpc | None,
    subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
    *,
    several: bool = False,
) -> dict[str, Any] | None:
    """The API's ``VpcConfig``; makes a security group where none is given.

    Subnets and groups that are known by their ids need no VPC: they are taken as they are.
    ``several``: there may be more instances than one, which speak to one another.
    """
    if vpc is None and subnets is None and security_groups is None:
        return None
    groups = items(() if security_groups is None else security_groups, "security_groups")
    for what, one in (("vpc", vpc), *(("security_groups", group) for group in groups)):
        refuse_region(scope, one, what)
    if vpc is not None:
        subnet_ids = select_subnets(vpc, subnets).subnet_ids
        groups = groups or [_security_group(scope, vpc, several)]
    else:
        subnet_ids = _known_subnets(subnets) if groups else []
        if not subnet_ids:
            raise PipelineError(
                "vpc_subnets and security_groups are of a VPC; give vpc=, or both of them as known by id: "
                "vpc_subnets=ec2.SubnetSelection(subnets=[...]) and security_groups="
            )
    example = "security groups such as ec2.SecurityGroup.from_security_group_id(...)"
    ids = [member(group, "security_group_id", "security_groups", example) for group in groups]
    return {"SecurityGroupIds": ids, "Subnets": subnet_ids}


def refuse_region(scope: Construct, given: Any, what: str) -> None:
    """Raises for a VPC, or what is of one, that is known to be of another region than the stack."""
    here, there = Stack.of(scope).region, given.env.region if hasattr(given, "env") else None
    if there is not None and there != here and not has_string_token(there + here):
        raise PipelineError(
            f"{what}: {given.node.path} is of {there}, and the job runs in {here}: it joins networks "
            "of its own region only"
        )


def _known_subnets(subnets: ec2.SubnetSelection | None) -> list[str]:
    """The ids of the subnets that a selection names one by one; what else it selects by is of a VPC."""
    of_type(subnets, cdk.aws_ec2.SubnetSelection, "vpc_subnets", "ec2.SubnetSelection(...)")
    if subnets is None or subnets._values.keys() - {"subnets"}:
        return []
    return [subnet.subnet_id for subnet in subnets.subnets or ()]


def _security_group(scope: Construct, vpc: ec2.IVpc, several: bool) -> ec2.SecurityGroup:
    group = cdk.aws_ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc)
    if several:
        group.connections.allow_internally(cdk.aws_ec2.Port.all_traffic(), "the instances of one job")
    return group


def select_subnets(vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None) -> ec2.SelectedSubnets:
    """The subnets of a VPC that are asked for; its private ones by default."""
    select = member(vpc, "select_subnets", "vpc", "a VPC such as ec2.Vpc.from_lookup(...)")
    of_type(subnets, cdk.aws_ec2.SubnetSelection, "vpc_subnets", "ec2.SubnetSelection(...)")
    selection = subnets or cdk.aws_ec2.SubnetSelection(subnet_type=cdk.aws_ec2.SubnetType.PRIVATE_WITH_EGRESS)
    try:
        selected: ec2.SelectedSubnets = select(
            availability_zones=selection.availability_zones,
            one_per_az=selection.one_per_az,
            subnet_filters=selection.subnet_filters,
            subnet_group_name=selection.subnet_group_name,
            subnets=selection.subnets,
            subnet_type=selection.subnet_type,
        )
    except RuntimeError as error:  # CDK's own words tell which subnets there are
        raise PipelineError(f"vpc_subnets: {str(error).partition(': ')[2] or error}") from None
    return selected
