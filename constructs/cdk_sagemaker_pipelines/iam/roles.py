"""Roles in CDK, and their policies, which are filled once everything is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from aws_cdk import PhysicalName
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..language import Definition, PipelineError
from ..language.errors import shown
from ..language.step_types import SAGEMAKER, row_of
from ..language.tokens import STRING_TOKEN
from .environment import Environment, Where
from .permissions import Permission, document

INLINE_LIMIT = 9_000
"""Of a role's inline policies IAM takes 10,240 characters; tokens are estimated, so a margin stays."""
GIVEN_LIMIT = 4_500
"""What is used of the inline policies of a role that was handed in: others may need the rest."""
MANAGED_LIMIT = 5_400
"""Of a managed policy IAM takes 6,144 characters."""
MOST_MANAGED = 9
"""Of the managed policies that a role takes (10, or 20 on request) one is left to others."""
_TOKEN_LENGTH = 80
BESIDE = "DefaultPolicy"
"""What CDK calls the policy that it keeps beside a role, and adds to as long as it may."""


def new_role(scope: Construct, construct_id: str, assumed_by: iam.IPrincipal) -> iam.Role:
    """A role that has a name at synth where another account needs it; otherwise the deployment names it."""
    return iam.Role(scope, construct_id, assumed_by=assumed_by, role_name=_name_if_needed())


@cache
def _name_if_needed() -> str:
    return str(PhysicalName.GENERATE_IF_NEEDED)


def jobs(where: Where, job_arns: str, service: str) -> iam.IPrincipal:
    """A service, running jobs of this account. ``job_arns``: the jobs' resources, such as ``training-job/*``."""
    principal = _sagemaker(where, [where.sagemaker(job_arns)], service)
    return principal if service == SAGEMAKER else principal.with_session_tags()


def executions(where: Where, pipeline_name: str) -> iam.ServicePrincipal:
    """SageMaker, executing this one pipeline."""
    # the service writes the name in lower case into its ARNs, and IAM compares with case
    names = dict.fromkeys([pipeline_name, pipeline_name.lower()])
    return _sagemaker(where, [where.sagemaker(f"pipeline/{name}/*") for name in names])


def _sagemaker(where: Where, source_arns: Sequence[str], service: str = SAGEMAKER) -> iam.ServicePrincipal:
    conditions: Mapping[str, Any] = {
        "StringEquals": {"aws:SourceAccount": where.account},
        "ArnLike": {"aws:SourceArn": source_arns[0] if len(source_arns) == 1 else list(source_arns)},
    }
    return iam.ServicePrincipal(service, conditions=conditions)


def let_jobs_take(role: iam.Role, environment: Environment, definition: Definition) -> None:
    """Lets the services take the pipeline's role for the jobs that name none."""
    _open(role, ["sts:AssumeRole"], _sagemaker(environment, [environment.sagemaker("*")]))
    rows = ((row_of(step.type), step.arguments) for step in definition.all_steps())
    others = {row.service for row, arguments in rows if row.has_default_role and row.role not in arguments}
    for service in sorted(others - {SAGEMAKER}):
        _open(
            role, ["sts:AssumeRole", "sts:TagSession"], _sagemaker(environment, [environment.sagemaker("*")], service)
        )


def let_tags_through(role: iam.Role, environment: Environment) -> None:
    """Lets SageMaker hand the tags of a session on to the training jobs that have the role."""
    _open(role, ["sts:TagSession"], _sagemaker(environment, [environment.sagemaker("training-job/*")]))


def _open(role: iam.Role, actions: list[str], principal: iam.IPrincipal) -> None:
    policy = role.assume_role_policy
    assert policy is not None
    policy.add_statements(iam.PolicyStatement(actions=actions, principals=[principal]))


def resources_below(scope: Construct) -> dict[iam.Role, iam.CfnRole]:
    """The resources of the roles below ``scope``, asked for all at once; none where a policy stands beside a role."""
    below = scope.node.find_all()  # each construct before what it holds, first of which is a role's resource
    if any(isinstance(construct, iam.Policy) for construct in below):
        return {}
    return {
        role: resource
        for role, resource in pairwise(below)
        if isinstance(role, iam.Role) and isinstance(resource, iam.CfnRole)
    }


def is_created(role: iam.Role, known: Mapping[iam.Role, iam.CfnRole]) -> bool:
    """Whether CDK creates the role, or only reports what it needs, as ``iam.Role.customize_roles`` says.

    ``known``: what ``resources_below`` returned.
    """
    return role in known or any(isinstance(child, iam.CfnRole) for child in role.node.children)


