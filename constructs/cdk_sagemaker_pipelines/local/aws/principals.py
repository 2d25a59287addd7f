"""Who asks: who has a key, a role that a service holds, or a service itself; and their policies in moto's IAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from flask import has_request_context, request
from moto.core.responses import BaseResponse
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends
from moto.utilities.utils import get_partition

from ..authorization import ApplicablePolicies, Policy, Principal

Context = Mapping[str, "str | Sequence[str] | None"]
"""The values of condition keys; None of a key that a request does not have."""

_SAYING_THE_OWNER = ("cloudwatch",)
"""Services whose requests have ``aws:SourceOwner``, so that the default policy of a topic lets them in."""


class Asking(NamedTuple):
    """Who asks, and what is known of each of their requests besides."""

    principal: Principal
    context: Context
    holder: Any = None
    """moto's role or user, which has the policies."""
    passed: Mapping[str, str] | None = None
    """The session policies by their names; None if none was passed."""
    settled: ApplicablePolicies | None = None
    """The policies as ``settle`` has read them."""
    is_gone: bool = False
    """Whether there was such a role when its session was made, and is none any more."""

    def knowing(self, context: Context) -> Asking:
        """The same with more that is known."""
        return self._replace(context={**self.context, **context})

    def settle(self) -> Asking:
        """The same with the policies of this moment, for several questions at once.

        Raises:
            PolicyError: A policy that cannot be read.
        """
        return self._replace(settled=self.policies)

    @property
    def policies(self) -> ApplicablePolicies | None:
        """Those of the identity and its session; None of a role that does not exist.

        A role need not exist to be assumed within its account; whoever decides says what such a session may do.

        Raises:
            PolicyError: A policy that cannot be read.
        """
        if self.settled is not None:
            return self.settled
        is_role = self.principal.type == "AssumedRole"
        if self.holder is None:
            return None if is_role else ApplicablePolicies()
        backend = _backend(self.holder.arn)
        holders = [self.holder, *([] if is_role else backend.get_groups_for_user(self.holder.name))]
        limit = self.holder.permissions_boundary_arn if is_role else None
        return ApplicablePolicies(
            tuple(policy for holder in holders for policy in _of_holder(holder)),
            policy(managed(limit), limit) if limit else None,
            None if self.passed is None else [policy(document, name) for name, document in self.passed.items()],
        )


def asking(key_id: str, account: str, region: str) -> Asking:
    """Who has a key of the account: a session of a role, as jobs and functions have it, a user, or its root user."""
    partition = get_partition(region)
    # a request that is being answered has the address that it came from
    context = {"aws:SourceIp": request.remote_addr} if has_request_context() else {}
    session = session_of(key_id, account, region)
    if session is not None:
        role = role_of(session.role_arn)
        tags = {**{key.lower(): value for key, value in tags_of(role).items()}, **session.tags}
        principal = Principal.session(session.role_arn, session.session_name, tags)
        context["aws:SourceIdentity"] = session.source_identity
        return (
            _asking(principal, role, session.passed).knowing(context)._replace(is_gone=role is None and session.existed)
        )
    made_by = getattr(iam_backends[account][partition].access_keys.get(key_id), "made_by", None)
    if made_by is not None:
        return _with_key_of_user(iam_backends[account][partition].access_keys[key_id]).knowing(context)
    users = list(iam_backends[account][partition].users.values())
    user = next((one for one in users if key_id in (key.access_key_id for key in one.access_keys)), None)
    return (_asking(Principal.root(account, partition)) if user is None else _asking_user(user)).knowing(context)


def sender_of(request: BaseResponse) -> Asking:
    """Who has sent a request of moto's."""
    return asking(request.get_access_key(), request.current_account, request.region)


def session_of(key_id: str, account: str, region: str) -> Any:
    """The session of a role that a key is of; None of another key."""
    key = iam_backends[account][get_partition(region)].access_keys.get(key_id)
    return getattr(key, "session", None)


