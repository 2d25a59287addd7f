"""What a reference to a resource gives, its ARN or its name: the one rule for all who take either.

Source: "Return values" and ARNs of each resource type, CloudFormation's template reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

ARN, NAME = "arn", "name"


class Form(NamedTuple):
    """A type of resource. ``arn``: behind the partition; ``named_by``: the property that may name it.

    ``gives``: what ``Ref``, written as an empty text, and the attributes give.
    """

    arn: str
    named_by: str
    gives: Mapping[str, str]

    @property
    def attribute(self) -> str:
        """The attribute that gives the ARN; empty where there is none."""
        return next((name for name, given in self.gives.items() if name and given == ARN), "")


FORMS: Mapping[str, Form] = {
    "AWS::Athena::WorkGroup": Form("athena:{place}:workgroup/{name}", "Name", {"": NAME}),
    "AWS::EMR::Cluster": Form("elasticmapreduce:{place}:cluster/{name}", "", {"": NAME}),
    "AWS::EMRServerless::Application": Form(
        "emr-serverless:{place}:/applications/{name}",
        "",
        {"": NAME, "ApplicationId": NAME, "Arn": ARN},
    ),
    "AWS::ECR::Repository": Form("ecr:{place}:repository/{name}", "RepositoryName", {"": NAME, "Arn": ARN}),
    "AWS::IAM::InstanceProfile": Form(
        "iam::{account}:instance-profile{path}{name}",
        "InstanceProfileName",
        {"": NAME, "Arn": ARN},
    ),
    "AWS::IAM::ManagedPolicy": Form(
        "iam::{account}:policy{path}{name}", "ManagedPolicyName", {"": ARN, "PolicyArn": ARN}
    ),
    "AWS::IAM::Role": Form("iam::{account}:role{path}{name}", "RoleName", {"": NAME, "Arn": ARN}),
    "AWS::KMS::Key": Form("kms:{place}:key/{name}", "", {"": NAME, "KeyId": NAME, "Arn": ARN}),
    "AWS::KMS::Alias": Form("kms:{place}:{name}", "AliasName", {"": NAME}),
    "AWS::KMS::ReplicaKey": Form("kms:{place}:key/{name}", "", {"": NAME, "KeyId": NAME, "Arn": ARN}),
    "AWS::Lambda::Function": Form("lambda:{place}:function:{name}", "FunctionName", {"": NAME, "Arn": ARN}),
    "AWS::Logs::LogGroup": Form("logs:{place}:log-group:{name}:*", "LogGroupName", {"": NAME, "Arn": ARN}),
    "AWS::S3::Bucket": Form("s3:::{name}", "BucketName", {"": NAME, "Arn": ARN}),
    "AWS::SNS::Topic": Form("sns:{place}:{name}", "TopicName", {"": ARN, "TopicArn": ARN, "TopicName": NAME}),
    "AWS::SQS::Queue": Form("sqs:{place}:{name}", "QueueName", {"Arn": ARN, "QueueName": NAME}),
    "AWS::SageMaker::FeatureGroup": Form("sagemaker:{place}:feature-group/{name}", "FeatureGroupName", {"": NAME}),
    "AWS::SageMaker::ModelPackageGroup": Form(
        "sagemaker:{place}:model-package-group/{name}",
        "ModelPackageGroupName",
        {"": ARN, "ModelPackageGroupArn": ARN},
    ),
}
"""By type."""


def snake(name: str) -> str:
    """What CDK calls a property in Python, such as ``bucket_name`` of ``BucketName``."""
    return re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()
