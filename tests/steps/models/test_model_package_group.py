"""The group of a model's versions: its template, what becomes of it, and what it refuses."""

# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import Image, ModelPackageGroup, Pipeline, PipelineError, RegisterModelStep
from tests.steps.support import IMAGE, arguments

GROUP, EMPTYING = "AWS::SageMaker::ModelPackageGroup", "Custom::SageMakerModelPackages"
DESTROY = cdk.RemovalPolicy.DESTROY
ENV = cdk.Environment(account="111122223333", region="eu-west-1")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)


def only(template: Template, kind: str) -> dict[str, Any]:
    (found,) = template.find_resources(kind).values()
    return dict(found)


def test_by_default_a_group_is_kept_and_nothing_deletes_its_versions(stack: cdk.Stack) -> None:
    ModelPackageGroup(stack, "Models")
    template = Template.from_stack(stack)
    assert list(template.to_json()["Resources"].values()) == [
        {
            "Type": GROUP,
            "Properties": {"ModelPackageGroupName": "stack-models-6c40dcec"},
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
        }
    ]


def test_every_option_of_a_group(stack: cdk.Stack) -> None:
    actions, everyone = ["sagemaker:DescribeModelPackage"], [iam.AccountPrincipal("444455556666")]
    statement = iam.PolicyStatement(actions=actions, principals=everyone, resources=["*"])
    group = ModelPackageGroup(
        stack,
        "Models",
        model_package_group_name="abalone",
        description="predicts the age",
        removal_policy=DESTROY,
        delete_approved_versions=True,
        resource_policy=iam.PolicyDocument(statements=[statement]),
    )
    cdk.Tags.of(group).add("team", "ml")
    assert group.model_package_group_name == "abalone"
    assert stack.resolve(group.model_package_group_arn)["Fn::GetAtt"][1] == "ModelPackageGroupArn"
    template = Template.from_stack(stack)
    made = only(template, GROUP)
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Delete", "Retain")
    policy = made["Properties"].pop("ModelPackageGroupPolicy")
    assert policy["Statement"][0]["Action"] == "sagemaker:DescribeModelPackage"
    assert made["Properties"] == {
        "ModelPackageGroupName": "abalone",
        "ModelPackageGroupDescription": "predicts the age",
        "Tags": [{"Key": "team", "Value": "ml"}],
    }
    emptying = only(template, EMPTYING)
    assert emptying["Properties"]["DeleteApprovedVersions"] == "true"
    assert emptying["DependsOn"] == list(template.find_resources(GROUP))


def test_a_name_is_of_one_group_in_an_account_and_region() -> None:
    app = cdk.App()
    here, there = (cdk.Environment(account="111122223333", region=region) for region in ("eu-west-1", "us-east-1"))
    for number, env in enumerate((here, there, None)):
        ModelPackageGroup(cdk.Stack(app, f"Stack{number}", env=env), "Models", model_package_group_name="ours")
    for number, env in enumerate((here, None)):
        other = cdk.Stack(app, f"Other{number}", env=env)
        with pytest.raises(PipelineError) as raised:
            ModelPackageGroup(other, "Models", model_package_group_name="ours")
        first = "Stack0" if env is here else "Stack2"
        assert str(raised.value) == (
            f"ModelPackageGroup 'Other{number}/Models': the name 'ours' is also that of {first}/Models in the same "
            "account and region; let both stacks use that group, or give one of them another model_package_group_name"
        )
        ModelPackageGroup(other, "Models", model_package_group_name="theirs")
        with pytest.raises(PipelineError, match="removal_policy"):
            ModelPackageGroup(other, "More", model_package_group_name="more", delete_approved_versions=True)
        ModelPackageGroup(other, "More", model_package_group_name="more")


def test_the_function_may_delete_the_versions_of_this_group_and_nothing_else(stack: cdk.Stack) -> None:
    ModelPackageGroup(stack, "Models", model_package_group_name="Abalone", removal_policy=DESTROY)
    template = Template.from_stack(stack)
    assert only(template, EMPTYING)["Properties"]["DeleteApprovedVersions"] == "false"

    def arns(*resources: str) -> list[dict[str, Any]]:
        start = "arn:", {"Ref": "AWS::Partition"}
        return [{"Fn::Join": ["", [*start, f":sagemaker:eu-west-1:111122223333:{each}"]]} for each in resources]

    versions = arns("model-package/Abalone/*", "model-package/abalone/*")
    _, *statements = only(template, "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    assert [(one["Action"], one["Resource"]) for one in statements] == [
        (["sagemaker:DeleteModelPackage", "sagemaker:DescribeModelPackage"], versions),
        (
            "sagemaker:ListModelPackages",
            [*arns("model-package-group/Abalone", "model-package-group/abalone"), *versions],
        ),
        ("cloudformation:DescribeStacks", {"Ref": "AWS::StackId"}),
    ]