def holding(arn: str) -> Asking:
    """Who acts for an account, or holds a role of it, given by its ARN, in a session of which nothing else is known.

    Raises:
        ValueError: An ARN of neither.
    """
    if ":role/" not in arn and not arn.endswith(":root"):
        raise ValueError(f"{arn} is not the ARN of a role")
    _, partition, _, _, account, name = arn.split(":", 5)
    if name == "root":
        return _asking(Principal.root(account, partition))
    role = role_of(arn)
    return _asking(Principal(arn, "AssumedRole", account, arn, tags_of(role)), role)


def service(name: str, account: str, source: str) -> Asking:
    """A service such as ``events``, on behalf of a resource of an account, given by its ARN."""
    owner = account if name in _SAYING_THE_OWNER else None
    of_source = {
        "aws:SourceOwner": owner,
        "aws:SourceArn": source,
        "aws:SourceAccount": account,
        "aws:SourceOrgID": _organization(account, source.split(":")[1]),
    }
    return Asking(Principal.service(f"{name}.amazonaws.com"), of_source)


def identity(arn: str) -> Asking | None:
    """A role, as a session of it asks, or a user, by an ARN; None where there is neither."""
    role, user = role_of(arn), _user(arn)
    if role is not None:
        return _asking(Principal.session(arn, "session", tags_of(role)), role)
    return None if user is None else _asking_user(user)


def in_session(arn: str, name: str) -> Asking:
    """A role, given by its ARN, in a session of this name; the role need not exist."""
    role = role_of(arn)
    return _asking(Principal.session(arn, name, tags_of(role)), role)


def role_of(arn: str) -> Any:
    """moto's role of an ARN; None without one."""
    return next((role for role in _backend(arn).get_roles() if role.arn == arn), None)


def tags_of(role: Any) -> dict[str, str]:
    """The tags of a role of moto's, if there is one."""
    return {} if role is None else {one["Key"]: one["Value"] for one in role.tags or ()}


def managed(arn: str) -> str:
    """The document of a managed policy, in its default version. Raises an error of moto's if it does not exist."""
    return _document(_backend(arn).get_policy(arn))


@lru_cache(maxsize=1024)
def policy(document: str, name: str, *, of_resource: bool = False) -> Policy:
    """A policy, which IAM may have encoded for URLs. Raises ``PolicyError``."""
    return Policy.parse(unquote(document) if document.startswith("%") else document, name, of_resource=of_resource)


def _asking_user(user: Any) -> Asking:
    tags = _backend(user.arn).tagger.get_tag_dict_for_resource(user.arn)
    return _asking(Principal.user(user.arn, tags), user)


def _with_key_of_user(key: Any) -> Asking:
    """Who has a temporary key of a user, who may be gone and then allows nothing."""
    user = _user(key.made_by)
    if key.federated is not None:
        return _asking(Principal.federated(key.made_by, key.federated), user, key.passed)
    return _asking(Principal.user(key.made_by)) if user is None else _asking_user(user)


def _asking(principal: Principal, holder: Any = None, passed: Mapping[str, str] | None = None) -> Asking:
    partition, account = principal.arn.split(":")[1], principal.account
    context = {"aws:PrincipalOrgID": _organization(account, partition), "aws:SourceOwner": account}
    return Asking(principal, context, holder, passed)


def _of_holder(holder: Any) -> Iterator[Policy]:
    """The policies of a role, user or group: first those in itself, then those that it shares."""
    for name, document in holder.policies.items():
        yield policy(document, name)
    for each in holder.managed_policies.values():
        yield policy(_document(each), each.arn)


def _document(held: Any) -> str:
    return str(next(one.document for one in held.versions if one.version_id == held.default_version_id))


def _backend(arn: str) -> Any:
    _, partition, _, _, account, _ = arn.split(":", 5)
    return iam_backends[account][partition]


def _user(arn: str) -> Any:
    return next((user for user in list(_backend(arn).users.values()) if user.arn == arn), None)


def _organization(account: str, partition: str) -> str | None:
    """The organization of an account, if it belongs to one."""
    for partitions in list(organizations_backends.values()):
        backend = partitions[partition]
        if backend.org is not None and any(one.id == account for one in backend.accounts):
            return str(backend.org.id)
    return None