def fill_role(
    role: iam.Role,
    arn: str,
    permissions: Sequence[Permission],
    policy_name: str,
    known: Mapping[iam.Role, iam.CfnRole],
) -> bool:
    """Writes the permissions into a role of our own: inline, so that the role has them when it exists.

    Tells whether it has nothing else, no policy of what others granted.

    What is too long for a role goes into managed policies beside it, and what it may do with itself, since a resource
    cannot name itself. ``arn``: the role's, as it stands in the permissions. ``known``: what ``resources_below`` told.
    """
    if not permissions:
        return True
    own = [permission for permission in permissions if arn in permission.resources]
    first, *others = packed([permission for permission in permissions if permission not in own], INLINE_LIMIT)
    others += [own] if own else []
    resource, untouched = known.get(role), True
    if resource is None:
        children = role.node.children
        resource = next(child for child in children if isinstance(child, iam.CfnRole))
        untouched = not any(isinstance(child, iam.Policy) for child in children)
    resource.policies = [iam.CfnRole.PolicyProperty(policy_name=policy_name, policy_document=document(first))]
    _manage(role, role, others, policy_name)
    return untouched


def grant(scope: Construct, role: iam.IRole, permissions: Sequence[Permission], policy_name: str) -> bool:
    """Adds the permissions to a role that was handed in, and tells whether it took them: one that CDK may not change
    takes none. Nor does one that others create, of which CDK reports what it needs.

    What is too long for the role goes into managed policies in ``scope``.
    """
    if not permissions:
        return True
    first, *others = packed(permissions, GIVEN_LIMIT)
    taken = _take(role, first)
    if taken:
        _manage(scope, role, others, policy_name)
    else:
        for group in others:  # for the report
            _take(role, group)
    return taken


def grant_to(grantee: Any, actions: Sequence[str], resources: Sequence[str]) -> iam.Grant:
    """A grant as CDK's constructs give it. Raises ``PipelineError`` for what has no permissions."""
    if not hasattr(grantee, "grant_principal"):
        raise PipelineError(f"the grantee is a role, a user, a function or the like, not {shown(grantee)}")
    return iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[*resources])


def _take(role: iam.IRole, permissions: Sequence[Permission]) -> bool:
    """Adds statements to the policy beside a role, all but the first at once; whether it has one."""
    first, *others = (iam.PolicyStatement.from_json(permission.statement()) for permission in permissions)
    taken = role.add_to_principal_policy(first).statement_added
    # a role that CDK may not change says that it took them, but it has no policy that could
    policy = role.node.try_find_child(BESIDE) if isinstance(role, iam.Role) else None
    if isinstance(policy, iam.Policy):
        if others:
            policy.add_statements(*others)
        return True
    taken = all([taken, *(role.add_to_principal_policy(one).statement_added for one in others)])
    return taken and not isinstance(role, iam.Role) and bool(role.node.children)


def fits(permissions: Sequence[Permission]) -> bool:
    """Whether a role can hold them."""
    return len(packed(permissions, GIVEN_LIMIT)) <= 1 + MOST_MANAGED


def _manage(scope: Construct, role: iam.IRole, groups: Sequence[Sequence[Permission]], policy_name: str) -> None:
    for number, group in enumerate(groups, start=1):
        iam.CfnManagedPolicy(scope, f"{policy_name}{number}", policy_document=document(group), roles=[role.role_name])


def packed(permissions: Sequence[Permission], inline: int) -> list[list[Permission]]:
    """Groups that fit into ``inline`` characters (the first) and into a managed policy each (the others)."""
    groups: list[list[Permission]] = [[]]
    size, limit = 0, inline
    for permission in (part for whole in permissions for part in _split(whole)):
        length = _length(permission)
        if groups[-1] and size + length > limit:
            groups.append([])
            size, limit = 0, MANAGED_LIMIT
        groups[-1].append(permission)
        size += length
    return groups


def _split(permission: Permission) -> Iterator[Permission]:
    """A permission on very many resources, or for very many patterns, in parts that fit into a managed policy."""
    count = -(-_length(permission) // (MANAGED_LIMIT - 400))
    if count == 1:
        yield permission
        return
    patterns = permission.conditions.get("StringLike", {})
    if len(permission.resources) == 1 and len(patterns) == 1:
        ((key, values),) = patterns.items()
        for part in _parts(values, count):
            yield replace(permission, conditions={**permission.conditions, "StringLike": {key: list(part)}})
        return
    for part in _parts(permission.resources, count):
        yield replace(permission, resources=tuple(part))


def _parts(values: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    size = -(-len(values) // count)
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _length(permission: Permission) -> int:
    """The statement's characters, each token counted as a typical ARN's end."""
    return len(STRING_TOKEN.sub("x" * _TOKEN_LENGTH, str(permission.statement()))) + 2
