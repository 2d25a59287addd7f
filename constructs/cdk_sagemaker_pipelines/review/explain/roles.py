"""What the roles of synthesized stacks may do: every statement of every policy, wherever it is written."""

from __future__ import annotations

import json
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
from ...iam.listed import listed
from ...iam.permissions import Conditions
from ..reading.canonical import Canonical
from ..reading.stacks import Resource, Stack
from ..reading.templates import PIPELINE

_ROLE, _PROFILE = "AWS::IAM::Role", "AWS::IAM::InstanceProfile"
_MANAGED = "AWS::IAM::ManagedPolicy"
_BUCKET = "AWS::S3::Bucket"
_FUNCTION, _SOURCE = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
_KEYS, _ALIAS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"), "AWS::KMS::Alias"
_POLICIES = {"AWS::IAM::Policy": "Roles", "AWS::IAM::ManagedPolicy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}
"""The types of policies that stand beside a role, and the property that names their roles."""
EVERYBODY = "*"
_ACCOUNT = re.compile(r"arn:.*:iam::.*:root|\d{12}|\$\{Token\[AWS::AccountId\]\}")
_ID = re.compile(r"\d{12}|\$\{Token\[AWS::AccountId\]\}")
_NUMBER = re.compile(r"\d{12}")
_ACCOUNT_IN_ARN = re.compile(r"arn:.*?:iam::(.*?):role/")
_ROLE_ARN = re.compile(r"arn:.*:role/([^/]+)")
_PARTITION = "${Token[AWS::Partition]}"
_OPEN = {"Principal": {"Principal": ("?",)}}
"""A condition of which nobody knows whether it is met."""


@dataclass(frozen=True)
class Statement:
    """A statement of a policy, its values as texts."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    policy: str
    """Where it is written: the path of the policy, or of the resource whose policy it is."""
    inverted: tuple[str, ...] = ()
    """``NotAction`` or ``NotResource``, where it names what it is not about."""
    principals: tuple[str, ...] = ()
    """Whom it is for, or with ``NotPrincipal`` whom not, in the policy of a resource."""
    whom: frozenset[str] = frozenset()
    """The principals in the one form in which they are compared."""
    key: str = ""
    """The key whose own policy it stands in."""
    account: str = ""
    """The account of the resource whose own policy it stands in, where that is known."""

    @property
    def excepts(self) -> bool:
        """Whether its principals are those whom it is not for."""
        return "NotPrincipal" in self.inverted

    @property
    def for_everybody(self) -> bool:
        """Whether it is for whoever there is, or for all but some."""
        return EVERYBODY in self.principals or self.excepts

    @property
    def for_account(self) -> bool:
        """Whether it is for those of an account, each as far as policies of its own let it."""
        return any(map(_ACCOUNT.fullmatch, self.principals))


@dataclass
class Role:
    """A role, as far as the stacks tell of it."""

    arn: str
    """As it stands in texts: a token for a role of these stacks."""
    resource: Resource | None = None
    """None for a role that is made elsewhere."""
    statements: list[Statement] = field(default_factory=list)
    trust: list[Statement] = field(default_factory=list)
    """Who may take it."""
    managed: list[str] = field(default_factory=list)
    """The ARNs of managed policies whose content is not in the stacks."""
    boundary: str | None = None
    """The ARN of its permissions boundary."""
    near: Resource | None = None
    """Who uses a role that is made elsewhere."""


class Roles:
    """The roles of an app's stacks."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._resources = [resource for stack in stacks for resource in stack.resources()]
        self._documents = {
            resource.token(): list(statements(resource, resource.properties.get("PolicyDocument"), resource.path))
            for resource in self._resources
            if resource.type in _POLICIES
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
        """What the policies of buckets, keys, queues and other roles say of everybody, or of all of an account."""
        # a key without a policy gets that of KMS, which leaves all to the policies of the account
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
        """What the policies of resources say of the role, named or not; on a condition where that is not known here."""
        place = self.place_of(role)
        if place is None:
            return []
        told = (one for one in self._of_resources if one.principals and not _needs_both(one, place.account))
        if role.resource is None:  # who may be of another account, where being one of everybody is not enough
            told = (one for one in told if one.effect == "Deny")
        return [found for one in told for found in _for(one, self._is_for(one, role, place))]

    def of_keys(self, role: Role) -> dict[str, list[Statement]]:
        """By a key of the stacks what its own policy allows the role, or the policies of the role's account.

        Source: KMS developer guide, "Key policies in AWS KMS": without the key policy's word no other policy counts.
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
        """Whether an allowance is for a role, or for its account as such."""
        shares = {self._is_for(one, role, environment), self._names(one, _root(environment.account), environment)}
        return next((each for each in (Share.ALL, Share.UNKNOWN, Share.SOME) if each in shares), Share.NONE)

    def aliases(self, role: Role) -> Iterator[tuple[str, str]]:
        """The aliases of the role's stage, each with the key that it is of, as they stand in texts."""
        for one in self._resources:
            if one.type == _ALIAS and _same_stage(one, role.resource or role.near):
                yield one.token(), one.text(one.properties.get("TargetKeyId", ""))

    def _is_for(self, one: Statement, role: Role, environment: Environment) -> Share:
        """Whether a statement is for a role; an account's allowance is not, its policies have to say so as well."""
        named = self._names(one, role.arn, environment)
        if one.for_everybody:
            return inverted(named) if one.excepts else Share.ALL
        if one.effect != "Deny" or named is Share.ALL:
            return named
        of_account = self._names(one, _root(environment.account), environment)
        return named if of_account is Share.NONE else of_account

    def _names(self, one: Statement, arn: str, environment: Environment) -> Share:
        """Whether the principals of a statement are, or may turn out to be, one of this ARN."""
        asked = self.canonical.text(arn, environment)
        if asked in one.whom:
            return Share.ALL
        # of what a deployment tells, such as the user of a distribution, nothing says that it is a role
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
        """What its permissions boundary lets it do at most; None where there is none, or none of these stacks."""
        if role.boundary is None or role.resource is None:
            return None
        return self._content(role.boundary, role.resource)

    def _content(self, arn: str, user: Resource) -> list[Statement] | None:
        """The statements of a managed policy that a resource names; None where these stacks do not make it."""
        found = self._managed.get(self._told(arn, user), [])
        if len(found) > 1:  # the stages of an app that does not tell its accounts
            found = [one for one in found if _same_stage(one, user)]
        return self._documents[found[0].token()] if len(found) == 1 else None

    def _told(self, text: str, resource: Resource) -> str:
        """A text of a resource in the one form in which texts are compared."""
        return self.canonical.text(text, self._place(resource))

    def _place(self, resource: Resource) -> Environment:
        return self._places[resource.stack.number]

    def unused(self, used: set[str]) -> list[Resource]:
        """The roles that the stacks make beside these ARNs."""
        return [role for arn, role in self._by_arn.items() if arn not in used]

    def role(self, arn: str, near: Resource | None) -> Role:
        """A role by its ARN.

        ``near``: who uses it. A role that is made elsewhere, or that goes by its name, is looked for in the same stage.
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
            if policy.type in _POLICIES and (resource is not None or _same_stage(policy, near)):
                holders = listed(policy.properties.get(_POLICIES[policy.type]))
                if names & {self._name(policy, holder) for holder in holders}:
                    role.statements += [one for one in self._documents[policy.token()] if one not in role.statements]
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
        """The name of a role that a policy is attached to, also where it is taken out of the role's ARN."""
        arn = policy.text(_split(holder))
        role = self._by_arn.get(arn)
        if role is not None and role.properties.get("Path", "/") == "/":  # of role/path/name it would be the path
            return role.token()
        known = _ROLE_ARN.fullmatch(arn)
        return policy.text(holder) if known is None else known[1]

    def _named(self, arn: str, near: Resource | None) -> Resource | None:
        """The role of the same stage whose name, literal or not, ends the ARN."""
        name = _last(arn)
        if name == arn:
            return None
        # EMR asks for the name of an instance profile, which then is that of its role as well
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
            content = self._content(arn, resource)
            if content is None:
                role.managed.append(arn)
            else:
                role.statements += content
        if given.get("PermissionsBoundary") is not None:
            role.boundary = resource.text(given["PermissionsBoundary"])
        role.trust += statements(resource, given.get("AssumeRolePolicyDocument"), resource.path)


def statements(resource: Resource, document: Any, policy: str) -> Iterator[Statement]:
    """The statements of a policy document; what cannot be read is told as it stands, as an action."""
    found = document.get("Statement", document or None) if isinstance(document, Mapping) else document
    for item in listed(found):
        if not isinstance(item, Mapping) or "Effect" not in item:
            yield Statement("?", (json.dumps(item, sort_keys=True),), (), {}, policy)
            continue
        conditions = item.get("Condition", {})
        readable = isinstance(conditions, Mapping) and all(isinstance(keys, Mapping) for keys in conditions.values())
        yield Statement(
            resource.text(item["Effect"]),
            _texts(resource, item.get("Action", item.get("NotAction"))),
            _texts(resource, item.get("Resource", item.get("NotResource"))),
            _conditions(resource, conditions) if readable else {"?": {"?": (json.dumps(conditions),)}},
            policy,
            tuple(key for key in ("NotAction", "NotResource", "NotPrincipal") if key in item),
            _principals(resource, item.get("Principal", item.get("NotPrincipal"))),
        )


def _for(statement: Statement, share: Share) -> Iterator[Statement]:
    """The statement, where it is for somebody; on a condition where that is not known here."""
    if share is not Share.NONE:
        yield statement if share is Share.ALL else on_a_condition(statement)


def on_a_condition(statement: Statement) -> Statement:
    """The statement, of which nobody knows here whether it counts."""
    return replace(statement, conditions={**statement.conditions, **_OPEN})


def _of_itself(statement: Statement, resource: Resource) -> Statement:
    """A statement of a resource's own policy: in that of a key ``*`` is the key."""
    if resource.type not in _KEYS:
        return statement
    own = resource.token("Arn")
    return replace(statement, resources=tuple(own if one == "*" else one for one in statement.resources), key=own)


def _needs_both(one: Statement, account: str) -> bool:
    """Whether it allows those of another account something, which takes a policy of their own as well.

    Source: IAM user guide, "Cross-account policy evaluation logic".
    """
    known = _NUMBER.fullmatch(one.account) and _NUMBER.fullmatch(account)
    return one.effect == "Allow" and bool(known) and one.account != account


def _root(account: str) -> str:
    return f"arn:{_PARTITION}:iam::{account}:root"


def _place(stack: Stack) -> Environment:
    """The account and the region of a stack, as far as it, or a pipeline in it, tells them; the partition is open."""
    told = (resource.plain(resource.metadata.get(KEY)) for resource in stack.resources() if resource.type == PIPELINE)
    environment = from_json(next(told, None), "", None)
    return Environment(
        _PARTITION,
        stack.place.get("AWS::Region", environment.region),
        stack.place.get("AWS::AccountId", environment.account),
        "",
    )


def _conditions(resource: Resource, conditions: Mapping[str, Mapping[str, Any]]) -> Conditions:
    return {
        operator: {key: _texts(resource, value) for key, value in keys.items()} for operator, keys in conditions.items()
    }


def _principals(resource: Resource, principal: Any) -> tuple[str, ...]:
    if isinstance(principal, Mapping) and not any(key.startswith(("Fn::", "Ref")) for key in principal):
        return tuple(text for value in principal.values() for text in _texts(resource, value))
    return _texts(resource, principal)


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


def _texts(resource: Resource, value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(dict.fromkeys(resource.text(item) for item in listed(value)))


def _literal(resource: Resource, key: str) -> list[str]:
    value = resource.properties.get(key)
    return [] if value is None else [resource.text(value)]


def _split(name: Any) -> Any:
    """The ARN of a role out of which CDK has CloudFormation take the name; None for another way to write it.

    ``Role.from_role_arn`` writes it where the ARN is known at deployment only: aws_cdk core/lib/arn.ts, parseTokenArn.
    """
    match name:
        case {"Fn::Select": [1 | "1", {"Fn::Split": ["/", {"Fn::Select": [5 | "5", {"Fn::Split": [":", arn]}]}]}]}:
            return arn
    return None


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _same_stage(one: Resource, other: Resource | None) -> bool:
    return other is not None and Path(one.stack.file).parent == Path(other.stack.file).parent
