"""What becomes of a resource that a template no longer has: its ``DeletionPolicy`` and ``UpdateReplacePolicy``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import TemplateError
from .template_checks import transforms
from .templates import Evaluation

_VALUES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_WITH_SNAPSHOTS = {
    "AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Redshift::Cluster",
}  # fmt: skip


def with_policies(
    template: Mapping[str, Any], logical_id: str, declaration: Mapping[str, Any], evaluation: Evaluation
) -> dict[str, Any]:
    """The declaration of a resource with its policies evaluated. Raises ``TemplateError`` if one is none."""
    given = {name: declaration[name] for name in _VALUES if name in declaration}
    for name, policy in given.items():
        if not isinstance(policy, str) and "AWS::LanguageExtensions" not in transforms(template):
            raise TemplateError(
                f"Template format error: Every {name} member must be a string; functions in it need the transform "
                "AWS::LanguageExtensions"
            )
    policies = evaluation.value(given)
    for name, policy in policies.items():
        if policy not in _VALUES[name]:
            raise TemplateError(f"Template format error: Unrecognized {name} {policy} for resource {logical_id}")
        if policy == "Snapshot" and declaration["Type"] not in _WITH_SNAPSHOTS:
            raise TemplateError(
                f"Template format error: Snapshot {name} is not supported for resource {logical_id} of type "
                f"{declaration['Type']}"
            )
    return {**{name: value for name, value in declaration.items() if name not in _VALUES}, **policies}
