"""The step that finds the newest version of a group: its JSON, what its function may do, what it refuses."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    CacheConfig,
    Image,
    LatestModelPackageStep,
    ModelPackageGroup,
    ModelStep,
    Pipeline,
    PipelineError,
    RegisterModelStep,
)
from tests.steps.support import IMAGE, arguments, errors, get, rendered

ENV = cdk.Environment(account="111122223333", region="eu-west-1")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=ENV)


@pytest.fixture
def pipeline(stack: cdk.Stack) -> Pipeline:
    return Pipeline(stack, "P", cache=CacheConfig(cdk.Duration.days(1)))


def test_it_is_a_call_of_a_function_and_never_taken_from_a_cache(stack: cdk.Stack, pipeline: Pipeline) -> None:
    group = ModelPackageGroup(stack, "Models", model_package_group_name="abalone")
    register = RegisterModelStep(pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group=group)
    latest = LatestModelPackageStep(
        pipeline, "Latest", model_package_group=group, approval_status="Rejected", depends_on=[register]
    )
    document = rendered(latest.step)
    assert "FunctionCurrentVersion" in document.pop("FunctionArn")["Ref"]
    assert document == {
        "Name": "Latest",
        "Type": "Lambda",
        "DependsOn": ["Register"],
        "CacheConfig": {"Enabled": False},
        "OutputParameters": [
            {"OutputName": "ModelPackageArn", "OutputType": "String"},
            {"OutputName": "Image", "OutputType": "String"},
            {"OutputName": "ModelDataUrl", "OutputType": "String"},
        ],
        "Arguments": {"ModelPackageGroupName": "abalone", "ModelApprovalStatus": "Rejected"},
    }
    for expression, output in (
        (latest.model_package_arn, "ModelPackageArn"),
        (latest.image, "Image"),
        (latest.model_data, "ModelDataUrl"),
    ):
        assert expression.to_json() == get(f"Steps.Latest.OutputParameters['{output}']")


def statements(stack: cdk.Stack, function: str) -> list[tuple[Any, Any]]:
    """What the role of the function may do beside writing its log."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = (one for name, one in policies.items() if name.startswith(function))
    _, *others = policy["Properties"]["PolicyDocument"]["Statement"]
    return [(one["Action"], one["Resource"]) for one in others]


def test_the_function_reads_this_group_and_nothing_else(stack: cdk.Stack, pipeline: Pipeline) -> None:
    LatestModelPackageStep(pipeline, "Latest", model_package_group="abalone")
    assert errors(pipeline) == []
    start = "arn:", {"Ref": "AWS::Partition"}
    here = ":sagemaker:eu-west-1:111122223333:model-package"
    group, versions = ({"Fn::Join": ["", [*start, f"{here}{end}"]]} for end in ("-group/abalone", "/abalone/*"))
    assert statements(stack, "PLatestFunctionRole") == [
        ("sagemaker:ListModelPackages", [group, versions]),
        ("sagemaker:DescribeModelPackage", versions),
    ]


def test_a_group_of_another_account(stack: cdk.Stack, pipeline: Pipeline) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/shared"
    latest = LatestModelPackageStep(pipeline, "Latest", model_package_group=arn)
    assert arguments(latest.step)["ModelPackageGroupName"] == arn
    assert errors(pipeline) == []
    versions = "arn:aws:sagemaker:eu-west-1:444455556666:model-package/shared/*"
    assert statements(stack, "PLatestFunctionRole") == [
        ("sagemaker:ListModelPackages", [arn, versions]),
        ("sagemaker:DescribeModelPackage", versions),
    ]


