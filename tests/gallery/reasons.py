"""What the gallery tells cdk-nag, and why."""

from __future__ import annotations

from typing import cast

from aws_cdk import Acknowledgment, CfnElement, Stack, Validations
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_sagemaker_pipelines import EmrCluster, Pipeline


def acknowledge(scope: IConstruct, reason: str, *rules: str) -> None:
    """Acknowledges rules of the AwsSolutions pack for all below the scope."""
    for rule in rules:
        Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def acknowledge_no_access_logs(scope: IConstruct) -> None:
    """No server access logs of the scope's buckets."""
    acknowledge(scope, "who reads and writes here is told by CloudTrail", "S1")


def acknowledge_objects(scope: IConstruct, bucket: s3.IBucket, *folders: str) -> None:
    """Roles of the stack's own may use whatever is in these folders."""
    place = f"arn:aws:s3:::<{_logical_id(bucket)}>"
    reason = "the names of the objects below this place are known when steps run"
    acknowledge(scope, reason, *(f"IAM5[Resource::{place}/{folder}/*]" for folder in folders))


def acknowledge_file_deployment(scope: IConstruct, pipeline: Pipeline) -> None:
    """CDK's own function that puts files into the artifacts of the pipeline."""
    artifacts = _logical_id(pipeline.node.find_child("Artifacts"))
    for child in scope.node.children:
        if child.node.id.startswith("Custom::CDKBucketDeployment"):
            acknowledge(
                child,
                "CDK's own function, which puts the pipeline's files into its artifacts",
                "L1",
                "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
                *(f"IAM5[Action::s3:{one}*]" for one in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
                "IAM5[Resource::arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/*]",
                f"IAM5[Resource::<{artifacts}.Arn>/*]",
            )


def acknowledge_bucket_notifications(scope: IConstruct) -> None:
    """CDK's own function that has a bucket send its events."""
    for child in scope.node.children:
        if child.node.id.startswith("BucketNotificationsHandler"):
            acknowledge(
                child,
                "CDK's own function, which has buckets send their events",
                "L1",
                "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
            )


def acknowledge_state_machine(machine: IConstruct, name: str) -> None:
    """A state machine that runs a pipeline of that name."""
    acknowledge(machine, "a small one, which is seen in its own history", "SF1", "SF2")
    executions = f"arn:aws:sagemaker:eu-west-1:111122223333:pipeline/{name.lower()}/execution/*"
    acknowledge(machine, "executions are named when they start", f"IAM5[Resource::{executions}]")


def acknowledge_service_role(scope: IConstruct) -> None:
    """The role that EMR itself takes."""
    acknowledge(
        scope,
        "EMR's own policy for just this: only AWS knows what EMR calls to make a cluster, and the policy ends at what "
        "is tagged for EMR",
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2]",
    )


def acknowledge_cluster(cluster: EmrCluster) -> None:
    """A cluster of EMR."""
    beside = "the rule looks beside EncryptionConfiguration, where EMR reads nothing; the setting stands inside of it"
    acknowledge(cluster, beside, "EMR4", "EMR5")
    acknowledge(cluster, "nobody logs in: there is no key pair, and no port is open", "EMR6")


def _logical_id(construct: IConstruct) -> str:
    resource = cast("CfnElement", construct.node.default_child)
    return Stack.of(construct).get_logical_id(resource)
