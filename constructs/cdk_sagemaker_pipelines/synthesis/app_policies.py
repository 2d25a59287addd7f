"""The policies that an app writes for its roles, wherever they stand: in a role, beside it, or apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ..iam.app_resources import told
from ..iam.roles import BESIDE
from ..iam.statements import listed
from ..text import intrinsics_named


class Attached(NamedTuple):
    """The policies of a role. ``unknown``: the ARNs of managed policies whose content the app does not know."""

    documents: list[Any]
    unknown: list[str]


class _Policy(NamedTuple):
    resource: Any
    stack: cdk.Stack
    ref: Any
    roles: list[Any]


class AppPolicies:
    """The policies of the app of a construct. CDK is asked once which there are, when the first role is asked for.

    What CDK adds to the policies until then, and later to those beside the roles, counts. Calls to CDK are
    slow, so all resources of a stack are resolved at once, and objects are compared by identity.
    """

    def __init__(self, construct: IConstruct) -> None:
        self._construct = construct
        self._policies: list[_Policy] | None = None
        self._names: dict[str, list[Any]] | None = None
        self._ids: set[tuple[cdk.Stack, str]] = set()

    def of(self, role: iam.CfnRole, *, inside: bool = True) -> Attached:
        """The policies of a role. ``inside``: whether those in the role itself count."""
        here = stack = cdk.Stack.of(role)
        given = {"name": role.role_name, "managed": role.managed_policy_arns, "in": role.policies if inside else []}
        ref, given = stack.resolve(role.ref), stack.resolve(given)  # what is not given is left out
        documents, unknown = [each["policyDocument"] for each in given.get("in", ())], list(given.get("managed", ()))
        found: list[Any] = []
        for policy in self._all():
            if policy.ref in unknown and self._means(here, policy.ref, policy.stack):
                unknown.remove(policy.ref)
            elif given.get("name") not in policy.roles and not (
                ref in policy.roles and self._means(policy.stack, ref, here)
            ):
                continue
            found.append(policy.resource)
        for arn in list(unknown):
            named = self._named(_behind_account(arn, stack), role)
            if named is not None:
                unknown.remove(arn)
                found.append(named)
        scope = role.node.scope
        beside: Any = scope.node.try_find_child(BESIDE) if scope is not None else None
        if beside is not None:
            found.append(beside.node.default_child)
        documents += stack.resolve([each.policy_document for each in dict.fromkeys(found)])
        return Attached(documents, [intrinsics_named(arn) for arn in unknown])

    def _named(self, arn: str, role: iam.CfnRole) -> Any:
        """The managed policy of the app that has this ARN by its name; None where it has none, or several."""
        found = self._by_name().get(arn, []) if arn else []
        if len(found) > 1:  # the stages of an app that does not tell its accounts
            found = [one for one in found if cdk.Stage.of(one) == cdk.Stage.of(role)]
        return found[0] if len(found) == 1 else None

    def _by_name(self) -> dict[str, list[Any]]:
        if self._names is None:
            self._names = {}
            for policy in self._all():
                one = policy.resource
                if isinstance(one, iam.CfnManagedPolicy) and one.managed_policy_name is not None:
                    stack = cdk.Stack.of(one)
                    arn = _behind_account(stack.resolve(told(one.ref, stack)), stack)
                    self._names.setdefault(arn, []).append(one)
        return self._names

    def _means(self, at: cdk.Stack, ref: Any, stack: cdk.Stack) -> bool:
        """Whether a reference that stands in one stack is to a resource of another: its own come first."""
        return at is stack or (at, str(ref)) not in self._ids

    def _all(self) -> list[_Policy]:
        if self._policies is None:
            self._policies = []
            by_stack: dict[cdk.Stack, list[Any]] = {}
            for construct in self._construct.node.root.node.find_all():
                if isinstance(construct, (iam.CfnRole, *_KINDS)):
                    by_stack.setdefault(construct.stack, []).append(construct)
            for stack, found in by_stack.items():
                told = stack.resolve([{"ref": one.ref, "roles": _roles(one)} for one in found])
                for one, each in zip(found, told, strict=True):
                    self._ids.add((stack, str(each["ref"])))
                    if not isinstance(one, iam.CfnRole):
                        self._policies.append(_Policy(one, stack, each["ref"], each.get("roles", [])))
        return self._policies


_KINDS = (iam.CfnPolicy, iam.CfnManagedPolicy, iam.CfnRolePolicy)


def _behind_account(arn: Any, stack: cdk.Stack) -> str:
    """A resolved ARN of IAM from its account on, which a stack tells where it knows it; empty of other texts."""
    account = intrinsics_named(stack.resolve(stack.account))
    return intrinsics_named(arn).partition(":iam::")[2].replace("${Token[AWS::AccountId]}", account)


def _roles(one: Any) -> Any:
    """The names of the roles that have a policy; of a role none."""
    if isinstance(one, iam.CfnRole):
        return None
    return [one.role_name] if isinstance(one, iam.CfnRolePolicy) else one.roles


def statements(document: Any, effect: str) -> Iterator[Any]:
    """The statements of a document with an effect."""
    told = listed(document.get("Statement")) if isinstance(document, dict) else []
    return (one for one in told if isinstance(one, dict) and one.get("Effect") == effect)
