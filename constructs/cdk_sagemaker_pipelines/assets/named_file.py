"""A generated file that a container needs by its own name, and that may contain CDK tokens."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from ..iam.environment import Code
from ..text import TokenText
from ..undo import removing_all_new
from ..upload import deployment, marked
from .code import StagedCode
from .s3_location import S3Location

if TYPE_CHECKING:
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3_deployment as s3_deployment


def stage_file(scope: Construct, name: str, text: TokenText) -> StagedCode | None:
    """The text as an asset, ``<content hash>/<name>``.

    None if parts of it are only known at deployment, or if the stack was given a synthesizer: jsii then returns one
    that is not bound to a stack.
    """
    content, markers = text.marked()
    if markers:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_text(content, encoding="utf-8")
        # copies the file into the assembly at once
        staging = cdk.AssetStaging(scope, "File", source_path=str(file))
    stack = cdk.Stack.of(scope)
    # an asset's key is the hash that it is given and the extension of its file
    try:
        location = stack.synthesizer.add_file_asset(
            source_hash=f"{staging.asset_hash}/{file.stem}",
            file_name=staging.relative_staged_path(stack),
            packaging=cdk.FileAssetPackaging.FILE,
        )
    except RuntimeError as error:
        if "bound" not in str(error):
            raise
        scope.node.try_remove_child("File")
        return None
    bucket, key = location.bucket_name, location.object_key
    start, content, end = key.partition(staging.asset_hash)
    versions = Code(bucket, f"{start}*{end}") if content and end.endswith(f"/{name}") else None
    return StagedCode(bucket, key, versions, source=name)


def deploy_file(
    scope: Construct, name: str, text: TokenText, below: S3Location, log_group: logs.ILogGroup | None
) -> tuple[S3Location, Callable[[], s3_deployment.BucketDeployment]]:
    """Where the text goes, ``<content hash>/<name>``, and a function that creates the construct that puts it there.

    The deployment fills in its tokens. ``below``: a prefix in a bucket that CDK knows; raises ``PipelineError`` for any
    other. ``log_group``: for CDK's function that does so.
    """
    bucket, _ = below.known(f"{name} is", scope)
    place = below.below(f"{text.hash()}/{name}")

    def deploy() -> s3_deployment.BucketDeployment:
        removing_all_new(cdk.Stack.of(scope))
        return deployment(scope, "File", marked(place.prefix, text), bucket, log_group)

    return place, deploy
