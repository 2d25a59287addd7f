"""Files that a container needs by their own names: they are uploaded one by one, not as an archive."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import Construct

from ..language.later import Later
from ..undo import removing_all_new
from ..upload import deployment
from .s3_location import S3Location

if TYPE_CHECKING:
    import hashlib

    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_s3_deployment as s3_deployment
else:
    hashlib = Later("hashlib")


def deploy_files(
    scope: Construct, construct_id: str, files: Mapping[str, Path], below: S3Location, log_group: logs.ILogGroup | None
) -> tuple[S3Location, Callable[[], s3_deployment.BucketDeployment]]:
    """Where the files go, under a prefix that depends on their content, and a function that creates the construct.

    ``below``: a prefix in a bucket that CDK knows; raises ``PipelineError`` for any other. ``log_group``: for CDK's
    function that puts them there.
    """
    bucket, _ = below.known("files are", scope)
    content = hashlib.sha256()
    for name, path in sorted(files.items()):
        content.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    place = below.below(f"{content.hexdigest()}/")

    def deploy() -> s3_deployment.BucketDeployment:
        removing_all_new(cdk.Stack.of(scope))
        with tempfile.TemporaryDirectory() as folder:
            for name, path in files.items():
                shutil.copy(path, Path(folder, name))
            source = cdk.aws_s3_deployment.Source.asset(folder)
            return deployment(scope, construct_id, source, bucket, log_group, prefix=place.prefix)

    return place, deploy
