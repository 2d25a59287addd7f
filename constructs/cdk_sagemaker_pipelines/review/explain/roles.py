"""What the roles of synthesized stacks may do: every statement of every policy, wherever it is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...iam import globs
from ...iam.arns import named_by
from ...iam.environment import Environment
from ...iam.environment_json import KEY, from_json
from ...iam.globs import Share, inverted
from ...iam.statements import listed
from ..reading.canonical import Canonical
from ..reading.stacks import Resource, Stack
from ..reading.templates import PIPELINE
from .statements import Statement, on_a_condition, statements

_ROLE, _PROFILE = "AWS::IAM::Role", "AWS::IAM::InstanceProfile"
_MANAGED = "AWS::IAM::ManagedPolicy"
_BUCKET = "AWS::S3::Bucket"
_FUNCTION, _SOURCE = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
_KEYS, _ALIAS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"), "AWS::KMS::Alias"
POLICIES = {"AWS::IAM::Policy": "Roles", "AWS::IAM::ManagedPolicy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}
"""The types of policies that are resources of their own, and the property that names their roles."""
_ID = re.compile(r"\d{12}|\$\{Token\[AWS::AccountId\]\}")
_NUMBER = re.compile(r"\d{12}")
_ACCOUNT_IN_ARN = re.compile(r"arn:.*?:iam::(.*?):role/")
_ROLE_ARN = re.compile(r"arn:.*:role/([^/]+)")
_PARTITION = "${Token[AWS::Partition]}"


@dataclass
class Role:
    """A role, as far as the stacks describe it."""

    arn: str
    """The ARN in texts: a token for a role of these stacks."""
    resource: Resource | None = None
    """None for a role that is not in these stacks."""
    statements: list[Statement] = field(default_factory=list)
    trust: list[Statement] = field(default_factory=list)
    """Who may assume it."""
    managed: list[str] = field(default_factory=list)
    """The ARNs of managed policies whose content is not in the stacks."""
    boundary: str | None = None
    """The ARN of its permissions boundary."""
    near: Resource | None = None
    """Who uses a role that is made elsewhere."""
    attached: set[tuple[str, str]] = field(default_factory=set)
    """The policies that are resources of their own: each as a token, and what it calls the role; a managed policy that
    the role names itself goes without that."""


class Roles:
    """The roles of an app's stacks."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._resources = [resource for stack in stacks for resource in stack.resources()]
        self._documents = {
            resource.token(): list(statements(resource, resource.properties.get("PolicyDocument"), resource.path))
            for resource in self._resources
            if resource.type in POLICIES
        }
        self.canonical = Canonical(stacks)
        self._places = {stack.number: _place(stack) for stack in stacks}
        self._managed: dict[str, list[Resource]] = {}
        for resource in self._resources:
            if resource.type == _MANAGED:
                self._managed.setdefault(self._told(resource.token(), resource), []).append(resource)
        self._of_resources = [
            self._for_whom(_of_itself(statement, resource), resource)
            for resource in self._resources
            for document in _documents(resource.properties)
            for statement in statements(resource, document, f"the policy of {resource.path}")
        ]
        self.shared = [one for one in self._of_resources if one.for_everybody or one.for_account]
        """What the policies of buckets, keys, queues and other roles say about everybody, or about a whole account."""
        # KMS gives a key without a policy one that leaves everything to the account's policies
        self._of_keys: dict[str, list[Statement]] = {}
        for one in self._of_resources:
            if one.key:
                self._of_keys.setdefault(one.key, []).append(one)
        self.buckets = self._accounts_of_buckets()
        """The accounts of the buckets by their names, as far as they are known."""
        self._known: dict[tuple[str, Path | None], Role] = {}
        self._by_arn = {role.token("Arn"): role for role in self._resources if role.type == _ROLE}

    def __contains__(self, arn: str) -> bool:
        return arn in self._by_arn

    def _accounts_of_buckets(self) -> Mapping[str, str]:
        found: dict[str, set[str]] = {}
        for one in self._resources:
            if one.type == _BUCKET:
                found.setdefault(named_by(self._told(one.token("Arn"), one)), set()).add(self._place(one).account)
        return {name: accounts.pop() for name, accounts in found.items() if len(accounts) == 1}

    def place_of(self, role: Role) -> Environment | None:
        """Where a role is, as far as that is known; None of one of which nobody knows who uses it.

        Of a role that is made elsewhere that is the place of its user, but in the account of its ARN.
        """
        if role.resource is not None:
            return self._place(role.resource)
        if role.near is None:
            return None
        place, account = self._place(role.near), _ACCOUNT_IN_ARN.match(role.arn)
        return replace(place, account=account[1]) if account and _NUMBER.fullmatch(account[1]) else place

    def of_everybody(self, role: Role) -> list[Statement]:
        """What resources' policies say about the role, named or not; conditional if that is not known here."""
        place = self.place_of(role)
        if place is None:
            return []
        told = (one for one in self._of_resources if one.principals and not _needs_both(one, place.account))
        if role.resource is None:  # who may be of another account, where being one of everybody is not enough
            told = (one for one in told if one.effect == "Deny")
        return [found for one in told for found in _for(one, self._is_for(one, role, place))]

    def of_keys(self, role: Role) -> dict[str, list[Statement]]:
        """For each key of the stacks, what its policy allows the role or leaves to the policies of the role's account.

        Source: KMS developer guide, "Key policies in AWS KMS": no other policy counts unless the key policy allows it.
        """
        place = self.place_of(role)
        if place is None:
            return {}
        return {
            key: [
                found
                for one in told
                if one.effect != "Deny"
                for found in _for(one, self._lets_in(one, role, place) if one.principals else Share.ALL)
            ]
            for key, told in self._of_keys.items()
        }

    def _lets_in(self, one: Statement, role: Role, environment: Environment) -> Share:
        """Whether an allowance is for a role, or for its account as a whole."""
        shares = {self._is_for(one, role, environment), self._names(one, _root(environment.account), environment)}
        return next((each for each in (Share.ALL, Share.UNKNOWN, Share.SOME) if each in shares), Share.NONE)

    def aliases(self, role: Role) -> Iterator[tuple[str, str]]:
        """The aliases in the role's stage, each with its key, as texts."""
        for one in self._resources:
            if one.type == _ALIAS and _same_stage(one, role.resource or role.near):
                yield one.token(), one.text(one.properties.get("TargetKeyId", ""))

    def _is_for(self, one: Statement, role: Role, environment: Environment) -> Share:
        """Whether a statement is for a role; one for its account is not, since that needs another policy as well."""
        named = self._names(one, role.arn, environment)
        if one.for_everybody:
            return inverted(named) if one.excepts else Share.ALL
        if one.effect != "Deny" or named is Share.ALL:
            return named
        of_account = self._names(one, _root(environment.account), environment)
        return named if of_account is Share.NONE else of_account

    def _names(self, one: Statement, arn: str, environment: Environment) -> Share:
        """Whether the principals of a statement are, or may turn out to be, the one with this ARN."""
        asked = self.canonical.text(arn, environment)
        if asked in one.whom:
            return Share.ALL
        # what is only known at deployment, such as the user of a distribution, need not be a role
        known = (globs.plain(each) for each in one.whom if each.startswith("arn:"))
        return globs.share_of_any(known, globs.plain(asked))

    def _for_whom(self, one: Statement, resource: Resource) -> Statement:
        accounts = (_root(text) if _ID.fullmatch(text) else text for text in one.principals)
        account = self._place(resource).account
        return replace(one, whom=frozenset(self._told(text, resource) for text in accounts), account=account)

    def workers(self, queue: str, user: Resource) -> list[str]:
        """The ARNs of the roles of the functions that get the messages of a queue, as ``user`` calls that."""
        return self._workers.get(self._told(queue, user), [])

    @cached_property
    def _workers(self) -> Mapping[str, list[str]]:
        """By the ARN of a queue."""
        found: dict[str, list[str]] = {}
        for one in self._resources:
            function = self._function(one.properties.get("FunctionName"), one) if one.type == _SOURCE else None
            if function is not None:
                queue = self._told(one.text(one.properties.get("EventSourceArn", "")), one)
                found.setdefault(queue, []).append(function.text(function.properties.get("Role", "")))
        return found

    def _function(self, name: Any, user: Resource) -> Resource | None:
        """The function of the stacks that a resource names, be it by its ARN; None for one that exists already."""
        told = self._told(user.text(name), user)
        for one in self._resources:
            if one.type == _FUNCTION and (
                self._told(one.token("Arn"), one) == told
                or (told in _literal(one, "FunctionName") and _same_stage(one, user))
            ):
                return one
        return None

    def bounds(self, role: Role) -> list[Statement] | None:
        """The statements of its permissions boundary; None if it has none, or none that is in these stacks."""
        if role.boundary is None or role.resource is None:
            return None
        policy = self._policy(role.boundary, role.resource)
        return None if policy is None else self.statements(policy)

    def limit(self, role: Role) -> str:
        """The policy of these stacks that is the role's permissions boundary, as a token; empty if there is none."""
        known = role.boundary is not None and role.resource is not None
        policy = self._policy(role.boundary or "", role.resource) if known and role.resource else None
        return "" if policy is None else policy.token()

    def statements(self, policy: Resource) -> list[Statement]:
        """The statements of a policy that is a resource of its own."""
        return self._documents[policy.token()]

    def holders(self, policy: Resource) -> list[str]:
        """What such a policy calls the roles that it is attached to."""
        return [self._name(policy, holder) for holder in listed(policy.properties.get(POLICIES[policy.type]))]

    def _policy(self, arn: str, user: Resource) -> Resource | None:
        """The managed policy that a resource names; None if it is not in these stacks."""
        found = self._managed.get(self._told(arn, user), [])
        if len(found) > 1:  # stages of an app without accounts
            found = [one for one in found if _same_stage(one, user)]
        return found[0] if len(found) == 1 else None

    def _told(self, text: str, resource: Resource) -> str:
        """A text of a resource in the form in which texts are compared."""
        return self.canonical.text(text, self._place(resource))

    def _place(self, resource: Resource) -> Environment:
        return self._places[resource.stack.number]

    def unused(self, used: set[str]) -> list[Resource]:
        """The roles of the stacks other than those with these ARNs."""
        return [role for arn, role in self._by_arn.items() if arn not in used]

    def role(self, arn: str, near: Resource | None) -> Role:
        """A role by its ARN.

        ``near``: the resource that uses it, in whose stage roles that are not created here or go by name are looked up.
        """
        resource = self._by_arn.get(arn) or self._named(arn, near)
        role = Role(arn if resource is None else resource.token("Arn"), resource)
        role.near = near if resource is None else None
        key = (role.arn, None if near is None else Path(near.stack.file).parent)
        if key in self._known:
            return self._known[key]
        names = {_last(arn)} if resource is None else {resource.token(), *_literal(resource, "RoleName")}
        if resource is not None:
            self._read(role, resource)
        for policy in self._resources:
            if policy.type in POLICIES and (resource is not None or _same_stage(policy, near)):
                called = names.intersection(self.holders(policy))
                role.attached |= {(policy.token(), name) for name in called}
                if called:
                    role.statements += [one for one in self.statements(policy) if one not in role.statements]
        user = resource or near
        environment = from_json(None, "", None) if user is None else self._place(user)
        role.statements += [
            one
            for one in self._of_resources
            if not one.for_everybody
            and one.whom
            and not _needs_both(one, environment.account)
            and self._names(one, role.arn, environment) is Share.ALL
        ]
        return self._known.setdefault(key, role)

    def _name(self, policy: Resource, holder: Any) -> str:
        """The name of a role that a policy is attached to, even if it is extracted from the role's ARN."""
        arn = policy.text(_split(holder))
        role = self._by_arn.get(arn)
        if role is not None and role.properties.get("Path", "/") == "/":  # for role/path/name it would be the path
            return role.token()
        known = _ROLE_ARN.fullmatch(arn)
        return policy.text(holder) if known is None else known[1]

    def _named(self, arn: str, near: Resource | None) -> Resource | None:
        """The role of the same stage whose name, literal or not, is at the end of the ARN."""
        name = _last(arn)
        if name == arn:
            return None
        # EMR wants the name of an instance profile, which by convention is the name of its role
        holders = [one for one in self._resources if one.type == _PROFILE and _same_stage(one, near)]
        profile = next((one for one in holders if name in (one.token(), *_literal(one, "InstanceProfileName"))), None)
        names = {name, *(profile.text(role) for role in listed(profile.properties.get("Roles")))} if profile else {name}
        named = [role for role in self._by_arn.values() if names & {role.token(), *_literal(role, "RoleName")}]
        found = [role for role in named if _same_stage(role, near)]
        return found[0] if len(found) == 1 else None

    def _read(self, role: Role, resource: Resource) -> None:
        given = resource.properties
        for policy in listed(given.get("Policies")):
            inline = policy if isinstance(policy, Mapping) else {}
            where = f"{resource.path}, inline policy {resource.text(inline.get('PolicyName', '?'))}"
            role.statements += statements(resource, inline.get("PolicyDocument", policy), where)
        for arn in map(resource.text, listed(given.get("ManagedPolicyArns"))):
            policy = self._policy(arn, resource)
            if policy is None:
                role.managed.append(arn)
            else:
                role.attached.add((policy.token(), ""))
                role.statements += self.statements(policy)
        if given.get("PermissionsBoundary") is not None:
            role.boundary = resource.text(given["PermissionsBoundary"])
        role.trust += statements(resource, given.get("AssumeRolePolicyDocument"), resource.path)


