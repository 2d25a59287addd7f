"""What of the registry and of the pipelines of one account other accounts may use.

The policy of a group is that of its versions, too; the developer guide's name the versions for what is done in a group.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
"""

from __future__ import annotations

import re

from ..principals import Asking
from ..ram_api import policy_of_pipeline
from ..resource_policies import refusal
from .registry import Registry

_PIPELINE = re.compile(r"arn:[^:]+:sagemaker:([a-z0-9-]+):([0-9]{12}):pipeline/[^/]+", re.IGNORECASE)
_IN_A_GROUP = frozenset({"CreateModelPackage", "ListModelPackages"})
"""Operations that name a group and concern its versions."""


def registry_refusal(registry: Registry, who: Asking, operation: str, arn: str) -> str | None:
    """Why another account may not do something with a group or a version, given by its ARN; None if it may."""
    policy = registry.policies.get(arn.split("/")[1].lower())
    versions = f"{arn.replace(':model-package-group/', ':model-package/')}/*"
    others = [(who, versions)] if operation in _IN_A_GROUP else []
    return refusal(policy, who, f"sagemaker:{operation}", arn, *others)


def place_of_pipeline(name_or_arn: str) -> tuple[str, str] | None:
    """The account and region of a pipeline or an execution that is named by its ARN."""
    arn = _PIPELINE.match(name_or_arn)
    return None if arn is None else (arn[2], arn[1])


def pipeline_refusal(who: Asking, operation: str, arn: str) -> str | None:
    """Why another account may not do something with a pipeline or an execution, given by its ARN; None if it may."""
    found = _PIPELINE.match(arn)
    assert found is not None
    policy = policy_of_pipeline(found[0], found[2], found[1])
    return refusal(policy, who, f"sagemaker:{operation}", arn)
