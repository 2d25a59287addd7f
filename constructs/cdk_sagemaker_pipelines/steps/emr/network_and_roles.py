"""What an EMR cluster needs around itself: its roles and its network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import Tags
from constructs import Construct

from ...iam.environment import Where
from ...iam.permissions import Permission, document
from ...iam.types.emr.emr import NODES, SERVICE
from ..base.network import refuse_region, select_subnets

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam

TAG, TAGGED = "for-use-with-amazon-emr-managed-policies", "true"
"""AmazonEMRServicePolicy_v2 restricts EMR to instances, networks and security groups with this tag."""

_LAUNCH = (
    "ec2:CreateFleet",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:CreateNetworkInterface",
    "ec2:RunInstances",
)


class EmrNetwork(Construct):
    """The private subnets of a VPC, and security groups for this one cluster with the rules that EMR needs.

    EMR would add the rules itself; defined here, they are deleted with the groups.
    Source: "Working with Amazon EMR-managed security groups" of the EMR management guide.
    """

    def __init__(
        self, scope: Construct, construct_id: str, vpc: ec2.IVpc, vpc_subnets: ec2.SubnetSelection | None
    ) -> None:
        super().__init__(scope, construct_id)
        refuse_region(self, vpc, "vpc")
        selected = select_subnets(vpc, vpc_subnets)
        self.subnet_ids = [subnet.subnet_id for subnet in selected]
        self.foreign_subnet_ids = []
        self._own_subnets = []
        for subnet in selected:
            if subnet.node.try_find_child("Subnet") is None:  # an existing one, which cannot be tagged here
                self.foreign_subnet_ids.append(subnet.subnet_id)
            else:
                self._own_subnets.append(subnet)
        group, port = cdk.aws_ec2.SecurityGroup, cdk.aws_ec2.Port
        self.primary = group(self, "Primary", vpc=vpc, description="Primary nodes of an EMR cluster")
        self.workers = group(self, "Workers", vpc=vpc, description="Core and task nodes of an EMR cluster")
        self.service = group(
            self, "Service", vpc=vpc, description="EMR, for clusters in private subnets", allow_all_outbound=False
        )
        for target in (self.primary, self.workers):
            for source in (self.primary, self.workers):
                for traffic in (port.all_icmp(), port.all_tcp(), port.all_udp()):
                    target.connections.allow_from(source, traffic)
            target.connections.allow_from(self.service, port.tcp(8443), "EMR's cluster manager")
            # from release 8.0 on, nodes connect to the manager, and not the other way round
            self.service.connections.allow_from(target, port.tcp(443), "Nodes of releases from 8.0 on")
        self.service.connections.allow_from(self.primary, port.tcp(9443), "Primary nodes of releases before 8.0")
        for made in (self.primary, self.workers, self.service):
            Tags.of(made).add(TAG, TAGGED)

    def tag_subnets(self) -> None:
        """Tags the subnets that the app creates for EMR."""
        for subnet in self._own_subnets:
            Tags.of(subnet).add(TAG, TAGGED)

    @property
    def security_groups(self) -> dict[str, str]:
        """The security groups, by their names in the API and CloudFormation."""
        return {
            "EmrManagedMasterSecurityGroup": self.primary.security_group_id,
            "EmrManagedSlaveSecurityGroup": self.workers.security_group_id,
            "ServiceAccessSecurityGroup": self.service.security_group_id,
        }


class EmrRoles(Construct):
    """The role that EMR assumes to create a cluster, and that of the cluster's instances.

    EMR's own role has ``AmazonEMRServicePolicy_v2``: it only lets EMR change what has the tag ``TAG``, AWS keeps it
    up to date with what EMR calls on EC2, which is documented nowhere else, and a copy of it "may cause permission
    errors" when EMR changes (EMR management guide, "Amazon EMR managed policies"). That policy only allows passing the
    default role to instances, so passing ours is allowed in addition, as are subnets that the app does not create and
    cannot tag.

    The instances' role has no permissions yet. What is granted to it is granted to all steps without a role of their
    own.
    """

    def __init__(self, scope: Construct, construct_id: str, where: Where, foreign_subnet_ids: Iterable[str]) -> None:
        super().__init__(scope, construct_id)
        iam_ = cdk.aws_iam
        self.instance_role = iam_.Role(
            self,
            "InstanceRole",
            role_name=cdk.PhysicalName.GENERATE_IF_NEEDED,
            assumed_by=_service(where.principal(NODES)),
            description="Nodes of EMR",
        )
        self.instance_profile = iam_.InstanceProfile(
            self,
            "InstanceProfile",
            role=self.instance_role,
            # EMR refuses a profile whose name is not that of its role
            instance_profile_name=self.instance_role.role_name,
        )
        passing = {"StringEquals": {"iam:PassedToService": where.names_of(NODES)}}
        permissions = [Permission(("iam:PassRole",), (self.instance_role.role_arn,), passing)]
        subnets = tuple(where.arn("ec2", f"subnet/{name}") for name in foreign_subnet_ids)
        if subnets:
            permissions.append(Permission(_LAUNCH, subnets))
        own = {"StringEquals": {"aws:SourceAccount": where.account}}
        here = {"ArnLike": {"aws:SourceArn": where.arn("elasticmapreduce", "*")}}
        self.service_role = iam_.Role(
            self,
            "ServiceRole",
            assumed_by=_service(where.principal(SERVICE)).with_conditions({**own, **here}),
            managed_policies=[
                iam_.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonEMRServicePolicy_v2")
            ],
            inline_policies={"Cluster": iam_.PolicyDocument.from_json(document(permissions))},
        )


def _service(name: str) -> iam.PrincipalBase:
    """A service principal with exactly this name, from which CDK would cut China's suffix."""
    return cdk.aws_iam.ServicePrincipal.from_static_service_principle_name(name)


def allow(role: iam.IRole, permissions: Iterable[Permission]) -> None:
    """Adds the permissions to a role."""
    for permission in permissions:
        role.add_to_principal_policy(cdk.aws_iam.PolicyStatement.from_json(permission.statement()))
