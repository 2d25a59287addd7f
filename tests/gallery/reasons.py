"""What the gallery tells cdk-nag, and why."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, reason: str, *rules: str) -> None:
    """Acknowledges rules of the AwsSolutions pack for all below the scope."""
    for rule in rules:
        Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def acknowledge_no_access_logs(scope: IConstruct) -> None:
    """No server access logs of the scope's buckets."""
    acknowledge(scope, "who reads and writes here is told by CloudTrail", "S1")


def acknowledge_file_deployment(scope: IConstruct, bucket: str) -> None:
    """CDK's own function that puts files into a bucket of the stack, given by its logical id."""
    for child in scope.node.children:
        if child.node.id.startswith("Custom::CDKBucketDeployment"):
            acknowledge(
                child,
                "CDK's own function, which puts the pipeline's files into its artifacts",
                "L1",
                "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
                *(f"IAM5[Action::s3:{one}*]" for one in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
                "IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/*]",
                f"IAM5[Resource::<{bucket}.Arn>/*]",
            )
