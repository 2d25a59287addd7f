"""Who has a key, and the policies that they have in moto's IAM, as a decision takes them (``local/authorization``)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from ..authorization import ApplicablePolicies, Policy, Principal


class Identity(NamedTuple):
    """Who asks. ``policies``: those of the identity and its session; None of a role that does not exist.

    A role need not exist to be assumed within its account; whoever decides says what such a session may do.
    """

    principal: Principal
    policies: ApplicablePolicies | None


def identity_of_key(key_id: str, account: str, region: str) -> Identity:
    """Who has a key of the account: a session of a role, as jobs and functions have it, a user, or the account itself.

    Raises:
        PolicyError: A policy of theirs that cannot be read.
    """
    partition = get_partition(region)
    iam = iam_backends[account][partition]
    sessions = list(sts_backends[account][partition].assumed_roles)
    session = next((one for one in reversed(sessions) if one.access_key_id == key_id), None)
    if session is not None:
        role = _role(session.role_arn)
        principal = Principal.session(session.role_arn, session.session_name, _tags_of_role(role))
        passed = [_policy(session.policy, "the session's policy")] if session.policy else None
        return Identity(principal, None if role is None else _of_role(role, passed))
    users = list(iam.users.values())
    user = next((one for one in users if key_id in (key.access_key_id for key in one.access_keys)), None)
    if user is None:
        return Identity(Principal.root(account, partition), ApplicablePolicies())
    return _of_user(user)


def identity(arn: str) -> Identity | None:
    """A role, as a session of it asks, or a user, by an ARN; None where there is neither.

    Raises:
        PolicyError: A policy of theirs that cannot be read.
    """
    role, user = _role(arn), _user(arn)
    if role is not None:
        return Identity(Principal.session(arn, "session", _tags_of_role(role)), _of_role(role, None))
    return None if user is None else _of_user(user)


def _of_role(role: Any, passed: list[Policy] | None) -> ApplicablePolicies:
    arn = role.permissions_boundary_arn
    boundary = _policy(_document(_backend(role.arn).get_policy(arn)), arn) if arn else None
    return ApplicablePolicies(tuple(_of_holder(role)), boundary, passed)


def _of_user(user: Any) -> Identity:
    backend = _backend(user.arn)
    holders = (user, *backend.get_groups_for_user(user.name))
    policies = ApplicablePolicies(tuple(policy for holder in holders for policy in _of_holder(holder)))
    return Identity(Principal.user(user.arn, backend.tagger.get_tag_dict_for_resource(user.arn)), policies)


def _of_holder(holder: Any) -> Iterator[Policy]:
    """The policies of a role, user or group: first those in itself, then those that it shares."""
    for name, document in holder.policies.items():
        yield _policy(document, name)
    for policy in holder.managed_policies.values():
        yield _policy(_document(policy), policy.arn)


def _document(policy: Any) -> str:
    return str(next(one.document for one in policy.versions if one.version_id == policy.default_version_id))


@lru_cache(maxsize=1024)
def _policy(document: str, name: str) -> Policy:
    return Policy.parse(unquote(document) if document.startswith("%") else document, name)


def _backend(arn: str) -> Any:
    _, partition, _, _, account, _ = arn.split(":", 5)
    return iam_backends[account][partition]


def _role(arn: str) -> Any:
    return next((role for role in _backend(arn).get_roles() if role.arn == arn), None)


def _user(arn: str) -> Any:
    return next((user for user in list(_backend(arn).users.values()) if user.arn == arn), None)


def _tags_of_role(role: Any) -> dict[str, str]:
    return {} if role is None else {one["Key"]: one["Value"] for one in role.tags or ()}
