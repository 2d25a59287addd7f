"""The cluster that a stack owns: what stands around it, literally, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    EmrCluster,
    EmrInstanceFleet,
    EmrInstanceGroup,
    Parameter,
    PipelineError,
    S3Location,
    Script,
)
from tests.steps.support import KEY, SUBNETS, logical_id, network

GROUP = EmrInstanceGroup(instance_type="m5.xlarge")
FLEET = EmrInstanceFleet(instance_types=["m5.xlarge", "m5.2xlarge"], on_demand=1)
TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}


@pytest.fixture
def vpc(stack: cdk.Stack) -> ec2.IVpc:
    found: ec2.IVpc = network(stack)["vpc"]
    return found


def cluster_of(stack: cdk.Stack, vpc: ec2.IVpc, **fields: Any) -> EmrCluster:
    return EmrCluster(stack, "Cluster", **{"release_label": "emr-7.10.0", "vpc": vpc, "primary": GROUP, **fields})


def one(stack: cdk.Stack, type: str) -> dict[str, Any]:
    (found,) = Template.from_stack(stack).find_resources(type).values()
    properties: dict[str, Any] = found["Properties"]
    return properties


def named(stack: cdk.Stack, type: str, part: str) -> dict[str, Any]:
    """The properties of the one resource of a type with this text in its logical id."""
    (found,) = (body for name, body in Template.from_stack(stack).find_resources(type).items() if part in name)
    properties: dict[str, Any] = found["Properties"]
    return properties


@pytest.mark.parametrize(
    ("region", "end"), [("eu-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn"), (None, "amazonaws.com")]
)
def test_who_takes_the_roles_of_a_cluster(tmp_path: Path, region: str | None, end: str) -> None:
    environment = cdk.Environment(account="111122223333", region=region)
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack", env=environment)
    cluster_of(stack, network(stack)["vpc"])
    trusts = [named(stack, "AWS::IAM::Role", part)["AssumeRolePolicyDocument"] for part in ("ServiceRole", "Instance")]
    services = [trust["Statement"][0]["Principal"]["Service"] for trust in trusts]
    assert services == [f"elasticmapreduce.{end}", f"ec2.{end}"]


def test_every_field(stack: cdk.Stack, vpc: ec2.IVpc, tmp_path: Path) -> None:
    (tmp_path / "tools.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    cluster = cluster_of(
        stack,
        vpc,
        core=EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2, volume_size_in_gb=64),
        tasks=[EmrInstanceGroup(instance_type="m5.xlarge", market="SPOT")],
        applications=["Spark", "Hive"],
        cluster_name="shared",
        configurations={"spark": {"maximizeResourceAllocation": "true"}},
        bootstrap_actions={"tools": Script(tmp_path / "tools.sh"), "more": "s3://code/more.sh"},
        logs=S3Location.from_uri("s3://logs/emr"),
        encryption_key=kms.Key.from_key_arn(stack, "Key", KEY),
        certificates=S3Location.from_uri("s3://certificates/pem.zip"),
        runtime_roles=True,
        step_concurrency=4,
        idle_timeout=Duration.hours(2),
        key_pair="admin",
    )
    found = one(stack, "AWS::EMR::Cluster")
    (security,) = Template.from_stack(stack).find_resources("AWS::EMR::SecurityConfiguration")
    uri = found["BootstrapActions"][0]["ScriptBootstrapAction"].pop("Path")
    assert uri.startswith("s3://cdk-hnb659fds-assets-111122223333-eu-west-1/")
    groups = [found["Instances"].pop(key) for key in list(found["Instances"]) if key.endswith("SecurityGroup")]
    assert len(groups) == 3
    specification = {"VolumeType": "gp3", "SizeInGB": 64}
    disks = {"EbsBlockDeviceConfigs": [{"VolumeSpecification": specification, "VolumesPerInstance": 1}]}
    assert found == {
        "Name": "shared",
        "ReleaseLabel": "emr-7.10.0",
        "Applications": [{"Name": "Spark"}, {"Name": "Hive"}],
        "Configurations": [
            {"Classification": "spark", "ConfigurationProperties": {"maximizeResourceAllocation": "true"}}
        ],
        "BootstrapActions": [
            {"Name": "tools", "ScriptBootstrapAction": {}},
            {"Name": "more", "ScriptBootstrapAction": {"Path": "s3://code/more.sh"}},
        ],
        "Instances": {
            "MasterInstanceGroup": {"InstanceType": "m5.xlarge", "InstanceCount": 1},
            "CoreInstanceGroup": {"InstanceType": "m5.xlarge", "InstanceCount": 2, "EbsConfiguration": disks},
            "TaskInstanceGroups": [{"InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": "SPOT"}],
            "Ec2SubnetId": SUBNETS[0],
            "Ec2KeyName": "admin",
            "KeepJobFlowAliveWhenNoSteps": True,
        },
        "JobFlowRole": stack.resolve(cluster.roles.instance_profile.instance_profile_name),
        "ServiceRole": stack.resolve(cluster.roles.service_role.role_name),
        "LogUri": "s3://logs/emr/",
        "SecurityConfiguration": {"Ref": security},
        "StepConcurrencyLevel": 4,
        "AutoTerminationPolicy": {"IdleTimeout": 7200},
        "VisibleToAllUsers": True,
        "Tags": [TAG],
    }
    assert one(stack, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"] == {
        "EncryptionConfiguration": {
            "EnableAtRestEncryption": True,
            "AtRestEncryptionConfiguration": {
                "S3EncryptionConfiguration": {"EncryptionMode": "SSE-S3"},
                "LocalDiskEncryptionConfiguration": {
                    "EncryptionKeyProviderType": "AwsKms",
                    "AwsKmsKey": KEY,
                    "EnableEbsEncryption": True,
                },
            },
            "EnableInTransitEncryption": True,
            "InTransitEncryptionConfiguration": {
                "TLSCertificateConfiguration": {
                    "CertificateProviderType": "PEM",
                    "S3Object": "s3://certificates/pem.zip",
                }
            },
        },
        "AuthorizationConfiguration": {"IAMConfiguration": {"EnableApplicationScopedIAMRole": True}},
    }


def test_the_fewest_fields(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster = cluster_of(stack, vpc)
    found = one(stack, "AWS::EMR::Cluster")
    assert "AutoTerminationPolicy" not in found
    assert found["Instances"]["KeepJobFlowAliveWhenNoSteps"] is True
    assert found["VisibleToAllUsers"] is True
    bucket = one(stack, "AWS::S3::Bucket")
    assert bucket["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert one(stack, "AWS::KMS::Key")["EnableKeyRotation"] is True
    settings = one(stack, "AWS::EMR::SecurityConfiguration")["SecurityConfiguration"]
    assert settings["EncryptionConfiguration"]["EnableInTransitEncryption"] is False
    assert "AuthorizationConfiguration" not in settings
    assert stack.resolve(cluster.cluster_id) == {"Ref": logical_id(cluster)}
    assert cluster.cluster_arn.endswith(cluster.cluster_id)


def test_fleets_may_stand_in_all_subnets(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    core = EmrInstanceFleet(
        instance_types={"m5.xlarge": 1, "m5.2xlarge": 2},
        spot=4,
        spot_timeout_in_minutes=10,
        spot_allocation_strategy="price-capacity-optimized",
    )
    cluster_of(stack, vpc, primary=FLEET, core=core)
    instances = one(stack, "AWS::EMR::Cluster")["Instances"]
    assert instances["Ec2SubnetIds"] == SUBNETS
    assert "Ec2SubnetId" not in instances
    assert instances["MasterInstanceFleet"] == {
        "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}, {"InstanceType": "m5.2xlarge"}],
        "TargetOnDemandCapacity": 1,
    }
    assert instances["CoreInstanceFleet"] == {
        "InstanceTypeConfigs": [
            {"InstanceType": "m5.xlarge", "WeightedCapacity": 1},
            {"InstanceType": "m5.2xlarge", "WeightedCapacity": 2},
        ],
        "TargetSpotCapacity": 4,
        "LaunchSpecifications": {
            "SpotSpecification": {
                "TimeoutDurationMinutes": 10,
                "TimeoutAction": "SWITCH_TO_ON_DEMAND",
                "AllocationStrategy": "price-capacity-optimized",
            }
        },
    }


def test_whom_the_roles_trust_and_what_they_may(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster_of(stack, vpc, encryption_key=kms.Key.from_key_arn(stack, "Key", KEY), logs=S3Location.from_uri("s3://l/"))
    service = named(stack, "AWS::IAM::Role", "ServiceRole")
    (trust,) = service["AssumeRolePolicyDocument"]["Statement"]
    partition: Any = {"Ref": "AWS::Partition"}
    assert trust["Principal"] == {"Service": "elasticmapreduce.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {
            "aws:SourceArn": {"Fn::Join": ["", ["arn:", partition, ":elasticmapreduce:eu-west-1:111122223333:*"]]}
        },
    }
    arn = ["arn:", partition, ":iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"]
    assert service["ManagedPolicyArns"] == [{"Fn::Join": ["", arn]}]
    passing, launching = service["Policies"][0]["PolicyDocument"]["Statement"]
    (instance_role,) = (
        name for name in Template.from_stack(stack).find_resources("AWS::IAM::Role") if "Instance" in name
    )
    assert passing == {
        "Action": "iam:PassRole",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        "Effect": "Allow",
        "Resource": {"Fn::GetAtt": [instance_role, "Arn"]},
    }
    assert launching["Resource"] == [
        {"Fn::Join": ["", ["arn:", partition, f":ec2:eu-west-1:111122223333:subnet/{subnet}"]]} for subnet in SUBNETS
    ]
    use = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]
    assert named(stack, "AWS::IAM::Policy", "ServiceRole")["PolicyDocument"]["Statement"] == [
        {"Action": use, "Effect": "Allow", "Resource": KEY},
        {
            "Action": "kms:CreateGrant",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            "Effect": "Allow",
            "Resource": KEY,
        },
    ]
    nodes = named(stack, "AWS::IAM::Role", "InstanceRole")
    assert "ManagedPolicyArns" not in nodes
    assert nodes["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert named(stack, "AWS::IAM::Policy", "InstanceRole")["PolicyDocument"]["Statement"] == [
        {
            "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
            "Effect": "Allow",
            "Resource": {"Fn::Join": ["", ["arn:", partition, ":s3:::l/*"]]},
        },
        {"Action": use, "Effect": "Allow", "Resource": KEY},
    ]


def test_the_profile_has_the_name_of_its_role(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster = cluster_of(stack, vpc)
    role = stack.resolve(cluster.instance_role.role_name)
    assert one(stack, "AWS::IAM::InstanceProfile") == {"InstanceProfileName": role, "Roles": [role]}


def test_the_cluster_waits_for_the_policies_of_its_roles(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster_of(stack, vpc)
    (found,) = Template.from_stack(stack).find_resources("AWS::EMR::Cluster").values()
    assert len([name for name in found["DependsOn"] if "DefaultPolicy" in name]) == 2


def test_networks_and_groups_are_tagged_for_emr(stack: cdk.Stack) -> None:
    own = ec2.Vpc(stack, "Own", max_azs=2, nat_gateways=1)
    cluster_of(stack, own)
    template = Template.from_stack(stack)
    tagged = {
        name
        for name, body in template.find_resources("AWS::EC2::Subnet").items()
        if TAG in body["Properties"].get("Tags", [])
    }
    assert len(tagged) == 2
    assert all("Private" in name for name in tagged)
    assert TAG not in one(stack, "AWS::EC2::VPC")["Tags"]
    for body in template.find_resources("AWS::EC2::SecurityGroup").values():
        assert TAG in body["Properties"]["Tags"]
    assert len(named(stack, "AWS::IAM::Role", "ServiceRole")["Policies"][0]["PolicyDocument"]["Statement"]) == 1


def test_the_rules_between_nodes_and_emr(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster_of(stack, vpc)
    template = Template.from_stack(stack)

    def short(reference: Any) -> str:
        text = str(reference["Fn::GetAtt"][0])
        return next(name for name in ("Primary", "Workers", "Service") if name in text)

    rules = set()
    for body in template.find_resources("AWS::EC2::SecurityGroupIngress").values():
        rule = body["Properties"]
        port = rule["IpProtocol"] if rule["ToPort"] in (-1, 65535) else rule["ToPort"]
        rules.add((short(rule["SourceSecurityGroupId"]), short(rule["GroupId"]), port))
    within = {(a, b, p) for a in ("Primary", "Workers") for b in ("Primary", "Workers") for p in ("icmp", "tcp", "udp")}
    assert rules == within | {
        ("Service", "Primary", 8443),
        ("Service", "Workers", 8443),
        ("Primary", "Service", 443),
        ("Workers", "Service", 443),
        ("Primary", "Service", 9443),
    }
    out = {
        (short(body["Properties"]["DestinationSecurityGroupId"]), body["Properties"]["ToPort"])
        for body in template.find_resources("AWS::EC2::SecurityGroupEgress").values()
    }
    assert out == {("Primary", 8443), ("Workers", 8443)}


def test_granting_to_the_cluster_grants_to_its_instances(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster = cluster_of(stack, vpc)
    s3.Bucket.from_bucket_name(stack, "Data", "data").grant_read(cluster, "raw/*")
    assert ":s3:::data/raw/*" in str(named(stack, "AWS::IAM::Policy", "InstanceRole"))


def test_a_runtime_role(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster = cluster_of(stack, vpc, runtime_roles=True)
    role = iam.Role(stack, "Runtime", assumed_by=iam.AccountPrincipal("111122223333"))
    cluster.add_runtime_role(role)
    both = ["sts:AssumeRole", "sts:TagSession"]
    runtime = stack.resolve(role.role_arn)
    nodes = stack.resolve(cluster.instance_role.role_arn)
    trust = named(stack, "AWS::IAM::Role", "Runtime")["AssumeRolePolicyDocument"]["Statement"]
    assert {"Action": both, "Effect": "Allow", "Principal": {"AWS": nodes}} in trust
    allowed = named(stack, "AWS::IAM::Policy", "InstanceRole")["PolicyDocument"]["Statement"]
    assert {"Action": both, "Effect": "Allow", "Resource": runtime} in allowed


def test_others_may_be_let_to_add_steps(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    cluster = cluster_of(stack, vpc)
    grantee = iam.Role(stack, "Starter", assumed_by=iam.AccountPrincipal("111122223333"))
    runtime = iam.Role.from_role_arn(stack, "Runtime", "arn:aws:iam::111122223333:role/Runtime")
    cluster.grant_add_steps(grantee, execution_role=runtime)
    adding, following = named(stack, "AWS::IAM::Policy", "Starter")["PolicyDocument"]["Statement"]
    assert adding["Action"] == "elasticmapreduce:AddJobFlowSteps"
    assert adding["Condition"] == {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": runtime.role_arn}}
    assert "elasticmapreduce:CancelSteps" in following["Action"]
    assert adding["Resource"] == following["Resource"] == stack.resolve(cluster.cluster_arn)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"step_concurrency": 257}, "step_concurrency takes 1 to 256, not 257"),
        (
            {"logs": S3Location.from_uri("s3://logs/*")},
            "logs: '*' in 'arn:${Token[AWS.Partition]}:s3:::logs/*/*', on which s3:AbortMultipartUpload, "
            "s3:PutObject is granted: a policy matches any text with it, the service takes it literally; write the "
            "name itself",
        ),
        (
            {"bootstrap_actions": {"tools": "s3://tools/?.sh"}},
            "bootstrap_actions['tools']: '?' in 'arn:${Token[AWS.Partition]}:s3:::tools/?.sh', on which s3:GetObject "
            "is granted: a policy matches any text with it, the service takes it literally; write the name itself",
        ),
        ({"idle_timeout": Duration.seconds(30)}, "idle_timeout is 30 seconds; allowed are 1 minute to 7 days"),
        ({"idle_timeout": 60}, "idle_timeout takes a Duration such as Duration.hours(1), not 60"),
        (
            {"release_label": "emr-6.6.0", "runtime_roles": True},
            "runtime_roles need release emr-6.7.0 or newer, not 'emr-6.6.0'",
        ),
        (
            {"primary": EmrInstanceGroup(instance_type="m5.xlarge", instance_count=3), "runtime_roles": True},
            "runtime_roles cannot be used with three primary nodes",
        ),
        (
            {"release_label": Parameter.string("Release", default="emr-7.10.0")},
            "release_label <Parameter 'Parameters.Release'> must be literal, the service substitutes no value there",
        ),
        (
            {"certificates": "s3://a/b.zip"},
            "certificates takes S3Location(bucket, 'certificates.zip'), not 's3://a/b.zip'",
        ),
        ({"logs": "s3://logs/"}, "logs takes an S3Location or a CDK bucket, not 's3://logs/'"),
        (
            {"vpc_subnets": "a"},
            "vpc_subnets takes ec2.SubnetSelection(...), "
            "with subnets=[ec2.Subnet.from_subnet_id(...)] for those known by id, not 'a'",
        ),
        ({"core": FLEET}, "primary, core and tasks must all be EmrInstanceGroup or all be EmrInstanceFleet"),
        ({"configurations": {"spark": "on"}}, "configurations['spark'] must be a dict by name, not 'on'"),
        (
            {"core": EmrInstanceGroup(instance_type=Parameter.string("I", default="m5.xlarge"))},
            "core: instance_type <Parameter 'Parameters.I'> must be literal, since the cluster is created before any "
            "run",
        ),
    ],
)
def test_bad_fields(stack: cdk.Stack, vpc: ec2.IVpc, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        cluster_of(stack, vpc, **fields)
    assert str(error.value) == f"EmrCluster 'Stack/Cluster': {message}"


@pytest.mark.parametrize(("said", "behind", "mark"), [("a$", "{aws:username}/", "${"), ("a*", "b/", "*")])
def test_what_a_token_stands_for_is_text(stack: cdk.Stack, vpc: ec2.IVpc, said: str, behind: str, mark: str) -> None:
    logs = S3Location.from_uri(f"s3://logs/{cdk.Fn.join('', [said])}{behind}")
    with pytest.raises(PipelineError, match=f"logs: {re.escape(repr(mark))} in "):
        cluster_of(stack, vpc, logs=logs)
