"""The network that a job's instances join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ...language import PipelineError
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...language.tokens import has_string_token
from ...undo import removing_new
from .field_checks import items, member, of_type

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

_NOT_LOOKED_UP = "vpc-12345"
"""What ``ec2.Vpc.from_lookup`` gives until the CLI has looked, after a first synthesis that must not fail for it."""


@documented
@dataclass(frozen=True)
class Network(NoValue):
    """The network that jobs and models join, for ``JobDefaults``.

    ```python
    JobDefaults(network=Network(vpc=vpc, security_groups=[ec2.SecurityGroup(stack, "Jobs", vpc=vpc)]))
    ```

    Subnets and security groups that are known by id need no ``vpc``.
    """

    vpc: ec2.IVpc | None = None
    """The VPC of the subnets. Default: that of subnets and security groups that are given by id."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """The subnets to use. Default: the private ones of ``vpc``."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """The security groups of the instances. Default: a new one for each step, in which only its instances reach one
    another."""


def vpc_config(
    scope: Construct,
    vpc: ec2.IVpc | None,
    subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
    *,
    several: bool = False,
    shared: bool = False,
) -> dict[str, Any] | None:
    """The API's ``VpcConfig``; makes a security group where none is given.

    Subnets and groups that are known by their ids need no VPC: they are taken as they are.
    ``several``: there may be more instances than one, which speak to one another. ``shared``: whether the scope is that
    of several jobs, which have one security group.
    """
    if vpc is None and subnets is None and security_groups is None:
        return None
    _check_selection(subnets)
    groups = items(() if security_groups is None else security_groups, "security_groups")
    for what, one in (("vpc", vpc), *(("security_groups", group) for group in groups)):
        refuse_region(scope, one, what)
    if vpc is not None:
        subnet_ids = [subnet.subnet_id for subnet in select_subnets(vpc, subnets)]
        groups = groups or [_security_group(scope, vpc, several, shared)]
    else:
        subnet_ids = [subnet.subnet_id for subnet in _known_subnets(subnets) or ()] if groups else []
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


def _check_selection(subnets: Any) -> None:
    of_type(
        subnets,
        cdk.aws_ec2.SubnetSelection,
        "vpc_subnets",
        "ec2.SubnetSelection(...), with subnets=[ec2.Subnet.from_subnet_id(...)] for those known by id",
    )


def _known_subnets(subnets: ec2.SubnetSelection | None) -> list[ec2.ISubnet] | None:
    """The subnets of a selection that names them one by one; None where it selects by what a VPC has."""
    return None if subnets is None or subnets._values.keys() != {"subnets"} else list(subnets.subnets or ())


def _security_group(scope: Construct, vpc: ec2.IVpc, several: bool, shared: bool) -> ec2.SecurityGroup:
    group = _shared_group(scope, vpc) if shared else None
    if group is None:
        removing_new(scope, _GROUP)
        group = cdk.aws_ec2.SecurityGroup(scope, _GROUP, vpc=vpc)
        group.__dict__["_vpc"] = vpc
    if several:
        group.connections.allow_internally(cdk.aws_ec2.Port.all_traffic(), "the instances of one job")
    return group


_GROUP = "SecurityGroup"


def _shared_group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup | None:
    """The security group that jobs of one VPC have together, if one of them is known already."""
    found: Any = scope.node.try_find_child(_GROUP)
    if found is not None and found.__dict__["_vpc"] is not vpc:
        raise PipelineError(f"vpc: {scope.node.path} has jobs in another VPC; give the job the same, or no warm_pool")
    return cast("ec2.SecurityGroup | None", found)


def select_subnets(vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None) -> list[ec2.ISubnet]:
    """The subnets of a VPC that are asked for, its private ones by default; at least one.

    Those that are named one by one are taken as they are: CDK asks for their availability zones.
    """
    select = member(vpc, "select_subnets", "vpc", "a VPC such as ec2.Vpc.from_lookup(...)")
    _check_selection(subnets)
    found = _known_subnets(subnets)
    if found is None:
        selection = subnets or cdk.aws_ec2.SubnetSelection(subnet_type=cdk.aws_ec2.SubnetType.PRIVATE_WITH_EGRESS)
        try:
            found = select(
                availability_zones=selection.availability_zones,
                one_per_az=selection.one_per_az,
                subnet_filters=selection.subnet_filters,
                subnet_group_name=selection.subnet_group_name,
                subnets=selection.subnets,
                subnet_type=selection.subnet_type,
            ).subnets
        except RuntimeError as error:  # CDK's own words tell which subnets there are
            said = str(error).partition(": ")[2] or str(error)
            raise PipelineError(f"vpc_subnets: {said.rstrip()}{_by_id(vpc)}") from None
    if not found and vpc.vpc_id != _NOT_LOOKED_UP:
        raise PipelineError(f"vpc_subnets: nothing of {vpc.node.path} is selected{_by_id(vpc)}")
    return found


def _by_id(vpc: ec2.IVpc) -> str:
    """Advice for a VPC that is imported: CDK knows of its subnets what the import says."""
    if isinstance(vpc, cdk.aws_ec2.Vpc):
        return ""
    return "; name subnets of an imported VPC by id: ec2.SubnetSelection(subnets=[ec2.Subnet.from_subnet_id(...)])"
