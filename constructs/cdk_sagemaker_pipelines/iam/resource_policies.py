"""Resources of the app let other accounts in, or roles of the pipeline in other accounts, by policies of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_cdk import Stack, Stage
from aws_cdk import aws_iam as iam

from ..language import Definition, Finding
from ..language.later import later_pattern
from ..language.tokens import has_string_token
from .permissions import Permission

_UNNAMED = later_pattern(r"Cannot use resource '([^']+)' in a cross-environment")


def let_in(owner: Any, permission: Permission, roles: Mapping[str, str]) -> bool:
    """Allows roles of another account the permission in the owner's policy; False for one that takes no statement.

    ``roles``: their accounts by their ARNs. A policy may name no role that does not exist yet, so the accounts are let
    in where it is one of the roles that asks. A function's policy knows no such condition: the accounts are let in.
    """
    accounts = dict.fromkeys(roles.values())
    if hasattr(owner, "add_permission"):
        opened = [_let_call(owner, account) for account in accounts]
        return all(opened)
    asks = {"aws:PrincipalArn": list(roles) if len(roles) > 1 else next(iter(roles))}
    return _add(owner, permission, accounts, {"ArnEquals": asks})


def let_accounts_in(owner: Any, permission: Permission, accounts: Iterable[str]) -> bool:
    """Allows all that other accounts let do so the permission in the owner's policy; False as ``let_in``."""
    return _add(owner, permission, accounts, {})


def _add(owner: Any, permission: Permission, accounts: Iterable[str], asks: Mapping[str, Mapping[str, Any]]) -> bool:
    """``asks``: conditions besides those of the permission."""
    if not hasattr(owner, "add_to_resource_policy"):  # a resource without a construct around it
        return False
    only = {operator: dict(keys) for operator, keys in permission.conditions.items()}
    for operator, keys in asks.items():
        only.setdefault(operator, {}).update(keys)
    statement = iam.PolicyStatement(
        actions=list(permission.actions),
        resources=_resources(owner, permission),
        principals=[iam.AccountPrincipal(account) for account in accounts],
        conditions=only,
    )
    return bool(owner.add_to_resource_policy(statement).statement_added)


def _resources(owner: Any, permission: Permission) -> list[str] | None:
    if hasattr(owner, "repository_arn"):
        return None  # ECR takes no resource in the policy of a repository
    # in the policy of a key all that there is, is the key
    return ["*"] if hasattr(owner, "key_arn") else list(permission.resources)


def _let_call(function: Any, account: str) -> bool:
    name = f"InvokeFrom{account}"
    if function.node.try_find_child(name) is None:  # steps and pipelines of an account share it
        function.add_permission(name, principal=iam.AccountPrincipal(account), action="lambda:InvokeFunction")
    return function.node.try_find_child(name) is not None


def can_let_in(owner: Any, role: iam.IRole) -> bool:
    """Whether the owner's policy can let a role in: one whose ARN is known before it is deployed.

    A function's policy lets in the account, which must be known in any case.
    """
    if has_string_token(role.env.account):
        return False
    if hasattr(owner, "add_permission"):
        return True
    try:
        arn = Stack.of(owner).resolve(role.role_arn)
    except RuntimeError:  # CDK's word that the role would need a name
        return False
    parts = arn["Fn::Join"][1] if isinstance(arn, dict) and "Fn::Join" in arn else [arn]
    # what a parameter, an export or another stack says, is not known in the owner's account
    return all(isinstance(part, str) or part == {"Ref": "AWS::Partition"} for part in parts)


def deploy_after(stack: Stack, owner: Any) -> None:
    """Has CDK deploy a stack after that of an owner who lets it in: a name that is known before makes no order.

    Not where that one waits for this one, which is known once CDK has written the references between stacks, and not
    where it is of another stage, which CDK does not put in an order.
    """
    first, then = outermost(Stack.of(owner)), outermost(stack)
    stages = {stage.node.path for stage in map(Stage.of, (first, then)) if stage is not None}
    if len(stages) == 1 and then.node.path not in _awaited(first):
        # the older name, which aws-cdk-lib now calls deprecated
        depend = getattr(then, "add_stack_dependency", None) or then.add_dependency
        depend(first)


def is_written(owner: Any, stack: Stack) -> bool:
    """Whether the owner's template is written before that of the stack: CDK writes one stage after the other.

    What is added to its policy then has no effect, and nobody would notice.
    """
    theirs, ours = Stage.of(owner), Stage.of(stack)
    if theirs is None or ours is None or theirs.node.path == ours.node.path:
        return False
    around = theirs.node.scopes, ours.node.scopes
    for place, (one, other) in enumerate(zip(*around, strict=False)):
        if one.node.path != other.node.path:
            siblings = [child.node.id for child in around[0][place - 1].node.children]
            return siblings.index(one.node.id) < siblings.index(other.node.id)
    return len(around[0]) > len(around[1])  # a stage before the one around it


def outermost(stack: Stack) -> Stack:
    """The stack itself, or the root of a nested one."""
    return stack if stack.nested_stack_parent is None else outermost(stack.nested_stack_parent)


def _awaited(stack: Stack) -> set[str]:
    """The paths of the stack, and of all that are deployed before it."""
    found: set[str] = set()
    left = [stack]
    while left:
        one = left.pop()
        if one.node.path not in found:
            found.add(one.node.path)
            left += one.dependencies
    return found


def unnamed(definition: Definition, stack: Stack) -> Iterator[Finding]:
    """What steps use of a stack in another account or region that has no name before it is deployed."""
    steps = {}
    for step in definition.all_steps():  # a step after those around it
        try:
            stack.resolve(dict(step.json))
        except RuntimeError as error:
            steps.update(dict.fromkeys(_UNNAMED.findall(str(error)), step.name))
    for path, name in steps.items():
        mend = "give it one where it is made, such as bucket_name= of a bucket, or PhysicalName.GENERATE_IF_NEEDED"
        if _is_foreign_role(path, stack):  # which a name would not help
            mend = "IAM passes roles of its own account only; name one there"
        text = f"it uses {path}, which is in another account or region and has no name before it is deployed; {mend}"
        yield Finding("other-account", text, name)


def _is_foreign_role(path: str, stack: Stack) -> bool:
    """Whether a role of another account is at the path."""
    at: Any = stack.node.root
    for part in path.split("/"):
        at = None if at is None else at.node.try_find_child(part)
    return isinstance(at, iam.Role) and Stack.of(at).account != stack.account
