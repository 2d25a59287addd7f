"""The patterns of the events that buckets and model package groups send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Stack
from constructs import Construct

from ..language import PipelineError
from ..language.errors import shown
from ..language.tokens import has_string_token
from .access import are_different

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_ARN = re.compile(rf"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):([0-9]{{12}}):model-package-group/({_NAME.pattern})")


class Place:
    """An account and region."""

    def __init__(self, account: str, region: str) -> None:
        self.env = self
        self.account, self.region = account, region


class Here(Place):
    """Where a construct is deployed, as CDK's resources say it."""

    def __init__(self, construct: Construct) -> None:
        stack = Stack.of(construct)
        super().__init__(stack.account, stack.region)


def objects(pipeline: Any, bucket: Any, prefix: Any, suffix: Any) -> events.EventPattern:
    """New objects of a bucket in the account and region of the pipeline. Raises ``PipelineError`` for others."""
    if not hasattr(bucket, "enable_event_bridge_notification"):
        raise PipelineError(f"start_on_object_created: bucket takes a bucket, not {shown(bucket)}")
    _refuse_elsewhere(pipeline, bucket, f"start_on_object_created: the bucket '{bucket.node.path}'")
    detail: dict[str, Any] = {"bucket": {"name": [bucket.bucket_name]}}
    key = _key(prefix, suffix)
    if key is not None:
        detail["object"] = {"key": [key]}
    return cdk.aws_events.EventPattern(source=["aws.s3"], detail_type=["Object Created"], detail=detail)


def approvals(pipeline: Any, group: Any) -> events.EventPattern:
    """Changes to Approved in a group in the account and region of the pipeline. Raises ``PipelineError`` for others."""
    detail = {
        "ModelPackageGroupName": [_group_name(pipeline, group)],
        "ModelApprovalStatus": ["Approved"],
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
    }
    return cdk.aws_events.EventPattern(
        account=[pipeline.env.account],  # another one whose events the bus takes may have a group of the same name
        source=["aws.sagemaker"],
        detail_type=["SageMaker Model Package State Change"],
        detail=detail,
    )


def _refuse_elsewhere(pipeline: Any, source: Any, what: str) -> None:
    there, here = source.env, pipeline.env
    if are_different(there.account, here.account) or are_different(there.region, here.region):
        raise PipelineError(
            f"{what} is in {there.account}/{there.region} and sends its events to the event bus there, not to that of "
            f"the pipeline, {here.account}/{here.region}; pass them on with a rule there and "
            "aws_events_targets.EventBus, and write start_on_event"
        )


def _key(prefix: Any, suffix: Any) -> Any:
    """What a pattern says about an object's key; None for any."""
    for name, value in (("prefix", prefix), ("suffix", suffix)):
        if value is not None and (not isinstance(value, str) or not value):
            raise PipelineError(f"start_on_object_created: {name} takes a text, such as 'orders/', not {shown(value)}")
    if prefix is None or suffix is None:
        return {"prefix": prefix} if prefix else {"suffix": suffix} if suffix else None
    if has_string_token(prefix + suffix):
        raise PipelineError("start_on_object_created: prefix and suffix together must be known now")
    begin, end = (re.sub(r"[*\\]", r"\\\g<0>", text) for text in (prefix, suffix))
    return {"wildcard": f"{begin}*{end}"}


def _group_name(pipeline: Any, group: Any) -> str:
    method = "start_on_model_approved"
    name = group if isinstance(group, str) else getattr(group, "model_package_group_name", None)
    if not isinstance(name, str):
        raise PipelineError(f"{method}: group takes a ModelPackageGroup, a name or an ARN, not {shown(group)}")
    if not isinstance(group, str):
        _refuse_elsewhere(pipeline, Here(group), f"{method}: the group '{group.node.path}'")
    found = _ARN.fullmatch(name)
    if found is not None:
        _refuse_elsewhere(pipeline, Place(found[2], found[1]), f"{method}: the group {name!r}")
        return found[3]
    if not has_string_token(name) and not _NAME.fullmatch(name):
        raise PipelineError(f"{method}: {shown(name)} is neither the name nor the ARN of a group")
    return name
