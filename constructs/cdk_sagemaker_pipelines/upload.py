"""A definition that is too long for its template: it goes to S3 when the stack is deployed."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct

from .text import TokenText


def upload(scope: Construct, name: str, text: TokenText) -> dict[str, Any]:
    """The ``PipelineDefinitionS3Location`` of the text, under a key that its content makes.

    A change of the text is a change of the key, so that CloudFormation sees it. Tokens are filled in on the way.
    """
    key = f"{name}/{hashlib.sha256(text.stable().encode()).hexdigest()}.json"
    bucket = s3.Bucket(
        scope,
        "Definitions",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
    )
    deployment = s3_deployment.BucketDeployment(
        scope, "Definition", sources=[_Marked(key, text)], destination_bucket=bucket, prune=False
    )
    return {"Bucket": deployment.deployed_bucket.bucket_name, "Key": key}


@jsii.implements(s3_deployment.ISource)
class _Marked:
    """The text as a file in which each token is a marker, with what the deployment puts there.

    CDK's own ``Source.data`` makes a marker for each occurrence: more than a custom resource takes when there are many.
    """

    def __init__(self, key: str, text: TokenText) -> None:
        self._key = key
        self._text = text

    def bind(self, scope: Construct, *, handler_role: iam.IRole) -> s3_deployment.SourceConfig:
        """What the deployment asks of a source."""
        text, markers = self._text.marked()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, self._key)
            file.parent.mkdir(parents=True)
            file.write_text(text, encoding="utf-8")
            source = s3_deployment.Source.asset(folder).bind(scope, handler_role=handler_role)
        return s3_deployment.SourceConfig(bucket=source.bucket, zip_object_key=source.zip_object_key, markers=markers)
