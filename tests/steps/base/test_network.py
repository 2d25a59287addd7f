"""Every way to say the network of a job."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from cdk_sagemaker_pipelines import EmrCluster, EmrInstanceGroup, Pipeline, PipelineError, ProcessingStep
from tests.steps.least import least

BY_ID = "ec2.SubnetSelection(subnets=[ec2.Subnet.from_subnet_id(...)])"
NOT_KNOWN = "vpc_subnets and security_groups are of a VPC; give vpc=, or both of them as known by id"
TAKES = "vpc_subnets takes ec2.SubnetSelection(...), with subnets=[ec2.Subnet.from_subnet_id(...)]"


@pytest.fixture
def network(stack: cdk.Stack) -> dict[str, Any]:
    """Everything that can be given, by a word."""
    subnet = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-1")
    imported: dict[str, Any] = {"vpc_id": "vpc-1", "availability_zones": ["a"]}
    return {
        "none": None,
        "made": ec2.Vpc(stack, "Made", max_azs=1),
        "imported": ec2.Vpc.from_vpc_attributes(stack, "Imported", **imported, private_subnet_ids=["subnet-p"]),
        "bare": ec2.Vpc.from_vpc_attributes(stack, "Bare", **imported),
        "by id": ec2.SubnetSelection(subnets=[subnet]),
        "public": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        "no match": ec2.SubnetSelection(subnet_filters=[ec2.SubnetFilter.by_ids(["subnet-9"])]),
        "empty": ec2.SubnetSelection(subnets=[]),
        "texts": ["subnet-1"],
        "subnets": [subnet],
        "group": [ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")],
        "no group": [],
    }


def joined(stack: cdk.Stack, pipeline: Pipeline, network: dict[str, Any], *names: str) -> Any:
    vpc, subnets, groups = (network[name] for name in names)
    step = least(ProcessingStep, pipeline, vpc=vpc, vpc_subnets=subnets, security_groups=groups)
    return stack.resolve(step.arguments()["NetworkConfig"])["VpcConfig"]


@pytest.mark.parametrize(
    ("vpc", "subnets", "expected"),
    [
        ("none", "by id", "subnet-1"),
        ("made", "by id", "subnet-1"),
        ("imported", "by id", "subnet-1"),
        ("bare", "by id", "subnet-1"),
        ("imported", "none", "subnet-p"),
        ("made", "none", "MadePrivateSubnet1Subnet"),
        ("made", "public", "MadePublicSubnet1Subnet"),
    ],
)
@pytest.mark.parametrize("groups", ["group", "no group", "none"])
def test_what_is_joined(
    vpc: str, subnets: str, groups: str, expected: str, network: dict[str, Any], pipeline: Pipeline, stack: cdk.Stack
) -> None:
    if vpc == "none" and groups != "group":
        with pytest.raises(PipelineError, match=NOT_KNOWN):
            joined(stack, pipeline, network, vpc, subnets, groups)
        return
    found = joined(stack, pipeline, network, vpc, subnets, groups)
    (subnet,), (group,) = found["Subnets"], found["SecurityGroupIds"]
    assert (subnet if isinstance(subnet, str) else subnet["Ref"]).startswith(expected)
    assert (group == "sg-1") == (groups == "group")


@pytest.mark.parametrize(
    ("vpc", "subnets", "expected"),
    [
        ("none", "none", NOT_KNOWN),
        ("none", "public", NOT_KNOWN),
        ("none", "empty", NOT_KNOWN),
        ("none", "texts", TAKES),
        ("made", "texts", TAKES),
        ("made", "subnets", TAKES),
        ("made", "no match", "vpc_subnets: nothing of Stack/Made is selected"),
        ("made", "empty", "vpc_subnets: nothing of Stack/Made is selected"),
        (
            "imported",
            "empty",
            f"vpc_subnets: nothing of Stack/Imported is selected; name subnets of an imported VPC by id: {BY_ID}",
        ),
        (
            "bare",
            "none",
            "vpc_subnets: There are no 'Private' subnet groups in this VPC. Available types:; name subnets "
            f"of an imported VPC by id: {BY_ID}",
        ),
    ],
)
def test_what_is_refused(
    vpc: str, subnets: str, expected: str, network: dict[str, Any], pipeline: Pipeline, stack: cdk.Stack
) -> None:
    with pytest.raises(PipelineError) as told:
        joined(stack, pipeline, network, vpc, subnets, "group")
    assert expected in str(told.value)


def test_a_vpc_that_is_yet_to_be_looked_up(network: dict[str, Any], pipeline: Pipeline, stack: cdk.Stack) -> None:
    """The first synthesis asks for it, and must not fail for what nobody knows yet."""
    network["later"] = ec2.Vpc.from_lookup(stack, "Later", vpc_id="vpc-7")
    assert joined(stack, pipeline, network, "later", "no match", "group")["Subnets"] == []


def test_a_cluster_in_subnets_by_id(network: dict[str, Any], stack: cdk.Stack) -> None:
    places = {"vpc": network["made"], "vpc_subnets": network["by id"]}
    made: Any = EmrCluster(
        stack, "Cluster", release_label="emr-7.10.0", primary=EmrInstanceGroup(instance_type="m5.xlarge"), **places
    )
    assert "subnet-1" in str(stack.resolve(made.node.default_child.instances))
