"""A definition that is too long for its template goes to S3 when the stack is deployed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Construct

from .text import TokenText

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_s3_deployment as s3_deployment


def private_bucket(scope: Construct, construct_id: str, key: kms.IKey | None = None) -> s3.Bucket:
    """A bucket for artifacts: encrypted, not public, TLS only, retained when the stack is deleted.

    ``key``: that of its objects, default S3's own.
    """
    return cdk.aws_s3.Bucket(
        scope,
        construct_id,
        block_public_access=cdk.aws_s3.BlockPublicAccess.BLOCK_ALL,
        bucket_key_enabled=None if key is None else True,
        encryption=cdk.aws_s3.BucketEncryption.S3_MANAGED if key is None else cdk.aws_s3.BucketEncryption.KMS,
        encryption_key=key,
        enforce_ssl=True,
    )


def upload(
    scope: Construct, text: TokenText, bucket: s3.IBucket, prefix: str, log_group: logs.ILogGroup | None
) -> dict[str, Any]:
    """The ``PipelineDefinitionS3Location`` of the text, in the bucket and under a key that depends on its content.

    A change of the text changes the key, so that CloudFormation sees it. Tokens are filled in at deployment.
    ``log_group``: that of the function that does so.
    """
    key = f"{prefix}{text.hash()}.json"
    made = deployment(scope, "Definition", marked(key, text), bucket, log_group)
    return {"Bucket": made.deployed_bucket.bucket_name, "Key": key}


def deployment(
    scope: Construct,
    construct_id: str,
    source: s3_deployment.ISource,
    bucket: s3.IBucket,
    log_group: logs.ILogGroup | None,
    *,
    prefix: str | None = None,
) -> s3_deployment.BucketDeployment:
    """What puts files into a bucket when the stack is deployed, beside those that earlier executions may still read.

    ``prefix``: of their keys. ``log_group``: that of the function that does so.
    """
    # by the names that they have in JavaScript: the constructor in Python looks up the types of all properties that
    # there are, and loads CDK's largest module, EC2's, for that
    properties = {
        "sources": [source],
        "destinationBucket": bucket,
        "destinationKeyPrefix": prefix,
        "prune": False,
        "logGroup": log_group,
    }

    class Deployment(cdk.aws_s3_deployment.BucketDeployment):
        def __init__(self) -> None:
            jsii.create(cdk.aws_s3_deployment.BucketDeployment, self, [scope, construct_id, properties])

    return Deployment()


def marked(key: str, text: TokenText) -> s3_deployment.ISource:
    """The text as a file, named ``key``, with a marker for each token, and the values that the deployment puts there.

    CDK's own ``Source.data`` makes a marker for each occurrence, which can be more than a custom resource takes.
    """

    # imported here, since CDK loads a lot for it and few definitions are that large
    @jsii.implements(cdk.aws_s3_deployment.ISource)
    class Marked:
        def bind(self, scope: Construct, *, handler_role: iam.IRole) -> s3_deployment.SourceConfig:
            """The configuration that the deployment asks a source for."""
            content, markers = text.marked()
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, key)
                file.parent.mkdir(parents=True)
                file.write_text(content, encoding="utf-8")
                source = cdk.aws_s3_deployment.Source.asset(folder).bind(scope, handler_role=handler_role)
            return cdk.aws_s3_deployment.SourceConfig(
                bucket=source.bucket, zip_object_key=source.zip_object_key, markers=markers
            )

    return Marked()
