"""What is created with an ID of one's own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

VPC, SUBNET, GROUP = "vpc-0123456789abcdef0", "subnet-0aaaaaaaaaaaaaaa1", "sg-0123456789abcdef0"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def tagged(kind: str, id: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "_custom_id_", "Value": id}]}]}


def create_all(client: Any) -> None:
    ec2 = client("ec2")
    assert ec2.create_vpc(CidrBlock="10.9.0.0/16", **tagged("vpc", VPC))["Vpc"]["VpcId"] == VPC
    made = ec2.create_subnet(VpcId=VPC, CidrBlock="10.9.1.0/24", **tagged("subnet", SUBNET))
    assert made["Subnet"]["SubnetId"] == SUBNET
    made = ec2.create_security_group(GroupName="g", Description="d", VpcId=VPC, **tagged("security-group", GROUP))
    assert made["GroupId"] == GROUP
    made = client("kms").create_key(Tags=[{"TagKey": "_custom_id_", "TagValue": KEY}])["KeyMetadata"]
    assert (made["KeyId"], made["Arn"].rpartition("/")[2]) == (KEY, KEY)


def test_ids_are_chosen_once(client: Any) -> None:
    create_all(client)
    ec2, kms = client("ec2"), client("kms")
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["SecurityGroups"]
    assert sorted(group["GroupName"] for group in groups) == ["default", "g"]  # the VPC has its default one, too
    assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=KEY, Plaintext=b"x")["CiphertextBlob"])["Plaintext"] == b"x"
    other = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    assert other not in (VPC, "")
    for create in (
        partial(ec2.create_vpc, CidrBlock="10.7.0.0/16", **tagged("vpc", VPC)),
        partial(ec2.create_subnet, VpcId=VPC, CidrBlock="10.9.2.0/24", **tagged("subnet", SUBNET)),
        partial(
            ec2.create_security_group, GroupName="h", Description="d", VpcId=VPC, **tagged("security-group", GROUP)
        ),
        partial(kms.create_key, Tags=[{"TagKey": "_custom_id_", "TagValue": KEY}]),
    ):
        with pytest.raises(ClientError, match="exists already"):
            create()


@pytest.mark.parametrize("id", ["10.0.0.0", "vpc-", "subnet-01", "vpc-0123\n", "vpc-<b>", "vpc-" + "0" * 99])
def test_what_no_id_looks_like_is_refused(client: Any, id: str) -> None:
    with pytest.raises(ClientError, match="not the form of such an ID"):
        client("ec2").create_vpc(CidrBlock="10.7.0.0/16", **tagged("vpc", id))


def test_a_failed_creation_leaves_no_id_behind(client: Any) -> None:
    ec2 = client("ec2")
    with pytest.raises(ClientError, match="vpc-00"):
        ec2.create_subnet(VpcId="vpc-00", CidrBlock="10.9.1.0/24", **tagged("subnet", SUBNET))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"] != SUBNET


def test_they_come_back_with_a_state(aws: EmbeddedAws, tmp_path: Path) -> None:
    aws.stop()
    for fresh in (True, False):
        with EmbeddedAws(aws.region, aws.account, state=tmp_path / "state") as kept:
            client = kept.services().client
            if fresh:
                create_all(client)
            assert [text for text in kept.unrestored if not text.startswith("the port is")] == []
            assert client("ec2").describe_subnets(SubnetIds=[SUBNET])["Subnets"][0]["VpcId"] == VPC
            assert client("ec2").describe_security_groups(GroupIds=[GROUP])["SecurityGroups"][0]["VpcId"] == VPC
            assert client("kms").describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"] == KEY