def _for(statement: Statement, share: Share) -> Iterator[Statement]:
    """The statement if it applies at all; conditional if that is not known here."""
    if share is not Share.NONE:
        yield statement if share is Share.ALL else on_a_condition(statement)


def _of_itself(statement: Statement, resource: Resource) -> Statement:
    """A statement of a resource's policy; in a key's policy, ``*`` is the key."""
    if resource.type not in _KEYS:
        return statement
    own = resource.token("Arn")
    return replace(statement, resources=tuple(own if one == "*" else one for one in statement.resources), key=own)


def _needs_both(one: Statement, account: str) -> bool:
    """Whether it allows something to another account, which needs an identity policy as well.

    Source: IAM user guide, "Cross-account policy evaluation logic".
    """
    known = _NUMBER.fullmatch(one.account) and _NUMBER.fullmatch(account)
    return one.effect == "Allow" and bool(known) and one.account != account


def _root(account: str) -> str:
    return f"arn:{_PARTITION}:iam::{account}:root"


def _place(stack: Stack) -> Environment:
    """The account and region of a stack, as far as it or a pipeline in it says so; the partition is open."""
    told = (resource.plain(resource.metadata.get(KEY)) for resource in stack.resources() if resource.type == PIPELINE)
    environment = from_json(next(told, None), "", None)
    return Environment(
        _PARTITION,
        stack.place.get("AWS::Region", environment.region),
        stack.place.get("AWS::AccountId", environment.account),
        "",
    )


def _documents(value: Any) -> Iterator[Any]:
    """Every policy document under a JSON value."""
    if isinstance(value, Mapping):
        if "Statement" in value:
            yield value
        else:
            for item in value.values():
                yield from _documents(item)
    elif isinstance(value, list):
        for item in value:
            yield from _documents(item)


def _literal(resource: Resource, key: str) -> list[str]:
    value = resource.properties.get(key)
    return [] if value is None else [resource.text(value)]


def _split(name: Any) -> Any:
    """The ARN of a role that CDK has CloudFormation extract the name from; None for any other expression.

    ``Role.from_role_arn`` does so if the ARN is only known at deployment: aws_cdk core/lib/arn.ts, parseTokenArn.
    """
    match name:
        case {"Fn::Select": [1 | "1", {"Fn::Split": ["/", {"Fn::Select": [5 | "5", {"Fn::Split": [":", arn]}]}]}]}:
            return arn
    return None


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _same_stage(one: Resource, other: Resource | None) -> bool:
    return other is not None and Path(one.stack.file).parent == Path(other.stack.file).parent
