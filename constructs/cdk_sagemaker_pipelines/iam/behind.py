"""The resources of the app that tokens stand for: what a definition names and CDK knows more of."""

from __future__ import annotations

import re
from typing import Any

from aws_cdk import CfnResource, Tokenization
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

from ..language import Definition, PipelineError
from ..language.tokens import has_string_token
from .models import names

_ACCESS_POINT = re.compile(r"arn:[^/]*:s3:[^/:]*:[^/:]*:accesspoint[:/][^:/]+")


def role_behind(arn: Any) -> iam.Role | None:
    """The role that an ARN is of; None for one that exists already."""
    resource = _resource_behind(arn)
    role = resource.node.scope if isinstance(resource, iam.CfnRole) else None
    return role if isinstance(role, iam.Role) else None


def models_behind(definition: Definition) -> dict[str, str]:
    """The roles' ARNs of the models of the app that steps name, by their names."""
    found = {}
    for name in names(definition):
        resource = _resource_behind(name)
        if isinstance(resource, sagemaker.CfnModel) and resource.execution_role_arn is not None:
            found[name] = resource.execution_role_arn
    return found


def owner_behind(text: str) -> Any:
    """The construct of the app that a name, an ARN or a URL is of, if it is one reference and nothing else."""
    resource = _resource_behind(text)
    return resource.node.scope if isinstance(resource, CfnResource) else None


def is_access_point(bucket_name: str) -> bool:
    """Whether a bucket's name is one that S3 gives to an access point, and leads to no ARN."""
    # not by its class, whose module takes long to load
    resource = _resource_behind(bucket_name)
    return isinstance(resource, CfnResource) and resource.cfn_resource_type == "AWS::S3::AccessPoint"


def name_by_arn(arn: str, name: str) -> str:
    """What an imported bucket is called in a URI: its name; of an access point the ARN, which leads to it.

    CDK takes the ARN of an access point for that of a bucket named ``accesspoint``. Raises ``PipelineError`` for the
    ARN of something else.
    """
    if _ACCESS_POINT.fullmatch(arn):
        return arn.replace(":accesspoint:", ":accesspoint/")
    if arn.startswith("arn:") and ":::" not in arn:
        raise PipelineError(f"S3Prefix: {arn!r} is the ARN of neither a bucket nor an access point; give the bucket")
    return name


def _resource_behind(text: Any) -> Any:
    """The resource that a text refers to, if it is one reference and nothing else."""
    token = Tokenization.reverse_string(text) if has_string_token(text) else None
    return getattr(token.first_token, "target", None) if token is not None and token.length == 1 else None
