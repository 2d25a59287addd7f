"""References from stack to stack: a definition reads the same, however CDK writes them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.reading.files import Found, definitions
from cdk_sagemaker_pipelines.review.reading.stacks import Template

HERE, THERE, FAR = "aws://111122223333/eu-west-1", "aws://111122223333/us-east-1", "aws://444455556666/eu-west-1"
ROLE = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::444455556666:role/reader"]]}


def user(value: Any) -> dict[str, Any]:
    """A template with a pipeline that fails with this text."""
    message = ['{"Steps": [{"Name": "A", "Type": "Fail", "Arguments": {"ErrorMessage": "', value, '"}}]}']
    body = {"PipelineDefinitionBody": {"Fn::Join": ["", message]}}
    return {
        "Resources": {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": {"PipelineDefinition": body}}},
    }


def base(value: Any) -> dict[str, Any]:
    return {
        "Resources": {"Data666C94C7": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {"Out": {"Value": value, "Export": {"Name": "Base:Out"}}},
    }


def weak(**more: Any) -> dict[str, Any]:
    return {"Fn::GetStackOutput": {"StackName": "Base", "OutputName": "Out", **more}}


DATA = {"Ref": "Data666C94C7"}
BASE = Template("Base.template.json", base(DATA), stack="Base", environment=HERE)


def message(value: Any, *others: Template, environment: str = HERE) -> str:
    own = Template("User.template.json", user(value), stack="User", environment=environment)
    found = [each for each in definitions([*others, own], "cdk.out") if isinstance(each, Found)]
    return str(found[-1].definition.step("A").arguments["ErrorMessage"])


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::ImportValue": "Base:Out"},
        weak(),
        weak(Region="eu-west-1"),
        weak(Region={"Ref": "AWS::Region"}),
        {"Fn::Sub": ["${X}", {"X": weak()}]},
    ],
)
def test_a_reference_is_what_it_points_to(value: Any) -> None:
    assert message(value, BASE) == "${Token[Base:Data]}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (weak(), "GetStackOutput:Base.Out"),
        ({"Fn::ImportValue": "Base:Out"}, "ImportValue:Base:Out"),
        ({"Fn::GetStackOutput": "Base"}, "GetStackOutput:_Base_"),
        ({"Fn::GetStackOutput": {}}, "GetStackOutput:."),
    ],
)
def test_an_unknown_output_has_the_name_that_was_asked_for(value: Any, told: str) -> None:
    assert message(value) == f"${{Token[{told}]}}"


def test_the_stack_is_looked_up_by_account_and_region() -> None:
    place = {"Fn::Sub": "${AWS::AccountId} ${AWS::Region}"}
    everywhere = [
        Template(f"{number}.template.json", base(place), stack="Base", environment=environment)
        for number, environment in enumerate((HERE, THERE, FAR))
    ]
    assert message(weak(), *everywhere) == "${Token[AWS::AccountId]} ${Token[AWS::Region]}"
    assert message(weak(Region="us-east-1"), *everywhere) == "111122223333 us-east-1"
    assert message(weak(RoleArn=ROLE), *everywhere) == "444455556666 eu-west-1"
    assert message(weak(Region="eu-north-1"), *everywhere) == "${Token[GetStackOutput:Base.Out]}"


def test_a_stack_without_account_and_region_may_match() -> None:
    nowhere = "aws://unknown-account/unknown-region"
    agnostic = Template("Base.template.json", base(DATA), stack="Base", environment=nowhere)
    assert message(weak(Region={"Ref": "AWS::Region"}), agnostic) == "${Token[Base:Data]}"
    stages = [
        Template(f"assembly-{stage}/Base.template.json", base(DATA), stack="Base", environment=HERE)
        for stage in ("Dev", "Prod")
    ]
    assert message(weak(), *stages) == "${Token[GetStackOutput:Base.Out]}"


def test_references_in_a_circle_end() -> None:
    circle = Template("Base.template.json", base(weak()), stack="Base", environment=HERE)
    assert "GetStackOutput" in message(weak(), circle)
