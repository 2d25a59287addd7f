"""The surroundings of the second example's pipeline: its zone, its buckets, and the network of its Spark cluster."""

from __future__ import annotations

from typing import Any

import jsii
from aws_cdk import Acknowledgment, Fn, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct


class OneZoneStack(Stack):
    """A stack in one zone of its region; CloudFormation determines it, so no lookup in the account is needed."""

    @property
    @jsii.member(jsii_name="availabilityZones")
    def availability_zones(self) -> list[str]:
        """The first zone of the region."""
        return [Fn.select(0, Fn.get_azs())]


def private() -> dict[str, Any]:
    """The properties of every bucket here: encrypted, private, and accessible only over TLS."""
    return {
        "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
        "encryption": s3.BucketEncryption.S3_MANAGED,
        "enforce_ssl": True,
    }


def network(scope: Construct, logs: s3.IBucket) -> ec2.Vpc:
    """One private subnet that reaches only S3; it costs nothing."""
    return ec2.Vpc(
        scope,
        "Network",
        max_azs=1,
        nat_gateways=0,
        subnet_configuration=[ec2.SubnetConfiguration(name="Spark", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
        flow_logs={"All": ec2.FlowLogOptions(destination=ec2.FlowLogDestination.to_s3(logs))},
    )


def acknowledge_service_role(stack: Stack) -> None:
    """Tells cdk-nag why EMR's service role has an AWS managed policy."""
    policy = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"
    Validations.of(stack).acknowledge(
        Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM4[Policy::{policy}]",
            reason="only AWS knows what EMR calls to make a cluster; the policy ends at what is tagged for EMR",
        )
    )
