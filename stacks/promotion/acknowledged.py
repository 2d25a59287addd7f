"""What checks report and why that is intended: warnings of the library, and rules of cdk-nag's AwsSolutions pack."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import Acknowledgment, CfnElement, Stack, Validations
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_sagemaker_pipelines import ModelStep


def model_of_another_account(model: ModelStep) -> None:
    """A model that is made of a version of another account's group."""
    _warning(model, "other-account", "the group lists this account among its consumers")
    _warning(model, "undecided-permission", "the image is AWS's own, which needs no permission")


def dead_letters(scope: IConstruct) -> None:
    """The queues of rules below the scope."""
    _rule(scope, "nothing takes from a queue of dead letters", "SQS3")


def delivery(scope: IConstruct, built: s3.IBucket) -> None:
    """The roles that CDK Pipelines makes. ``built``: the bucket of what was built."""
    stack = Stack.of(scope)
    of_account = f"{stack.region}:{stack.account}"
    _wildcards(
        scope,
        "CDK's grants on the bucket and the key of what was built",
        *(f"Action::s3:{verb}*" for verb in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
        *(f"Action::kms:{verb}*" for verb in ("GenerateDataKey", "ReEncrypt")),
        f"Resource::<{_logical_id(built)}.Arn>/*",
    )
    projects = [f"<{_logical_id(one)}>" for one in scope.node.find_all() if one.node.id in _PROJECTS]
    logs, reports = (
        f"arn:aws:logs:{of_account}:log-group:/aws/codebuild/",
        f"arn:aws:codebuild:{of_account}:report-group/",
    )
    _wildcards(
        scope,
        "CodeBuild names streams of logs and reports when it runs",
        *(f"Resource::{logs}{name}" for name in ("*", *(f"{project}:*" for project in projects))),
        *(f"Resource::{reports}{name}" for name in ("*", *(f"{project}-*" for project in projects))),
    )
    _wildcards(
        scope,
        "the roles of cdk bootstrap, by their tags; stacks and builds, of which CDK Pipelines names none",
        f"Resource::arn:*:iam::{stack.account}:role/*",
        "Resource::*",
    )


_PROJECTS = ("CdkBuildProject", "SelfMutation")


def _logical_id(construct: Any) -> str:
    resource = cast("CfnElement", construct.node.default_child)
    return Stack.of(construct).get_logical_id(resource)


def _wildcards(scope: IConstruct, reason: str, *found: str) -> None:
    _rule(scope, reason, *(f"IAM5[{one}]" for one in found))


def _rule(scope: IConstruct, reason: str, *rules: str) -> None:
    for rule in rules:
        Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def _warning(scope: IConstruct, code: str, reason: str) -> None:
    Validations.of(scope).acknowledge(Acknowledgment(id=f"Annotation::cdk-sagemaker-pipelines:{code}", reason=reason))
