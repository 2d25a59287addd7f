"""The CDK half: roles, and policies filled once all is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import aws_iam as iam

from ..language.tokens import STRING_TOKEN
from .permissions import Permission, document
from .places import Place

INLINE_LIMIT = 9_000
"""Of a role's inline policies IAM takes 10,240 characters; tokens are estimated, so a margin stays."""
MANAGED_LIMIT = 5_400
"""Of a managed policy IAM takes 6,144 characters."""
_TOKEN_LENGTH = 80


def jobs(place: Place, job_arns: str) -> iam.ServicePrincipal:
    """SageMaker, running jobs of this account. ``job_arns``: the jobs' resources, such as ``training-job/*``."""
    return _sagemaker(place, [place.sagemaker(job_arns)])


def executions(place: Place) -> iam.ServicePrincipal:
    """SageMaker, executing this one pipeline."""
    # the service writes the name in lower case into its ARNs, and IAM compares with case
    names = dict.fromkeys([place.pipeline_name, place.pipeline_name.lower()])
    return _sagemaker(place, [place.sagemaker(f"pipeline/{name}/*") for name in names])


def _sagemaker(place: Place, source_arns: Sequence[str]) -> iam.ServicePrincipal:
    conditions: Mapping[str, Any] = {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnLike": {"aws:SourceArn": source_arns[0] if len(source_arns) == 1 else list(source_arns)},
    }
    return iam.ServicePrincipal("sagemaker.amazonaws.com", conditions=conditions)


def fill(role: iam.Role, permissions: Sequence[Permission], policy_name: str) -> None:
    """Writes the permissions into a role of our own: inline, so that the role has them when it exists.

    What is too long for a role goes into managed policies beside it.
    """
    if not permissions:
        return
    groups = _packed(permissions)
    resource = role.node.default_child
    assert isinstance(resource, iam.CfnRole)
    resource.policies = [iam.CfnRole.PolicyProperty(policy_name=policy_name, policy_document=document(groups[0]))]
    for number, group in enumerate(groups[1:], start=1):
        iam.CfnManagedPolicy(role, f"{policy_name}{number}", policy_document=document(group), roles=[role.role_name])


def grant(role: iam.IRole, permissions: Sequence[Permission]) -> None:
    """Adds the permissions to a role that was handed in; a role that CDK may not change takes none."""
    for permission in permissions:
        role.add_to_principal_policy(iam.PolicyStatement.from_json(permission.statement()))


def _packed(permissions: Sequence[Permission]) -> list[list[Permission]]:
    """Groups that fit into the inline policies (the first) and into a managed policy each (the others)."""
    groups: list[list[Permission]] = [[]]
    size, limit = 0, INLINE_LIMIT
    for permission in (part for whole in permissions for part in _split(whole)):
        length = _length(permission)
        if groups[-1] and size + length > limit:
            groups.append([])
            size, limit = 0, MANAGED_LIMIT
        groups[-1].append(permission)
        size += length
    return groups


def _split(permission: Permission) -> Iterator[Permission]:
    """A permission on very many resources, in parts that fit into a managed policy."""
    count = -(-_length(permission) // (MANAGED_LIMIT - 400))
    size = -(-len(permission.resources) // count)
    for start in range(0, len(permission.resources), size):
        yield replace(permission, resources=permission.resources[start : start + size])


def _length(permission: Permission) -> int:
    """The statement's characters, each token counted as a typical ARN's end."""
    return len(STRING_TOKEN.sub("x" * _TOKEN_LENGTH, str(permission.statement()))) + 2
