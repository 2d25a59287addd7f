"""The resources of the examples beside pipelines and roles, which have snapshots; and the logical ids of all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from tests.examples import STACKS, STAGES, templates

from .test_snapshots import SNAPSHOTS

BOTH = pytest.mark.parametrize("stage", STAGES)
EACH = pytest.mark.parametrize("stack", STACKS)
CHOSEN = ("DeletionPolicy", "UpdateReplacePolicy")


def example(stage: str, stack: str) -> Template:
    return Template.from_json(templates()[stage, stack])


def tagged(stage: str, **properties: Any) -> dict[str, Any]:
    return {"Tags": Match.array_with([{"Key": "environment", "Value": stage.lower()}]), **properties}


def listed(stage: str, stack: str) -> list[str]:
    """Each resource: its logical id, its type, and what becomes of it."""
    resources = templates()[stage, stack]["Resources"]
    return [
        # CDK names a version of a function by all that is in it
        " ".join(
            [
                re.sub(r"(?<=CurrentVersion)[0-9A-F]{8}[0-9a-f]{32}$", "", logical_id),
                each["Type"],
                *(f"{name}={each[name]}" for name in CHOSEN if name in each),
            ]
        )
        for logical_id, each in sorted(resources.items())
    ]


@EACH
def test_the_logical_ids(snapshot: Any, stack: str) -> None:
    """A deployment replaces a resource whose logical id is another one."""
    snapshot.snapshot_dir = SNAPSHOTS
    snapshot.assert_match("\n".join(listed("Dev", stack)) + "\n", f"{stack}.resources.txt")


@EACH
def test_stages_differ_in_what_deletes_their_models(stack: str) -> None:
    # CDK names rules of security groups by the stage
    dev, prod = ({line for line in listed(stage, stack) if "gress" not in line.split()[1]} for stage in STAGES)
    assert sorted(line.split(" ", 1)[1] for line in dev - prod) == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup DeletionPolicy=Delete UpdateReplacePolicy=Delete",
        "AWS::SageMaker::ModelPackageGroup DeletionPolicy=Delete UpdateReplacePolicy=Retain",
        "Custom::SageMakerModelPackages DeletionPolicy=Delete UpdateReplacePolicy=Delete",
    ]
    assert [line.split(" ", 1)[1] for line in prod - dev] == [
        "AWS::SageMaker::ModelPackageGroup DeletionPolicy=Retain UpdateReplacePolicy=Retain"
    ]


@BOTH
@EACH
def test_buckets_are_encrypted_private_and_only_accessible_over_tls(stage: str, stack: str) -> None:
    template = example(stage, stack)
    encrypted = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    private = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": encrypted},
        "PublicAccessBlockConfiguration": dict.fromkeys(names, True),
    }
    template.all_resources_properties("AWS::S3::Bucket", tagged(stage, **private))
    logged = {"LoggingConfiguration": {"DestinationBucketName": {"Ref": Match.string_like_regexp("^AccessLogs")}}}
    template.resource_properties_count_is("AWS::S3::Bucket", logged, 1)
    denied = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    told = {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(denied)])}}
    template.all_resources_properties("AWS::S3::BucketPolicy", told)


@BOTH
@EACH
def test_the_group_of_models(stage: str, stack: str) -> None:
    name = STACKS[stack].replace("_", "-")
    example(stage, stack).has_resource_properties(
        "AWS::SageMaker::ModelPackageGroup", tagged(stage, ModelPackageGroupName=name)
    )


@pytest.mark.parametrize(("stack", "approved"), [("Diabetes", "false"), ("BreastCancer", "true")])
def test_what_deletes_models(stack: str, approved: str) -> None:
    name = STACKS[stack].replace("_", "-")
    template = example("Dev", stack)
    template.has_resource_properties(
        "Custom::SageMakerModelPackages",
        {
            "ServiceToken": {"Fn::GetAtt": [Match.string_like_regexp("^ModelsEmptying"), "Arn"]},
            "ModelPackageGroupName": name,
            "DeleteApprovedVersions": approved,
        },
    )
    template.has_resource_properties(
        "AWS::Lambda::Function",
        tagged("Dev", Handler="delete_model_packages.handler", Runtime="python3.14", MemorySize=128, Timeout=900),
    )
    statements = next(
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in template.to_json()["Resources"].items()
        if name.startswith("ModelsEmptyingRoleDefaultPolicy")
    )
    package = f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/{name}/*"
    deleting = [each for each in statements if "sagemaker:DeleteModelPackage" in each["Action"]]
    actions = ["sagemaker:DeleteModelPackage", "sagemaker:DescribeModelPackage"]
    assert deleting == [{"Action": actions, "Effect": "Allow", "Resource": package}]


@BOTH
@EACH
def test_the_properties_of_a_pipeline(stage: str, stack: str) -> None:
    template = example(stage, stack)
    role = {"Fn::GetAtt": [Match.string_like_regexp("^PipelineRole"), "Arn"]}
    template.has_resource_properties("AWS::SageMaker::Pipeline", tagged(stage, PipelineName=stack, RoleArn=role))
    (pipeline,) = template.find_resources("AWS::SageMaker::Pipeline").values()
    assert set(pipeline["Properties"]) == {
        *("PipelineDefinition", "PipelineDescription", "PipelineName", "RoleArn", "Tags"),
    }
    assert set(template.to_json()["Outputs"]) == {"PipelineName", "ArtifactsBucket"}


@BOTH
def test_the_network_of_the_second_example_reaches_s3_alone(stage: str) -> None:
    template = example(stage, "BreastCancer")
    template.resource_count_is("AWS::EC2::InternetGateway", 0)
    template.resource_count_is("AWS::EC2::NatGateway", 0)
    template.has_resource_properties("AWS::EC2::VPC", tagged(stage, CidrBlock="10.0.0.0/16"))
    template.has_resource_properties("AWS::EC2::Subnet", tagged(stage, MapPublicIpOnLaunch=False))
    template.has_resource_properties("AWS::EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"})
    template.has_resource_properties("AWS::EC2::FlowLog", {"LogDestinationType": "s3", "TrafficType": "ALL"})


@BOTH
def test_every_resource_that_can_have_the_tag_of_the_stage_has_it(stage: str) -> None:
    for stack in STACKS:
        for logical_id, each in templates()[stage, stack]["Resources"].items():
            tags = each.get("Properties", {}).get("Tags")
            assert tags is None or {"Key": "environment", "Value": stage.lower()} in tags, logical_id