def test_a_model_from_it_is_granted_the_versions_of_its_group(stack: cdk.Stack, pipeline: Pipeline) -> None:
    latest = LatestModelPackageStep(pipeline, "Latest", model_package_group="abalone")
    model = ModelStep(pipeline, "Model", model_package=latest, reads=["s3://models/"])
    name = get("Steps.Latest.OutputParameters['ModelPackageArn']")
    assert arguments(model)["PrimaryContainer"] == {"ModelPackageName": name}
    assert errors(pipeline) == []
    of_group = ":sagemaker:eu-west-1:111122223333:model-package/abalone/*"
    granted = [
        (role.partition("Role")[0], statement["Action"])
        for role, found in Template.from_stack(stack).find_resources("AWS::IAM::Role").items()
        for policy in found["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if str(statement["Resource"]).endswith(f"{of_group}']]}}")
    ]
    assert granted == [
        ("P", ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage"]),
        ("PModelJob", "sagemaker:AccessModelPackage"),
    ]


WIDE = [
    *("*", "abalone*", "aba?one", "${aws:username}", "a/b", "-a", "a-", "a" * 64),
    "arn:aws:sagemaker:*:*:model-package-group/x",
    "arn:aws:sagemaker:eu-west-1:444455556666:model-package-group/x*",
    "arn:aws:sagemaker:eu-west-1:444455556666:model-package/x",
    "arn:aws:s3:::bucket",
    f"arn:{cdk.Aws.PARTITION}:s3:::bucket",
]


@pytest.mark.parametrize("group", WIDE)
def test_what_is_neither_the_name_nor_the_arn_of_a_group(group: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        LatestModelPackageStep(pipeline, "A", model_package_group=group)
    assert str(error.value).endswith(
        "is neither a name (letters, digits and '-' between them, at most 63) nor the ARN of a model package group"
    )


def of_parameter(stack: cdk.Stack) -> str:
    return cdk.CfnParameter(stack, "Group", default="*").value_as_string


def of_join(stack: cdk.Stack) -> str:
    return cdk.Fn.join("", ["aba", cdk.Aws.REGION, "*"])


def of_pieces(stack: cdk.Stack) -> str:
    return f"arn:{cdk.Aws.PARTITION}:sagemaker:{cdk.Aws.REGION}:*:model-package-group/x"


@pytest.mark.parametrize("named", [of_parameter, of_join, of_pieces])
def test_a_wildcard_behind_a_token(named: Callable[..., str], stack: cdk.Stack, pipeline: Pipeline) -> None:
    name = named(stack)
    refused = r"'\*' in '.*', on which sagemaker:\w+(, sagemaker:\w+)? is granted"
    with pytest.raises(PipelineError, match=f"/A': model_package_group: {refused}"):
        LatestModelPackageStep(pipeline, "A", model_package_group=name)
    with pytest.raises(PipelineError, match=f"ModelPackageGroup 'Stack/G': model_package_group_name: {refused}"):
        ModelPackageGroup(stack, "G", model_package_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)


@pytest.mark.parametrize("named", [of_parameter, of_join, of_pieces])
def test_a_wildcard_behind_a_token_in_a_definition(
    named: Callable[..., str], stack: cdk.Stack, pipeline: Pipeline
) -> None:
    RegisterModelStep(pipeline, "R", image=Image.from_uri(IMAGE), model_package_group=named(stack))
    assert any("wildcard-in-literal" in error for error in errors(pipeline))


def test_a_token_without_a_wildcard(stack: cdk.Stack, pipeline: Pipeline) -> None:
    name = cdk.CfnParameter(stack, "Group", default="abalone").value_as_string
    LatestModelPackageStep(pipeline, "A", model_package_group=name)
    ModelPackageGroup(stack, "G", model_package_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)
    assert errors(pipeline) == []


REFUSED: list[tuple[Callable[[Pipeline], object], str]] = [
    (
        lambda p: LatestModelPackageStep(p, "A", model_package_group=5),
        "model_package_group takes a ModelPackageGroup, a name or an ARN, not 5",
    ),
    (
        lambda p: LatestModelPackageStep(p, "A", model_package_group=""),
        "model_package_group is empty; give a ModelPackageGroup, a name or an ARN",
    ),
    (
        lambda p: LatestModelPackageStep(p, "A", model_package_group="g", approval_status="approved"),
        "approval_status is 'approved'; did you mean 'Approved'?",
    ),
    (
        lambda p: ModelStep(
            p, "M", model_package=LatestModelPackageStep(Pipeline(p.node.scope, "Q"), "B", model_package_group="g")
        ),
        "model_package: 'B' is a step of another pipeline",
    ),
]


@pytest.mark.parametrize(("write", "text"), REFUSED, ids=["number", "empty", "status", "pipeline"])
def test_what_is_refused(write: Callable[[Pipeline], object], text: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        write(pipeline)
    assert str(error.value).endswith(f": {text}")
