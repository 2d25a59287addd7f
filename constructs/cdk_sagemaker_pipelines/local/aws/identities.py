"""Identities in moto's IAM and STS: users with keys, roles, and sessions of roles."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from moto.iam.models import AccessKey, iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from ..origin import Origin
from .front.keys import Key, Keys
from .principals import Asking, Context, role_of, tags_of
from .resource_policies import refusal

DEFAULT_SECONDS = 3600
MOST_HELD = 2000
"""Sessions that services hold; with a further one, that which nobody asked for longest is dropped."""


def user_key(key_id: str) -> Key | None:
    """The key that IAM made for a user, while the user exists and has it, and it is active."""
    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            key = backend.access_keys.get(key_id)
            if key is None or key.status != "Active":
                continue
            if any(key in user.access_keys for user in list(backend.users.values())):
                return Key(key_id, account, key.secret_access_key)
    return None


class Given(NamedTuple):
    """What a session of a role is given by whoever makes it."""

    seconds: int | None = DEFAULT_SECONDS
    """How long it is valid; None until it is dropped."""
    tags: Mapping[str, str] = {}
    """By their keys in lower case, in which IAM looks at no case."""
    transitive: frozenset[str] = frozenset()
    """The keys of the tags that sessions get which are made with this one."""
    policies: Mapping[str, str] | None = None
    """The documents of session policies by their names, which limit what it may do; None if there is none."""
    source_identity: str | None = None


_NOTHING = Given()
_HELD = Given(seconds=None)


class RoleSession(AssumedRole):
    """A session of a role, as moto knows it, with what moto does not keep."""

    tags: Mapping[str, str]
    transitive: frozenset[str]
    passed: Mapping[str, str] | None
    source_identity: str | None
    existed: bool
    """Whether there was such a role when the session was made; without it the session may do nothing any more."""


def assume(keys: Keys, region: str, role_arn: str, session_name: str, given: Given = _NOTHING) -> RoleSession:
    """Creates a session of a role, which need not exist, in the account that its ARN names; moto then knows it."""
    account, partition = account_of(role_arn), get_partition(region)
    session = keys.new_session(account, given.seconds)
    access = AccessKey(user_name=None, prefix="ASIA", account_id=account)  # type: ignore[abstract]
    access.access_key_id, access.secret_access_key, access.role_arn = session.id, session.secret, role_arn
    role = RoleSession(account, region, access, session_name, role_arn, "", given.seconds or DEFAULT_SECONDS, "")
    role.session_token = session.token or ""
    role.tags, role.transitive, role.passed = given.tags, given.transitive, given.policies
    role.source_identity, role.existed = given.source_identity, role_of(role_arn) is not None
    access.session = role  # type: ignore[attr-defined]
    iam_backends[account][partition].access_keys[session.id] = access
    sts_backends[account][partition].assumed_roles.append(role)
    return role


def forget(session: Key) -> None:
    """Lets moto forget a temporary key, and the session of a role that it is of."""
    for partition, backend in list(iam_backends[session.account].items()):
        role = getattr(backend.access_keys.pop(session.id, None), "session", None)
        if role is not None:
            sts_backends[session.account][partition].assumed_roles.remove(role)


class UserKey(AccessKey):
    """A temporary key of a user, as moto keeps it."""

    made_by: str
    """The ARN of the user."""
    federated: str | None
    """The name of the federated user who has it, if one has."""
    passed: Mapping[str, str] | None


def new_user_key(
    keys: Keys,
    region: str,
    user: str,
    seconds: int,
    federated: str | None = None,
    policies: Mapping[str, str] | None = None,
) -> Key:
    """A temporary key of a user, given by the ARN, or of somebody ``federated`` by the user; moto then knows it."""
    session = keys.new_session(account_of(user), seconds)
    key = UserKey(user_name=None, prefix="ASIA", account_id=session.account)  # type: ignore[abstract]
    key.access_key_id, key.secret_access_key = session.id, session.secret
    key.made_by, key.federated, key.passed = user, federated, policies
    iam_backends[session.account][get_partition(region)].access_keys[session.id] = key
    return session


class RoleSessions:
    """The sessions of roles that services hold: one per role, name and origin, until a step has ended.

    A job or function acts as its role in its own account and no other, whatever its role's ARN says: a definition that
    names a role of another account does not give access to that account.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._sessions: OrderedDict[tuple[str, ...], AssumedRole] = OrderedDict()
        self._origins: dict[str, Origin] = {}
        self._lock = threading.Lock()

    def environment(
        self, account: str, region: str, role: str, session_name: str, origin: Origin | None = None
    ) -> Mapping[str, str]:
        """The variables that hold a session of the role, given by its ARN or name.

        ``origin``: the step that has it, which then has a session of its own under the same name.
        """
        path = role.rpartition(":role/")[2].rpartition(":")[2].strip("/") or "none"
        arn = f"arn:{get_partition(region)}:iam::{account}:role/{path}"
        held = (arn, session_name, *(() if origin is None else (origin.execution_arn, origin.step)))
        with self._lock:
            if held not in self._sessions:
                self._sessions[held] = assume(self._keys, region, arn, session_name, _HELD)
                if len(self._sessions) > MOST_HELD:
                    self._drop(next(iter(self._sessions)))
            self._sessions.move_to_end(held)
            session = self._sessions[held]
            if origin is not None:
                self._origins[session.access_key_id] = origin  # a step that runs again has another record
        return {
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
        }

    def end(self, execution_arn: str, step: str) -> None:
        """Drops the sessions of a step, which has ended and asks for nothing any more."""
        with self._lock:
            for held in [held for held in self._sessions if held[2:] == (execution_arn, step)]:
                self._drop(held)

    def _drop(self, held: tuple[str, ...]) -> None:
        session = self._sessions.pop(held)
        self._origins.pop(session.access_key_id, None)
        self._keys.drop(session.access_key_id)

    def origin(self, key_id: str) -> Origin | None:
        """The step that has the session of a key; None of any other key."""
        return self._origins.get(key_id)


def account_of(arn: str) -> str:
    """The account that an ARN names; empty without one."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def untrusted(
    role_arn: str, who: Asking, region: str, action: str = "sts:AssumeRole", context: Context | None = None
) -> str | None:
    """Why a role may not be taken, as AWS writes it; None if it exists and its trust policy allows it.

    ``context``: what is known of the request, of whose tags it says all.
    """
    role = role_of(role_arn)
    own = {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "iam") for key, value in tags_of(role).items()}
    return refusal(
        None if role is None else role.assume_role_policy_document,
        who.knowing({**own, **(context or {})}),
        action,
        role_arn,
        region=region,
        complete=("aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys", "iam:ResourceTag/"),
        called="the role trust policy",
    )