def test_the_function_of_a_nested_stack_sees_whether_the_root_is_deleted(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(cdk.NestedStack(stack, "Outer"), "Inner")
    ModelPackageGroup(nested, "Models", model_package_group_name="abalone", removal_policy=DESTROY)
    template = Template.from_stack(nested)
    *_, statement = only(template, "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "cloudformation:DescribeStacks"
    own, root = statement["Resource"]
    assert own == {"Ref": "AWS::StackId"}
    # the parameter of the nested stack that its parents fill in
    (inner,) = Template.from_stack(nested.nested_stack_parent).find_resources("AWS::CloudFormation::Stack").values()
    (outer,) = Template.from_stack(stack).find_resources("AWS::CloudFormation::Stack").values()
    handed_on = inner["Properties"]["Parameters"][root["Ref"]]
    assert outer["Properties"]["Parameters"][handed_on["Ref"]] == {"Ref": "AWS::StackId"}


def retained(stack: cdk.Stack, group: ModelPackageGroup) -> None:
    cdk.RemovalPolicies.of(stack).retain(apply_to_resource_types=[GROUP])


def applied(stack: cdk.Stack, group: ModelPackageGroup) -> None:
    resource: Any = group.node.default_child
    resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


@pytest.mark.parametrize("keep", [retained, applied])
def test_versions_stay_with_a_group_that_is_kept_afterwards(stack: cdk.Stack, keep: Callable[..., None]) -> None:
    group = ModelPackageGroup(stack, "Models", removal_policy=DESTROY)
    keep(stack, group)
    template = Template.from_stack(stack)
    assert [only(template, kind)["DeletionPolicy"] for kind in (GROUP, EMPTYING)] == ["Retain", "Retain"]


def test_a_pipeline_that_registers_goes_before_the_versions(stack: cdk.Stack) -> None:
    group = ModelPackageGroup(stack, "Models", model_package_group_name="abalone", removal_policy=DESTROY)
    pipeline = Pipeline(stack, "P")
    step = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group=group)
    assert arguments(step)["ModelPackageGroupName"] == "abalone"
    template = Template.from_stack(stack)
    waits = only(template, "AWS::SageMaker::Pipeline")["DependsOn"]
    assert {*template.find_resources(GROUP), *template.find_resources(EMPTYING)} <= set(waits)


def test_a_group_of_another_stack_and_of_another_account(stack: cdk.Stack) -> None:
    here = cdk.Stack(stack.node.root, "Here", env=ENV)
    there = cdk.Stack(stack.node.root, "There", env=cdk.Environment(account="444455556666", region="eu-west-1"))
    groups = [ModelPackageGroup(one, "Models", model_package_group_name="abalone") for one in (here, there)]
    pipeline = Pipeline(stack, "P")
    fields: dict[str, Any] = {"image": Image.from_uri(IMAGE)}
    steps = [
        RegisterModelStep(pipeline, f"Register{number}", model_package_group=group, **fields)
        for number, group in enumerate(groups)
    ]
    named = [stack.resolve(arguments(step)["ModelPackageGroupName"]) for step in steps]
    assert named[0] == "abalone"
    assert named[1]["Fn::Join"][1][-1] == ":sagemaker:eu-west-1:444455556666:model-package-group/abalone"


REFUSED: list[tuple[Callable[[cdk.Stack], object], str]] = [
    (
        lambda s: ModelPackageGroup(s, "G", model_package_group_name="a_b"),
        "model_package_group_name: the name 'a_b' must have letters, digits and '-' between them, at most 63",
    ),
    (
        lambda s: ModelPackageGroup(s, "G", model_package_group_name="a" * 64),
        f"model_package_group_name: the name '{'a' * 64}' must have letters, digits and '-' between them, at most 63",
    ),
    (
        lambda s: ModelPackageGroup(s, "G", removal_policy=cdk.RemovalPolicy.SNAPSHOT),
        (
            "removal_policy must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, not <RemovalPolicy.SNAPSHOT: "
            "'SNAPSHOT'>"
        ),
    ),
    (
        lambda s: ModelPackageGroup(s, "G", removal_policy="destroy"),
        "removal_policy must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, not 'destroy'",
    ),
    (
        lambda s: ModelPackageGroup(s, "G", delete_approved_versions=True),
        "delete_approved_versions needs removal_policy=RemovalPolicy.DESTROY",
    ),
    (
        lambda s: ModelPackageGroup(s, "G", removal_policy=DESTROY, delete_approved_versions="yes"),
        "delete_approved_versions takes True or False, not 'yes'",
    ),
]


@pytest.mark.parametrize(("write", "text"), REFUSED, ids=["name", "long", "snapshot", "text", "kept", "boolean"])
def test_what_a_group_refuses(write: Callable[[cdk.Stack], object], text: str, stack: cdk.Stack) -> None:
    with pytest.raises(PipelineError) as error:
        write(stack)
    assert str(error.value) == f"ModelPackageGroup 'Stack/G': {text}"
    assert stack.node.children == []
